/** The kind that a field of an answer must have. `filled`: not null, not empty, not missing. */
export type ExpectedField = 'text' | 'number' | 'boolean' | 'list' | 'object' | 'filled'

/**
 * A request that the doctor makes as a logged-in pilot. It is data, so that `npx dji-cloud doctor` can run anywhere, without
 * the plugin's code.
 */
export interface DoctorCheck {
  /** Unique within the plugin: small letters, digits and hyphens. In reports it is `{plugin}/{id}`. */
  readonly id: string
  /** The thing that is checked, such as `the flight log`. */
  readonly title: string
  /** Below the mount; `:workspace_id` is the workspace of the account. The doctor sends a GET, which must change nothing. */
  readonly path: string
  readonly expect?:
    | {
        /** HTTP status. @default 200 */
        readonly status?: number | undefined
        /** Fields of the JSON body by their path, such as `{ 'data.address': 'text' }`. */
        readonly fields?: Readonly<Record<string, ExpectedField>> | undefined
      }
    | undefined
  /** `problem`: something does not work for the pilot now. `warning`: something may stop working later. @default 'problem' */
  readonly severity?: 'problem' | 'warning' | undefined
  /** What is wrong if the answer differs, in one sentence. */
  readonly what: string
  /** Why it matters to a pilot. */
  readonly why: string
  /** What a pilot does about it, on the controller. @default nothing */
  readonly pilot?: string | undefined
  /** What the people who run the server change. */
  readonly server: string
}

/** A check as the doctor gets it from the platform. */
export interface ServedCheck {
  readonly id: string
  readonly title: string
  readonly path: string
  readonly status: number
  readonly fields: Readonly<Record<string, ExpectedField>>
  readonly severity: 'problem' | 'warning'
  readonly what: string
  readonly why: string
  readonly pilot: string | null
  readonly server: string
}

const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const PATH = /^\/[^\s?#]*(?:\?[^\s#]*)?$/
const FIELDS: readonly unknown[] = ['text', 'number', 'boolean', 'list', 'object', 'filled']

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** What is wrong with a check; null: nothing. */
export function doctorCheckFault(check: DoctorCheck): string | null {
  const { id, path, expect = {} } = check
  if (typeof id !== 'string' || !ID.test(id))
    return `has the doctor check "${id}"; its id needs small letters, digits and hyphens`
  for (const field of ['title', 'what', 'why', 'server'] as const)
    if (!isText(check[field])) return `has the doctor check ${id} without ${field}; needs a sentence`
  if (typeof path !== 'string' || !PATH.test(path) || path.startsWith('//'))
    return `has the doctor check ${id}; its path needs a slash in front, such as /flight-log/api/v1/status`
  const { status = 200, fields = {} } = expect
  if (!Number.isInteger(status) || status < 100 || status > 599)
    return `has the doctor check ${id}; expect.status needs an HTTP status`
  const wrong = Object.entries(fields).find(([, kind]) => !FIELDS.includes(kind))
  return wrong === undefined
    ? null
    : `has the doctor check ${id}; expect.fields["${wrong[0]}"] needs to be one of ${FIELDS.join(', ')}`
}

export const servedCheck = (plugin: string, check: DoctorCheck): ServedCheck => {
  const { id, title, path, expect = {}, severity = 'problem', what, why, pilot = null, server } = check
  const { status = 200, fields = {} } = expect
  return { id: `${plugin}/${id}`, title, path, status, fields, severity, what, why, pilot, server }
}

/** The first difference between an answer and what was expected; null: none. Never holds a value of the answer. */
export function differenceOf(
  { status, fields }: Pick<ServedCheck, 'status' | 'fields'>,
  answer: { readonly status: number; readonly json: unknown },
): string | null {
  if (answer.status === 0) return 'no answer'
  if (answer.status !== status) return `HTTP ${answer.status} instead of ${status}`
  for (const [path, kind] of Object.entries(fields))
    if (!isOf(valueAt(answer.json, path), kind)) return `${path} is not ${WORDS[kind] ?? kind}`
  return null
}

const WORDS: Readonly<Record<ExpectedField, string>> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  filled: 'there, or empty',
}

function valueAt(json: unknown, path: string): unknown {
  let value = json
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}

function isOf(value: unknown, kind: ExpectedField): boolean {
  if (kind === 'text') return typeof value === 'string'
  if (kind === 'list') return Array.isArray(value)
  if (kind === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  if (kind === 'filled')
    return (
      value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
    )
  return typeof value === kind
}
