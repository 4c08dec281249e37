import { parseCookie, type SerializeOptions, stringifySetCookie } from 'cookie'
import type { HttpRequest } from './types.ts'

/** A cookie of this request. Null: the request has no cookie of that name. */
export function cookieOf({ headers }: Pick<HttpRequest, 'headers'>, name: string): string | null {
  const { cookie } = headers
  const all = parseCookie(typeof cookie === 'string' ? cookie : (cookie ?? []).join('; '))
  return all[name] ?? null
}

/**
 * Makes one `Set-Cookie` value, for `cookies` of an answer. Its default attributes are `HttpOnly; SameSite=Lax;
 * Path=/`, so scripts of the page cannot read it.
 * @param options those of the package `cookie`: `maxAge` in seconds, `path`, `secure: request.secure`, `sameSite`, ...
 * @throws TypeError for a name or an option that a cookie cannot have
 */
export const setCookie = (name: string, value: string, options: SerializeOptions = {}): string =>
  stringifySetCookie(name, value, { httpOnly: true, sameSite: 'lax', path: '/', ...options })
