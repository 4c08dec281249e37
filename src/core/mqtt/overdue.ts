import type { GatewayView } from '../devices/records.ts'
import type { CloudEmitter } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Session } from '../ports/sessions.ts'

/** So long after they were given out nobody has connected with them. Pilot connects within seconds. */
const UNUSED_AFTER_MS = 60_000
/** So long a controller has been connected without a topology or a report. Pilot sends its topology at once (facts D3). */
const UNANNOUNCED_AFTER_MS = 30_000
/** The oldest are forgotten beyond this: a bound on memory. */
const MOST = 10_000

/** Tells an operator of what should have happened by now and did not, once for each time. */
export interface Overdue {
  /** MQTT credentials were given out. @param gateway null: they tie themselves to the first controller that uses them */
  issued(session: Pick<Session, 'id' | 'userId' | 'workspaceId'>, gateway: string | null): void
  sessionEnded(sessionId: string): void
  /** To be called every few seconds. */
  sweep(): void
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
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
}): Overdue {
  const { list, emit, clock } = parts
  const issued = new Map<string, Issued>()
  /** Connected and silent since; null: told already. */
  const silent = new Map<string, number | null>()

  function sweepIssued(connected: ReturnType<typeof list>): void {
    if (issued.size === 0) return
    const serials = new Set(connected.map(({ serial }) => serial))
    const users = new Set(connected.map(({ userId }) => userId))
    for (const [key, { session, gateway, at }] of issued) {
      const used = gateway === null ? users.has(session.userId) : serials.has(gateway)
      const now = clock.now()
      if (!used && now - at < UNUSED_AFTER_MS) continue
      issued.delete(key)
      if (used) continue
      const { id: sessionId, userId, workspaceId } = session
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
      // Those of the login are given out with every login; the page asks for its controller's own right after.
      if (gateway !== null) issued.delete(`${session.id} `)
      issued.delete(key)
      issued.set(key, { session, gateway, at: clock.now() })
      if (issued.size > MOST) issued.delete(issued.keys().next().value ?? '')
    },
    sessionEnded(sessionId) {
      for (const key of issued.keys()) if (key.startsWith(`${sessionId} `)) issued.delete(key)
    },
    sweep() {
      const connected = list().filter((view) => view.connected)
      sweepIssued(connected)
      sweepSilent(connected)
    },
  }
}

/** What may be shown of a user name that came with a wrong password: somebody may have typed the password there. */
const SHOWN = /^[\w.@+-]{1,64}$/

export const shownUsername = (name: string | undefined): string | null =>
  name !== undefined && SHOWN.test(name) ? name : null
