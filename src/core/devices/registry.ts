import type { CloudEmitter, DeviceModel, GatewayOfflineReason } from '../events.ts'
import type { SubDevice, Topology } from '../mqtt/messages.ts'
import type { BrokerConnection, KickTarget, Principal } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import { type Elsewhere, NOWHERE } from './elsewhere.ts'
import { createHolders } from './holders.ts'
import { isLimit } from './holdings.ts'
import {
  type AircraftView,
  type GatewayRecord,
  type GatewayView,
  isGatewayRecord,
  NO_AIRCRAFT,
  viewOf,
} from './records.ts'
import { createReservations, holdOf, type Reservations } from './reservations.ts'
import { createRoster } from './roster.ts'

export interface RegistryParts {
  readonly devices: Pick<DeviceStore, 'claim' | 'get'>
  /** Of other nodes. Default: there are none. */
  readonly elsewhere?: Elsewhere
  /** Of this platform. Default: a book of its own. */
  readonly reservations?: Reservations
  /** These wait for nobody any more. */
  readonly onFreed?: (serials: readonly string[]) => void
  /** Recalls a gateway that was there before this process, see `Registry.recall`. */
  readonly recollect?: (gateway: string, workspaceId: string) => Promise<unknown>
  /** What a gateway may speak for has changed, by itself or by what others do. */
  readonly onAccess?: (gateway: string) => void
  /** A gateway has named other aircraft than before, or others hold them. */
  readonly onLinks?: (gateway: string) => void
  /** Another user is connected on the same gateway now: this older connection has to go. */
  readonly onReplaced?: (connection: BrokerConnection) => void
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
  /** What is live at a controller of another user: linked, and silent until it is not. */
  readonly inUse: readonly string[]
}

/** What is known of a gateway from before this process. */
export interface Recollection {
  readonly model: DeviceModel | null
  /** Who was logged in on it when the platform was last there; null: nobody, or not known. */
  readonly userId: string | null
  readonly aircraft: readonly {
    readonly serial: string
    readonly model: DeviceModel
    /** It was the last to speak for it. */
    readonly holds: boolean
  }[]
}

/** Who is online, and who may speak for whom, on this node. */
export interface Registry {
  /** A connection stands. Not yet online: that takes a topology, or a word from a gateway that is known. */
  connected(gateway: string, connection: BrokerConnection): void
  /**
   * Offline (`connection_lost`) with the last connection, after the grace.
   * @param isDone the client said that it goes: nothing is reserved for its user. Default: it was lost
   */
  disconnected(gateway: string, connection: BrokerConnection, isDone?: boolean): void
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
  /** Another node leaves this aircraft to a gateway here. False: that one is not there any more. */
  takeUp(gateway: string, aircraft: AircraftView): boolean
  /** Other nodes have told something of these aircraft: who may speak for them is decided again. */
  review(aircraft: readonly string[]): void
  /** A gateway of this node that is online has named it as an aircraft. */
  isNamed(serial: string): boolean
  /** The aircraft that a gateway may speak for: the same set until it changes. Synchronous: every packet asks. */
  access(gateway: string): ReadonlySet<string>
  /** Those that it named and may not speak for: they are live at another user's. The same set until it changes. */
  silent(gateway: string): ReadonlySet<string>
  get(gateway: string): GatewayView | null
  /** The gateway that holds this aircraft. */
  gatewayOf(aircraft: string): string | null
  /** Every gateway of this node that has named it, the holder among them. */
  linkedTo(aircraft: string): readonly string[]
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
  const { elsewhere = NOWHERE, onAccess = () => undefined, onLinks = () => undefined } = parts
  const { reservations = createReservations({ clock, silenceMs }), onFreed = () => undefined } = parts
  const holders = createHolders({ emit, clock, silenceMs, elsewhere, reservations, onAccess })
  const roster = createRoster({ emit, clock, holders, reservations, onFreed })
  const { gateways } = roster
  /** Who was there before a restart has this long to come back, before others may have its aircraft. */
  const awaitedUntil = clock.now() + holdOf(silenceMs)

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
      else if (gateway.links.has(serial) || (await mayBeAircraft(gateway, serial))) own.push(device)
      else refused.push(`${serial}: is a gateway`)
    }
    return { own, refused }
  }

  async function mayBeAircraft(
    { serial: self, workspaceId }: GatewayRecord,
    serial: string,
  ): Promise<boolean> {
    const record = await devices.get(serial)
    // It may be a gateway that was only ever at other nodes.
    if (isGatewayRecord(record)) return false
    if (record !== null) reservations.recall(record)
    const last = record?.gateway ?? null
    // After a restart the one that flew it is expected back: until then it counts as there.
    if (last !== null && last !== self && clock.now() < awaitedUntil && !isGateway(last))
      await parts.recollect?.(last, workspaceId)
    return true
  }

  function isGateway(serial: string): boolean {
    const known = gateways.get(serial)
    if (known !== undefined && (known.connections.size > 0 || known.model !== null)) return true
    return elsewhere.isGateway(serial)
  }

  async function take(gateway: GatewayRecord, topology: Topology): Promise<Learned> {
    const { own, refused } = await claim(gateway, topology)
    // The connection may have ended while the store was asked: nobody is brought online by an old message.
    if (gateways.get(gateway.serial) !== gateway || gateway.connections.size === 0 || gateway.ending)
      return { refused, inUse: [] }
    gateway.lastSeenAt = clock.now()
    if (topology.model !== null) roster.setModel(gateway, topology.model)
    roster.goOnline(gateway)
    const before = [...gateway.links.keys()]
    for (const serial of before) {
      if (!own.some((device) => device.serial === serial)) holders.unlink(gateway, serial, 'unlinked')
    }
    for (const device of own) holders.link(gateway, device.serial, device.model)
    const named = new Set(own.map(({ serial }) => serial))
    if (before.length !== named.size || before.some((serial) => !named.has(serial))) onLinks(gateway.serial)
    return { refused, inUse: [...named].filter((serial) => gateway.silent.has(serial)) }
  }

  function drop(gateway: GatewayRecord, reason: GatewayOfflineReason): void {
    roster.goOffline(gateway, reason)
    roster.remove(gateway)
  }

  function reviewOne(aircraft: string): void {
    const one = holders.get(aircraft)
    if (one !== undefined) holders.review(one)
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
      const isNewUser = gateway.userId !== principal.userId
      gateway.sessionId = principal.sessionId
      gateway.userId = principal.userId
      gateway.lastSeenAt = clock.now()
      const replaced = [...gateway.connections.values()].filter((one) => isOtherUser(one, principal))
      gateway.connections.set(connection.id, connection)
      roster.reserve(gateway)
      if (isNewUser) for (const one of gateway.links.values()) holders.review(one)
      for (const one of replaced) parts.onReplaced?.(one)
    },

    disconnected(serial, connection, isDone = false) {
      const gateway = gateways.get(serial)
      if (gateway === undefined || !gateway.connections.has(connection.id)) return
      if (gateway.connections.size === 1 && !isDone && !gateway.ending) roster.reserve(gateway)
      gateway.connections.delete(connection.id)
      if (gateway.connections.size > 0) return
      if (isDone) roster.release(gateway)
      if (graceMs > 0 && !gateway.ending) {
        gateway.cancelGrace = schedule(() => roster.goOffline(gateway, 'connection_lost'), graceMs)
      } else {
        roster.goOffline(gateway, 'connection_lost')
      }
    },

    recall(serial, workspaceId, { model, userId, aircraft }) {
      if (gateways.has(serial)) return
      const gateway = roster.add(serial, workspaceId)
      gateway.model = model
      gateway.userId = userId ?? ''
      gateway.awaitedUntil = awaitedUntil
      for (const { serial: named, model: known, holds } of aircraft)
        if (!gateways.has(named)) holders.recall(gateway, named, known, holds)
    },

    learn(serial, topology) {
      const gateway = gateways.get(serial)
      if (gateway === undefined) return Promise.resolve({ refused: [], inUse: [] })
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
      return who === serial ? gateway.online : holders.reported(gateway, who)
    },

    isOpen(serial) {
      const gateway = gateways.get(serial)
      return gateway !== undefined && gateway.connections.size > 0 && !gateway.ending
    },

    sweep() {
      const now = clock.now()
      const isSilent = (at: number): boolean => silenceMs > 0 && now - at > silenceMs
      for (const gateway of [...gateways.values()]) {
        if (gateway.connections.size > 0 && !gateway.ending) roster.reserve(gateway)
        if (isSilent(gateway.lastSeenAt)) roster.goOffline(gateway, 'silence')
        for (const one of gateway.links.values())
          if (one.holder === gateway && isSilent(one.lastSeenAt)) holders.offline(one, 'silence')
        if (!gateway.online && gateway.connections.size === 0 && now - gateway.lastSeenAt > FORGET_AFTER_MS)
          roster.remove(gateway)
      }
      reservations.sweep()
      holders.reviewAll()
    },

    takeOffline(target, reason) {
      const ended: string[] = []
      for (const gateway of gateways.values()) {
        if (target !== 'all' && !hangsOn(gateway, target)) continue
        gateway.ending = true
        roster.goOffline(gateway, reason)
        ended.push(gateway.serial)
      }
      // Also what only waits for it, here for another node's or after a lost connection.
      if (target !== 'all' && 'sessionId' in target) {
        // Every node hears of the end of a session by itself.
        for (const serial of reservations.freeSession(target.sessionId)) reviewOne(serial)
      }
      return ended
    },

    forget(serial, workspaceId) {
      const gateway = gateways.get(serial)
      if (gateway?.workspaceId === workspaceId) drop(gateway, 'forced')
      reservations.free(serial, workspaceId)
      holders.erase(serial, workspaceId, 'unlinked')
    },

    handOver(serial) {
      const gateway = gateways.get(serial)
      if (gateway !== undefined) roster.giveUp(gateway)
      // A gateway of another node, and taken for an aircraft here.
      else if (elsewhere.isGateway(serial)) holders.wipe(serial)
      else holders.giveUp(serial)
    },

    takeUp(serial, view) {
      const gateway = gateways.get(serial)
      return gateway !== undefined && holders.takeUp(gateway, view)
    },

    review(aircraft) {
      for (const serial of aircraft) reviewOne(serial)
    },
    isNamed: (serial) => [...(holders.get(serial)?.links.keys() ?? [])].some(({ online }) => online),
    access: (serial) => gateways.get(serial)?.access ?? NO_AIRCRAFT,
    silent: (serial) => gateways.get(serial)?.silent ?? NO_AIRCRAFT,
    gatewayOf: (aircraft) => holders.get(aircraft)?.holder?.serial ?? null,
    linkedTo: (aircraft) => [...(holders.get(aircraft)?.links.keys() ?? [])].map(({ serial }) => serial),
    get(serial) {
      const gateway = gateways.get(serial)
      return gateway === undefined ? null : viewOf(gateway, clock.now())
    },
    list: (workspaceId) =>
      [...gateways.values()]
        .filter((one) => workspaceId === undefined || one.workspaceId === workspaceId)
        .map((one) => viewOf(one, clock.now())),
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

const isOtherUser = ({ principal }: BrokerConnection, { userId }: Principal): boolean =>
  principal.userId !== '' && userId !== '' && principal.userId !== userId

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
