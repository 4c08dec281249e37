import { createHash, timingSafeEqual } from 'node:crypto'
import { DEFAULT_COST, type ScryptCost, unknownHash, verifyPassword } from '../../core/access/passwords.ts'
import type {
  LoginContext,
  LoginCredentials,
  Role,
  User,
  UserStore,
  Workspace,
} from '../../core/ports/index.ts'

/** One account. Give `passwordHash` (a PHC string of `hashPassword`) outside development. */
export interface MemoryUser {
  /** The id in tokens and events. @default the user name */
  readonly id?: string | undefined
  /** The name that the user types at the login. */
  readonly username: string
  /** In plain text, for development only. In production give `passwordHash`. */
  readonly password?: string | undefined
  /** A PHC text made by `hashPassword()`. */
  readonly passwordHash?: string | undefined
  /** @default 'pilot' */
  readonly role?: Role | undefined
  /** The workspace whose devices the account sees. */
  readonly workspace: Workspace
}

/** A store that asks for a name and a password only. To ask for more, wrap it in `customUsers`. */
export interface PasswordUserStore extends UserStore {
  /** The user with this name and password, or null. */
  authenticate(
    credentials: Pick<LoginCredentials, 'username' | 'password'>,
    context?: LoginContext,
  ): Promise<User | null>
}

/** A fixed list of users: for development, tests and very small teams. */
export function memoryUsers(list: readonly MemoryUser[], cost: ScryptCost = DEFAULT_COST): PasswordUserStore {
  const users = new Map<
    string,
    { readonly user: User; readonly isRight: (typed: string) => Promise<boolean> }
  >()
  const nobody = unknownHash(cost)
  for (const entry of list) {
    const user: User = {
      id: entry.id ?? entry.username,
      username: entry.username,
      role: entry.role ?? 'pilot',
      workspace: entry.workspace,
    }
    const { password, passwordHash } = entry
    users.set(entry.username, {
      user,
      isRight:
        passwordHash === undefined
          ? (typed) => isSame(typed, password ?? '', nobody)
          : (typed) => verifyPassword(typed, passwordHash),
    })
  }

  return {
    async authenticate({ username, password }) {
      const found = users.get(username)
      // Check a password also for an unknown name, so that the time of the answer does not show whether the name exists.
      const good = await (found === undefined ? verifyPassword(password, nobody) : found.isRight(password))
      return found !== undefined && good ? found.user : null
    },
    async findById(id) {
      for (const { user } of users.values()) if (user.id === id) return user
      return null
    },
  }
}

/**
 * A password in plain text needs no hash, but one is computed anyway. So each login takes the same time, the first one
 * too.
 */
async function isSame(typed: string, password: string, nobody: string): Promise<boolean> {
  await verifyPassword(typed, nobody)
  const [one, other] = [typed, password].map((text) =>
    createHash('sha256').update(text.normalize('NFKC')).digest(),
  )
  return one !== undefined && other !== undefined && timingSafeEqual(one, other)
}
