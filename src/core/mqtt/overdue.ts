import type { GatewayView } from '../devices/records.ts'
import type { CloudEmitter } from '../events.ts'
import { LruMap } from '../lru-map.ts'
import type { Clock } from '../ports/clock.ts'
import type { Session } from '../ports/sessions.ts'

/** How long credentials may be unused before that is reported. Pilot connects within seconds. */
const UNUSED_AFTER_MS = 60_000
/** How long a controller may be connected without a topology or OSD before that is reported. Pilot sends its topology at once (facts D3). */
const UNANNOUNCED_AFTER_MS = 30_000
/** Above this number, the oldest are forgotten. It limits the memory. */
const MOST = 10_000

/** Emits an event when something that should have happened did not: credentials unused, a controller without a topology. */
export interface Overdue {
  /** MQTT credentials were given out. @param gateway null: they bind to the first controller that uses them */
  issued(session: Pick<Session, 'id' | 'userId' | 'workspaceId'>, gateway: string | null): void
  /**
   * Call it every few seconds. Rejects if the session store fails. The next call then reports what this one did not.
   */
  sweep(): Promise<void>
}

interface Issued {
  readonly session: Pick<Session, 'id' | 'userId' | 'workspaceId'>
  readonly gateway: string | null
  readonly at: number
}

export function createOverdue(parts: {
  /** Gateways of all nodes. */
  readonly list: () => readonly Pick<
    GatewayView,
    'serial' | 'workspaceId' | 'userId' | 'connected' | 'online'
  >[]
  /** Null: the session has ended. */
  readonly alive: (sessionId: string) => Promise<object | null>
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
}): Overdue {
  const { list, alive, emit, clock } = parts
  const issued = new LruMap<string, Issued>(MOST)
  /** When a controller connected that has sent nothing yet; null: already reported. */
  const silent = new Map<string, number | null>()

  async function sweepIssued(connected: ReturnType<typeof list>): Promise<void> {
    if (issued.size === 0) return
    const serials = new Set(connected.map(({ serial }) => serial))
    const users = new Set(connected.map(({ userId }) => userId))
    for (const [key, { session, gateway, at }] of issued) {
      const used = gateway === null ? users.has(session.userId) : serials.has(gateway)
      const now = clock.now()
      if (!used && now - at < UNUSED_AFTER_MS) continue
      const { id: sessionId, userId, workspaceId } = session
      const isOwed = !used && (await alive(sessionId)) !== null
      // Newer credentials may have been given out since then.
      if (issued.peek(key)?.at === at) issued.delete(key)
      if (!isOwed) continue
      emit('credentials.unused', { workspaceId, gateway, userId, sessionId, issuedAt: at, at: now })
    }
  }

  function sweepSilent(connected: ReturnType<typeof list>): void {
    const now = clock.now()
    const waiting = new Map(
      connected.flatMap(({ serial, workspaceId, online }) =>
        online ? [] : [[serial, workspaceId] as const],
      ),
    )
    for (const serial of silent.keys()) if (!waiting.has(serial)) silent.delete(serial)
    for (const [gateway, workspaceId] of waiting) {
      const since = silent.get(gateway)
      if (since === undefined) silent.set(gateway, now)
      else if (since !== null && now - since >= UNANNOUNCED_AFTER_MS) {
        silent.set(gateway, null)
        emit('gateway.unannounced', { workspaceId, gateway, since, at: now })
      }
    }
  }

  return {
    issued(session, gateway) {
      const key = `${session.id} ${gateway ?? ''}`
      // Every login gives out credentials. If the page then asks for credentials for its controller, those of the login
      // are never used.
      if (gateway !== null) issued.delete(`${session.id} `)
      issued.set(key, { session, gateway, at: clock.now() })
    },
    async sweep() {
      const connected = list().filter((view) => view.connected)
      sweepSilent(connected)
      await sweepIssued(connected)
    },
  }
}
