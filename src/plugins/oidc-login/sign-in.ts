import { createHmac } from 'node:crypto'
import { type HttpRequest, isSameSecret, type PluginContext, type SignInSource } from '../../plugin.ts'
import type { Grants } from './grants.ts'
import type { OidcOptions } from './options.ts'
import { type Login, type Person, readLogin } from './people.ts'
import { createSeal } from './sealed.ts'

/** Who has logged in at the provider in this browser. */
export interface SignedInBrowser {
  readonly source: SignInSource
  /** The login of this browser, also an older one; null: none. */
  read(request: HttpRequest): Login | null
  /** Whether this browser is somebody, for "Continue as". */
  isKnown(request: HttpRequest): boolean
  /** @returns the cookie that says who this browser is */
  write(request: HttpRequest, grant: string, person: Person): string
  clear(request: HttpRequest): string
  /** True: the address was made for this login, by `signOutUrl`. Another page cannot log a browser out. */
  isSignOut(login: Login, given: string | null): boolean
}

/** "Continue as" is offered for this long. After it, the provider is asked again, which costs one tap while its own login lasts. */
const CONTINUE_MS = 10 * 60_000
/** For the logout at the provider. */
const REMEMBER_MS = 12 * 60 * 60_000

export function createSignedInBrowser(
  context: PluginContext,
  { id, label, issuer, clientId }: OidcOptions,
  grants: Pick<Grants, 'personOf' | 'isSignedOut'>,
): SignedInBrowser {
  const { clock, deriveKeys, pageRoot } = context
  const seal = createSeal(deriveKeys(`login ${issuer} ${clientId}`), REMEMBER_MS, clock.now)
  const cookie = context.cookie('user', { maxAgeSeconds: REMEMBER_MS / 1000 })
  const signOutKeys = deriveKeys('sign out')

  const read = (request: HttpRequest): Login | null => readLogin(seal.open(cookie.read(request)))
  function fresh(request: HttpRequest): Login | null {
    const login = read(request)
    return login !== null && clock.now() - login.at < CONTINUE_MS ? login : null
  }
  const proofs = ({ grant }: Login): readonly string[] =>
    signOutKeys.map((key) => createHmac('sha256', key).update(grant).digest('base64url'))
  const address = (
    request: HttpRequest,
    path: string,
    parameters: Readonly<Record<string, string>>,
  ): string => `${pageRoot(request)}/${id}/${path}?${new URLSearchParams(parameters)}`

  return {
    read,
    isKnown: (request) => fresh(request) !== null,
    write: (request, grant, person) =>
      cookie.write(request, seal.close({ grant, person, at: clock.now() } satisfies Login)),
    clear: cookie.clear,
    isSignOut: (login, given) => proofs(login).some((proof) => isSameSecret(proof, given)),
    source: {
      id,
      label,
      async currentUser(request) {
        const login = fresh(request)
        return login === null || (await grants.isSignedOut(login))
          ? null
          : { id: login.person.id, data: login }
      },
      async findById(userId, data) {
        const login = readLogin(data)
        // A session that was opened by other code, for this source and without its data: nobody vouches for the user.
        if (login === null || login.person.id !== userId) return null
        return grants.personOf(login)
      },
      startUrl: ({ path }, request) => address(request, 'login', { return_to: path }),
      signOutUrl({ path }, request) {
        const login = read(request)
        const [proof = ''] = login === null ? [] : proofs(login)
        return address(request, 'logout', { return_to: path, proof })
      },
    },
  }
}
