import { LruMap } from '../lru-map.ts'
import type { Session } from '../ports/index.ts'

/** Number of users whose logins are counted between two checks. */
const MOST_USERS = 10_000

export interface SessionLimitParts {
  /** Sessions of one user that no connection uses. */
  readonly most: number
  readonly list: (userId: string) => Promise<readonly Session[]>
  /** Sessions that a connection or WebSocket of this node uses. */
  readonly inUse: () => ReadonlySet<string>
  readonly end: (session: Session) => Promise<unknown>
}

/**
 * The sessions of a user beyond the limit: those with the oldest tokens among the sessions that no connection of this node
 * uses. So a connected controller keeps its session if others log in with its account.
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

/**
 * @returns a function to call after each login. It does not list a user's sessions at each login, because there may be
 * thousands.
 */
export function createSessionLimit({ most, list, inUse, end }: SessionLimitParts) {
  const every = Math.max(1, Math.floor(most / 10))
  const since = new LruMap<string, number>(MOST_USERS)
  return async (session: Session): Promise<void> => {
    const { userId } = session
    // Check at the first login of a user at this node, because there may be sessions from before its start.
    const count = (since.get(userId) ?? every) + 1
    since.set(userId, count > every ? 1 : count)
    if (count <= every) return
    const others = (await list(userId)).filter(({ id }) => id !== session.id)
    // Which sessions are in use is known only by looking at all connections of the node.
    if (others.length < most) return
    for (const old of tooMany(others, inUse(), most - 1)) await end(old)
  }
}
