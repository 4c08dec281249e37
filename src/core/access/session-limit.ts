import type { Session } from '../ports/index.ts'

/** Users whose logins are counted between two looks. */
const MOST_USERS = 10_000

export interface SessionLimitParts {
  /** Sessions of one user that nothing hangs on. */
  readonly most: number
  readonly list: (userId: string) => Promise<readonly Session[]>
  /** Sessions that a connection or WebSocket of this node hangs on. */
  readonly inUse: () => ReadonlySet<string>
  readonly end: (session: Session) => Promise<unknown>
}

/**
 * Which sessions of a user are too many: of those that nothing hangs on here, the ones whose token is the oldest. A controller
 * in the air keeps its session, whatever else logs in with its account.
 */
export function tooMany(
  sessions: readonly Session[],
  inUse: ReadonlySet<string>,
  most: number,
): readonly Session[] {
  const idle = sessions.filter(({ id }) => !inUse.has(id))
  return [...idle]
    .sort((a, b) => a.tokenIssuedAt - b.tokenIssuedAt || a.createdAt - b.createdAt)
    .slice(0, Math.max(0, idle.length - most))
}

/** @returns what to call after each login. It looks at a user's sessions only now and then: there may be thousands. */
export function createSessionLimit({ most, list, inUse, end }: SessionLimitParts) {
  const every = Math.max(1, Math.floor(most / 10))
  const since = new Map<string, number>()
  return async (session: Session): Promise<void> => {
    const { userId } = session
    // The first login that this node sees of a user is looked at: others may have happened before its start.
    const count = (since.get(userId) ?? every) + 1
    since.delete(userId)
    since.set(userId, count > every ? 1 : count)
    const [oldest] = since.keys()
    if (since.size > MOST_USERS && oldest !== undefined) since.delete(oldest)
    if (count <= every) return
    const others = (await list(userId)).filter(({ id }) => id !== session.id)
    for (const old of tooMany(others, inUse(), most - 1)) await end(old)
  }
}
