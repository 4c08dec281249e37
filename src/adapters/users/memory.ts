import { DEFAULT_COST, hashPassword, type ScryptCost, verifyPassword } from '../../core/access/passwords.ts'
import type { Role, User, UserStore, Workspace } from '../../core/ports/index.ts'

/** One account. Give `passwordHash` (a PHC string of `hashPassword`) outside development. */
export interface MemoryUser {
  /** What tokens and events name. @default the user name */
  readonly id?: string | undefined
  /** What is typed at the login. */
  readonly username: string
  /** In plain text, for development; elsewhere `passwordHash`. */
  readonly password?: string | undefined
  /** A PHC text made by `hashPassword()`. */
  readonly passwordHash?: string | undefined
  /** @default 'pilot' */
  readonly role?: Role | undefined
  /** Whose devices the account sees. */
  readonly workspace: Workspace
}

/** A fixed list of users: for development, tests and very small teams. */
export function memoryUsers(list: readonly MemoryUser[], cost: ScryptCost = DEFAULT_COST): UserStore {
  const users = new Map<string, { readonly user: User; readonly hash: () => Promise<string> }>()
  for (const entry of list) {
    const user: User = {
      id: entry.id ?? entry.username,
      username: entry.username,
      role: entry.role ?? 'pilot',
      workspace: entry.workspace,
    }
    const { password, passwordHash } = entry
    const hash = once(async () => passwordHash ?? (await hashPassword(password ?? '', cost)))
    users.set(entry.username, { user, hash })
  }
  const nobody = once(() => hashPassword('no password has this hash', cost))

  return {
    async authenticate(username, password) {
      const found = users.get(username)
      // An unknown name does the work of a known one, so that the time of the answer tells nothing.
      const good = await verifyPassword(password, await (found?.hash ?? nobody)())
      return found !== undefined && good ? found.user : null
    },
    async findById(id) {
      for (const { user } of users.values()) if (user.id === id) return user
      return null
    },
  }
}

/** Runs once, when first asked: hashing is slow and start-up has to be fast. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= work()
    return running
  }
}
