import type { CloudEmitter, DeviceModel, GatewayOfflineReason } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Holders } from './holders.ts'
import { type GatewayRecord, newGateway } from './records.ts'

/** Which gateways are there, with every change told. When to change is the registry's business. */
export interface Roster {
  readonly gateways: ReadonlyMap<string, GatewayRecord>
  add(serial: string, workspaceId: string): GatewayRecord
  goOnline(gateway: GatewayRecord): void
  goOffline(gateway: GatewayRecord, reason: GatewayOfflineReason): void
  /** Tells that its model became known, or another, while it is online. */
  setModel(gateway: GatewayRecord, model: DeviceModel): void
  /** Forgets it, and the links of its aircraft. */
  remove(gateway: GatewayRecord): void
  /** Another node has it: nobody is told. */
  giveUp(gateway: GatewayRecord): void
}

export function createRoster(emit: CloudEmitter['emit'], clock: Clock, holders: Holders): Roster {
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
    for (const one of gateway.links.values()) holders.review(one)
  }

  function forget(gateway: GatewayRecord): void {
    if (gateways.get(gateway.serial) === gateway) gateways.delete(gateway.serial)
  }

  return {
    gateways,

    add(serial, workspaceId) {
      // A gateway that was taken for an aircraft until now.
      for (const { workspaceId: other } of [...(holders.get(serial)?.links.keys() ?? [])])
        holders.erase(serial, other, 'unlinked')
      const gateway = newGateway(serial, workspaceId, clock.now())
      gateways.set(serial, gateway)
      return gateway
    },

    goOnline(gateway) {
      if (gateway.online) return
      gateway.online = true
      gateway.onlineSince = clock.now()
      reviewLinks(gateway)
      emit('gateway.online', { ...about(gateway), model: gateway.model, sessionId: gateway.sessionId })
    },

    goOffline(gateway, reason) {
      stopGrace(gateway)
      for (const one of [...gateway.links.values()]) holders.leave(gateway, one, reason)
      if (!gateway.online) return reviewLinks(gateway)
      gateway.online = false
      reviewLinks(gateway)
      emit('gateway.offline', { ...about(gateway), reason })
    },

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
      holders.forsake(gateway)
      forget(gateway)
    },
  }
}
