import type { DjiCloudError } from '../errors.ts'
import type { HttpResponse } from './types.ts'

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

const refusal = (error: DjiCloudError, status: number, code: number): HttpResponse => ({
  status,
  headers: { ...JSON_HEADERS, ...error.headers },
  body: JSON.stringify({
    code,
    message: error.message,
    data: { error: error.code, hint: error.hint, ...error.data },
  }),
})

/**
 * An error in the envelope: its number as `code`, its message, its hint in `data`. HTTP status: that of the error.
 */
export const failure = (error: DjiCloudError): HttpResponse =>
  refusal(error, error.status, error.envelopeCode)

/** With the value `http` in a request: errors come with their HTTP status on every route. */
export const STATUS_HEADER = 'x-dji-cloud-status'

/**
 * A refusal as the demo's controllers give it: HTTP 200 and a `code` other than 0. Its front ends show `message` of a
 * 200 and only a number of anything else. `data` has our own name of it and what to do.
 * @param code not 0; -1 is the demo's for everything that has no number of its own
 */
export const declined = (error: DjiCloudError, code: number): HttpResponse => refusal(error, 200, code)
