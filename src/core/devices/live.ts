import type { Clock } from '../ports/clock.ts'
import type { GatewayView } from './records.ts'
import { isSameUser, type Reservation, type Reservations } from './reservations.ts'

/**
 * The user who has a device in use. A controller is in use ("live") while it is connected and not silent, an aircraft
 * while it is online, and both while they are reserved for a user who is expected back.
 * @param view the view of this gateway, or of the gateway that holds the aircraft; null: it was not seen
 * @returns null: no user. Empty: a user whom an external broker did not name
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
  // During the grace a device is shown as online without a connection. Only the reservation shows whether its user is
  // expected back.
  if (view.connected && (view.online || !isSilent)) return view.userId
  return view.awaitingReconnect ? (waits ?? view.userId) : waits
}

/** A user must not take a device that another user has in use. */
export interface Liveness {
  /** The user who has it in use. Null: no user. Empty: an unknown user. */
  userOf(serial: string): string | null
  isLive(serial: string): boolean
  /** Whether another user has it in use. */
  inUse(serial: string, userId: string): boolean
  /** Whether another user, or a user who is not known, has it in use. */
  isNotOwn(serial: string, userId: string): boolean
}

export function createLiveness(parts: {
  /** Finds a device of any node, by the serial number of a gateway or of an aircraft. */
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
      // A user who is not known may be the same user. A pilot must not lose the own controller after a restart.
      return live !== null && live !== '' && !isSameUser(live, userId)
    },
    isNotOwn(serial, userId) {
      const live = userOf(serial)
      return live !== null && !isSameUser(live, userId)
    },
  }
}
