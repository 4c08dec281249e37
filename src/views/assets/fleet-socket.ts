import { type LiveFacts, pauseAfter } from '../../core/pages/fleet-live.ts'
import { type FleetPush, readPush } from '../../core/pages/fleet-news.ts'

/** The server has ended the session (facts E). */
const SESSION_ENDED = 4401

export interface FleetSocket {
  /** Opens it now, if it is not open. After sleep, or when the network is back, that is sooner than by itself. */
  open(): void
  /** Opens another one: this one is dead, and the browser does not know. */
  renew(): void
  close(): void
  facts(): Pick<LiveFacts, 'socket' | 'closedSince'>
}

interface Hooks {
  readonly onPush: (push: FleetPush) => void
  readonly onOpen: () => void
  readonly onChange: () => void
  readonly onEnded: () => void
}

/** The WebSocket of the platform. It opens again by itself, later after each failure. @param base origin and mount */
export function createFleetSocket(base: string, token: () => string | null, hooks: Hooks): FleetSocket {
  let socket: WebSocket | null = null
  let isOpen = false
  let closedSince = Date.now()
  let failed = 0
  let timer = 0
  let done = false

  function open(): void {
    const held = token()
    if (done || socket !== null || held === null) return
    window.clearTimeout(timer)
    // A browser cannot add a header to a WebSocket, so the token is in the query, as Pilot sends it (facts C1).
    const own = new WebSocket(
      `${base.replace(/^http/, 'ws')}/api/v1/ws?x-auth-token=${encodeURIComponent(held)}`,
    )
    socket = own
    own.onopen = () => {
      if (socket !== own) return
      isOpen = true
      failed = 0
      hooks.onOpen()
      hooks.onChange()
    }
    own.onmessage = ({ data }) => {
      const push = socket === own ? readPush(data) : null
      if (push !== null) hooks.onPush(push)
    }
    own.onclose = ({ code }) => {
      if (socket !== own) return
      lost()
      if (code === SESSION_ENDED) hooks.onEnded()
    }
  }

  function lost(): void {
    if (isOpen) closedSince = Date.now()
    socket = null
    isOpen = false
    if (done) return
    timer = window.setTimeout(open, pauseAfter(failed, Math.random()))
    failed += 1
    hooks.onChange()
  }

  return {
    open,
    renew() {
      const dead = socket
      if (dead === null || !isOpen) return
      lost()
      dead.close()
    },
    close() {
      done = true
      window.clearTimeout(timer)
      if (socket !== null) socket.close()
    },
    facts: () => ({ socket: isOpen ? 'open' : socket === null ? 'closed' : 'opening', closedSince }),
  }
}
