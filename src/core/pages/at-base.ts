import type { Bootstrap, PageUrls } from './page-data.ts'
import { pageUrls } from './urls.ts'

/**
 * How whoever has loaded a page reaches the platform: origin and path in front of our own, without a trailing slash.
 * @param page address of the page, which `urls` may be relative to
 * @returns null where these are not the addresses of this platform
 */
export function baseOf({ api }: Pick<PageUrls, 'api'>, page: string): string | null {
  const { origin, pathname } = new URL(api, page)
  const end = pathname.length - pageUrls('').api.length
  return pathname.slice(Math.max(end, 0)) === pageUrls('').api ? `${origin}${pathname.slice(0, end)}` : null
}

/**
 * The addresses of a bootstrap as Pilot has to be given them. What the server was told by the option `publicUrl` stands.
 * What it read off the request does not: a proxy may have taken off a prefix or TLS, or have put its own name into the
 * Host header, and the page knows better by what it was loaded from.
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
 * The broker's address. Where it only repeats the host name that the server read off the request, the name that the page
 * was loaded from takes its place; an address that was configured names another host, or is the same anyway.
 * @param bootstrap as the server gave it
 */
export function mqttAtBase(address: string, bootstrap: Bootstrap | null, base: string | null): string {
  if (bootstrap === null || base === null || bootstrap.addresses_from !== 'request') return address
  const [, scheme = '', host = '', rest = ''] = HOST.exec(address) ?? []
  const [, , seen] = HOST.exec(bootstrap.api_host) ?? []
  const [, , own] = HOST.exec(base) ?? []
  return host !== '' && host === seen && own !== undefined ? `${scheme}${own}${rest}` : address
}
