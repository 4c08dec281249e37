import type { HttpRequest, HttpResponse } from './types.ts'
import { STATUS_HEADER } from './wire.ts'

export interface Cors {
  /** The answer to a preflight from an origin that the host named. Null for every other request. */
  preflight(request: HttpRequest, allow: readonly string[]): HttpResponse | null
  /** The CORS headers for the answer to this request. */
  headers(request: HttpRequest): Readonly<Record<string, string>>
}

/** The headers that our own clients send. */
const ALLOWED = ['authorization', 'content-type', 'x-auth-token', STATUS_HEADER]
const EXPOSED = ['retry-after']

const listed = (own: readonly string[], more: readonly string[]): string =>
  [...new Set([...own, ...more.map((name) => name.toLowerCase())])].join(', ')

export interface CorsRules {
  /** Such as `https://app.example.com`; never `*`. */
  readonly origins: readonly string[]
  /** Names of headers, besides our own; never `*`. */
  readonly allowedHeaders: readonly string[]
  readonly exposedHeaders: readonly string[]
}

/**
 * Login uses a header and never a cookie. So an origin that the host names only needs permission to read our answers.
 * @returns null if the host names no origin: then no other origin may read our answers
 */
export function createCors({ origins, allowedHeaders, exposedHeaders }: CorsRules): Cors | null {
  if (origins.length === 0) return null
  const known = new Set(origins)
  const allowed = listed(ALLOWED, allowedHeaders)
  const exposed = listed(EXPOSED, exposedHeaders)

  /** Refused origins get `vary` too: a shared cache must not give the answer for one origin to another origin. */
  const headers = (request: HttpRequest): Record<string, string> => {
    const origin = request.headers['origin']
    const named = typeof origin === 'string' && known.has(origin)
    return named
      ? {
          'access-control-allow-origin': origin,
          'access-control-expose-headers': exposed,
          vary: 'origin',
        }
      : { vary: 'origin' }
  }
  return {
    headers,
    preflight(request, allow) {
      const own = headers(request)
      if (request.method !== 'OPTIONS' || own['access-control-allow-origin'] === undefined) return null
      const more = {
        'access-control-allow-methods': allow.join(', '),
        'access-control-allow-headers': allowed,
        'access-control-max-age': '600',
      }
      return { status: 204, headers: { ...own, ...more }, body: null }
    },
  }
}
