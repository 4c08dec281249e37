import type { Clock, Role, Session } from '../ports/index.ts'
import { createSocketLimit } from './socket-limit.ts'

/** One WebSocket, as core sees it. The adapter owns the socket and its ping. */
export interface Peer {
  /** Bytes that wait because the client, or the network to it, is slow. */
  readonly bufferedAmount: number
  send(text: string | Uint8Array): void
  /** Several messages in one write. */
  sendAll(messages: readonly Uint8Array[]): void
  /** @param code WebSocket close code; 4401: the session behind it has ended */
  close(code: number, reason: string): void
}

/** Pushes of facts E. Field names are the wire's. */
export interface Push {
  /** One of `OWN_PUSHES`, or of a plugin. */
  readonly biz_code: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What the platform itself pushes: no plugin may send these. */
export const OWN_PUSHES = [
  'device_online',
  'device_offline',
  'device_update_topo',
  'device_osd',
  'gateway_osd',
  'dock_osd',
] as const

/** The sockets of a workspace: of browsers, and of controllers, which are told less. */
export type Audience = Readonly<Record<Role, ReadonlySet<Peer>>>

export interface Hub {
  /** @returns what to call when the socket closes. A user may have several sockets (facts E). */
  join(session: Session, peer: Peer): () => void
  /** To every socket of the workspace, however slow; serialised once. */
  push(workspaceId: string, push: Push): void
  /** The sockets of a workspace now; null: there is none. */
  watchers(workspaceId: string): Audience | null
  /** Closes the sockets of a session. @returns how many */
  closeSession(sessionId: string): number
  /** Closes what has outlived its session. */
  sweep(): void
  /** Whose sessions sockets hang on. */
  sessionIds(): ReadonlySet<string>
  closeAll(): void
  readonly size: number
}

const SESSION_ENDED = 4401
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

/**
 * Topology messages are never dropped; a client that leaves this much of them lying is cut off instead, and fetches the
 * topologies again when it comes back. Bytes.
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
