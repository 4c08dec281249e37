import type { DjiCloudError } from '../errors.ts'
import type { HttpRequest, HttpResponse, StreamedAnswer } from './types.ts'

/** The token from `x-auth-token`, which Pilot sends (facts C1), or else from `Authorization: Bearer`. */
export function tokenOf(headers: HttpRequest['headers']): string | undefined {
  const own = first(headers['x-auth-token'])
  if (own !== undefined && own !== '') return own
  const bearer = /^Bearer +(\S+)$/i.exec(first(headers['authorization']) ?? '')
  return bearer?.[1]
}

const first = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'object' ? value[0] : value

const JSON_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** The demo's envelope (facts G): `code` 0 is success, keys are snake_case. */
export const success = (data: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status: 200,
  headers: { ...JSON_HEADERS, ...headers },
  body: JSON.stringify({ code: 0, message: 'success', data }),
})

/**
 * An error in the envelope: its number as `code`, its message, and its hint in `data`. The HTTP status is that of the
 * error.
 */
export const failure = (error: DjiCloudError): HttpResponse =>
  refusal(error, error.status, error.envelopeCode)

/**
 * An error in the form of the demo's controllers: HTTP 200 and a `code` other than 0. The demo's front ends show the
 * `message` of a 200; for any other status they show only the number. `data` has our own name of the error and its
 * hint.
 * @param code not 0; the demo uses -1 for every error without a number of its own
 */
export const declined = (error: DjiCloudError, code: number): HttpResponse => refusal(error, 200, code)

const refusal = (error: DjiCloudError, status: number, code: number): HttpResponse => ({
  status,
  headers: { ...JSON_HEADERS, ...error.headers },
  body: JSON.stringify({
    code,
    message: error.message,
    data: { error: error.code, hint: error.hint, ...error.data },
  }),
})

/** A request with the value `http` in this header gets every error with its HTTP status, on every route. */
export const STATUS_HEADER = 'x-dji-cloud-status'

export const isStreamed = (answer: HttpResponse): answer is StreamedAnswer =>
  typeof answer.body === 'object' && answer.body !== null && !(answer.body instanceof Uint8Array)

/** Statuses whose answer has no body (RFC 9110, section 6.4.1). */
export const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])
