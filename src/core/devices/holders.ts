import type { AircraftOfflineReason, CloudEmitter, DeviceModel } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Elsewhere } from './elsewhere.ts'
import { isSameUser, type Party, type Situation, standingOf, successorOf, takesByNaming } from './holding.ts'
import {
  type AircraftRecord,
  type AircraftView,
  type GatewayRecord,
  NO_AIRCRAFT,
  viewOfAircraft,
} from './records.ts'
import type { Reservations } from './reservations.ts'

export interface HoldersParts {
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly silenceMs: number
  readonly elsewhere: Elsewhere
  readonly reservations: Pick<Reservations, 'of' | 'keep'>
  /** What this gateway may speak for has changed. */
  readonly onAccess: (gateway: string) => void
}

/** Which gateway holds an aircraft, and which may speak for it, with every change told. */
export interface Holders {
  get(aircraft: string): AircraftRecord | undefined
  /** A topology names it. */
  link(gateway: GatewayRecord, serial: string, model: DeviceModel): void
  /** Known from earlier: it is not there yet. @param holds it was the last to speak for it */
  recall(gateway: GatewayRecord, serial: string, model: DeviceModel, holds: boolean): void
  unlink(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void
  /** Every gateway of this workspace lets it go. */
  erase(serial: string, workspaceId: string, reason: AircraftOfflineReason): void
  /** It is no aircraft: nobody is told. */
  wipe(serial: string): void
  /** The gateway is another node's now, and its aircraft with it: nobody is told. */
  forsake(gateway: GatewayRecord): void
  /** A linked gateway reports for it. @returns whether the aircraft is online now, and this gateway may speak for it */
  reported(gateway: GatewayRecord, serial: string): boolean
  /** Its gateway is going: a controller of the same user has it from now on, or it is offline. */
  leave(gateway: GatewayRecord, aircraft: AircraftRecord, reason: AircraftOfflineReason): void
  offline(aircraft: AircraftRecord, reason: AircraftOfflineReason): void
  /** A gateway of another node holds it: nobody is told. */
  giveUp(serial: string): void
  /** Another node gives it to this gateway. False: the gateway is not there. */
  takeUp(gateway: GatewayRecord, view: AircraftView): boolean
  /** It is online at this gateway, which is connected: it waits for its user from now on, should it go. */
  reserve(gateway: GatewayRecord, aircraft: AircraftRecord): void
  /** Another controller of the same user that is there names it as well: that one flies it too. */
  isShared(gateway: GatewayRecord, aircraft: AircraftRecord): boolean
  /** Somebody's being live has changed: who may speak for it is decided again. */
  review(aircraft: AircraftRecord): void
  /** The same for all: time has passed, or another node has told something. */
  reviewAll(): void
}

export function createHolders(parts: HoldersParts): Holders {
  const { emit, clock, silenceMs, elsewhere, reservations, onAccess } = parts
  const known = new Map<string, AircraftRecord>()

  const about = (workspaceId: string, gateway: string, { serial, model }: AircraftRecord) => ({
    ...{ workspaceId, gateway, at: clock.now() },
    ...{ aircraft: serial, model },
  })

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

  function recordOf(serial: string, model: DeviceModel): AircraftRecord {
    let one = known.get(serial)
    if (one === undefined) {
      const now = clock.now()
      one = {
        serial,
        model,
        online: false,
        onlineSince: 0,
        handovers: 0,
        lastSeenAt: now,
        holder: null,
        links: new Map(),
      }
      known.set(serial, one)
    }
    return one
  }

  function tie(gateway: GatewayRecord, one: AircraftRecord): void {
    if (!one.links.has(gateway)) one.links.set(gateway, { gateway, lastAt: clock.now() })
    gateway.links.set(one.serial, one)
  }

  /** What a controller says after it was put out, or its user has left it, reserves nothing. */
  function reserve(gateway: GatewayRecord, one: AircraftRecord): void {
    const { serial, userId, sessionId, workspaceId, connections, ending } = gateway
    if (one.holder !== gateway || !one.online || connections.size === 0 || ending) return
    reservations.keep(one.serial, { userId, sessionId, workspaceId, gateway: serial }, one.lastSeenAt)
  }

  const parties = (gateway: GatewayRecord, one: AircraftRecord): Party[] => {
    const others = [...one.links.keys()].filter((other) => other !== gateway && other.online)
    return [...others.map((other) => partyOf(other, one)), ...elsewhere.linkedTo(one.serial)]
  }

  function goOnline(gateway: GatewayRecord, one: AircraftRecord): void {
    const now = clock.now()
    Object.assign(one, { online: true, onlineSince: now, handovers: 0, lastSeenAt: now })
    reserve(gateway, one)
    emit('aircraft.online', about(gateway.workspaceId, gateway.serial, one))
  }

  /** From whatever gateway has it, here or elsewhere; one that is online stays so. */
  function take(gateway: GatewayRecord, one: AircraftRecord): void {
    const before = holderOf(one)
    const there = one.holder === null ? elsewhere.holderOf(one.serial) : null
    // Held by the same gateway at another node: it has moved here, which is a matter of its own.
    const moves = before !== null && before.gateway !== gateway.serial && isOnline(one)
    one.holder = gateway
    if (!moves) {
      review(one)
      if (gateway.online && !one.online) goOnline(gateway, one)
      return
    }
    Object.assign(one, { online: true, handovers: (there ?? one).handovers + 1, lastSeenAt: clock.now() })
    if (there !== null) one.onlineSince = there.onlineSince
    reserve(gateway, one)
    review(one)
    emit('aircraft.moved', { ...about(gateway.workspaceId, gateway.serial, one), from: before.gateway })
  }

  function offline(one: AircraftRecord, reason: AircraftOfflineReason): void {
    const { holder } = one
    if (holder === null || !one.online) return
    reserve(holder, one)
    one.online = false
    review(one)
    emit('aircraft.offline', { ...about(holder.workspaceId, holder.serial, one), reason })
  }

  /** False: there is nobody who could have it without a break. */
  function handOn(gateway: GatewayRecord, one: AircraftRecord): boolean {
    const next = successorOf(partyOf(gateway, one), parties(gateway, one))
    if (next === null) return false
    const here = [...one.links.keys()].find(({ serial }) => serial === next.gateway)
    one.handovers += 1
    if (here === undefined) {
      elsewhere.give(viewOfAircraft(one), next.gateway)
      one.online = false
    }
    one.holder = here ?? null
    if (here !== undefined) reserve(here, one)
    review(one)
    emit('aircraft.moved', { ...about(gateway.workspaceId, next.gateway, one), from: gateway.serial })
    return true
  }

  function part(gateway: GatewayRecord, one: AircraftRecord): void {
    gateway.links.delete(one.serial)
    one.links.delete(gateway)
    if (one.links.size === 0) known.delete(one.serial)
    enlist(gateway)
  }

  function unlink(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void {
    const one = gateway.links.get(serial)
    if (one === undefined) return
    reserve(gateway, one)
    part(gateway, one)
    if (one.holder === gateway && !(one.online && handOn(gateway, one))) {
      const wasOnline = one.online
      // Offline, it is shown where its user still names it. Another user who does has to wait, and then to report.
      one.holder = [...one.links.keys()].find(({ userId }) => isSameUser(userId, gateway.userId)) ?? null
      one.online = false
      review(one)
      // Told when it is done: whoever hears of it may look.
      if (wasOnline) emit('aircraft.offline', { ...about(gateway.workspaceId, gateway.serial, one), reason })
    } else review(one)
  }

  return {
    get: (serial) => known.get(serial),
    review,
    offline,
    reserve,
    isShared: (gateway, one) => successorOf(partyOf(gateway, one), parties(gateway, one)) !== null,
    reviewAll() {
      for (const one of known.values()) if (one.links.size > 1 || one.holder === null) review(one)
    },

    link(gateway, serial, model) {
      const one = recordOf(serial, model)
      // The workspace that has it now is the gateway's: whoever had it before has let it go.
      for (const other of [...one.links.keys()])
        if (other.workspaceId !== gateway.workspaceId) unlink(other, serial, 'unlinked')
      known.set(serial, one)
      tie(gateway, one)
      if (takesByNaming(situation(gateway, one))) {
        one.model = model
        take(gateway, one)
      } else review(one)
    },

    recall(gateway, serial, model, holds) {
      const one = recordOf(serial, model)
      tie(gateway, one)
      if (holds && holderOf(one) === null) one.holder = gateway
      review(one)
    },

    unlink,
    erase(serial, workspaceId, reason) {
      const one = known.get(serial)
      const linked = [...(one?.links.keys() ?? [])].filter((each) => each.workspaceId === workspaceId)
      // The holder last: otherwise it would pass from one to the next.
      for (const each of linked) if (each !== one?.holder) unlink(each, serial, reason)
      if (one?.holder != null && one.holder.workspaceId === workspaceId) unlink(one.holder, serial, reason)
    },

    wipe(serial) {
      const one = known.get(serial)
      if (one === undefined) return
      one.online = false
      for (const gateway of [...one.links.keys()]) part(gateway, one)
    },

    forsake(gateway) {
      for (const one of [...gateway.links.values()]) {
        if (one.holder === gateway) {
          one.holder = null
          one.online = false
        }
        part(gateway, one)
        review(one)
      }
    },

    reported(gateway, serial) {
      const one = gateway.links.get(serial)
      const link = one?.links.get(gateway)
      if (one === undefined || link === undefined) return false
      const stands = standingOf(situation(gateway, one))
      if (stands === 'silent') return false
      link.lastAt = clock.now()
      if (one.holder === gateway) {
        one.lastSeenAt = link.lastAt
        // The aircraft is back, or its user is: others may have had the right to take it.
        if (one.links.size > 1) review(one)
        if (gateway.online && !one.online) goOnline(gateway, one)
      } else if (stands === 'takes' && gateway.online) take(gateway, one)
      else if (one.holder !== null) one.lastSeenAt = link.lastAt
      return isOnline(one)
    },

    leave(gateway, one, reason) {
      if (one.holder === gateway && one.online && !handOn(gateway, one)) offline(one, reason)
    },

    giveUp(serial) {
      const one = known.get(serial)
      if (one === undefined) return
      one.holder = null
      one.online = false
      review(one)
    },

    takeUp(gateway, view) {
      const one = gateway.links.get(view.serial)
      if (one === undefined || !gateway.online) return false
      const { online, onlineSince, handovers, lastSeenAt } = view
      Object.assign(one, { holder: gateway, online, onlineSince, handovers, lastSeenAt })
      review(one)
      return true
    },
  }
}

const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((each) => other.has(each))
