/*
 * One aircraft may have two controllers (facts D3). One gateway holds the aircraft: the aircraft is shown with that gateway, and commands go through it.
 * Other gateways of the same workspace that name it in their topology are linked to it. This file decides which gateway holds an aircraft, and which gateways may speak for it.
 */
import type { DeviceModel } from '../events.ts'
import type { FleetEmitter } from '../fleet-signals.ts'
import type { Clock } from '../ports/clock.ts'
import { type AircraftRecord, type AircraftView, type GatewayRecord, NO_AIRCRAFT } from './records.ts'
import { isSameUser, mayHave, type Reservation } from './reservations.ts'

/** The holder reports every two seconds (facts D2). After three missing reports, another gateway that reports takes over. */
export const PATIENCE_MS = 6_000

/** One gateway, in its relation to one aircraft. */
export interface Party {
  readonly gateway: string
  /** The user who is logged in on it. Empty: not known. */
  readonly userId: string
  /** It is online, or expected back after a restart of the platform. */
  readonly live: boolean
  /** When it last reported for the aircraft; before its first report, when it was linked. ms since the epoch. */
  readonly lastAt: number
}

/**
 * `silent`: the gateway may not speak for the aircraft. `speaks`: its reports are taken. `takes`: its next report makes
 * it the holder.
 */
export type Standing = 'silent' | 'speaks' | 'takes'

export interface Situation {
  readonly party: Party
  /** The reservation of the aircraft. Null: it is not reserved. */
  readonly reserved: Reservation | null
  /** The gateway that holds the aircraft. Null: no gateway holds it. */
  readonly holder: Party | null
  /** Whether the aircraft is online at the gateway that holds it. */ readonly isOnline: boolean
  readonly now: number
  /** The option `presence.silenceSeconds` in milliseconds; 0: a silent holder keeps the aircraft while it is in use. */
  readonly silenceMs: number
}

export function standingOf({ party, holder, reserved, isOnline, now, silenceMs }: Situation): Standing {
  if (holder?.gateway === party.gateway) return 'takes'
  if (!mayHave(reserved, party)) return 'silent'
  if (holder === null || !holder.live) return 'takes'
  const quietMs = now - holder.lastAt
  if (isSameUser(party.userId, holder.userId)) return isOnline && quietMs <= PATIENCE_MS ? 'speaks' : 'takes'
  return silenceMs > 0 && quietMs > silenceMs ? 'takes' : 'silent'
}

/**
 * Whether a gateway becomes the holder by naming the aircraft in its topology. A gateway can name any serial number. So
 * naming never takes an aircraft that is online at another gateway, that a live controller of another user holds, or
 * that is reserved for another user.
 */
export function takesByNaming({ party, holder, reserved, isOnline }: Situation): boolean {
  if (holder?.gateway === party.gateway) return true
  if (!mayHave(reserved, party)) return false
  if (holder === null || !holder.live) return true
  return !isOnline && isSameUser(party.userId, holder.userId)
}

/**
 * Which gateway becomes the holder when the holder goes offline, so that the aircraft stays online. It is a live
 * controller of the same user; of several, the one that reported last. Null: there is no such controller. A controller
 * of another user has to report first.
 */
export function successorOf(leaving: Party, linked: readonly Party[]): Party | null {
  let best: Party | null = null
  for (const party of linked) {
    if (party.gateway === leaving.gateway || !party.live || !isSameUser(party.userId, leaving.userId))
      continue
    if (best === null || party.lastAt > best.lastAt) best = party
  }
  return best
}

/** What a node tells the other nodes about an aircraft that it has online. */
export interface Tenure {
  readonly gateway: string
  /** ms since the epoch */
  readonly onlineSince: number
  /** How often it has changed its gateway since then. */
  readonly handovers: number
}

/**
 * Two nodes may have the same aircraft online, if their messages were under way at the same time. Both nodes have to
 * choose the same one. They choose the one that has changed its gateway more often, because it replaced the other;
 * otherwise the earlier one.
 */
export function outranks(one: Tenure, other: Tenure): boolean {
  if (one.handovers !== other.handovers) return one.handovers > other.handovers
  if (one.onlineSince !== other.onlineSince) return one.onlineSince < other.onlineSince
  return one.gateway < other.gateway
}

/** An aircraft that a gateway of another node holds. */
export interface HeldElsewhere extends Tenure {
  readonly party: Party
  readonly model: DeviceModel
  readonly online: boolean
}

/** What the other nodes have, as far as this node knows. */
export interface Elsewhere {
  isGateway(serial: string): boolean
  holderOf(aircraft: string): HeldElsewhere | null
  /** Gateways of other nodes that name it, without the holder. */
  linkedTo(aircraft: string): readonly Party[]
  /** The gateway of this node goes offline. From now on the gateway `to` of another node holds the aircraft. */
  give(aircraft: AircraftView, to: string): void
}

/** For a single node: there are no other nodes. */
export const NOWHERE: Elsewhere = {
  isGateway: () => false,
  holderOf: () => null,
  linkedTo: () => [],
  give: () => undefined,
}

/**
 * Collects the facts for the decisions above, from this node and the other nodes. Keeps the list of aircraft that each
 * gateway may speak for.
 */
export interface Standings {
  partyOf(gateway: GatewayRecord, aircraft: AircraftRecord): Party
  holderOf(aircraft: AircraftRecord): Party | null
  isOnline(aircraft: AircraftRecord): boolean
  situation(gateway: GatewayRecord, aircraft: AircraftRecord): Situation
  /** The gateway that becomes the holder when this gateway goes offline; null: none. */
  successor(gateway: GatewayRecord, aircraft: AircraftRecord): Party | null
  /** Decides again which aircraft this gateway may speak for. */
  enlist(gateway: GatewayRecord): void
  /** The same for every gateway that names this aircraft. */
  review(aircraft: AircraftRecord): void
}

export function createStandings(parts: {
  readonly clock: Clock
  readonly silenceMs: number
  readonly elsewhere: Pick<Elsewhere, 'holderOf' | 'linkedTo'>
  readonly reservations: { of(serial: string): Reservation | null }
  /** Gets `access`. */
  readonly signals: FleetEmitter
}): Standings {
  const { clock, silenceMs, elsewhere, reservations, signals } = parts

  const partyOf = (gateway: GatewayRecord, one: AircraftRecord): Party => ({
    gateway: gateway.serial,
    userId: gateway.userId,
    live: gateway.online || clock.now() < gateway.awaitedUntil,
    lastAt: one.links.get(gateway)?.lastAt ?? 0,
  })
  const holderOf = (one: AircraftRecord): Party | null =>
    one.holder === null ? (elsewhere.holderOf(one.serial)?.party ?? null) : partyOf(one.holder, one)
  const isOnline = (one: AircraftRecord): boolean =>
    one.holder === null ? elsewhere.holderOf(one.serial)?.online === true : one.online
  const situation = (gateway: GatewayRecord, one: AircraftRecord): Situation => ({
    party: partyOf(gateway, one),
    holder: holderOf(one),
    reserved: reservations.of(one.serial),
    isOnline: isOnline(one),
    now: clock.now(),
    silenceMs,
  })

  function successor(gateway: GatewayRecord, one: AircraftRecord): Party | null {
    const others = [...one.links.keys()].filter((other) => other !== gateway && other.online)
    const parties = [...others.map((other) => partyOf(other, one)), ...elsewhere.linkedTo(one.serial)]
    return successorOf(partyOf(gateway, one), parties)
  }

  function enlist(gateway: GatewayRecord): void {
    const access = new Set<string>()
    const silent = new Set<string>()
    for (const one of gateway.links.values())
      (standingOf(situation(gateway, one)) === 'silent' ? silent : access).add(one.serial)
    if (!isSame(gateway.silent, silent)) gateway.silent = silent
    if (isSame(gateway.access, access)) return
    gateway.access = access.size === 0 ? NO_AIRCRAFT : access
    signals.emit('access', gateway.serial)
  }

  function review(one: AircraftRecord): void {
    for (const gateway of one.links.keys()) enlist(gateway)
  }

  return { partyOf, holderOf, isOnline, situation, successor, enlist, review }
}

const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((each) => other.has(each))
