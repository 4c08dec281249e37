import type { HttpRequest } from '../http/types.ts'
import type { ReturnTo, SignedInId, SignInSource, SourceUser } from './source.ts'

/** The option `login`, checked. */
export interface HostLogin {
  readonly currentUser: (request: unknown) => unknown
  readonly findById?: ((id: string, data: unknown) => unknown) | undefined
  readonly loginUrl: string
  readonly logoutUrl?: string | undefined
  readonly returnParameter: string
  readonly label?: string | undefined
  readonly password: boolean
}

/** The id of this source in `login.succeeded`. No plugin may have a source with this id. */
const HOST_SOURCE = 'host'

/** The option `login` as a sign-in source: the host's own session says who a browser is. */
export function hostLogin(login: HostLogin, label: string): SignInSource {
  const { currentUser, findById, loginUrl, logoutUrl, returnParameter } = login
  const withReturn = (address: string, returnTo: ReturnTo): string =>
    withParameter(address, returnParameter, returnTo)
  return {
    id: HOST_SOURCE,
    label: login.label ?? label,
    // The code that asks a source checks what both return.
    currentUser: ({ native }: HttpRequest) => currentUser(native) as SignedInId | null,
    ...(findById === undefined
      ? {}
      : { findById: (id: string, data: unknown) => findById(id, data) as SourceUser | null }),
    startUrl: (returnTo) => withReturn(loginUrl, returnTo),
    ...(logoutUrl === undefined
      ? {}
      : { signOutUrl: (returnTo: ReturnTo) => withReturn(logoutUrl, returnTo) }),
  }
}

/**
 * A login on the same origin gets a path. It can check a path without knowing its own host name. A login on another
 * origin gets the whole address.
 */
function withParameter(address: string, name: string, returnTo: ReturnTo): string {
  const isPath = address.startsWith('/')
  const url = new URL(address, 'http://host.invalid')
  url.searchParams.set(name, isPath ? returnTo.path : returnTo.url)
  return isPath ? `${url.pathname}${url.search}${url.hash}` : url.href
}
