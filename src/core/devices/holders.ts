import type { AircraftOfflineReason, CloudEmitter, DeviceModel } from '../events.ts'
import type { SubDevice } from '../mqtt/messages.ts'
import type { Clock } from '../ports/clock.ts'
import type { Elsewhere } from './elsewhere.ts'
import { aboutAircraft, createHandovers } from './handovers.ts'
import { isSameUser, standingOf, successorOf, takesByNaming } from './holding.ts'
import { type AircraftRecord, type AircraftView, type GatewayRecord, putOut } from './records.ts'
import type { Recollection } from './registry-contract.ts'
import type { Reservations } from './reservations.ts'
import { createStandings } from './standings.ts'

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
  link(gateway: GatewayRecord, device: Pick<SubDevice, 'serial' | 'model' | 'index'>): void
  /** Known from earlier: it is not there yet. */
  recall(gateway: GatewayRecord, aircraft: Recollection['aircraft'][number]): void
  /** It was held by this gateway before a restart: where it was online it stays so until it is back or lost. */
  resume(gateway: GatewayRecord, view: AircraftView): void
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
  const { emit, clock } = parts
  const standings = createStandings(parts)
  const { holderOf, isOnline, situation, partyOf, parties, enlist, review } = standings
  const { reserve, goOnline, take, offline, handOn } = createHandovers({ ...parts, standings })
  const known = new Map<string, AircraftRecord>()

  function recordOf(serial: string, model: DeviceModel): AircraftRecord {
    let one = known.get(serial)
    if (one === undefined) {
      const now = clock.now()
      one = {
        serial,
        model,
        nickname: null,
        online: false,
        onlineSince: 0,
        returning: false,
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
    if (!one.links.has(gateway))
      one.links.set(gateway, { gateway, lastAt: clock.now(), controllerIndex: null })
    gateway.links.set(one.serial, one)
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
      putOut(one)
      review(one)
      // Emit it at the end: a listener may read the new state.
      if (wasOnline)
        emit('aircraft.offline', { ...aboutAircraft(gateway, gateway.serial, one, clock.now()), reason })
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

    link(gateway, { serial, model, index }) {
      const one = recordOf(serial, model)
      // It belongs to the gateway's workspace now: links of gateways of the former workspace end.
      for (const other of [...one.links.keys()])
        if (other.workspaceId !== gateway.workspaceId) unlink(other, serial, 'unlinked')
      known.set(serial, one)
      tie(gateway, one)
      const link = one.links.get(gateway)
      if (link !== undefined) link.controllerIndex = index
      if (takesByNaming(situation(gateway, one))) {
        one.model = model
        take(gateway, one)
      } else review(one)
    },

    recall(gateway, { serial, model, nickname, holds }) {
      const one = recordOf(serial, model)
      one.nickname = nickname
      tie(gateway, one)
      if (holds && holderOf(one) === null) one.holder = gateway
      review(one)
    },

    resume(gateway, { serial, model, nickname, online, onlineSince, lastSeenAt }) {
      const one = recordOf(serial, model)
      tie(gateway, one)
      if (holderOf(one) !== null) return review(one)
      Object.assign(one, { holder: gateway, model, nickname })
      // As with the gateway, its silence counts from now on.
      if (online) Object.assign(one, { online, onlineSince, returning: true })
      else one.lastSeenAt = lastSeenAt
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
      putOut(one)
      for (const gateway of [...one.links.keys()]) part(gateway, one)
    },

    forsake(gateway) {
      for (const one of [...gateway.links.values()]) {
        if (one.holder === gateway) {
          one.holder = null
          putOut(one)
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
        if (gateway.online && (!one.online || one.returning)) goOnline(gateway, one)
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
      putOut(one)
      review(one)
    },

    takeUp(gateway, view) {
      const one = gateway.links.get(view.serial)
      if (one === undefined || !gateway.online) return false
      const { online, onlineSince, handovers, lastSeenAt } = view
      Object.assign(one, { holder: gateway, online, onlineSince, handovers, lastSeenAt, returning: false })
      review(one)
      return true
    },
  }
}
