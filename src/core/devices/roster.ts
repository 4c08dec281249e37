import type { AircraftOfflineReason, CloudEmitter, DeviceModel, GatewayOfflineReason } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import { type GatewayRecord, NO_AIRCRAFT, newGateway } from './records.ts'

/** Who is there and who speaks for whom, with every change told. When to change is the registry's business. */
export interface Roster {
  readonly gateways: ReadonlyMap<string, GatewayRecord>
  gatewayOf(aircraft: string): GatewayRecord | undefined
  add(serial: string, workspaceId: string): GatewayRecord
  goOnline(gateway: GatewayRecord): void
  goOffline(gateway: GatewayRecord, reason: GatewayOfflineReason): void
  /** Takes the aircraft over, from another gateway if need be. */
  link(gateway: GatewayRecord, serial: string, model: DeviceModel): void
  /** Known from earlier: it may be spoken for, but is not there yet. False when another gateway speaks for it. */
  recall(gateway: GatewayRecord, serial: string, model: DeviceModel): boolean
  unlink(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void
  aircraftOnline(gateway: GatewayRecord, serial: string): void
  aircraftOffline(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void
  /** Tells that its model became known, or another, while it is online. */
  setModel(gateway: GatewayRecord, model: DeviceModel): void
  /** Forgets it, and the links of its aircraft. */
  remove(gateway: GatewayRecord): void
}

export function createRoster(emit: CloudEmitter['emit'], clock: Clock): Roster {
  const gateways = new Map<string, GatewayRecord>()
  const links = new Map<string, GatewayRecord>()

  const about = (gateway: GatewayRecord) => ({
    workspaceId: gateway.workspaceId,
    gateway: gateway.serial,
    at: clock.now(),
  })
  const enlist = (gateway: GatewayRecord): void => {
    gateway.access = gateway.aircraft.size === 0 ? NO_AIRCRAFT : new Set(gateway.aircraft.keys())
  }

  function put(gateway: GatewayRecord, serial: string, model: DeviceModel): void {
    gateway.aircraft.set(serial, { serial, model, online: false, lastSeenAt: clock.now() })
    links.set(serial, gateway)
    enlist(gateway)
  }

  function aircraftOnline(gateway: GatewayRecord, serial: string): void {
    const aircraft = gateway.aircraft.get(serial)
    if (aircraft === undefined || aircraft.online) return
    aircraft.online = true
    aircraft.lastSeenAt = clock.now()
    emit('aircraft.online', { ...about(gateway), aircraft: serial, model: aircraft.model })
  }

  function aircraftOffline(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void {
    const aircraft = gateway.aircraft.get(serial)
    if (aircraft?.online !== true) return
    aircraft.online = false
    emit('aircraft.offline', { ...about(gateway), aircraft: serial, model: aircraft.model, reason })
  }

  function unlink(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void {
    if (!gateway.aircraft.has(serial)) return
    const aircraft = gateway.aircraft.get(serial)
    gateway.aircraft.delete(serial)
    links.delete(serial)
    enlist(gateway)
    // Told when it is done: whoever hears of it may look.
    if (aircraft?.online === true)
      emit('aircraft.offline', { ...about(gateway), aircraft: serial, model: aircraft.model, reason })
  }

  return {
    gateways,
    gatewayOf: (aircraft) => links.get(aircraft),
    aircraftOnline,
    aircraftOffline,
    unlink,

    add(serial, workspaceId) {
      // A gateway that was taken for an aircraft until now.
      const holder = links.get(serial)
      if (holder !== undefined) unlink(holder, serial, 'unlinked')
      const gateway = newGateway(serial, workspaceId, clock.now())
      gateways.set(serial, gateway)
      return gateway
    },

    goOnline(gateway) {
      if (gateway.online) return
      gateway.online = true
      emit('gateway.online', { ...about(gateway), model: gateway.model, sessionId: gateway.sessionId })
    },

    goOffline(gateway, reason) {
      gateway.cancelGrace?.()
      gateway.cancelGrace = null
      for (const serial of gateway.aircraft.keys()) aircraftOffline(gateway, serial, reason)
      if (!gateway.online) return
      gateway.online = false
      emit('gateway.offline', { ...about(gateway), reason })
    },

    link(gateway, serial, model) {
      const known = gateway.aircraft.get(serial)
      if (known === undefined) {
        const holder = links.get(serial)
        if (holder !== undefined) unlink(holder, serial, 'swapped')
        put(gateway, serial, model)
      } else known.model = model
      aircraftOnline(gateway, serial)
    },

    recall(gateway, serial, model) {
      if (links.has(serial) || gateways.has(serial)) return false
      put(gateway, serial, model)
      return true
    },

    setModel(gateway, model) {
      const known = gateway.model?.key === model.key
      gateway.model = model
      if (gateway.online && !known) emit('gateway.updated', { ...about(gateway), model })
    },

    remove(gateway) {
      for (const serial of [...gateway.aircraft.keys()]) unlink(gateway, serial, 'unlinked')
      if (gateways.get(gateway.serial) === gateway) gateways.delete(gateway.serial)
    },
  }
}
