import type { DjiCloudError } from '../errors.ts'
import type { HttpAnswer } from './types.ts'

const JSON_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** The demo's envelope (facts G): `code` 0 is success, keys are snake_case. */
export const success = (data: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({
  status: 200,
  headers: { ...JSON_HEADERS, ...headers },
  body: JSON.stringify({ code: 0, message: 'success', data }),
})

export const failure = (error: DjiCloudError): HttpAnswer => ({
  status: error.status,
  headers: { ...JSON_HEADERS, ...error.headers },
  body: JSON.stringify({
    code: error.code,
    message: error.message,
    data: { error: error.error, hint: error.hint, ...error.data },
  }),
})
