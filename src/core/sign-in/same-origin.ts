import { DjiCloudError } from '../errors.ts'
import type { HttpRequest } from '../http/types.ts'

/** Set by scripts of our pages. A form cannot send it, and for a script of another origin the browser asks us first. */
const PAGE_HEADER = 'x-dji-cloud'

type Asked = Pick<HttpRequest, 'headers' | 'host' | 'secure'>

const one = ({ headers }: Asked, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function originOf(address: string | undefined): URL | null {
  if (address === undefined) return null
  try {
    return new URL(address)
  } catch {
    return null
  }
}

/**
 * Whether a script of one of our own pages sent this request. Needed if a cookie of the host decides which user a
 * request is for, because the browser adds that cookie to requests of every site. Two independent things have to be
 * right: our header, and the origin that the browser names. Newer browsers send `Sec-Fetch-Site` too. From a page with
 * the referrer policy `no-referrer`, which ours have, Chromium 70 sends `Origin: null` unless the script asks for
 * `referrerPolicy: 'same-origin'`.
 */
export function isFromOwnPage(request: Asked, publicUrl: string | undefined): boolean {
  if (one(request, PAGE_HEADER) === undefined) return false
  const site = one(request, 'sec-fetch-site')
  if (site !== undefined && site !== 'same-origin') return false
  const named = one(request, 'origin')
  const origin = originOf(named ?? one(request, 'referer'))
  if (origin === null) return named === undefined && site === 'same-origin'
  if (publicUrl !== undefined && origin.origin === new URL(publicUrl).origin) return true
  // If a proxy is not trusted, the platform may see http although the browser uses https. The opposite cannot happen.
  return (
    origin.host === withoutDefaultPort(request.host, origin) &&
    (!request.secure || origin.protocol === 'https:')
  )
}

/** `URL.host` leaves the default port of its scheme off, and a `Host` header may have it. */
const withoutDefaultPort = (host: string, { protocol }: URL): string =>
  host.toLowerCase().replace(protocol === 'https:' ? /:443$/ : /:80$/, '')

/** @throws DjiCloudError CROSS_SITE */
export function requireOwnPage(request: Asked, publicUrl: string | undefined): void {
  if (!isFromOwnPage(request, publicUrl)) throw new DjiCloudError('CROSS_SITE')
}
