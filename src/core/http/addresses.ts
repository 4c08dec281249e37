import { DjiCloudError } from '../errors.ts'
import type { HttpRequest } from './types.ts'

/** Where a client reaches us: at the configured public address, or else at the address in the request. */
export interface PublicBase {
  /** `https://cloud.example.com` */
  readonly origin: string
  /**
   * The path of the mount in the public address, without a trailing slash. A proxy may remove it before the request
   * reaches us.
   */
  readonly mount: string
  readonly hostname: string
  readonly secure: boolean
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/** @throws DjiCloudError INVALID_INPUT when there is no usable Host header and no public address */
export function publicBase(
  publicUrl: string | undefined,
  request: Pick<HttpRequest, 'host' | 'secure' | 'mount'>,
): PublicBase {
  if (publicUrl !== undefined) {
    const url = new URL(publicUrl)
    return {
      origin: url.origin,
      mount: url.pathname.replace(/\/+$/, ''),
      hostname: url.hostname,
      secure: url.protocol === 'https:',
    }
  }
  if (!HOST.test(request.host)) {
    throw new DjiCloudError('INVALID_INPUT', {
      message: 'The Host header is missing or malformed.',
      data: { issues: [{ field: 'host', message: 'needs a host name' }] },
    })
  }
  const origin = `${request.secure ? 'https' : 'http'}://${request.host}`
  return { origin, mount: request.mount, hostname: request.host.replace(/:\d+$/, ''), secure: request.secure }
}

/**
 * The relative path from a page to the mount, as the browser resolves it: `.` for `/pilot`, `..` for `/pilot/login`.
 * Links that begin with it work even if a proxy has removed a part of the path.
 * @param path below the mount, as the browser asked for it: each slash counts, also a doubled one
 */
export const wayToMount = (path: string): string =>
  new Array<string>(Math.max(path.split('/').length - 2, 0)).fill('..').join('/') || '.'

/**
 * The beginning of the page's own links: the path of `publicUrl`, or, without that option, the relative path from the
 * page.
 */
export const rootOf = (
  publicUrl: string | undefined,
  request: Pick<HttpRequest, 'host' | 'secure' | 'mount' | 'path'>,
): string => (publicUrl === undefined ? wayToMount(request.path) : publicBase(publicUrl, request).mount)

export const WS_PATH = '/api/v1/ws'

/**
 * Where a page may open WebSockets, for its policy. `'self'` is not enough: in Chromium 70 it does not mean `ws:` (shown in
 * test/views/fleet.test.ts). Both schemes, because a proxy may have removed TLS.
 */
export function socketSources(publicUrl: string | undefined, request: Pick<HttpRequest, 'host'>): string {
  const host = publicUrl === undefined ? request.host : new URL(publicUrl).host
  return HOST.test(host) ? `'self' ws://${host} wss://${host}` : "'self'"
}
