import type { CloudEmitter } from '../events.ts'
import { LruMap } from '../lru-map.ts'
import type { Clock, EndedSession, EndReason, Logger, Session, SessionStore } from '../ports/index.ts'
import type { Sequence } from '../sequence.ts'
import type { SessionService } from './sessions.ts'

/** Closes connections of sessions that ended by their age, or at another node whose message did not arrive. */
export interface SessionWatch {
  /** Ends sessions that are too old. Call it about every second. Does not ask the store about other sessions. */
  expire(): void
  /** Asks the store about every session that a connection uses. */
  look(): Promise<void>
}

/**
 * A session is ended this long before its time, in ms. At its time, Redis itself deletes the session, and no node could
 * see which node ended it. A short session is ended a tenth of its lifetime earlier.
 */
const EARLY_MS = 2_000

/** Bounds the memory. The oldest sessions are forgotten, and end without an event of this node. */
const MAX_KNOWN = 100_000

export function createSessionWatch(parts: {
  readonly store: Pick<SessionStore, 'get'>
  readonly sessions: Pick<SessionService, 'end'>
  /** The sessions of all connections and sockets of this node. */
  readonly live: () => Iterable<string>
  /** Closes the connections of a session. */
  readonly sessionEnd: Pick<Sequence<EndedSession>, 'run'>
  readonly on: CloudEmitter['on']
  readonly clock: Clock
  readonly logger: Logger
}): SessionWatch {
  const { store, sessions, live, sessionEnd, on, clock, logger } = parts
  /** Null: not known yet, so ask the store. */
  const known = new LruMap<string, Session | null>(MAX_KNOWN)

  on('login.succeeded', ({ sessionId }) => {
    known.set(sessionId, null)
    // Ask at once, because the session may end before the next round. If this fails, the next round asks again.
    look([sessionId]).catch(() => undefined)
  })
  on('session.ended', ({ sessionId }) => void known.delete(sessionId))

  /** Another node ended it, or the store does not answer. */
  const closeHere = (sessionId: string, reason: EndReason): Promise<void> =>
    sessionEnd.run({ sessionId, reason, endedHere: false })

  const isOver = ({ createdAt, expiresAt }: Session): boolean =>
    clock.now() >= expiresAt - Math.min(EARLY_MS, (expiresAt - createdAt) / 10)

  async function end(session: Session): Promise<void> {
    try {
      // Another node ended the session first. Emit no second event, but close the connections of this node.
      if (!(await sessions.end(session, 'expired'))) await closeHere(session.id, 'expired')
    } catch (error) {
      logger.error(
        { err: error, sessionId: session.id },
        'An expired session was not ended. The platform tries again. Check the session store.',
      )
      known.set(session.id, null)
      // The session is over even if the store does not answer.
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
