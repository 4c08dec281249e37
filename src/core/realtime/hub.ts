import type { Clock, Session } from '../ports/index.ts'

/** One WebSocket, as core sees it. The adapter owns the socket and its ping. */
export interface Peer {
  send(text: string): void
  /** @param code WebSocket close code; 4401: the session behind it has ended */
  close(code: number, reason: string): void
}

/** Pushes of facts E. Field names are the wire's. */
export interface Push {
  readonly biz_code: 'device_online' | 'device_offline' | 'device_update_topo' | 'device_osd'
  readonly data: Readonly<Record<string, unknown>>
}

export interface Hub {
  /** @returns what to call when the socket closes. A user may have several sockets (facts E). */
  join(session: Session, peer: Peer): () => void
  /** To every socket of the workspace; serialised once. */
  push(workspaceId: string, push: Push): void
  /** Closes the sockets of a session. @returns how many */
  closeSession(sessionId: string): number
  closeAll(): void
  readonly size: number
}

const SESSION_ENDED = 4401
const GOING_AWAY = 1001

export function createHub(clock: Clock): Hub {
  const peers = new Map<Peer, Session>()
  const byWorkspace = new Map<string, Set<Peer>>()

  function leave(peer: Peer): void {
    const session = peers.get(peer)
    if (session === undefined) return
    peers.delete(peer)
    const workspace = byWorkspace.get(session.workspaceId)
    workspace?.delete(peer)
    if (workspace?.size === 0) byWorkspace.delete(session.workspaceId)
  }

  return {
    join(session, peer) {
      peers.set(peer, session)
      let workspace = byWorkspace.get(session.workspaceId)
      if (workspace === undefined) {
        workspace = new Set()
        byWorkspace.set(session.workspaceId, workspace)
      }
      workspace.add(peer)
      return () => leave(peer)
    },
    push(workspaceId, { biz_code, data }) {
      const watching = byWorkspace.get(workspaceId)
      if (watching === undefined) return
      const text = JSON.stringify({ biz_code, version: '1.0', timestamp: clock.now(), data })
      for (const peer of watching) peer.send(text)
    },
    closeSession(sessionId) {
      const mine = [...peers].filter(([, session]) => session.id === sessionId)
      for (const [peer] of mine) {
        leave(peer)
        peer.close(SESSION_ENDED, 'session ended')
      }
      return mine.length
    },
    closeAll() {
      for (const peer of [...peers.keys()]) {
        leave(peer)
        peer.close(GOING_AWAY, 'shutting down')
      }
    },
    get size() {
      return peers.size
    },
  }
}
