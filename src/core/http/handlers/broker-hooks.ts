import { createHash, timingSafeEqual } from 'node:crypto'
import type { BrokerHooks, HookFields, HookResponse } from '../../ports/broker.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Route } from '../routes.ts'
import type { HttpRequest, HttpResponse, IncomingBody } from '../types.ts'

const HOOKS_PATH = '/mqtt/hooks'

/** Our passwords have about 700 bytes. All other fields of a question are short. */
const MAX_BYTES = 16_384

/**
 * The questions that a broker asks us. The rows are public for the dispatcher, because no user calls them; they check
 * the broker's own secret. Every failure is answered with the broker's own form and status for "no": EMQX would read
 * any other status as "ask the next one" (facts brokers).
 */
export function brokerHookRoutes(hooks: BrokerHooks | undefined, logger: Logger): Route[] {
  if (hooks === undefined) return []
  const expected = digest(hooks.secret)
  return hooks.routes.map(({ path, answer, refusal }) => ({
    method: 'POST',
    path: `${HOOKS_PATH}/${path}`,
    guard: 'public',
    answers: 'json',
    input: null,
    async handle({ request }: { readonly request: HttpRequest }) {
      try {
        if (!timingSafeEqual(digest(secretOf(request.headers['authorization'])), expected)) {
          logger.warn(
            { path, address: request.address },
            'A question of the broker was refused: its secret is wrong. Give broker and platform the same hook secret.',
          )
          return httpAnswer(refusal)
        }
        const asked = questionOf(await request.readBody(MAX_BYTES))
        return httpAnswer(asked === null ? refusal : await answer(asked.fields, asked.body))
      } catch (error) {
        logger.error(
          { err: error, path },
          'A question of the broker failed, so the answer was no. See the error.',
        )
        return httpAnswer(refusal)
      }
    },
  }))
}

/**
 * Digests have equal lengths. So they can be compared in constant time, and the time shows nothing about the length of
 * the secret.
 */
const digest = (value: string): Buffer => createHash('sha256').update(value).digest()

/** Brokers that cannot set a header put `user:secret@` into the address. It arrives as basic authentication. */
function secretOf(header: string | readonly string[] | undefined): string {
  const [scheme = '', value = ''] = (typeof header === 'string' ? header : '').split(' ', 2)
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return ''
  const pair = Buffer.from(value, 'base64').toString('utf8')
  return pair.slice(pair.indexOf(':') + 1)
}

const httpAnswer = ({ status, contentType, body }: HookResponse): HttpResponse => ({
  status,
  headers: { 'content-type': contentType, 'cache-control': 'no-store' },
  body,
})

interface Question {
  readonly fields: HookFields
  /** Undefined: the question was sent as a form. */
  readonly body: unknown
}

/** Null: the body is neither a form nor a JSON object, or it has a name twice, which is ambiguous. */
export function questionOf(body: IncomingBody): Question | null {
  if (body.kind === 'none') return null
  if (body.kind === 'parsed') {
    if (body.value instanceof Uint8Array) return questionOfText(Buffer.from(body.value).toString('utf8'))
    return typeof body.value === 'string' ? questionOfText(body.value) : questionOfObject(body.value)
  }
  return questionOfText(Buffer.from(body.bytes).toString('utf8'))
}

function questionOfText(text: string): Question | null {
  if (text.trimStart().startsWith('{')) {
    try {
      return questionOfObject(JSON.parse(text))
    } catch {
      return null
    }
  }
  const form = new URLSearchParams(text)
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of form) {
    if (name in fields) return null
    fields[name] = value
  }
  return { fields, body: undefined }
}

/**
 * Lists and objects are left out. If a question needs such a field as text, the field is missing, and the answer is no.
 */
function questionOfObject(body: unknown): Question | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const fields: Record<string, string> = Object.create(null)
  for (const [name, item] of Object.entries(body)) {
    if (typeof item === 'string') fields[name] = item
    else if (typeof item === 'number' || typeof item === 'boolean') fields[name] = String(item)
  }
  return { fields, body }
}
