import { randomUUID } from 'node:crypto'
import { sqlSessions } from '../../adapters/sessions/sql.ts'
import { migrateSql } from '../../adapters/sql/migrate.ts'
import { type ListedUser, type SqlUserStore, sqlUsers } from '../../adapters/users/sql.ts'
import type { EndReason, Role } from '../../core/ports/index.ts'
import { EXIT, type Terminal, UsageError } from '../terminal.ts'
import { databaseOf, openDatabase } from '../users/database.ts'
import { newPassword } from '../users/password.ts'

export interface UsersOptions {
  readonly databaseUrl?: string
  readonly schema?: string
  readonly json?: boolean
}

export interface PlaceOptions extends UsersOptions {
  readonly workspace?: string
  readonly workspaceName?: string
}

export interface AddOptions extends PlaceOptions {
  readonly role?: Role
  readonly id?: string
  readonly migrate?: boolean
}

interface Desk {
  readonly users: SqlUserStore
  /** @throws NoSuchUser */
  find(username: string): Promise<ListedUser>
  /** Ends the sessions of a user that are in this database. @returns how many */
  endSessions(userId: string, reason: EndReason): Promise<number>
  /** Shows the result, as text or as JSON. */
  say(words: string, facts: object): void
}

/** `npx dji-cloud users list` */
export const list = (terminal: Terminal, options: UsersOptions): Promise<number> =>
  at(terminal, options, async ({ users }) => {
    const all = await users.listUsers()
    if (options.json === true) terminal.print(JSON.stringify(all, null, 2))
    else for (const line of table(all, terminal)) terminal.print(line)
  })

/** `npx dji-cloud users add NAME --workspace UUID` */
export const add = (terminal: Terminal, username: string, options: AddOptions): Promise<number> =>
  at(terminal, options, async ({ users, say }) => {
    // Checked before the password is asked for, so that it is not typed for nothing.
    const workspace = await workspaceOf(users, options)
    if ((await users.listUsers({ username })).length > 0)
      throw new Refusal(`The name "${plain(username)}" is taken. Choose another one.`)
    const password = await newPassword(username, terminal)
    const { id = randomUUID(), role } = options
    const user = await users.createUser({ id, username, password, role, workspace })
    say(`Added ${plain(username)}, ${user.role} in the workspace ${plain(workspace.name)}.`, user)
  })

/** `npx dji-cloud users disable NAME` and `enable` */
export const setDisabled =
  (disabled: boolean) =>
  (terminal: Terminal, username: string, options: UsersOptions): Promise<number> =>
    at(terminal, options, async ({ users, find, endSessions, say }) => {
      const { id } = await find(username)
      await users.updateUser(id, { disabled })
      if (!disabled) return say(`${plain(username)} can log in again.`, { id, username, disabled })
      const ended = await endSessions(id, 'user_gone')
      say(`${plain(username)} can no longer log in. ${whatEnded(ended)}`, {
        id,
        username,
        disabled,
        sessionsEnded: ended,
      })
    })

/** `npx dji-cloud users password NAME` */
export const password = (terminal: Terminal, username: string, options: UsersOptions): Promise<number> =>
  at(terminal, options, async ({ users, find, endSessions, say }) => {
    const { id } = await find(username)
    await users.updateUser(id, { password: await newPassword(username, terminal) })
    const ended = await endSessions(id, 'revoked')
    say(`${plain(username)} has a new password. ${whatEnded(ended)}`, { id, username, sessionsEnded: ended })
  })

/** `npx dji-cloud users move NAME --workspace UUID` */
export const move = (terminal: Terminal, username: string, options: PlaceOptions): Promise<number> =>
  at(terminal, options, async ({ users, find, endSessions, say }) => {
    const { id } = await find(username)
    const workspace = await workspaceOf(users, options)
    await users.updateUser(id, { workspace })
    const ended = await endSessions(id, 'workspace_changed')
    const words = `${plain(username)} is now in the workspace ${plain(workspace.name)}. ${whatEnded(ended)}`
    say(words, { id, username, workspace, sessionsEnded: ended })
  })

/** The command was right, but the state of the database does not allow it. */
class Refusal extends Error {}

async function at(
  terminal: Terminal,
  options: UsersOptions & { readonly migrate?: boolean },
  work: (desk: Desk) => Promise<void>,
): Promise<number> {
  const { db, close } = await openDatabase(databaseOf(options.databaseUrl, terminal))
  try {
    const source = {
      db,
      timeoutMs: 10_000,
      ...(options.schema === undefined ? {} : { schema: options.schema }),
    }
    if (options.migrate === true) await migrateSql(source)
    const users = sqlUsers(source)
    const sessions = sqlSessions(source)
    await work({
      users,
      async find(username) {
        const [user] = await users.listUsers({ username })
        if (user !== undefined) return user
        throw new Refusal(
          `There is no user "${plain(username)}". Look it up with npx dji-cloud users list. Upper and lower case matter.`,
        )
      },
      async endSessions(userId, reason) {
        const now = Date.now()
        const open = await sessions.list({ userId }, now)
        const ended = await Promise.all(open.map(({ id }) => sessions.end(id, reason, now)))
        return ended.filter(Boolean).length
      },
      say: (words, facts) => terminal.print(options.json === true ? JSON.stringify(facts, null, 2) : words),
    })
    return EXIT.well
  } catch (error) {
    if (error instanceof UsageError) throw error
    terminal.complain(terminal.paint('red', inWords(error)))
    return EXIT.unwell
  } finally {
    await close()
  }
}

function inWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const isTable = /no such table|relation "[^"]*dji_cloud_\w+" does not exist/i.test(message)
  return isTable
    ? 'The tables are not in this database. Run migrateSql in your app, or add the first user with --migrate.'
    : message
}

/** If the workspace has users already, its id is enough. */
async function workspaceOf(users: SqlUserStore, { workspace: id, workspaceName: name }: PlaceOptions) {
  if (id === undefined)
    throw new UsageError(
      'No workspace was given. Give --workspace with its UUID, and --workspace-name if it is new.',
    )
  const known = (await users.listUsers()).find(({ workspace }) => workspace.id === id)?.workspace
  if (name === undefined && known === undefined)
    throw new UsageError(`The workspace ${plain(id)} has no user yet. Give it a name with --workspace-name.`)
  return { id, name: name ?? known?.name ?? '', description: known?.description ?? '' }
}

const whatEnded = (ended: number): string =>
  ended === 0
    ? 'No session is open in this database.'
    : `${ended} ${ended === 1 ? 'session was' : 'sessions were'} ended; connections close within 15 seconds.`

/** Names come from other people, so control characters are not printed. */
const plain = (text: string): string => text.replaceAll(/\p{C}/gu, '?')

function table(all: readonly ListedUser[], { paint }: Terminal): string[] {
  if (all.length === 0)
    return [
      'There are no users yet. Add one: npx dji-cloud users add NAME --workspace UUID --workspace-name NAME',
    ]
  const rows = all.map(
    ({ username, role, workspace, disabled, id }) =>
      [plain(username), role, plain(workspace.name), disabled ? 'disabled' : '', plain(id)] as const,
  )
  const titles = ['name', 'role', 'workspace', '', 'id'] as const
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [paint('bold', line(titles)), ...rows.map(line)]
}
