import type { AircraftOfflineReason, CloudEmitter } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Elsewhere } from './elsewhere.ts'
import { successorOf } from './holding.ts'
import { type AircraftRecord, type GatewayRecord, putOut, viewOfAircraft } from './records.ts'
import type { Reservations } from './reservations.ts'
import type { Standings } from './standings.ts'

export interface HandoversParts {
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly elsewhere: Pick<Elsewhere, 'holderOf' | 'give'>
  readonly reservations: Pick<Reservations, 'keep'>
  readonly standings: Standings
}

/** An aircraft comes to a gateway, goes from one to another, or goes offline; each is told as an event. */
export interface Handovers {
  /** Reserves it for its user, in case it goes offline. Not for a controller that was disconnected on purpose or whose user has left. */
  reserve(gateway: GatewayRecord, aircraft: AircraftRecord): void
  goOnline(gateway: GatewayRecord, aircraft: AircraftRecord): void
  /** From whatever gateway has it, here or elsewhere; one that is online stays so. */
  take(gateway: GatewayRecord, aircraft: AircraftRecord): void
  offline(aircraft: AircraftRecord, reason: AircraftOfflineReason): void
  /** @returns false: there is nobody who could have it without a break */
  handOn(gateway: GatewayRecord, aircraft: AircraftRecord): boolean
}

export const aboutAircraft = (
  { workspaceId }: GatewayRecord,
  gateway: string,
  { serial, model }: AircraftRecord,
  at: number,
) => ({ workspaceId, gateway, at, aircraft: serial, model })

export function createHandovers(parts: HandoversParts): Handovers {
  const { emit, clock, elsewhere, reservations, standings } = parts
  const { partyOf, holderOf, isOnline, parties, review } = standings
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
    // Held by the same gateway at another node: it has moved here, which is a matter of its own.
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
    const next = successorOf(partyOf(gateway, one), parties(gateway, one))
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

  return { reserve, goOnline, take, offline, handOn }
}
