import { randomUUID } from 'node:crypto'
import {
  DEFAULT_COST,
  hashPassword,
  needsRehash,
  type ScryptCost,
  unknownHash,
  verifyPassword,
} from '../../core/access/passwords.ts'
import { checkSqlSource } from '../../core/options/source.ts'
import type { Role, User } from '../../core/ports/index.ts'
import { connectSql, type SqlSource } from '../sql/database.ts'
import type { PasswordUserStore } from './memory.ts'
import { checkedUser, type WorkspaceInput } from './schema.ts'
import { queriesOf, toUser } from './sql-queries.ts'

/** The argument of `createUser` of a `SqlUserStore`. */
export interface NewUser {
  /** @default a random UUID */
  readonly id?: string | undefined
  /** Unique. Case matters. */
  readonly username: string
  /** In plain text. Only its scrypt hash is stored. */
  readonly password: string
  /** @default 'pilot' */
  readonly role?: Role | undefined
  /** Created if it is new; otherwise its name and description are updated. */
  readonly workspace: WorkspaceInput
}

/** The fields that `updateUser` changes. Fields that are left out stay. */
export interface UserChanges {
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly role?: Role | undefined
  readonly workspace?: WorkspaceInput | undefined
  /** A disabled user cannot log in, and is logged out at the next refresh. To log the user out at once, call `cloud.sessions.end`. */
  readonly disabled?: boolean | undefined
}

/** A user as `listUsers` gives it. */
export interface ListedUser extends User {
  /** May not log in. */
  readonly disabled: boolean
}

/** The store of `sqlUsers`: it also lists, creates, changes and deletes users. */
export interface SqlUserStore extends PasswordUserStore {
  /** All users, in the order of their names, or only the user of this name. Disabled users are included. */
  listUsers(filter?: { readonly username?: string | undefined }): Promise<readonly ListedUser[]>
  /** @throws when the name or the id is taken, or a field is wrong */
  createUser(user: NewUser): Promise<User>
  /** @returns false when there is no such user */
  updateUser(id: string, changes: UserChanges): Promise<boolean>
  /** @returns false when there was no such user */
  deleteUser(id: string): Promise<boolean>
}

/** Users in PostgreSQL or SQLite. Needs the tables of `migrateSql`. See docs/users.md. */
export function sqlUsers(
  source: SqlSource & { /** Cost of new hashes. */ readonly cost?: ScryptCost | undefined },
): SqlUserStore {
  const { cost = DEFAULT_COST } = source
  checkSqlSource('sqlUsers', source, ['cost'])
  const queries = queriesOf(connectSql(source))
  const nobody = unknownHash(cost)

  return {
    async authenticate({ username, password }) {
      const row = await queries.byName(username)
      // Check a password also for an unknown name, so that the time of the answer does not show whether the name exists.
      const good = await verifyPassword(password, row?.password_hash ?? nobody)
      if (row === undefined || Number(row.disabled) !== 0 || !good) return null
      if (needsRehash(row.password_hash, cost)) {
        // The login succeeds even if this fails: the next login tries again.
        const upgraded = await hashPassword(password, cost)
        await queries.replaceHash(row.id, row.password_hash, upgraded).catch(() => undefined)
      }
      return toUser(row)
    },
    async findById(id) {
      const row = await queries.byId(id)
      return row === undefined || Number(row.disabled) !== 0 ? null : toUser(row)
    },
    async listUsers({ username } = {}) {
      if (username?.includes('\0') === true) return []
      const rows = await queries.all(username)
      return rows.map((row) => ({ ...toUser(row), disabled: Number(row.disabled) !== 0 }))
    },
    async createUser({ password, ...given }) {
      const user = checkedUser({ id: randomUUID(), ...given }, 'createUser')
      const hash = await hashPassword(checkedPassword(password), cost)
      await queries.putWorkspace(user.workspace)
      const { id, username, role, workspace } = user
      const created = await queries.insert({
        id,
        username,
        password_hash: hash,
        role,
        workspace_id: workspace.id,
        disabled: 0,
      })
      if (!created) throw new Error('createUser: the user name or the id is taken. Choose another one.')
      return user
    },
    async updateUser(id, { password, disabled, ...changes }) {
      const row = await queries.byId(id)
      if (row === undefined) return false
      const { username, role, workspace } = checkedUser({ ...toUser(row), ...changes, id }, 'updateUser')
      const hash = password === undefined ? undefined : await hashPassword(checkedPassword(password), cost)
      if (changes.workspace !== undefined) await queries.putWorkspace(workspace)
      return queries.update(id, {
        ...(changes.username === undefined ? {} : { username }),
        ...(changes.role === undefined ? {} : { role }),
        ...(changes.workspace === undefined ? {} : { workspace_id: workspace.id }),
        ...(hash === undefined ? {} : { password_hash: hash }),
        ...(disabled === undefined ? {} : { disabled: disabled ? 1 : 0 }),
      })
    },
    deleteUser: (id) => queries.remove(id),
  }
}

function checkedPassword(password: unknown): string {
  if (typeof password === 'string' && password !== '') return password
  throw new TypeError('The password needs a text that is not empty.')
}
