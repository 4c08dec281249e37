import type { Request } from 'express'
import type { FrameworkView } from './node.ts'
import type { Place } from './place.ts'

/**
 * A request as it really comes: Express has all of this, connect nothing but `originalUrl`, and the middleware engine of
 * Fastify (Nest on Fastify too) what Fastify found out about its proxies.
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
    secure: request.secure ?? (request.protocol === 'https' || isEncrypted(request)),
    host: hostOf(request),
    address: request.ip ?? request.socket.remoteAddress ?? '',
    native: request,
    trusted: () => trustOf(request),
    parsedBody: () => ({ body: request.body, rawBody: request.rawBody }),
  }
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
  // Fastify lists the proxies that it believes, where it believes any, behind the peer.
  return trust === undefined ? (ips?.length ?? 0) > 1 : trust(socket.remoteAddress, 0) === true
}
