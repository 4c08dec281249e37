import type { Request } from 'express'
import type { FrameworkView } from './node.ts'

/** What Express, and frameworks that work like it, set on a request. `undefined`: this framework does not set it. */
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
 * The mount of a request and its path below the mount. Frameworks remove the prefix before they call us. A pattern such
 * as Nest's `forRoutes('*')` removes the whole path. Then the original address has the path, and the part that the
 * pattern matched is not a mount.
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
  // Nothing is left below the prefix, and no parameters tell what a pattern matched: take the whole path as ours.
  if (isBare(url)) return { mount: '', url: original }
  const path = url.slice(0, pathEnd(url))
  const whole = original.slice(0, end)
  return { mount: whole.endsWith(path) ? bare(whole.slice(0, -path.length)) : '', url }
}

/**
 * A request of any framework that calls us like Express does. Express sets all of these fields. `connect` sets only
 * `originalUrl`. The middleware engine of Fastify, also under Nest, sets what Fastify knows about its proxies.
 */
type AnyRequest = Omit<Request, 'app' | 'secure' | 'ip' | 'protocol' | 'ips'> & {
  readonly app?: { get?(name: string): unknown } | undefined
  readonly secure?: boolean | undefined
  readonly ip?: string | undefined
  readonly protocol?: string | undefined
  readonly ips?: readonly string[] | undefined
  readonly rawBody?: unknown
}

export function viewOf(request: AnyRequest, { url, mount }: Place): FrameworkView {
  return {
    url,
    rawUrl: request.originalUrl ?? request.url,
    mount,
    secure: () => request.secure ?? (request.protocol === 'https' || isEncrypted(request)),
    host: () => hostOf(request),
    address: request.ip ?? request.socket.remoteAddress ?? '',
    native: request,
    trusted: () => trustOf(request),
    parsedBody: () => ({ body: request.body, rawBody: request.rawBody }),
  }
}

/** A proxy may send the whole address in the request line (RFC 9112, section 3.2.2). */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i

const bare = (path: string): string => path.replace(/\/+$/, '')

/** True if only a query is left below the prefix. Called for every request, so it looks at two characters only. */
const isBare = (url: string): boolean => url.length < 2 || (url[0] === '/' && url[1] === '?')

function pathEnd(url: string): number {
  const mark = url.indexOf('?')
  return mark === -1 ? url.length : mark
}

/**
 * How many segments a wildcard matched. Express 5 gives a list under the wildcard's name, Express 4 one text under a
 * number.
 */
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

const isEncrypted = ({ socket }: AnyRequest): boolean =>
  (socket as { readonly encrypted?: boolean }).encrypted === true

/**
 * In Express 4, `req.host` has no port. So the forwarded host is read here, if the host's `trust proxy` setting allows
 * it.
 */
function hostOf(request: AnyRequest): string {
  const { headers } = request
  // HTTP/2 has no Host header.
  const own = headers.host ?? String(headers[':authority'] ?? '')
  return trustOf(request) ? first(headers['x-forwarded-host']) || own : own
}

const first = (value: string | readonly string[] | undefined): string =>
  String(value ?? '')
    .split(',')[0]
    ?.trim() ?? ''

/** Whether the app trusts what its peer says about the client. */
function trustOf({ app, ips, socket }: AnyRequest): boolean {
  type Trust = (address: string | undefined, hop: number) => boolean
  const trust = app?.get?.('trust proxy fn') as Trust | undefined
  // Fastify sets `ips`: the peer, and then the proxies that it trusts, if it trusts any.
  return trust === undefined ? (ips?.length ?? 0) > 1 : trust(socket.remoteAddress, 0) === true
}
