import type { CloudEmitter } from '../events.ts'
import type { Clock, EndReason, Logger, Session, SessionStore } from '../ports/index.ts'
import type { SessionService } from './sessions.ts'

/** Sessions end by their age too, and on nodes that cannot be heard: then what hangs on them here is closed by this. */
export interface SessionWatch {
  /** Ends whose time has come. To be called about every second; asks no store about the others. */
  expire(): void
  /** Asks the store after every session that something hangs on. */
  look(): Promise<void>
}

/**
 * This much before its time a session is ended, in ms: Redis forgets it at the end itself, and could no longer say which
 * node was the one to end it. Short ones get a tenth of their life.
 */
const EARLY_MS = 2_000

/** A bound on memory. The oldest are forgotten: those end without an event of this node. */
const MAX_KNOWN = 100_000

export function createSessionWatch(parts: {
  readonly store: Pick<SessionStore, 'get'>
  readonly sessions: Pick<SessionService, 'end'>
  /** The sessions of all connections and sockets of this node. */
  readonly live: () => Iterable<string>
  readonly closeHere: (sessionId: string, reason: EndReason) => Promise<void>
  readonly on: CloudEmitter['on']
  readonly clock: Clock
  readonly logger: Logger
}): SessionWatch {
  const { store, sessions, live, closeHere, on, clock, logger } = parts
  /** Null: to be asked for. */
  const known = new Map<string, Session | null>()

  on('login.succeeded', ({ sessionId }) => {
    if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? '')
    known.set(sessionId, null)
    // Asked at once, for those that end before the next round. One that fails is asked for then.
    look([sessionId]).catch(() => undefined)
  })
  on('session.ended', ({ sessionId }) => void known.delete(sessionId))

  const isOver = ({ createdAt, expiresAt }: Session): boolean =>
    clock.now() >= expiresAt - Math.min(EARLY_MS, (expiresAt - createdAt) / 10)

  async function end(session: Session): Promise<void> {
    try {
      // Another node was first: nothing is told a second time, but what is here has to go too.
      if (!(await sessions.end(session, 'expired'))) await closeHere(session.id, 'expired')
    } catch (error) {
      logger.error({ err: error, sessionId: session.id }, 'expired session not ended')
      known.set(session.id, null)
      // It is over whatever the store says.
      await closeHere(session.id, 'expired')
    }
  }

  function expire(): void {
    for (const [id, session] of known) {
      if (session === null || !isOver(session)) continue
      known.delete(id)
      void end(session)
    }
  }

  async function look(ids: Iterable<string>): Promise<void> {
    for (const id of ids) {
      const session = await store.get(id)
      if (session !== null && session.endedAt === null) known.set(id, session)
      else {
        known.delete(id)
        await closeHere(id, session?.endReason ?? 'expired')
      }
    }
  }

  return {
    expire,
    async look() {
      const ids = new Set(live())
      for (const [id, session] of known) if (session === null) ids.add(id)
      await look(ids)
      expire()
    },
  }
}
