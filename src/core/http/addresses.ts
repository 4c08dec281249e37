import { DjiCloudError } from '../errors.ts'
import type { HttpRequest } from './types.ts'

/** Where a client reaches us: the public address where it is configured, otherwise what the request says. */
export interface PublicBase {
  /** `https://cloud.example.com` */
  readonly origin: string
  /** Path of the mount in the public address, without a trailing slash. A proxy may have stripped it for us. */
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
 * The way from a page to the mount as the browser has to go it: `.` for `/pilot`, `..` for `/pilot/login`. Links made of
 * it hold whatever a proxy has taken off in front.
 * @param path below the mount, as it was asked for: every slash counts, also a doubled one
 */
export const wayToMount = (path: string): string =>
  new Array<string>(Math.max(path.split('/').length - 2, 0)).fill('..').join('/') || '.'

/** What the page's own links begin with: the path of `publicUrl`, or the way from the page where there is none. */
export const rootOf = (
  publicUrl: string | undefined,
  request: Pick<HttpRequest, 'host' | 'secure' | 'mount' | 'path'>,
): string => (publicUrl === undefined ? wayToMount(request.path) : publicBase(publicUrl, request).mount)

export const WS_PATH = '/api/v1/ws'
