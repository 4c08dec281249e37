import type { AircraftOfflineReason, CloudEmitter, GatewayOfflineReason } from '../events.ts'
import type { SubDevice, Topology } from '../mqtt/messages.ts'
import type { BrokerConnection, KickTarget } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import { type GatewayRecord, type GatewayView, NO_AIRCRAFT, newGateway, viewOf } from './records.ts'

export interface RegistryParts {
  readonly devices: Pick<DeviceStore, 'claim'>
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  /** How long a lost connection may stay lost before the gateway counts as offline. Default 0. Milliseconds. */
  readonly graceMs?: number
  /** Returns how to cancel. */
  readonly schedule?: (run: () => void, ms: number) => () => void
}

export interface Learned {
  /** What was not taken over, and why; names the serial number, never who holds it. */
  readonly refused: readonly string[]
}

/** Who is online, and who may speak for whom, on this node. */
export interface Registry {
  /** A connection stands. Not yet online: that takes a topology, or any word from a gateway whose topology is known. */
  connected(gateway: string, connection: BrokerConnection): void
  /** Offline (`connection_lost`) with the last connection, after the grace. */
  disconnected(gateway: string, connection: BrokerConnection): void
  /** Takes a topology over, after earlier ones of the same gateway. Rejects when the device store does. */
  learn(gateway: string, topology: Topology): Promise<Learned>
  /** A sign of life, of the gateway itself or of its aircraft. */
  seen(gateway: string, serial: string): void
  /** Puts out, before its connections are closed, whatever hangs on the target. Returns the serial numbers. */
  takeOffline(target: KickTarget | 'all', reason: GatewayOfflineReason): readonly string[]
  /** Forgets an aircraft, or a gateway with its links: its binding was released. */
  forget(serial: string, workspaceId: string): void
  /** The aircraft that a gateway may speak for: the same set until it changes. Synchronous: every packet asks. */
  access(gateway: string): ReadonlySet<string>
  get(gateway: string): GatewayView | null
  /** The gateway that speaks for this aircraft. */
  gatewayOf(aircraft: string): string | null
  list(workspaceId?: string): readonly GatewayView[]
}

const scheduleTimeout = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

export function createRegistry(parts: RegistryParts): Registry {
  const { devices, emit, clock, graceMs = 0, schedule = scheduleTimeout } = parts
  const gateways = new Map<string, GatewayRecord>()
  const links = new Map<string, string>()

  const about = (gateway: GatewayRecord) => ({
    workspaceId: gateway.workspaceId,
    gateway: gateway.serial,
    at: clock.now(),
  })

  function goOnline(gateway: GatewayRecord): void {
    if (gateway.online) return
    gateway.online = true
    emit('gateway.online', { ...about(gateway), model: gateway.model, sessionId: gateway.sessionId })
  }

  function aircraftOffline(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void {
    const aircraft = gateway.aircraft.get(serial)
    if (aircraft?.online !== true) return
    aircraft.online = false
    emit('aircraft.offline', { ...about(gateway), aircraft: serial, model: aircraft.model, reason })
  }

  function goOffline(gateway: GatewayRecord, reason: GatewayOfflineReason): void {
    gateway.cancelGrace?.()
    gateway.cancelGrace = null
    for (const serial of gateway.aircraft.keys()) aircraftOffline(gateway, serial, reason)
    if (!gateway.online) return
    gateway.online = false
    emit('gateway.offline', { ...about(gateway), reason })
  }

  function unlink(gateway: GatewayRecord, serial: string, reason: AircraftOfflineReason): void {
    aircraftOffline(gateway, serial, reason)
    if (!gateway.aircraft.delete(serial)) return
    links.delete(serial)
    gateway.access = gateway.aircraft.size === 0 ? NO_AIRCRAFT : new Set(gateway.aircraft.keys())
  }

  /** Frees a serial number from whoever had it as an aircraft until now. */
  function freeAircraft(serial: string, reason: AircraftOfflineReason): void {
    const holder = gateways.get(links.get(serial) ?? '')
    if (holder !== undefined) unlink(holder, serial, reason)
  }

  function link(gateway: GatewayRecord, device: SubDevice): void {
    const known = gateway.aircraft.get(device.serial)
    if (known === undefined) {
      freeAircraft(device.serial, 'swapped')
      gateway.aircraft.set(device.serial, { serial: device.serial, model: device.model, online: true })
      gateway.access = new Set(gateway.aircraft.keys())
      links.set(device.serial, gateway.serial)
    } else {
      known.model = device.model
      if (known.online) return
      known.online = true
    }
    emit('aircraft.online', { ...about(gateway), aircraft: device.serial, model: device.model })
  }

  async function claim(
    gateway: GatewayRecord,
    topology: Topology,
  ): Promise<{ own: SubDevice[]; refused: string[] }> {
    const own: SubDevice[] = []
    const refused: string[] = []
    for (const device of topology.subDevices) {
      // A gateway named as somebody's aircraft would hand its topics over.
      if (device.serial === gateway.serial || gateways.has(device.serial)) {
        refused.push(`${device.serial}: is a gateway`)
      } else if ((await devices.claim(device.serial, gateway.workspaceId)) !== gateway.workspaceId) {
        refused.push(`${device.serial}: held by another workspace`)
      } else {
        own.push(device)
      }
    }
    return { own, refused }
  }

  async function take(gateway: GatewayRecord, topology: Topology): Promise<Learned> {
    const { own, refused } = await claim(gateway, topology)
    // The connection may have ended while the store was asked: nobody is brought online by an old message.
    if (gateways.get(gateway.serial) !== gateway || gateway.connections.size === 0 || gateway.ending)
      return { refused }
    gateway.model = topology.model ?? gateway.model
    goOnline(gateway)
    for (const serial of [...gateway.aircraft.keys()]) {
      if (!own.some((device) => device.serial === serial)) unlink(gateway, serial, 'unlinked')
    }
    for (const device of own) link(gateway, device)
    return { refused }
  }

  function drop(gateway: GatewayRecord, reason: GatewayOfflineReason): void {
    goOffline(gateway, reason)
    for (const serial of [...gateway.aircraft.keys()]) unlink(gateway, serial, 'unlinked')
    gateways.delete(gateway.serial)
  }

  return {
    connected(serial, connection) {
      let gateway = gateways.get(serial)
      if (gateway !== undefined && gateway.workspaceId !== connection.principal.workspaceId) {
        drop(gateway, 'forced')
        gateway = undefined
      }
      if (gateway === undefined) {
        freeAircraft(serial, 'unlinked')
        gateway = newGateway(connection, serial, clock.now())
        gateways.set(serial, gateway)
      }
      gateway.cancelGrace?.()
      gateway.cancelGrace = null
      gateway.ending = false
      gateway.sessionId = connection.principal.sessionId
      gateway.connections.set(connection.id, connection)
    },

    disconnected(serial, connection) {
      const gateway = gateways.get(serial)
      if (gateway === undefined || !gateway.connections.delete(connection.id) || gateway.connections.size > 0)
        return
      if (graceMs > 0 && !gateway.ending) {
        gateway.cancelGrace = schedule(() => goOffline(gateway, 'connection_lost'), graceMs)
      } else {
        goOffline(gateway, 'connection_lost')
      }
    },

    learn(serial, topology) {
      const gateway = gateways.get(serial)
      if (gateway === undefined) return Promise.resolve({ refused: [] })
      const learned = gateway.queue.then(() => take(gateway, topology))
      gateway.queue = learned.catch(() => undefined)
      return learned
    },

    seen(serial, who) {
      const gateway = gateways.get(serial)
      if (gateway === undefined || gateway.connections.size === 0 || gateway.ending) return
      gateway.lastSeenAt = clock.now()
      if (!gateway.online && gateway.model !== null) goOnline(gateway)
      if (who === serial || !gateway.online) return
      const aircraft = gateway.aircraft.get(who)
      if (aircraft === undefined || aircraft.online) return
      aircraft.online = true
      emit('aircraft.online', { ...about(gateway), aircraft: who, model: aircraft.model })
    },

    takeOffline(target, reason) {
      const ended: string[] = []
      for (const gateway of gateways.values()) {
        if (target !== 'all' && !hangsOn(gateway, target)) continue
        gateway.ending = true
        goOffline(gateway, reason)
        ended.push(gateway.serial)
      }
      return ended
    },

    forget(serial, workspaceId) {
      const gateway = gateways.get(serial)
      if (gateway?.workspaceId === workspaceId) drop(gateway, 'forced')
      const holder = gateways.get(links.get(serial) ?? '')
      if (holder?.workspaceId === workspaceId) unlink(holder, serial, 'unlinked')
    },

    access: (serial) => gateways.get(serial)?.access ?? NO_AIRCRAFT,
    gatewayOf: (aircraft) => links.get(aircraft) ?? null,
    get(serial) {
      const gateway = gateways.get(serial)
      return gateway === undefined ? null : viewOf(gateway)
    },
    list: (workspaceId) =>
      [...gateways.values()]
        .filter((one) => workspaceId === undefined || one.workspaceId === workspaceId)
        .map(viewOf),
  }
}

/** All connections of the gateway fall under the target: with one of another session left, it stays online. */
function hangsOn(gateway: GatewayRecord, target: KickTarget): boolean {
  if ('gateway' in target) return gateway.serial === target.gateway
  const connections = [...gateway.connections.values()]
  if (connections.length === 0) return 'sessionId' in target && gateway.sessionId === target.sessionId
  return connections.every(({ principal }) =>
    'sessionId' in target
      ? principal.sessionId === target.sessionId
      : principal.credentialId === target.credentialId,
  )
}
