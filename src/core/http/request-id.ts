import type { HttpRequest } from './types.ts'

/** A header comes from anybody: nothing else goes into the log. */
const SOUND = /^[\w.:/+=-]{1,128}$/

/**
 * By what the log names a request: what the host's own logger calls it, or the header `x-request-id` of a proxy.
 * @param own `request.id`, as pino-http and others set it
 * @param make where there is neither
 */
export function requestId(own: unknown, headers: HttpRequest['headers'], make: () => string): string {
  if (typeof own === 'number') return String(own)
  for (const given of [own, headers['x-request-id']])
    if (typeof given === 'string' && SOUND.test(given)) return given
  return make()
}
