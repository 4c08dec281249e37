import type { CloudEmitter } from '../events.ts'
import type { Clock, EndedSession, EndReason, Session, SessionStore } from '../ports/index.ts'
import { reach } from '../promises.ts'
import type { Sequence } from '../sequence.ts'

/** Ends a session: in the store, with an event for the host, and by closing its connections. */
export type EndSession = (
  session: Session,
  reason: EndReason,
  address?: string | null,
  /** Called first. Of all calls on all nodes, only the one that ended the session does this. */
  tell?: () => void,
) => Promise<boolean>

/** @returns a function that resolves to true if this call, and no other, ended the session */
export function createEndSession(parts: {
  readonly store: Pick<SessionStore, 'end' | 'get'>
  /** Closes the connections of the session. */
  readonly sessionEnd: Pick<Sequence<EndedSession>, 'run'>
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
}): EndSession {
  const { store, sessionEnd, emit, clock } = parts
  const endInStore = createEnding(store)
  return async (session, reason, address = null, tell) => {
    const now = clock.now()
    const ended = await endInStore(session.id, reason, now)
    if (ended === 'nothing') return false
    if (ended === 'tell') {
      tell?.()
      emit('session.ended', { at: now, address, sessionId: session.id, userId: session.userId, reason })
    }
    await sessionEnd.run({ sessionId: session.id, reason, endedHere: true })
    return ended === 'tell'
  }
}

/**
 * What a call has to do afterwards. `tell`: this call ended the session, so it emits the event and closes the
 * connections. `close`: another node ended the session and emits the event. `nothing`: another call on this node does
 * all of it.
 */
export type Ended = 'tell' | 'close' | 'nothing'

interface Attempts {
  inFlight: number
  /** A call of this node has been answered `tell` or `close`. */
  isDealtWith: boolean
  /** The times of calls that the store did not answer. Each of them may have ended the session. ms since the epoch. */
  readonly unanswered: Set<number>
}

/**
 * Ends sessions in the store, and finds out which call ended each one. The store says this to one call only, and its
 * answer may be lost. Then the stored time of the end shows which call it was, because it is the time of that call. If
 * two nodes got no answer to calls of the same millisecond, both emit the event.
 */
function createEnding(
  store: Pick<SessionStore, 'end' | 'get'>,
): (sessionId: string, reason: EndReason, now: number) => Promise<Ended> {
  const sessions = new Map<string, Attempts>()

  async function attempt(own: Attempts, sessionId: string, reason: EndReason, now: number): Promise<Ended> {
    const ended = await reach(store.end(sessionId, reason, now)).catch((error: unknown) => {
      own.unanswered.add(now)
      throw error
    })
    if (own.isDealtWith || (!ended && own.unanswered.size === 0)) return 'nothing'
    const endedAt = ended ? null : ((await reach(store.get(sessionId)))?.endedAt ?? null)
    if (own.isDealtWith) return 'nothing'
    own.isDealtWith = true
    // A replica may be late and not have the end yet. Two events are better than none.
    return endedAt === null || own.unanswered.has(endedAt) ? 'tell' : 'close'
  }

  return async (sessionId, reason, now) => {
    const own = sessions.get(sessionId) ?? { inFlight: 0, isDealtWith: false, unanswered: new Set() }
    sessions.set(sessionId, own)
    own.inFlight += 1
    try {
      return await attempt(own, sessionId, reason, now)
    } finally {
      own.inFlight -= 1
      // Wait until the last call has returned. A call that gets no answer may come after the call that ended the
      // session.
      if (own.inFlight === 0 && (own.isDealtWith || own.unanswered.size === 0)) sessions.delete(sessionId)
    }
  }
}
