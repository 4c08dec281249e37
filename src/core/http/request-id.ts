import type { HttpRequest } from './types.ts'

/** A client can send any header. Only ids of this form get into the log. */
const SOUND = /^[\w.:/+=-]{1,128}$/

/**
 * The id of a request in the log: the id of the host's own logger, or the header `x-request-id` of a proxy.
 * @param own `request.id`, as pino-http and others set it
 * @param make makes an id if the request has neither
 */
export function requestId(own: unknown, headers: HttpRequest['headers'], make: () => string): string {
  if (typeof own === 'number') return String(own)
  for (const given of [own, headers['x-request-id']])
    if (typeof given === 'string' && SOUND.test(given)) return given
  return make()
}
