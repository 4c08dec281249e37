import { ask, type Reply } from '../support/http.ts'

/** A browser as far as logins need one: it keeps cookies for each host, whatever the port, and goes where it is sent. */
export interface Jar {
  /** Cookies by host name, then by name. */
  readonly cookies: Map<string, Map<string, string>>
  /** One request, without following a redirect. @param method @default 'GET' */
  ask(
    url: string,
    options?: { method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Reply>
  /** Goes on until an answer is no redirect. @returns where it ended, and every address on the way */
  follow(
    url: string,
    options?: Parameters<Jar['ask']>[1],
  ): Promise<{ reply: Reply; url: string; trail: readonly string[] }>
}

export function createJar(): Jar {
  const cookies: Jar['cookies'] = new Map()
  const ofHost = (url: string): Map<string, string> => {
    const { hostname } = new URL(url)
    const found = cookies.get(hostname) ?? new Map<string, string>()
    cookies.set(hostname, found)
    return found
  }

  const jar: Jar = {
    cookies,
    async ask(url, { method = 'GET', body, headers = {} } = {}) {
      const own = ofHost(url)
      const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ')
      const { pathname, search, host, port } = new URL(url)
      const form = body instanceof URLSearchParams
      const reply = await ask(`http://127.0.0.1:${port}`, `${pathname}${search}`, {
        method,
        headers: {
          host,
          ...(cookie === '' ? {} : { cookie }),
          ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: form ? String(body) : body }),
      })
      for (const line of [reply.headers['set-cookie'] ?? []].flat()) {
        const [pair = '', ...attributes] = line.split(';')
        const [name = '', ...rest] = pair.split('=')
        const value = rest.join('=')
        const isGone = attributes.some((one) => /^\s*(max-age=0|expires=Thu, 01 Jan 1970)/i.test(one))
        if (isGone || value === '') own.delete(name)
        else own.set(name, value)
      }
      return reply
    },
    async follow(url, options) {
      const trail = [url]
      let reply = await jar.ask(url, options)
      let at = url
      while (reply.status >= 300 && reply.status < 400 && trail.length < 20) {
        at = new URL(String(reply.headers.location), at).href
        trail.push(at)
        reply = await jar.ask(at)
      }
      return { reply, url: at, trail }
    },
  }
  return jar
}
