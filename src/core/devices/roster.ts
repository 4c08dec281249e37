import type { CloudEmitter, DeviceModel, GatewayOfflineReason } from '../events.ts'
import type { FleetEmitter } from '../fleet-signals.ts'
import type { Clock } from '../ports/clock.ts'
import type { Handovers } from './handovers.ts'
import type { Holders } from './holders.ts'
import type { Standings } from './holding.ts'
import { type GatewayRecord, newGateway } from './records.ts'
import type { Reservations } from './reservations.ts'

/**
 * The gateways of this node. Every change emits an event, unless its comment says that it emits nothing. The registry
 * decides when something changes.
 */
export interface Roster {
  readonly gateways: ReadonlyMap<string, GatewayRecord>
  add(serial: string, workspaceId: string): GatewayRecord
  goOnline(gateway: GatewayRecord): void
  goOffline(gateway: GatewayRecord, reason: GatewayOfflineReason): void
  /**
   * Call it for a gateway that is connected, or whose connection was just lost. Keeps the gateway and its aircraft for
   * its user, in case they go offline.
   */
  reserve(gateway: GatewayRecord): void
  /**
   * Ends the reservations of a gateway and of aircraft that only this gateway flies. Its user has left it, or was
   * logged out.
   */
  release(gateway: GatewayRecord): void
  /** Emits `gateway.updated` if the gateway is online and its model has changed. */
  setModel(gateway: GatewayRecord, model: DeviceModel): void
  /** Forgets a gateway and the links of its aircraft. */
  remove(gateway: GatewayRecord): void
  /** Another node has this gateway now. Emits nothing. */
  giveUp(gateway: GatewayRecord): void
}

/**
 * Reasons that somebody has chosen: a user or the host wanted the gateway to go. After all other reasons its user is
 * expected back.
 */
const ON_PURPOSE: ReadonlySet<GatewayOfflineReason> = new Set(['logout', 'expired', 'forced'])

export function createRoster(parts: {
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly holders: Pick<Holders, 'get' | 'unlink' | 'forsake'>
  readonly handovers: Pick<Handovers, 'leave' | 'reserve'>
  readonly standings: Pick<Standings, 'successor' | 'review'>
  readonly reservations: Pick<Reservations, 'keep' | 'free'>
  /** Gets `freed`. */
  readonly signals: FleetEmitter
}): Roster {
  const { emit, clock, holders, handovers, standings, reservations, signals } = parts
  const gateways = new Map<string, GatewayRecord>()

  const about = (gateway: GatewayRecord) => ({
    workspaceId: gateway.workspaceId,
    gateway: gateway.serial,
    at: clock.now(),
  })

  function stopGrace(gateway: GatewayRecord): void {
    gateway.cancelGrace?.()
    gateway.cancelGrace = null
    gateway.awaitedUntil = 0
  }

  function reviewLinks(gateway: GatewayRecord): void {
    for (const one of gateway.links.values()) standings.review(one)
  }

  function release(gateway: GatewayRecord): readonly string[] {
    const flown = [...gateway.links.values()].filter(
      (one) => one.holder === gateway && standings.successor(gateway, one) === null,
    )
    const serials = [gateway.serial, ...flown.map(({ serial }) => serial)]
    for (const serial of serials) reservations.free(serial, gateway.workspaceId)
    reviewLinks(gateway)
    return serials
  }

  function forget(gateway: GatewayRecord): void {
    if (gateways.get(gateway.serial) === gateway) gateways.delete(gateway.serial)
  }

  return {
    gateways,

    add(serial, workspaceId) {
      // The device was taken for an aircraft until now. If an online gateway of the same workspace names it, it stays
      // one.
      for (const other of [...(holders.get(serial)?.links.keys() ?? [])])
        if (!other.online || other.workspaceId !== workspaceId) holders.unlink(other, serial, 'unlinked')
      const gateway = newGateway(serial, workspaceId, clock.now())
      gateways.set(serial, gateway)
      return gateway
    },

    goOnline(gateway) {
      if (gateway.online && !gateway.returning) return
      if (!gateway.online) gateway.onlineSince = clock.now()
      gateway.online = true
      gateway.returning = false
      reviewLinks(gateway)
      emit('gateway.online', { ...about(gateway), model: gateway.model, sessionId: gateway.sessionId })
    },

    goOffline(gateway, reason) {
      stopGrace(gateway)
      const freed = ON_PURPOSE.has(reason) ? release(gateway) : []
      for (const one of [...gateway.links.values()]) handovers.leave(gateway, one, reason)
      const wasOnline = gateway.online
      gateway.online = false
      gateway.returning = false
      reviewLinks(gateway)
      if (wasOnline) emit('gateway.offline', { ...about(gateway), reason })
      // This is the last step, because the events before it make other nodes reserve the gateway again.
      if (freed.length > 0) signals.emit('freed', freed)
    },

    reserve(gateway) {
      const { serial, userId, sessionId, workspaceId, lastSeenAt } = gateway
      reservations.keep(serial, { userId, sessionId, workspaceId, gateway: serial }, lastSeenAt)
      for (const one of gateway.links.values()) handovers.reserve(gateway, one)
    },

    release: (gateway) => void signals.emit('freed', release(gateway)),

    setModel(gateway, model) {
      const known = gateway.model?.key === model.key
      gateway.model = model
      if (gateway.online && !known) emit('gateway.updated', { ...about(gateway), model })
    },

    remove(gateway) {
      for (const serial of [...gateway.links.keys()]) holders.unlink(gateway, serial, 'unlinked')
      forget(gateway)
    },

    giveUp(gateway) {
      stopGrace(gateway)
      gateway.online = false
      gateway.returning = false
      holders.forsake(gateway)
      forget(gateway)
    },
  }
}
