/** What Express and those who copy its manner leave on a request. `undefined`: this one does not. */
export interface PlacedRequest {
  readonly url?: string | undefined
  /** The path before any prefix was removed. */
  readonly originalUrl?: string | undefined
  /** The prefix that was removed. Only Express sets it; connect and the middleware engines of Fastify do not. */
  readonly baseUrl?: string | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

export interface Place {
  /** Without a trailing slash: '' or '/drones'. */
  readonly mount: string
  /** Path and query below the mount. */
  readonly url: string
}

/**
 * Where a request stands, in the apps that hand it on with its prefix taken off. A pattern such as `forRoutes('*')` of
 * Nest takes off the whole path, so that the address before that is what counts; what the pattern matched is no mount.
 */
export function placeOf(request: PlacedRequest): Place {
  const url = request.url ?? '/'
  if (request.baseUrl !== undefined && !isBare(url)) return { mount: bare(request.baseUrl), url }
  const original = (request.originalUrl ?? url).replace(ORIGIN, '') || '/'
  const end = pathEnd(original)
  const matched = isBare(url) ? wildcardOf(request.params) : null
  if (matched !== null) {
    const mount = withoutLast(original.slice(0, end), matched)
    return { mount, url: original.slice(mount.length) || '/' }
  }
  if (request.baseUrl !== undefined) return { mount: bare(request.baseUrl), url }
  // Without parameters nobody says what was a pattern. Where nothing is left below the prefix there is no route of ours.
  if (isBare(url)) return { mount: '', url: original }
  const path = url.slice(0, pathEnd(url))
  const whole = original.slice(0, end)
  return { mount: whole.endsWith(path) ? bare(whole.slice(0, -path.length)) : '', url }
}

/** Proxies may ask for a whole address (RFC 9112, section 3.2.2). */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i

const bare = (path: string): string => path.replace(/\/+$/, '')

/** True if only a query is left below the prefix. Called for every request, so it looks at two characters only. */
const isBare = (url: string): boolean => url.length < 2 || (url[0] === '/' && url[1] === '?')

function pathEnd(url: string): number {
  const mark = url.indexOf('?')
  return mark === -1 ? url.length : mark
}

/** How many segments a wildcard matched. Express 5 lists them under the wildcard's name, Express 4 joins them under a number. */
function wildcardOf(params: PlacedRequest['params'] = {}): number | null {
  for (const [name, value] of Object.entries(params)) {
    const segments = Array.isArray(value) ? value : /^\d+$/.test(name) ? String(value).split('/') : null
    if (segments !== null) return segments.filter((segment) => segment !== '').length
  }
  return null
}

/** A path without its last segments. Several slashes between two segments count as one. */
function withoutLast(path: string, count: number): string {
  let rest = bare(path)
  for (let left = count; left > 0; left -= 1) rest = bare(rest.slice(0, rest.lastIndexOf('/') + 1))
  return rest
}
