import type {
  AuthenticatedUser,
  LoginContext,
  LoginCredentials,
  Role,
  User,
  UserStore,
} from '../../core/ports/index.ts'
import { checkedUser, type UserInput } from './schema.ts'

/** The functions for `customUsers` that read your own user table. */
export interface CustomUsers {
  /**
   * The user with this name and password. Return null if the name or the password is wrong. Throw if you cannot tell, for example
   * because a service is down: the login then gets 503, not "wrong password".
   * @param context where the user logs in. A user whom you return without a role is a pilot; return `context.role` for people who
   * are both
   */
  authenticate(credentials: LoginCredentials, context: LoginContext): Awaitable<Authenticated>
  /**
   * The user as stored now, or null if deleted or disabled. Called at every refresh. Throw if you cannot tell.
   * @param data what the session keeps, from `authenticate` or `sessions.open(user, { data })`; undefined: nothing
   * @param role of the session; undefined: not known yet. Return it for people who are both
   */
  findById(id: string, data?: unknown, role?: Role): Awaitable<UserInput | null | undefined>
  /** Called when the platform closes. */
  close?(): Promise<void>
}

type Awaitable<Value> = Value | Promise<Value>

/** A user, as `authenticate` returns it. */
export interface AuthenticatedInput extends UserInput {
  /** JSON that the session keeps and `findById` gets at each refresh, 4 KiB at most, such as a token of your login service. @default nothing */
  readonly data?: unknown
}

type Authenticated = AuthenticatedInput | null | undefined

/**
 * Users of your own database or login service. The returned users are checked: if Pilot could not work with one, the call
 * rejects with a TypeError that names the field.
 */
export function customUsers({ authenticate, findById, close }: CustomUsers): UserStore {
  return {
    async authenticate(credentials, context) {
      return readLogin(await authenticate(credentials, context), 'what authenticate() returned')
    },
    async findById(id, data, role) {
      const user = read(await findById(id, data, role), 'what findById() returned')
      // This answer decides about rights, so it must be the right user.
      if (user !== null && user.id !== id)
        throw new TypeError('customUsers: findById() returned another user')
      return user
    },
    ...(close === undefined ? {} : { close: () => close() }),
  }
}

const read = (answer: UserInput | null | undefined, what: string): User | null =>
  answer === null || answer === undefined ? null : checkedUser(answer, `customUsers: ${what}`)

function readLogin(answer: Authenticated, what: string): AuthenticatedUser | null {
  const user = read(answer, what)
  return user === null || answer?.data === undefined ? user : { ...user, data: answer.data }
}
