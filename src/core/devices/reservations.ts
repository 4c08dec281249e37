import type { Clock } from '../ports/clock.ts'
import type { DeviceRecord } from '../ports/devices.ts'
import { isSameUser, type Reservation } from './holding.ts'

/** How long a device waits for its user where `presence.silenceSeconds` is 0, which means "for ever". Milliseconds. */
const UNLIMITED_HOLD_MS = 60_000
/** A record that nobody has touched for this long reserves nothing. Milliseconds. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000

/** Whose a controller or an aircraft stays for a while when it is not live any more. Of all nodes, as far as they told. */
export interface Reservations {
  /** Null: none, or it is over. */
  of(serial: string): Reservation | null
  /**
   * It is live with this user, or was a moment ago. An earlier time than the one that is known changes nothing.
   * @param heardAt when it was last heard of, ms since the epoch. Default: now
   */
  keep(serial: string, who: Omit<Reservation, 'until'>, heardAt?: number): void
  /**
   * Its user has left it on purpose, or the host has taken it away.
   * @param workspaceId to write it down; null: another node does
   */
  free(serial: string, workspaceId: string | null): void
  /** @returns the serial numbers that were reserved for this session */
  freeSession(sessionId: string): readonly string[]
  /**
   * What the device store knows from an earlier process, unless this one knows better. The user has as long to come back as
   * from now after the start: while the platform was away nobody could.
   */
  recall(record: DeviceRecord): void
  /** The store may still know of reservations that this process does not. */
  isRecalling(): boolean
  /** Forgets what is over. */
  sweep(): void
}

export function createReservations(parts: {
  readonly clock: Clock
  /** The option `presence.silenceSeconds` in milliseconds. */
  readonly silenceMs: number
  /** For the device store. Null: for nobody. Not called for what only ends by time. */
  readonly onChange?: (serial: string, workspaceId: string, userId: string | null) => void
}): Reservations {
  const { clock, onChange = () => undefined } = parts
  const holdMs = holdOf(parts.silenceMs)
  const recallingUntil = clock.now() + holdMs
  const known = new Map<string, Reservation>()
  /** Kept or freed since the start: the store may be behind. */
  const settled = new Set<string>()

  const isRecalling = (): boolean => clock.now() < recallingUntil

  function free(serial: string, workspaceId: string | null): void {
    known.delete(serial)
    if (isRecalling()) settled.add(serial)
    if (workspaceId !== null) onChange(serial, workspaceId, null)
  }

  return {
    isRecalling,
    free,
    of(serial) {
      const found = known.get(serial)
      return found === undefined || found.until <= clock.now() ? null : found
    },
    keep(serial, who, heardAt = clock.now()) {
      const now = clock.now()
      const until = heardAt + holdMs
      if (until <= now) return
      const found = known.get(serial)
      const before = found !== undefined && found.until > now ? found : undefined
      // A broker elsewhere that does not tell who it is knows less than the store.
      if (who.userId === '' && before !== undefined && before.userId !== '') return
      const isSame = before !== undefined && isSameUser(before.userId, who.userId)
      if (isSame && before.gateway === who.gateway && before.until >= until) return
      known.set(serial, { ...who, until: isSame ? Math.max(until, before.until) : until })
      if (isRecalling()) settled.add(serial)
      if (before?.userId !== who.userId) onChange(serial, who.workspaceId, who.userId)
    },
    freeSession(sessionId) {
      const found = [...known].filter(([, one]) => one.sessionId === sessionId)
      for (const [serial, { workspaceId }] of found) free(serial, workspaceId)
      return found.map(([serial]) => serial)
    },
    recall({ serial, workspaceId, gateway, liveUser, lastSeenAt }) {
      const now = clock.now()
      if (!isRecalling() || settled.has(serial) || known.has(serial)) return
      // A store of the host's own may not know this field.
      if (liveUser === undefined || liveUser === null || liveUser === '') return
      if (lastSeenAt !== null && now - lastSeenAt > FORGOTTEN_AFTER_MS) return
      known.set(serial, {
        ...{ userId: liveUser, sessionId: '', workspaceId, gateway: gateway ?? serial },
        until: recallingUntil,
      })
    },
    sweep() {
      const now = clock.now()
      for (const [serial, { until }] of known) if (until <= now) known.delete(serial)
      if (!isRecalling()) settled.clear()
    },
  }
}

/** @param silenceMs the option `presence.silenceSeconds` in milliseconds */
export const holdOf = (silenceMs: number): number => (silenceMs > 0 ? silenceMs : UNLIMITED_HOLD_MS)
