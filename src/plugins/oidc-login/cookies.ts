import { createHash } from 'node:crypto'
import { cookieOf, type HttpRequest, type PluginContext, setCookie } from '../../plugin.ts'

/** One cookie of this plugin. */
export interface OwnCookie {
  read(request: HttpRequest): string | null
  /** @returns a `Set-Cookie` */
  write(request: HttpRequest, value: string): string
  clear(request: HttpRequest): string
}

/**
 * `HttpOnly; SameSite=Lax`, so that it comes along when the provider sends the browser back, and not with forms and scripts of other
 * sites. With https its name begins with `__Host-`: neither a subdomain nor an attacker on plain http can set it. Two platforms on one
 * host, at two mounts, have two cookies.
 * @param name small letters and hyphens
 */
export function createCookie(
  { id, publicBase }: Pick<PluginContext, 'id' | 'publicBase'>,
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
