import type { CloudEmitter } from '../events.ts'
import type { Clock, EndedSession, EndReason, Session, SessionStore } from '../ports/index.ts'
import { reach } from '../promises.ts'
import type { Sequence } from '../sequence.ts'

/** Ends a session: in the store, for the host, and for what the session has open. */
export type EndSession = (
  session: Session,
  reason: EndReason,
  address?: string | null,
  /** Called first, and only by the one call among all nodes that ended the session. */
  tell?: () => void,
) => Promise<boolean>

/** @returns a function that resolves with whether that call, and no other, ended the session */
export function createEndSession(parts: {
  readonly store: Pick<SessionStore, 'end' | 'get'>
  /** Closes what the session has open. */
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
 * What a call has to do after it. `tell`: this call ended the session, so it tells the host and closes what the session has
 * open. `close`: another node ended it and tells. `nothing`: another call here does all that.
 */
export type Ended = 'tell' | 'close' | 'nothing'

interface Attempts {
  inFlight: number
  /** A call of this node has been answered `tell` or `close`. */
  isDealtWith: boolean
  /** When the calls were made that the store did not answer: each may have ended the session. ms since the epoch. */
  readonly unanswered: Set<number>
}

/**
 * Ends sessions in the store, and finds out which call did. The store says so to one call only, and its answer may be lost.
 * Then the end that it wrote down shows whose it was: the time is that of the call. Two nodes that both got no answer to calls
 * of the same millisecond cannot be told apart, and both tell.
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
    // A replica may lag and not know of the end yet. Told twice is better than never.
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
      // Not before the last call is back: a call that gets no answer may come after the call that ended the session.
      if (own.inFlight === 0 && (own.isDealtWith || own.unanswered.size === 0)) sessions.delete(sessionId)
    }
  }
}
