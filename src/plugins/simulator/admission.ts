import { type HttpRequest, isOwnHost } from '../../plugin.ts'

/** A header that another origin can send only after a preflight request, which is never allowed. */
export const OWN_HEADER = 'x-dji-simulator'

type Asked = Pick<HttpRequest, 'host' | 'headers' | 'address'>

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0]

/** True if only the simulator's own page can have sent this request. */
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

/** True for an address or name of this machine only. */
const LOOPBACK =
  /^(?:localhost|[\w.-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1|::ffff:127(?:\.\d{1,3}){3})$/i
const isLoopback = (host: string): boolean =>
  LOOPBACK.test(host) || LOOPBACK.test(host.replace(/:\d{1,5}$/, ''))

/** Headers of proxies, tunnels and content networks. One of them shows that the request came from elsewhere. */
const FORWARDED =
  /^(?:forwarded|via|cdn-loop|x-forwarded|x-(?:forwarded|original|envoy|amzn?|azure|appengine|github|ms)-.+|(?:cf|fly|fastly|ngrok|tailscale|vercel)-.+|(?:x-real|x-client|x-cluster-client|true-client|fastly-client)-ip)$/

/**
 * True for a request from this machine to this machine. In development it needs no token. A tunnel (ngrok, cloudflared,
 * ssh -R) also connects from this machine, and one that forwards bare TCP adds no header. So if a public address is set,
 * no request counts as local.
 */
export function isLocal({ address, host, headers }: Asked, publicUrl: string | undefined): boolean {
  if (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname)) return false
  const own = one(headers.host) ?? host
  return (
    [address, host, own].every(isLoopback) &&
    !Object.keys(headers).some((name) => FORWARDED.test(name.toLowerCase()))
  )
}
