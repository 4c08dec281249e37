/*
 * One aircraft may have two controllers (facts D3). One gateway holds the aircraft: it is shown there, and commands go there.
 * Other gateways of the same workspace that name it in their topology are linked to it. This file decides who holds an
 * aircraft, and who may speak for it.
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
  /** Who is logged in on it. Empty: not known. */
  readonly userId: string
  /** It is online, or expected back after a restart of the platform. */
  readonly live: boolean
  /** When it last reported for the aircraft; before its first report, when it was linked. ms since the epoch. */
  readonly lastAt: number
}

/** `silent`: may not speak for it. `speaks`: its reports are taken. `takes`: its next report makes it the holder. */
export type Standing = 'silent' | 'speaks' | 'takes'

export interface Situation {
  readonly party: Party
  /** The aircraft's. Null: it is reserved for nobody. */
  readonly reserved: Reservation | null
  /** Null: nobody holds it. */
  readonly holder: Party | null
  /** The aircraft, at its holder. */
  readonly isOnline: boolean
  readonly now: number
  /** The option `presence.silenceSeconds` in milliseconds; 0: a silent holder keeps it while it is live. */
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
 * Whether a gateway becomes the holder by naming the aircraft in its topology. Anybody can name anything, so naming never
 * takes an aircraft that is online elsewhere, that a live controller of another user holds, or that is reserved for another user.
 */
export function takesByNaming({ party, holder, reserved, isOnline }: Situation): boolean {
  if (holder?.gateway === party.gateway) return true
  if (!mayHave(reserved, party)) return false
  if (holder === null || !holder.live) return true
  return !isOnline && isSameUser(party.userId, holder.userId)
}

/**
 * Who becomes the holder when the holder goes, so that the aircraft stays online: a live controller of the same user; of
 * several, the one that reported last. Null: none. A controller of another user has to report first.
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

/** What a node tells the others of an aircraft that it has online. */
export interface Tenure {
  readonly gateway: string
  /** ms since the epoch */
  readonly onlineSince: number
  /** How often it has changed its gateway since then. */
  readonly handovers: number
}

/**
 * Two nodes may have the same aircraft online, when their messages crossed. Both have to keep the same one: the one that has
 * changed its gateway more often, because that hold replaced the other; otherwise the earlier one.
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
  /** Its gateway here goes. The gateway `to` of another node holds it from now on. */
  give(aircraft: AircraftView, to: string): void
}

/** This node is alone. */
export const NOWHERE: Elsewhere = {
  isGateway: () => false,
  holderOf: () => null,
  linkedTo: () => [],
  give: () => undefined,
}

/** Collects what the decisions above need, from this node and the others, and keeps the list of what each gateway may speak for. */
export interface Standings {
  partyOf(gateway: GatewayRecord, aircraft: AircraftRecord): Party
  holderOf(aircraft: AircraftRecord): Party | null
  isOnline(aircraft: AircraftRecord): boolean
  situation(gateway: GatewayRecord, aircraft: AircraftRecord): Situation
  /** Who becomes the holder when this gateway goes; null: nobody. */
  successor(gateway: GatewayRecord, aircraft: AircraftRecord): Party | null
  /** Decides again what this gateway may speak for. */
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
