import type { Clock } from '../ports/clock.ts'
import type { Elsewhere } from './elsewhere.ts'
import { type Party, type Situation, standingOf } from './holding.ts'
import { type AircraftRecord, type GatewayRecord, NO_AIRCRAFT } from './records.ts'
import type { Reservations } from './reservations.ts'

export interface StandingsParts {
  readonly clock: Clock
  readonly silenceMs: number
  readonly elsewhere: Pick<Elsewhere, 'holderOf' | 'linkedTo'>
  readonly reservations: Pick<Reservations, 'of'>
  /** What this gateway may speak for has changed. */
  readonly onAccess: (gateway: string) => void
}

/** Gathers from here and from other nodes what `holding.ts` decides on, and keeps what each gateway may speak for. */
export interface Standings {
  partyOf(gateway: GatewayRecord, aircraft: AircraftRecord): Party
  holderOf(aircraft: AircraftRecord): Party | null
  isOnline(aircraft: AircraftRecord): boolean
  situation(gateway: GatewayRecord, aircraft: AircraftRecord): Situation
  /** The other gateways that name it and could have it next. */
  parties(gateway: GatewayRecord, aircraft: AircraftRecord): Party[]
  /** Decides again what this gateway may speak for. */
  enlist(gateway: GatewayRecord): void
  /** The same for every gateway that names this aircraft. */
  review(aircraft: AircraftRecord): void
}

export function createStandings(parts: StandingsParts): Standings {
  const { clock, silenceMs, elsewhere, reservations, onAccess } = parts

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

  function enlist(gateway: GatewayRecord): void {
    const access = new Set<string>()
    const silent = new Set<string>()
    for (const one of gateway.links.values())
      (standingOf(situation(gateway, one)) === 'silent' ? silent : access).add(one.serial)
    if (!isSame(gateway.silent, silent)) gateway.silent = silent
    if (isSame(gateway.access, access)) return
    gateway.access = access.size === 0 ? NO_AIRCRAFT : access
    onAccess(gateway.serial)
  }

  function review(one: AircraftRecord): void {
    for (const gateway of one.links.keys()) enlist(gateway)
  }

  const parties = (gateway: GatewayRecord, one: AircraftRecord): Party[] => {
    const others = [...one.links.keys()].filter((other) => other !== gateway && other.online)
    return [...others.map((other) => partyOf(other, one)), ...elsewhere.linkedTo(one.serial)]
  }

  return { partyOf, holderOf, isOnline, situation, parties, enlist, review }
}

const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((each) => other.has(each))
