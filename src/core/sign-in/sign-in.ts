import { hostDataOf, readHostData } from '../access/host-data.ts'
import type { SessionHolder } from '../access/sessions.ts'
import { DjiCloudError } from '../errors.ts'
import type { HttpRequest } from '../http/types.ts'
import type { Logger, Role, User, UserStore, Workspace } from '../ports/index.ts'
import { withinTime } from '../promises.ts'
import { checkedId, checkedSourceUser } from './checked-user.ts'
import { returnToBelow } from './return-to.ts'
import type { SignedIn, SignedInUser, SignInLink, SignInSource } from './source.ts'

export interface SignInParts {
  readonly users: Pick<UserStore, 'findById'>
  /** The workspace of users for whom the source names none. */
  readonly workspace: Workspace | undefined
  readonly publicUrl: string | undefined
  readonly logger: Logger
}

/** All logins beside the platform's own. They say who a browser is, and what each user may do. */
export interface SignIn {
  readonly sources: readonly SignInSource[]
  /** Sources of plugins are known after the plugins are set up. */
  add(sources: readonly SignInSource[]): void
  /**
   * The user of this browser, from the first source that knows; null: no source knows.
   * @throws DjiCloudError STORE_UNAVAILABLE if a source failed and no later source knows the user
   */
  signedInUser(request: HttpRequest): Promise<SignedIn | null>
  /** @param path where the login ends: below the mount, such as `/pilot/login` */
  links(request: HttpRequest, path: string): readonly SignInLink[]
  /** The address that ends the login of this source; null: the source names none. */
  signOutLink(request: HttpRequest, sourceId: string, path: string): string | null
  /**
   * The user of a session as its source, or the option `users`, knows the user now; null: deleted, disabled, or the source
   * is no longer there.
   */
  findUser(holder: SessionHolder): Promise<User | null>
}

/** Relative to the page, a path, or an address. Never `javascript:`, which would run in the page. */
const SAFE_ADDRESS = /^(?:https?:\/\/|\.{0,2}\/)/i

/** If a source never answers, the login page must still open. */
const TIMEOUT_MS = 5_000

export function createSignIn({ users, workspace, publicUrl, logger }: SignInParts): SignIn {
  const sources: SignInSource[] = []

  async function userAt(
    source: SignInSource,
    id: string,
    data: unknown,
    role?: Role,
  ): Promise<SignedInUser | null> {
    if (source.findById === undefined) return users.findById(id, data, role)
    const what = `The answer of findById() of the sign-in source ${source.id}`
    return checkedSourceUser(await source.findById(id, data), id, workspace, what)
  }

  async function ask(source: SignInSource, request: HttpRequest): Promise<SignedIn | null> {
    const what = `The answer of currentUser() of the sign-in source ${source.id}`
    const who = checkedId(await source.currentUser(request), what)
    if (who === null) return null
    // Refused here, so that the host sees its mistake at once, and not only when a pilot wants to log in.
    hostDataOf(who.data)
    const user = await userAt(source, who.id, who.data)
    if (user === null) return null
    return { user, source: { id: source.id, label: source.label }, data: who.data }
  }

  /** If one source fails, the page still shows the other logins. */
  function address(source: SignInSource, make: () => unknown): string | null {
    try {
      const made = make()
      if (typeof made === 'string' && SAFE_ADDRESS.test(made)) return made
      throw new TypeError('It needs to be a path, or an address with https:// or http://.')
    } catch (error) {
      logger.error(
        { err: error, source: source.id },
        'A sign-in source gave no address, so the login page does not show its link. See the error.',
      )
      return null
    }
  }

  return {
    sources,
    add: (more) => void sources.push(...more),
    async signedInUser(request) {
      let failure: unknown = null
      for (const source of sources) {
        try {
          const late = () =>
            new Error(`The sign-in source ${source.id} did not answer within ${TIMEOUT_MS} ms.`)
          const found = await withinTime(ask(source, request), TIMEOUT_MS, late)
          if (found !== null) return found
        } catch (error) {
          logger.error(
            { err: error, source: source.id },
            'A sign-in source did not say who a browser is. See the error.',
          )
          failure = error
        }
      }
      if (failure === null) return null
      throw new DjiCloudError('STORE_UNAVAILABLE', { cause: failure, headers: { 'retry-after': '5' } })
    },
    links(request, path) {
      const returnTo = returnToBelow(publicUrl, request, path)
      return sources.flatMap((source) => {
        const href = address(source, () => source.startUrl(returnTo, request))
        return href === null ? [] : [{ id: source.id, label: source.label, href }]
      })
    },
    signOutLink(request, sourceId, path) {
      const source = sources.find(({ id }) => id === sourceId)
      const { signOutUrl } = source ?? {}
      if (source === undefined || signOutUrl === undefined) return null
      return address(source, () => signOutUrl(returnToBelow(publicUrl, request, path), request))
    },
    async findUser({ userId, role, signInSource, hostData }) {
      const data = hostData === null ? undefined : readHostData(hostData)
      if (signInSource === null) return users.findById(userId, data, role)
      const source = sources.find(({ id }) => id === signInSource)
      const user = source === undefined ? null : await userAt(source, userId, data, role)
      // One person may be pilot on the controller and web user in the browser: the session knows which this is.
      return user === null ? null : { ...user, role: user.role ?? role }
    },
  }
}
