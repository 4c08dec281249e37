import { Readable } from 'node:stream'
import type { HttpRequest } from '../../src/core/http/types.ts'

/** A request as core sees it, for hosts without a framework: `GET /` with nothing on it, unless `more` says otherwise. */
export const plainRequest = (more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  path: '/',
  rawUrl: '/',
  mount: '',
  query: new URLSearchParams(),
  headers: {},
  secure: false,
  host: 'localhost',
  address: '127.0.0.1',
  readBody: async () => ({ kind: 'none' }),
  openBody: () => ({ stream: Readable.from([]), contentType: undefined, contentLength: 0 }),
  signal: new AbortController().signal,
  id: 'test-request',
  native: null,
  ...more,
})
