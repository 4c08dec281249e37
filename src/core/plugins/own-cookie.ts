import { createHash } from 'node:crypto'
import type { PublicBase } from '../http/addresses.ts'
import { cookieOf, setCookie } from '../http/cookies.ts'
import type { HttpRequest } from '../http/types.ts'

/** One cookie of a plugin. */
export interface OwnCookie {
  /** Null: the request has none. Check the value: a browser can send anything. */
  read(request: HttpRequest): string | null
  /** @returns a `Set-Cookie`, for `cookies` of an answer */
  write(request: HttpRequest, value: string): string
  /** @returns a `Set-Cookie` that removes the cookie from the browser */
  clear(request: HttpRequest): string
}

/**
 * `HttpOnly; SameSite=Lax`: the browser sends the cookie when another site redirects it back here, but not with forms
 * and scripts of other sites. With https its name begins with `__Host-`: neither a subdomain nor an attacker on plain
 * http can set it. Two platforms on one host, at two mounts, have two cookies.
 * @param id of the plugin
 * @param name small letters and hyphens
 */
export function createCookie(
  id: string,
  publicBase: (request: HttpRequest) => PublicBase,
  name: string,
  maxAgeSeconds: number,
): OwnCookie {
  function placeOf(request: HttpRequest) {
    const { mount, secure } = publicBase(request)
    const where = mount === '' ? '' : `-${createHash('sha256').update(mount).digest('hex').slice(0, 8)}`
    return { full: `${secure ? '__Host-' : ''}dji-cloud-${id}-${name}${where}`, secure }
  }
  return {
    read: (request) => cookieOf(request, placeOf(request).full),
    write(request, value) {
      const { full, secure } = placeOf(request)
      return setCookie(full, value, { secure, maxAge: maxAgeSeconds })
    },
    clear(request) {
      const { full, secure } = placeOf(request)
      return setCookie(full, '', { secure, maxAge: 0 })
    },
  }
}
