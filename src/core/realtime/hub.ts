import type { Clock, Role, Session } from '../ports/index.ts'

/** One WebSocket, as core sees it. The adapter owns the socket and its ping. */
export interface Peer {
  /** Bytes that are not sent yet, because the client or its network is slow. */
  readonly bufferedAmount: number
  send(text: string | Uint8Array): void
  /** Several messages in one write. Give the same list to each peer that gets the same messages: the work is then done once. */
  sendAll(messages: readonly Uint8Array[]): void
  /** @param code WebSocket close code; 4401: the session behind it has ended */
  close(code: number, reason: string): void
}

/** One message to sockets (facts E). Field names are those on the wire. */
export interface Push {
  /** One of `OWN_PUSHES`, or one that a plugin has declared. */
  readonly biz_code: string
  readonly data: Readonly<Record<string, unknown>>
}

/** The pushes of the platform. Plugins may not use these codes. */
export const OWN_PUSHES = [
  'device_online',
  'device_offline',
  'device_update_topo',
  'device_osd',
  'gateway_osd',
  'dock_osd',
] as const

/** The sockets of a workspace, by role: browsers get more fields than controllers. */
export type Audience = Readonly<Record<Role, ReadonlySet<Peer>>>

export interface Hub {
  /** @returns a function to call when the socket closes. A user may have several sockets (facts E). */
  join(session: Session, peer: Peer): () => void
  /** Sends to every socket of the workspace, also to slow ones. The message is made into text only once. */
  push(workspaceId: string, push: Push): void
  /** The sockets of a workspace at this moment; null: there is none. */
  watchers(workspaceId: string): Audience | null
  /** Closes the sockets of a session. @returns how many */
  closeSession(sessionId: string): number
  /** Closes sockets whose session has expired. */
  sweep(): void
  /** The sessions of all open sockets. */
  sessionIds(): ReadonlySet<string>
  closeAll(): void
  readonly size: number
}

const SESSION_ENDED = 4401
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

/**
 * Topology messages are never dropped. A client with more unsent bytes than this is disconnected instead. It fetches
 * the topologies again when it reconnects.
 */
const MAX_BACKLOG = 4 * 1024 * 1024

/** The envelope of facts E. */
export const pushText = ({ biz_code, data }: Push, timestamp: number): string =>
  JSON.stringify({ biz_code, version: '1.0', timestamp, data })

export function createHub(clock: Clock): Hub {
  const peers = new Map<Peer, Session>()
  const byWorkspace = new Map<string, Record<Role, Set<Peer>>>()
  const limit = createSocketLimit<Peer>()

  function leave(peer: Peer): void {
    const session = peers.get(peer)
    if (session === undefined) return
    peers.delete(peer)
    limit.remove(session, peer)
    const workspace = byWorkspace.get(session.workspaceId)
    if (workspace === undefined) return
    workspace[session.role].delete(peer)
    if (workspace.web.size + workspace.pilot.size === 0) byWorkspace.delete(session.workspaceId)
  }

  function close(wanted: (session: Session) => boolean, code: number, reason: string): number {
    const closing = [...peers].filter(([, session]) => wanted(session))
    for (const [peer] of closing) {
      leave(peer)
      peer.close(code, reason)
    }
    return closing.length
  }

  return {
    join(session, peer) {
      peers.set(peer, session)
      let workspace = byWorkspace.get(session.workspaceId)
      if (workspace === undefined) {
        workspace = { web: new Set(), pilot: new Set() }
        byWorkspace.set(session.workspaceId, workspace)
      }
      workspace[session.role].add(peer)
      const tooMany = limit.add(session, peer)
      if (tooMany !== null) {
        leave(tooMany)
        tooMany.close(TRY_AGAIN_LATER, 'too many sockets of this login')
      }
      return () => leave(peer)
    },
    push(workspaceId, push) {
      const watching = byWorkspace.get(workspaceId)
      if (watching === undefined) return
      const text = pushText(push, clock.now())
      for (const peer of [...watching.web, ...watching.pilot]) {
        if (peer.bufferedAmount > MAX_BACKLOG) {
          leave(peer)
          peer.close(TRY_AGAIN_LATER, 'too slow')
        } else peer.send(text)
      }
    },
    watchers: (workspaceId) => byWorkspace.get(workspaceId) ?? null,
    closeSession: (sessionId) => close(({ id }) => id === sessionId, SESSION_ENDED, 'session ended'),
    sweep() {
      const now = clock.now()
      close(({ expiresAt }) => expiresAt <= now, SESSION_ENDED, 'session expired')
    },
    sessionIds: () => new Set([...peers.values()].map(({ id }) => id)),
    closeAll: () => void close(() => true, GOING_AWAY, 'shutting down'),
    get size() {
      return peers.size
    },
  }
}

/** A controller has one WebSocket, a browser one for each tab. */
export const SOCKETS = { perSession: 16, perUser: 1_000 } as const

type Whose = Pick<Session, 'id' | 'userId'>

/**
 * Limits the WebSockets of a session and of a user. A new socket is always accepted, because a controller that lost its
 * network reconnects before its old socket is known to be dead. The oldest socket of the session with the most sockets
 * is closed, so another controller with the same account keeps its only one.
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
    /** @returns the socket to close; null: none */
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
