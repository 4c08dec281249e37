import type { AircraftOfflineReason, CloudEmitter } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Elsewhere, Standings } from './holding.ts'
import { type AircraftRecord, type GatewayRecord, putOut, viewOfAircraft } from './records.ts'
import type { Reservations } from './reservations.ts'

/** An aircraft comes to a gateway, goes from one gateway to another, or goes offline. Each of these emits an event. */
export interface Handovers {
  /**
   * Keeps the aircraft for the user of this gateway, in case it goes offline. Does nothing if the gateway is being
   * marked offline, or if its user has left it.
   */
  reserve(gateway: GatewayRecord, aircraft: AircraftRecord): void
  goOnline(gateway: GatewayRecord, aircraft: AircraftRecord): void
  /** Makes this gateway the holder. Another gateway, here or at another node, may hold the aircraft now. An aircraft that is online stays online. */
  take(gateway: GatewayRecord, aircraft: AircraftRecord): void
  offline(aircraft: AircraftRecord, reason: AircraftOfflineReason): void
  /**
   * Gives the aircraft to a controller of the same user.
   * @returns false: no such controller can take it without going offline first
   */
  handOn(gateway: GatewayRecord, aircraft: AircraftRecord): boolean
  /** The gateway of the aircraft goes offline. Another gateway gets the aircraft, or the aircraft goes offline too. */
  leave(gateway: GatewayRecord, aircraft: AircraftRecord, reason: AircraftOfflineReason): void
}

export const aboutAircraft = (
  { workspaceId }: GatewayRecord,
  gateway: string,
  { serial, model }: AircraftRecord,
  at: number,
) => ({ workspaceId, gateway, at, aircraft: serial, model })

export function createHandovers(parts: {
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly elsewhere: Pick<Elsewhere, 'holderOf' | 'give'>
  readonly reservations: Pick<Reservations, 'keep'>
  readonly standings: Standings
}): Handovers {
  const { emit, clock, elsewhere, reservations, standings } = parts
  const { holderOf, isOnline, successor, review } = standings
  const about = (gateway: GatewayRecord, at: string, one: AircraftRecord) =>
    aboutAircraft(gateway, at, one, clock.now())

  function reserve(gateway: GatewayRecord, one: AircraftRecord): void {
    const { serial, userId, sessionId, workspaceId, connections, ending } = gateway
    if (one.holder !== gateway || !one.online || connections.size === 0 || ending) return
    reservations.keep(one.serial, { userId, sessionId, workspaceId, gateway: serial }, one.lastSeenAt)
  }

  function goOnline(gateway: GatewayRecord, one: AircraftRecord): void {
    const now = clock.now()
    if (!one.returning) Object.assign(one, { onlineSince: now, handovers: 0 })
    Object.assign(one, { online: true, returning: false, lastSeenAt: now })
    reserve(gateway, one)
    emit('aircraft.online', about(gateway, gateway.serial, one))
  }

  function take(gateway: GatewayRecord, one: AircraftRecord): void {
    const before = holderOf(one)
    const there = one.holder === null ? elsewhere.holderOf(one.serial) : null
    // If the same gateway held the aircraft at another node, only the gateway has moved to this node. The aircraft has
    // not changed its gateway.
    const moves = before !== null && before.gateway !== gateway.serial && isOnline(one)
    one.holder = gateway
    if (!moves) {
      review(one)
      if (gateway.online && (!one.online || one.returning)) goOnline(gateway, one)
      return
    }
    Object.assign(one, { online: true, returning: false, lastSeenAt: clock.now() })
    one.handovers = (there ?? one).handovers + 1
    if (there !== null) one.onlineSince = there.onlineSince
    reserve(gateway, one)
    review(one)
    emit('aircraft.moved', { ...about(gateway, gateway.serial, one), from: before.gateway })
  }

  function offline(one: AircraftRecord, reason: AircraftOfflineReason): void {
    const { holder } = one
    if (holder === null || !one.online) return
    reserve(holder, one)
    putOut(one)
    review(one)
    emit('aircraft.offline', { ...about(holder, holder.serial, one), reason })
  }

  function handOn(gateway: GatewayRecord, one: AircraftRecord): boolean {
    const next = successor(gateway, one)
    if (next === null) return false
    const here = [...one.links.keys()].find(({ serial }) => serial === next.gateway)
    one.handovers += 1
    one.returning = false
    if (here === undefined) {
      elsewhere.give(viewOfAircraft(one), next.gateway)
      putOut(one)
    }
    one.holder = here ?? null
    if (here !== undefined) reserve(here, one)
    review(one)
    emit('aircraft.moved', { ...about(gateway, next.gateway, one), from: gateway.serial })
    return true
  }

  function leave(gateway: GatewayRecord, one: AircraftRecord, reason: AircraftOfflineReason): void {
    if (one.holder === gateway && one.online && !handOn(gateway, one)) offline(one, reason)
  }

  return { reserve, goOnline, take, offline, handOn, leave }
}
