import type { User, UserStore } from '../../core/ports/index.ts'
import { checkedUser, type UserInput } from './schema.ts'

/** Your own user table, as two functions: for `customUsers`. */
export interface CustomUsers {
  /**
   * The user behind a name and a password, or null, whichever of the two is wrong. Throw when you cannot tell, because a
   * service is down: the login is then answered with 503, not as a wrong password.
   */
  authenticate(username: string, password: string): Answer | Promise<Answer>
  /**
   * The user as of now, or null when deleted or disabled. Asked at every refresh. Throw when you cannot tell.
   * @param data what the session was opened with; undefined: nothing
   */
  findById(id: string, data?: unknown): Answer | Promise<Answer>
  /** Called when the platform closes. */
  close?(): Promise<void>
}

type Answer = UserInput | null | undefined

/**
 * Users of your own database or login service. What the functions return is checked; a user that Pilot could not use
 * rejects with a TypeError that names the field.
 */
export function customUsers({ authenticate, findById, close }: CustomUsers): UserStore {
  const read = (answer: Answer, what: string): User | null =>
    answer === null || answer === undefined ? null : checkedUser(answer, `customUsers: ${what}`)

  return {
    async authenticate(username, password) {
      return read(await authenticate(username, password), 'what authenticate() returned')
    },
    async findById(id, data) {
      const user = read(await findById(id, data), 'what findById() returned')
      // Rights are taken from this answer: somebody else's must not pass.
      if (user !== null && user.id !== id)
        throw new TypeError('customUsers: findById() returned another user')
      return user
    },
    ...(close === undefined ? {} : { close: () => close() }),
  }
}
