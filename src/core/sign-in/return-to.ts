import { publicBase } from '../http/addresses.ts'
import type { HttpRequest } from '../http/types.ts'
import type { ReturnTo } from './source.ts'

type Place = Pick<HttpRequest, 'host' | 'secure' | 'mount'>

const LONGEST = 2048

/**
 * A return address from outside, such as a query parameter. Null if it is not an address of this platform, because a
 * page that sends the browser to any address is an open redirect.
 * @param value a path such as `/drones/pilot/login`, or the whole address
 */
export function readReturnTo(publicUrl: string | undefined, request: Place, value: unknown): ReturnTo | null {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST) return null
  const { origin, mount } = publicBase(publicUrl, request)
  let url: URL
  try {
    // Reads the address as browsers do: `\` is `/`, `//host` is another host, and `..` is removed.
    url = new URL(value, origin)
  } catch {
    return null
  }
  const { pathname } = url
  // A path that begins with two slashes would be the name of a host when it is used as an address.
  if (url.origin !== origin || pathname.startsWith('//') || !pathname.startsWith(`${mount}/`)) return null
  const path = `${pathname}${url.search}`
  return { path, url: `${origin}${path}` }
}

/**
 * An address of this platform by its path below the mount.
 * @throws TypeError if it is not a path below the mount
 */
export function returnToBelow(publicUrl: string | undefined, request: Place, path: string): ReturnTo {
  const { mount } = publicBase(publicUrl, request)
  const found = path.startsWith('/') ? readReturnTo(publicUrl, request, `${mount}${path}`) : null
  if (found === null)
    throw new TypeError('The return address needs to be a path below the mount, such as /pilot/login.')
  return found
}
