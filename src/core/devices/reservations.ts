import type { FleetEmitter } from '../fleet-signals.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceRecord } from '../ports/devices.ts'

/**
 * How long a device is kept for its user if `presence.silenceSeconds` is 0. For silence, 0 means that there is no
 * limit. Milliseconds.
 */
const UNLIMITED_HOLD_MS = 60_000
/** A record of the store that is older than this reserves nothing. Milliseconds. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000

/** Two users who are not known never count as the same user. */
export const isSameUser = (one: string, other: string): boolean => one !== '' && one === other

/** A device is kept for this user, so that nobody else takes it while radio, network or platform are interrupted. */
export interface Reservation {
  /** Empty: an external broker did not say who the user is. */
  readonly userId: string
  /** Empty: not known, as after a restart. */
  readonly sessionId: string
  readonly workspaceId: string
  /** The controller that had the device in use; for a controller, its own serial number. */
  readonly gateway: string
  /** ms since the epoch */
  readonly until: number
}

/**
 * Whether this controller may take a reserved aircraft. If a user is not known, the controller's serial number decides.
 */
export function mayHave(
  reserved: Reservation | null,
  { gateway, userId }: { readonly gateway: string; readonly userId: string },
): boolean {
  if (reserved === null || isSameUser(userId, reserved.userId)) return true
  return gateway === reserved.gateway && (userId === '' || reserved.userId === '')
}

/**
 * Which user a controller or an aircraft is kept for, for a while after it was in use. Other nodes report their
 * reservations to this one.
 */
export interface Reservations {
  /** Null: there is none, or it has ended. */
  of(serial: string): Reservation | null
  /**
   * Keeps a device for the user who has it in use, or had it a moment ago. An earlier time than the known one changes
   * nothing.
   * @param heardAt the time of its last message, ms since the epoch. Default: now
   */
  keep(serial: string, who: Omit<Reservation, 'until'>, heardAt?: number): void
  /**
   * Ends a reservation: the user has left the device on purpose, or the host has taken it away.
   * @param workspaceId for the device store; null: another node writes it
   */
  free(serial: string, workspaceId: string | null): void
  /** @returns the serial numbers that were reserved for this session */
  freeSession(sessionId: string): readonly string[]
  /**
   * Takes over what the device store knows from an earlier process, unless this process knows more. The time to come
   * back begins at the start of this process, because nobody could come back while the platform was not running.
   */
  recall(record: DeviceRecord): void
  /** Whether the store may have reservations that this process has not read yet. */
  isRecalling(): boolean
  /** Forgets reservations that have ended. */
  sweep(): void
}

export function createReservations(parts: {
  readonly clock: Clock
  /** The option `presence.silenceSeconds` in milliseconds. */
  readonly silenceMs: number
  /** Gets `reserved`, for the device store. A reservation that ends by time emits nothing. */
  readonly signals?: FleetEmitter
}): Reservations {
  const { clock, signals } = parts
  const holdMs = holdOf(parts.silenceMs)
  const recallingUntil = clock.now() + holdMs
  const known = new Map<string, Reservation>()
  /** Devices that were kept or freed since the start. The store may not have these changes yet. */
  const settled = new Set<string>()

  const isRecalling = (): boolean => clock.now() < recallingUntil

  function free(serial: string, workspaceId: string | null): void {
    known.delete(serial)
    if (isRecalling()) settled.add(serial)
    if (workspaceId !== null) signals?.emit('reserved', serial, workspaceId, null)
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
      // An external broker may not name the user. Then the store knows more than this process.
      if (who.userId === '' && before !== undefined && before.userId !== '') return
      const isSame = before !== undefined && isSameUser(before.userId, who.userId)
      if (isSame && before.gateway === who.gateway && before.until >= until) return
      // Each field is listed by name. An object that is copied with `...` here needs three times the memory, because V8
      // gives it a hidden class of its own.
      known.set(serial, {
        userId: who.userId,
        sessionId: who.sessionId,
        workspaceId: who.workspaceId,
        gateway: who.gateway,
        until: isSame ? Math.max(until, before.until) : until,
      })
      if (isRecalling()) settled.add(serial)
      if (before?.userId !== who.userId) signals?.emit('reserved', serial, who.workspaceId, who.userId)
    },
    freeSession(sessionId) {
      const found = [...known].filter(([, one]) => one.sessionId === sessionId)
      for (const [serial, { workspaceId }] of found) free(serial, workspaceId)
      return found.map(([serial]) => serial)
    },
    recall({ serial, workspaceId, gateway, liveUser, lastSeenAt }) {
      const now = clock.now()
      if (!isRecalling() || settled.has(serial) || known.has(serial)) return
      // The host's own store may not have this field.
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
