import type { Clock } from '../ports/clock.ts'
import { isSameUser } from './holding.ts'
import type { GatewayView } from './records.ts'

/**
 * With whom a device is live: a controller while it is online, or connected and not silent, or awaited after a restart; an
 * aircraft while it is online, or its controller is awaited.
 * @param view of the gateway that it is, or that holds it; null: nobody has seen it
 * @returns null: with nobody. Empty: with somebody whose name an external broker did not tell
 */
export function liveUserOf(
  serial: string,
  view: GatewayView | null,
  now: number,
  silenceMs: number,
): string | null {
  if (view === null) return null
  if (view.serial !== serial)
    return view.aircraft.some((one) => one.serial === serial && (one.online || view.awaited))
      ? view.userId
      : null
  const isSilent = silenceMs > 0 && now - view.lastSeenAt > silenceMs
  return view.online || view.awaited || (view.connected && !isSilent) ? view.userId : null
}

/** What is live stays with whom it is live. */
export interface Liveness {
  isLive(serial: string): boolean
  /** Live with another user than this one. */
  inUse(serial: string, userId: string): boolean
}

export function createLiveness(parts: {
  /** Of all nodes, by the serial number of a gateway or of an aircraft. */
  readonly find: (serial: string) => GatewayView | null
  readonly clock: Clock
  readonly silenceMs: number
}): Liveness {
  const userOf = (serial: string): string | null =>
    liveUserOf(serial, parts.find(serial), parts.clock.now(), parts.silenceMs)
  return {
    isLive: (serial) => userOf(serial) !== null,
    inUse(serial, userId) {
      const live = userOf(serial)
      // Not known, it may be the same one: a pilot must not be shut out of the own controller after a restart.
      return live !== null && live !== '' && !isSameUser(live, userId)
    },
  }
}
