import type { CloudEmitter, DeviceModel, GatewayOfflineReason } from '../events.ts'
import type { SubDevice, Topology } from '../mqtt/messages.ts'
import type { BrokerConnection, KickTarget } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import { isLimit } from './holdings.ts'
import { type GatewayRecord, type GatewayView, isGatewayRecord, NO_AIRCRAFT, viewOf } from './records.ts'
import { createRoster } from './roster.ts'

export interface RegistryParts {
  readonly devices: Pick<DeviceStore, 'claim' | 'get'>
  /** Of other nodes. Default: there are none. */
  readonly isGatewayElsewhere?: (serial: string) => boolean
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  /** How long a lost connection may stay lost before the gateway counts as offline. Default 0. Milliseconds. */
  readonly graceMs?: number
  /** How long a device may say nothing before it counts as offline. Default: for ever. Milliseconds. */
  readonly silenceMs?: number
  /** Returns how to cancel. */
  readonly schedule?: (run: () => void, ms: number) => () => void
}

export interface Learned {
  /** What was not taken over, and why; names the serial number, never who holds it. */
  readonly refused: readonly string[]
}

/** What is known of a gateway from before this process. */
export interface Recollection {
  readonly model: DeviceModel | null
  readonly aircraft: readonly { readonly serial: string; readonly model: DeviceModel }[]
}

/** Who is online, and who may speak for whom, on this node. */
export interface Registry {
  /** A connection stands. Not yet online: that takes a topology, or a word from a gateway that is known. */
  connected(gateway: string, connection: BrokerConnection): void
  /** Offline (`connection_lost`) with the last connection, after the grace. */
  disconnected(gateway: string, connection: BrokerConnection): void
  /** Takes over what was known before a restart, unless this process knows better. Brings nobody online. */
  recall(gateway: string, workspaceId: string, known: Recollection): void
  /** Takes a topology over, after earlier ones of the same gateway. Rejects when the device store does. */
  learn(gateway: string, topology: Topology): Promise<Learned>
  /**
   * A sign of life, of the gateway itself or of its aircraft. OSD brings online even a gateway that has told no
   * topology: it was there before us (facts D3: it is not sent before the topology is answered).
   * @returns whether that device is online now
   */
  seen(gateway: string, serial: string, isOsd?: boolean): boolean
  /** Its connection stands and is not being closed by the platform: what it says is not its last words. */
  isOpen(gateway: string): boolean
  /** Puts out who has been silent for too long, and forgets who has been away for a day. */
  sweep(): void
  /** Puts out, before its connections are closed, whatever hangs on the target. Returns the serial numbers. */
  takeOffline(target: KickTarget | 'all', reason: GatewayOfflineReason): readonly string[]
  /** Forgets an aircraft, or a gateway with its links: its binding was released. */
  forget(serial: string, workspaceId: string): void
  /** Another node has this gateway, or this aircraft, now: it goes without a word. */
  handOver(serial: string): void
  /** The aircraft that a gateway may speak for: the same set until it changes. Synchronous: every packet asks. */
  access(gateway: string): ReadonlySet<string>
  get(gateway: string): GatewayView | null
  /** The gateway that speaks for this aircraft. */
  gatewayOf(aircraft: string): string | null
  list(workspaceId?: string): readonly GatewayView[]
  /** How many gateways are online. */
  countOnline(): number
  /** Whose sessions its connections hang on, and that of the last one, which may be gone. */
  sessionsOf(gateway: string): ReadonlySet<string>
  /** Whose sessions live connections hang on. */
  sessionIds(): ReadonlySet<string>
}

const FORGET_AFTER_MS = 24 * 3_600_000

const scheduleTimeout = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

export function createRegistry(parts: RegistryParts): Registry {
  const { devices, emit, clock, graceMs = 0, silenceMs = 0, schedule = scheduleTimeout } = parts
  const roster = createRoster(emit, clock)
  const { gateways } = roster

  async function claim(
    gateway: GatewayRecord,
    topology: Topology,
  ): Promise<{ own: SubDevice[]; refused: string[] }> {
    const own: SubDevice[] = []
    const refused: string[] = []
    for (const device of topology.subDevices) {
      // A gateway named as somebody's aircraft would hand its topics over.
      const { serial } = device
      if (serial === gateway.serial || isGateway(serial)) {
        refused.push(`${serial}: is a gateway`)
        continue
      }
      const holder = await devices.claim(serial, gateway.workspaceId).catch((error: unknown) => {
        if (isLimit(error)) return null
        throw error
      })
      if (holder === null) refused.push(`${serial}: one more than the workspace may hold`)
      else if (holder !== gateway.workspaceId) refused.push(`${serial}: held by another workspace`)
      // It may be a gateway that was only ever at other nodes.
      else if (!gateway.aircraft.has(serial) && isGatewayRecord(await devices.get(serial)))
        refused.push(`${serial}: is a gateway`)
      else own.push(device)
    }
    return { own, refused }
  }

  function isGateway(serial: string): boolean {
    const known = gateways.get(serial)
    if (known !== undefined && (known.connections.size > 0 || known.model !== null)) return true
    return parts.isGatewayElsewhere?.(serial) === true
  }

  async function take(gateway: GatewayRecord, topology: Topology): Promise<Learned> {
    const { own, refused } = await claim(gateway, topology)
    // The connection may have ended while the store was asked: nobody is brought online by an old message.
    if (gateways.get(gateway.serial) !== gateway || gateway.connections.size === 0 || gateway.ending)
      return { refused }
    gateway.lastSeenAt = clock.now()
    if (topology.model !== null) roster.setModel(gateway, topology.model)
    roster.goOnline(gateway)
    for (const serial of [...gateway.aircraft.keys()]) {
      if (!own.some((device) => device.serial === serial)) roster.unlink(gateway, serial, 'unlinked')
    }
    for (const device of own) roster.link(gateway, device.serial, device.model)
    return { refused }
  }

  function drop(gateway: GatewayRecord, reason: GatewayOfflineReason): void {
    roster.goOffline(gateway, reason)
    roster.remove(gateway)
  }

  /** The record of this gateway in this workspace; one of another workspace ends. */
  function recordOf(serial: string, workspaceId: string): GatewayRecord {
    const known = gateways.get(serial)
    if (known?.workspaceId === workspaceId) return known
    if (known !== undefined) drop(known, 'forced')
    return roster.add(serial, workspaceId)
  }

  return {
    connected(serial, connection) {
      const { principal } = connection
      const gateway = recordOf(serial, principal.workspaceId)
      gateway.cancelGrace?.()
      gateway.cancelGrace = null
      gateway.ending = false
      gateway.sessionId = principal.sessionId
      gateway.userId = principal.userId
      gateway.lastSeenAt = clock.now()
      gateway.connections.set(connection.id, connection)
    },

    disconnected(serial, connection) {
      const gateway = gateways.get(serial)
      if (gateway === undefined || !gateway.connections.delete(connection.id) || gateway.connections.size > 0)
        return
      if (graceMs > 0 && !gateway.ending) {
        gateway.cancelGrace = schedule(() => roster.goOffline(gateway, 'connection_lost'), graceMs)
      } else {
        roster.goOffline(gateway, 'connection_lost')
      }
    },

    recall(serial, workspaceId, { model, aircraft }) {
      if (gateways.has(serial)) return
      const gateway = roster.add(serial, workspaceId)
      gateway.model = model
      for (const one of aircraft) roster.recall(gateway, one.serial, one.model)
    },

    learn(serial, topology) {
      const gateway = gateways.get(serial)
      if (gateway === undefined) return Promise.resolve({ refused: [] })
      const learned = gateway.queue.then(() => take(gateway, topology))
      gateway.queue = learned.catch(() => undefined)
      return learned
    },

    seen(serial, who, isOsd = false) {
      const gateway = gateways.get(serial)
      if (gateway === undefined || gateway.connections.size === 0 || gateway.ending) return false
      const now = clock.now()
      gateway.lastSeenAt = now
      if (!gateway.online && (gateway.model !== null || isOsd)) roster.goOnline(gateway)
      if (who === serial) return gateway.online
      const aircraft = gateway.aircraft.get(who)
      if (aircraft === undefined) return false
      aircraft.lastSeenAt = now
      if (gateway.online && !aircraft.online) roster.aircraftOnline(gateway, who)
      return aircraft.online
    },

    isOpen(serial) {
      const gateway = gateways.get(serial)
      return gateway !== undefined && gateway.connections.size > 0 && !gateway.ending
    },

    sweep() {
      const now = clock.now()
      const isSilent = (at: number): boolean => silenceMs > 0 && now - at > silenceMs
      for (const gateway of [...gateways.values()]) {
        if (isSilent(gateway.lastSeenAt)) roster.goOffline(gateway, 'silence')
        for (const { serial, lastSeenAt } of gateway.aircraft.values())
          if (isSilent(lastSeenAt)) roster.aircraftOffline(gateway, serial, 'silence')
        if (!gateway.online && gateway.connections.size === 0 && now - gateway.lastSeenAt > FORGET_AFTER_MS)
          roster.remove(gateway)
      }
    },

    takeOffline(target, reason) {
      const ended: string[] = []
      for (const gateway of gateways.values()) {
        if (target !== 'all' && !hangsOn(gateway, target)) continue
        gateway.ending = true
        roster.goOffline(gateway, reason)
        ended.push(gateway.serial)
      }
      return ended
    },

    forget(serial, workspaceId) {
      const gateway = gateways.get(serial)
      if (gateway?.workspaceId === workspaceId) drop(gateway, 'forced')
      const holder = roster.gatewayOf(serial)
      if (holder?.workspaceId === workspaceId) roster.unlink(holder, serial, 'unlinked')
    },

    handOver(serial) {
      const gateway = gateways.get(serial)
      const holder = roster.gatewayOf(serial)
      // Offline beforehand: then nobody is told, since the other node tells what is true.
      const aircraft = gateway?.aircraft.values() ?? [holder?.aircraft.get(serial)]
      for (const one of aircraft) if (one !== undefined) one.online = false
      if (holder !== undefined) roster.unlink(holder, serial, 'swapped')
      if (gateway === undefined) return
      gateway.cancelGrace?.()
      gateway.cancelGrace = null
      gateway.online = false
      roster.remove(gateway)
    },

    access: (serial) => gateways.get(serial)?.access ?? NO_AIRCRAFT,
    gatewayOf: (aircraft) => roster.gatewayOf(aircraft)?.serial ?? null,
    get(serial) {
      const gateway = gateways.get(serial)
      return gateway === undefined ? null : viewOf(gateway)
    },
    list: (workspaceId) =>
      [...gateways.values()]
        .filter((one) => workspaceId === undefined || one.workspaceId === workspaceId)
        .map(viewOf),
    countOnline() {
      let count = 0
      for (const { online } of gateways.values()) if (online) count += 1
      return count
    },
    sessionsOf(serial) {
      const gateway = gateways.get(serial)
      const ids = new Set([gateway?.sessionId ?? ''])
      for (const { principal } of gateway?.connections.values() ?? []) ids.add(principal.sessionId)
      // Empty: a broker elsewhere named nobody, and we have no record of who logged in on it.
      ids.delete('')
      return ids
    },
    sessionIds() {
      const ids = new Set<string>()
      for (const { connections } of gateways.values())
        for (const { principal } of connections.values())
          if (principal.kind === 'gateway' && principal.sessionId !== '') ids.add(principal.sessionId)
      return ids
    },
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
