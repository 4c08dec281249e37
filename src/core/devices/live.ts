import type { Clock } from '../ports/clock.ts'
import { isSameUser, type Reservation } from './holding.ts'
import type { GatewayView } from './records.ts'
import type { Reservations } from './reservations.ts'

/**
 * With whom a device is live: a controller while it is connected and not silent; an aircraft while it is online; either
 * while it is reserved, which says who comes back after a lost connection.
 * @param view of the gateway that it is, or that holds it; null: nobody has seen it
 * @returns null: with nobody. Empty: with somebody whose name an external broker did not tell
 */
export function liveUserOf(
  serial: string,
  view: GatewayView | null,
  reserved: Reservation | null,
  now: number,
  silenceMs: number,
): string | null {
  const waits = reserved?.userId ?? null
  if (view === null) return waits
  if (view.serial !== serial)
    return view.aircraft.some(
      (one) => one.serial === serial && (one.online || (view.awaitingReconnect && waits === null)),
    )
      ? view.userId
      : waits
  const isSilent = silenceMs > 0 && now - view.lastSeenAt > silenceMs
  // Online without a connection is only shown so, for the grace: its user may have left it, or be on the way back.
  if (view.connected && (view.online || !isSilent)) return view.userId
  return view.awaitingReconnect ? (waits ?? view.userId) : waits
}

/** What is live stays with whom it is live. */
export interface Liveness {
  /** With whom it is live. Null: with nobody. Empty: with somebody whose name was not told. */
  userOf(serial: string): string | null
  isLive(serial: string): boolean
  /** Live with another user than this one. */
  inUse(serial: string, userId: string): boolean
  /** Live, and not known to be live with this user: with another one, or with somebody whose name was not told. */
  isNotOwn(serial: string, userId: string): boolean
}

export function createLiveness(parts: {
  /** Of all nodes, by the serial number of a gateway or of an aircraft. */
  readonly find: (serial: string) => GatewayView | null
  readonly reservations: Pick<Reservations, 'of'>
  readonly clock: Clock
  readonly silenceMs: number
}): Liveness {
  const { find, reservations, clock, silenceMs } = parts
  const userOf = (serial: string): string | null =>
    liveUserOf(serial, find(serial), reservations.of(serial), clock.now(), silenceMs)
  return {
    userOf,
    isLive: (serial) => userOf(serial) !== null,
    inUse(serial, userId) {
      const live = userOf(serial)
      // Not known, it may be the same one: a pilot must not be shut out of the own controller after a restart.
      return live !== null && live !== '' && !isSameUser(live, userId)
    },
    isNotOwn(serial, userId) {
      const live = userOf(serial)
      return live !== null && !isSameUser(live, userId)
    },
  }
}
