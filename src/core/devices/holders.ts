import type { AircraftOfflineReason, CloudEmitter, DeviceModel } from '../events.ts'
import type { SubDevice } from '../mqtt/messages.ts'
import type { Clock } from '../ports/clock.ts'
import { aboutAircraft, type Handovers } from './handovers.ts'
import { type Standings, standingOf, takesByNaming } from './holding.ts'
import { type AircraftRecord, type AircraftView, type GatewayRecord, putOut } from './records.ts'
import { isSameUser } from './reservations.ts'

/** An aircraft that a gateway named before a restart. */
export interface RecalledAircraft {
  readonly serial: string
  readonly model: DeviceModel
  readonly nickname: string | null
  /** Whether this gateway was the last one that spoke for it. */
  readonly holds: boolean
}

/**
 * The aircraft of this node, each with the gateways that name it. Every change emits an event, unless its comment says
 * that it emits nothing.
 */
export interface Holders {
  get(aircraft: string): AircraftRecord | undefined
  /** The topology of a gateway names this aircraft. */
  link(gateway: GatewayRecord, device: Pick<SubDevice, 'serial' | 'model' | 'index'>): void
  /** The gateway named the aircraft before a restart. This does not bring the aircraft online. */
  recall(gateway: GatewayRecord, aircraft: RecalledAircraft): void
  /**
   * The gateway held the aircraft before a restart. If the aircraft was online, it stays online until it reports or is
   * lost.
   */
  resume(gateway: GatewayRecord, view: AircraftView): void
  unlink(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void
  /** Unlinks it from every gateway of this workspace. */
  erase(serial: string, workspaceId: string, reason: AircraftOfflineReason): void
  /** A device that was taken for an aircraft is a gateway. Emits nothing. */
  wipe(serial: string): void
  /** Another node has this gateway now, with its aircraft. Emits nothing. */
  forsake(gateway: GatewayRecord): void
  /**
   * A linked gateway reports for the aircraft.
   * @returns true: the aircraft is online now, and this gateway may speak for it
   */
  reported(gateway: GatewayRecord, serial: string): boolean
  /** A gateway of another node holds it. Emits nothing. */
  giveUp(serial: string): void
  /** Another node gives the aircraft to this gateway. @returns false: the gateway is not online here */
  takeUp(gateway: GatewayRecord, view: AircraftView): boolean
  /**
   * Decides again which gateway may speak for which aircraft. Call it after some time, and when another node has
   * reported a change.
   */
  reviewAll(): void
}

export function createHolders(parts: {
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly standings: Standings
  readonly handovers: Handovers
}): Holders {
  const { emit, clock, standings, handovers } = parts
  const { holderOf, isOnline, situation, enlist, review } = standings
  const { reserve, goOnline, take, handOn } = handovers
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
      // An offline aircraft is shown with a gateway of the same user that still names it. A gateway of another user has
      // to report first.
      one.holder = [...one.links.keys()].find(({ userId }) => isSameUser(userId, gateway.userId)) ?? null
      putOut(one)
      review(one)
      // Emitted last: a listener may read the new state.
      if (wasOnline)
        emit('aircraft.offline', { ...aboutAircraft(gateway, gateway.serial, one, clock.now()), reason })
    } else review(one)
  }

  return {
    get: (serial) => known.get(serial),
    reviewAll() {
      for (const one of known.values()) if (one.links.size > 1 || one.holder === null) review(one)
    },

    link(gateway, { serial, model, index }) {
      const one = recordOf(serial, model)
      // The device store has just said that this workspace owns the aircraft, so gateways of other workspaces lose it.
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
      // As for its gateway, silence is counted from now on, because no device could report while the platform was not
      // running.
      if (online) Object.assign(one, { online, onlineSince, returning: true })
      else one.lastSeenAt = lastSeenAt
      review(one)
    },

    unlink,
    erase(serial, workspaceId, reason) {
      const one = known.get(serial)
      const linked = [...(one?.links.keys() ?? [])].filter((each) => each.workspaceId === workspaceId)
      // The holder comes last. Otherwise the aircraft would be given from one gateway to the next.
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
      const now = clock.now()
      // Most reports come from the holder, which may always speak.
      if (one.holder === gateway) {
        link.lastAt = now
        one.lastSeenAt = now
        // Until this report, other gateways may have had the right to take it.
        if (one.links.size > 1) review(one)
        if (gateway.online && (!one.online || one.returning)) goOnline(gateway, one)
        return one.online
      }
      const standing = standingOf(situation(gateway, one))
      if (standing === 'silent') return false
      link.lastAt = now
      if (standing === 'takes' && gateway.online) take(gateway, one)
      else if (one.holder !== null) one.lastSeenAt = now
      return isOnline(one)
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
