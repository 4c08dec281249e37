import type { HttpRequest } from '../../plugin.ts'

/** A header that no other origin can send without a preflight, which nobody answers. */
export const OWN_HEADER = 'x-dji-simulator'

type Asked = Pick<HttpRequest, 'host' | 'headers' | 'address'>

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0]

/** An address cannot be rebound, and `.local` and `.localhost` are no names of the internet. */
const FIXED = /^(?:localhost|[\w-]+\.local|[\w.-]+\.localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i

/** The name is one that a hostile page cannot have pointed here. @param publicUrl the configured public address */
export function isOwnHost(host: string, publicUrl: string | undefined): boolean {
  const name = host.replace(/:\d{1,5}$/, '')
  return FIXED.test(name) || (publicUrl !== undefined && new URL(publicUrl).hostname === name.toLowerCase())
}

/** A request that only the simulator's own page can have made. */
export function isOwnRequest(request: Asked, publicUrl: string | undefined): boolean {
  if (!isOwnHost(request.host, publicUrl)) return false
  if (one(request.headers[OWN_HEADER]) !== '1') return false
  const site = one(request.headers['sec-fetch-site'])
  if (site !== undefined && site !== 'same-origin') return false
  const origin = one(request.headers.origin)
  if (origin === undefined) return true
  const hosts = [request.host, ...(publicUrl === undefined ? [] : [new URL(publicUrl).host])]
  return URL.canParse(origin) && hosts.includes(new URL(origin).host)
}

/** This machine itself: in development it needs no token. */
export const isLoopback = (address: string): boolean =>
  address === '::1' || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/.test(address)

export function cookieOf(headers: Asked['headers'], name: string): string | null {
  const all = String(one(headers.cookie) ?? '').split(/;\s*/)
  return all.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
}
