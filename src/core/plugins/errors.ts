import { DjiCloudError, ERRORS, type ErrorRow } from '../errors.ts'

/**
 * The errors of a plugin by their names, such as `{ FLIGHT_UNKNOWN: [404_510, 404, 'This flight is not known.', 'Check
 * its id.'] }`: number for the envelope's `code`, HTTP status, message for people, hint that says how to repair it. The
 * number begins with the status; its last three digits are 500 to 999, the range for plugins.
 */
export type PluginErrors = Readonly<Record<string, ErrorRow>>

/** Details of one case of a plugin's error. */
export interface ErrorDetails {
  /** Replaces the message of the table. */
  readonly message?: string | undefined
  /** Goes into `data` of the answer: never a secret. */
  readonly data?: Readonly<Record<string, unknown>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly cause?: unknown | undefined
}

const NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/

/** What is wrong with a table of errors; each begins with the error's name. */
export function errorTableFaults(errors: PluginErrors): string[] {
  return Object.entries(errors).flatMap(([name, row]) => {
    const problem = problemOf(name, row)
    return problem === null ? [] : [`${name} ${problem}`]
  })
}

function problemOf(name: string, row: ErrorRow): string | null {
  if (!NAME.test(name)) return 'needs a name of capitals and underscores, such as FLIGHT_UNKNOWN'
  if (Object.hasOwn(ERRORS, name)) return 'is the name of an error of dji-cloud; choose another'
  const [code, status, message, hint] = row
  if (!Number.isInteger(status) || status < 400 || status > 599) return 'needs an HTTP status from 400 to 599'
  // On any 401 Pilot leaves the cloud (facts C3): only a token may cause one.
  if (status === 401) return 'has the status 401, with which Pilot logs out; use 403'
  if (Math.floor(code / 1000) !== status || code % 1000 < 500)
    return `needs a code from ${status}500 to ${status}999`
  return typeof message === 'string' && message !== '' && typeof hint === 'string' && hint !== ''
    ? null
    : 'needs a message and a hint'
}

/** Makes errors of one plugin. @throws TypeError for a name that its table does not have */
export const errorFactory =
  (id: string, errors: PluginErrors) =>
  (name: string, details: ErrorDetails = {}): DjiCloudError => {
    const row = Object.hasOwn(errors, name) ? errors[name] : undefined
    if (row === undefined) throw new TypeError(`The plugin ${id} has no error "${name}" in its table.`)
    return new DjiCloudError({ name, row }, details)
  }
