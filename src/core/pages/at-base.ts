import type { Bootstrap, PageUrls } from './page-data.ts'
import { pageUrls } from './urls.ts'

/**
 * The address at which the page's browser reaches the platform: origin and path prefix, without a slash at the end.
 * @param page address of the page; `urls` may be relative to it
 * @returns null if these are not addresses of this platform
 */
export function baseOf({ api }: Pick<PageUrls, 'api'>, page: string): string | null {
  const { origin, pathname } = new URL(api, page)
  const end = pathname.length - pageUrls('').api.length
  return pathname.slice(Math.max(end, 0)) === pageUrls('').api ? `${origin}${pathname.slice(0, end)}` : null
}

/**
 * Corrects the addresses of a bootstrap for Pilot. Addresses from the option `publicUrl` stay. Addresses that the server
 * took from the request are replaced by those of the page: a proxy may have removed a prefix or TLS, or have changed the
 * Host header, but the page knows the address that it was loaded from.
 */
export function atBase(bootstrap: Bootstrap, base: string | null): Bootstrap {
  const { api_host, ws_host, addresses_from } = bootstrap
  if (base === null || addresses_from !== 'request') return bootstrap
  const moved: Record<string, string> = {
    [api_host]: `${base}/`,
    [ws_host]: `${base.replace(/^http/, 'ws')}/api/v1/ws`,
  }
  const move = (value: unknown): unknown => (typeof value === 'string' ? (moved[value] ?? value) : value)
  return {
    ...bootstrap,
    api_host: String(move(api_host)),
    ws_host: String(move(ws_host)),
    modules: bootstrap.modules.map((module) => ({
      ...module,
      params:
        'host' in module.params ? { ...module.params, host: move(module.params['host']) } : module.params,
    })),
  }
}

const HOST = /^([a-z][a-z0-9+.-]*:\/\/)(\[[^\]]*\]|[^:/?#]*)(.*)$/i

/**
 * Corrects the broker's address. If it has the host name that the server took from the request, the host name of the
 * page replaces it. A configured address has another host name, or the same one anyway.
 * @param bootstrap as the server sent it
 */
export function mqttAtBase(address: string, bootstrap: Bootstrap | null, base: string | null): string {
  if (bootstrap === null || base === null || bootstrap.addresses_from !== 'request') return address
  const [, scheme = '', host = '', rest = ''] = HOST.exec(address) ?? []
  const [, , seen] = HOST.exec(bootstrap.api_host) ?? []
  const [, , own] = HOST.exec(base) ?? []
  return host !== '' && host === seen && own !== undefined ? `${scheme}${own}${rest}` : address
}
