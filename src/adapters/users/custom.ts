import type { User, UserStore } from '../../core/ports/index.ts'
import { checkedUser, type UserInput } from './schema.ts'

/** The functions for `customUsers` that read your own user table. */
export interface CustomUsers {
  /**
   * The user with this name and password. Return null if the name or the password is wrong. Throw if you cannot tell, for example
   * because a service is down: the login then gets 503, not "wrong password".
   */
  authenticate(username: string, password: string): Answer | Promise<Answer>
  /**
   * The user as stored now, or null if deleted or disabled. Called at every refresh. Throw if you cannot tell.
   * @param data from `sessions.open(user, { data })`; undefined: the session has none
   */
  findById(id: string, data?: unknown): Answer | Promise<Answer>
  /** Called when the platform closes. */
  close?(): Promise<void>
}

type Answer = UserInput | null | undefined

/**
 * Users of your own database or login service. The returned users are checked: if Pilot could not work with one, the call
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
      // This answer decides about rights, so it must be the right user.
      if (user !== null && user.id !== id)
        throw new TypeError('customUsers: findById() returned another user')
      return user
    },
    ...(close === undefined ? {} : { close: () => close() }),
  }
}
