import { createHash, timingSafeEqual } from 'node:crypto'
import type { BrokerHooks, HookFields, HookResponse } from '../../ports/broker.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Route } from '../routes.ts'
import type { HttpRequest, HttpResponse, IncomingBody } from '../types.ts'

export const HOOKS_PATH = '/mqtt/hooks'

/** A password of ours has about 700 bytes; nothing else in a question is long. */
const MAX_BYTES = 16_384

/**
 * What a broker asks us. They are public to the dispatcher, since no user calls them, and check the broker's own secret
 * instead. Whatever goes wrong is a no in the broker's syntax with the status that it takes for a no: EMQX would read
 * any other status as "ask somebody else" (facts brokers).
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
          logger.warn({ path, address: request.address }, 'broker hook called with a wrong secret')
          return httpAnswer(refusal)
        }
        const asked = questionOf(await request.readBody(MAX_BYTES))
        return httpAnswer(asked === null ? refusal : await answer(asked.fields, asked.body))
      } catch (error) {
        logger.error({ err: error, path }, 'broker hook failed')
        return httpAnswer(refusal)
      }
    },
  }))
}

/** Equal lengths for the comparison, and neither side's length told. */
const digest = (value: string): Buffer => createHash('sha256').update(value).digest()

/** Brokers that cannot set a header put `user:secret@` into their address, which becomes basic authentication. */
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
  /** Undefined for a form. */
  readonly body: unknown
}

/** Null: neither a form nor a JSON object. A name given twice is ambiguous, so it is neither. */
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

/** Lists and objects are left out of the fields: a question that needs one as a text finds it missing, and says no. */
function questionOfObject(body: unknown): Question | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const fields: Record<string, string> = Object.create(null)
  for (const [name, item] of Object.entries(body)) {
    if (typeof item === 'string') fields[name] = item
    else if (typeof item === 'number' || typeof item === 'boolean') fields[name] = String(item)
  }
  return { fields, body }
}
