import type { Session } from '../ports/index.ts'

/** A controller has one WebSocket, a browser one for each tab. */
export const SOCKETS = { perSession: 16, perUser: 1_000 } as const

type Whose = Pick<Session, 'id' | 'userId'>

/**
 * How many WebSockets a session and a user may have. The newest is welcome: a controller that lost its network comes back
 * before the old socket is known to be dead. The oldest goes, of the session that has most: so the one socket of another
 * controller with the same account stays.
 */
export function createSocketLimit<Socket>({
  perSession,
  perUser,
}: {
  perSession: number
  perUser: number
} = SOCKETS) {
  const users = new Map<string, Map<string, Set<Socket>>>()

  const total = (sessions: ReadonlyMap<string, ReadonlySet<Socket>>): number => {
    let count = 0
    for (const sockets of sessions.values()) count += sockets.size
    return count
  }

  function largest(sessions: ReadonlyMap<string, ReadonlySet<Socket>>): ReadonlySet<Socket> | null {
    let found: ReadonlySet<Socket> | null = null
    for (const sockets of sessions.values()) if (sockets.size > (found?.size ?? 0)) found = sockets
    return found
  }

  return {
    /** @returns the socket that has to go, null: there is room */
    add({ id, userId }: Whose, socket: Socket): Socket | null {
      const sessions = users.get(userId) ?? new Map<string, Set<Socket>>()
      const own = sessions.get(id) ?? new Set<Socket>()
      users.set(userId, sessions.set(id, own.add(socket)))
      const crowded = own.size > perSession ? own : total(sessions) > perUser ? largest(sessions) : null
      const [oldest = null] = crowded ?? []
      return oldest
    },
    remove({ id, userId }: Whose, socket: Socket): void {
      const sessions = users.get(userId)
      const own = sessions?.get(id)
      if (sessions === undefined || own === undefined) return
      own.delete(socket)
      if (own.size === 0) sessions.delete(id)
      if (sessions.size === 0) users.delete(userId)
    },
  }
}
