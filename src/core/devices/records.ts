import type { DeviceModel } from '../events.ts'
import type { BrokerConnection } from '../ports/broker.ts'
import type { DeviceRecord } from '../ports/devices.ts'

export interface LinkRecord {
  readonly gateway: GatewayRecord
  /** When this gateway last reported for the aircraft; before its first report, when it was linked. */
  lastAt: number
  /** `A` or `B`: which of an aircraft's controllers the gateway is, by its topology. Null: it did not say. */
  controllerIndex: string | null
}

export interface AircraftRecord {
  readonly serial: string
  model: DeviceModel
  /** As the device store has it. */
  nickname: string | null
  /** At a gateway of this node. */
  online: boolean
  onlineSince: number
  /** It was online before this process started, and has not reported since. Its first report, or its loss, emits an event. */
  returning: boolean
  /** How often it has changed its gateway since then. */
  handovers: number
  lastSeenAt: number
  /** Null: a gateway of another node, or nobody. */
  holder: GatewayRecord | null
  /** Every gateway of this node that named it in its last topology, the holder among them. */
  readonly links: Map<GatewayRecord, LinkRecord>
}

export interface GatewayRecord {
  readonly serial: string
  readonly workspaceId: string
  /** The session of the newest connection; empty if there was none since the start. */
  sessionId: string
  userId: string
  model: DeviceModel | null
  /** As the device store has it. */
  nickname: string | null
  online: boolean
  onlineSince: number
  /** It was online before this process started, and has not reported since. Its first report, or its loss, emits an event. */
  returning: boolean
  /** Until then it counts as live without a connection: it was there before a restart of the platform. */
  awaitedUntil: number
  /** The platform is closing its connections. Messages that still come do not bring it online before it connects again. */
  ending: boolean
  lastSeenAt: number
  readonly connections: Map<string, BrokerConnection>
  /** Aircraft that it names, held or not. Kept while it is offline: a controller that only reconnects may send no topology. */
  readonly links: Map<string, AircraftRecord>
  /** Aircraft that it may speak for. Each change makes a new set, so that the broker can compare identities for every packet. */
  access: ReadonlySet<string>
  /** Aircraft that it names and may not speak for: another user flies them. Each change makes a new set. */
  silent: ReadonlySet<string>
  /** Stops the grace after a lost connection. */
  cancelGrace: (() => void) | null
  /** Topologies are taken one after the other, in the order in which they came. */
  queue: Promise<unknown>
}

/** Marks it offline. Emits nothing. */
export function putOut(one: AircraftRecord): void {
  one.online = false
  one.returning = false
}

export const NO_AIRCRAFT: ReadonlySet<string> = new Set()

/**
 * The record of an aircraft names its gateway, or, if a host has written it, a model of domain 0 (facts D4). A record that was
 * only bound may be of either.
 */
export const isGatewayRecord = (record: DeviceRecord | null): boolean =>
  record !== null &&
  record.gateway === null &&
  (record.aircraft.length > 0 || (record.model !== null && !record.model.startsWith('0-')))

export const newGateway = (serial: string, workspaceId: string, now: number): GatewayRecord => ({
  serial,
  workspaceId,
  sessionId: '',
  userId: '',
  model: null,
  nickname: null,
  online: false,
  onlineSince: 0,
  returning: false,
  awaitedUntil: 0,
  ending: false,
  lastSeenAt: now,
  connections: new Map(),
  links: new Map(),
  access: NO_AIRCRAFT,
  silent: NO_AIRCRAFT,
  cancelGrace: null,
  queue: Promise.resolve(),
})

/** An aircraft as the platform knows it at this moment: a copy that does not change. */
export interface AircraftView {
  readonly serial: string
  readonly model: DeviceModel
  /** The name that its workspace gave it; null: none. Read when it comes online, and when somebody changes it here. */
  readonly nickname: string | null
  /** `A` or `B`: which of the aircraft's controllers this gateway is, by its topology. Null: it did not say. */
  readonly controllerIndex: string | null
  readonly online: boolean
  /** Since when it is online, also if its gateway has changed; 0: never since the start. ms since the epoch */
  readonly onlineSince: number
  /** How often it has changed its gateway since then (`aircraft.moved`). */
  readonly handovers: number
  /** ms since the epoch */
  readonly lastSeenAt: number
}

/** An aircraft that a gateway named in its topology while another gateway holds it. */
export interface LinkedView {
  readonly serial: string
  /** Whether reports of this gateway for it are taken. They are not while a controller of another user flies it. */
  readonly mayReport: boolean
  /** As that of `AircraftView`. */
  readonly controllerIndex: string | null
}

/** A gateway as the platform knows it at this moment: a copy that does not change. */
export interface GatewayView {
  readonly serial: string
  readonly workspaceId: string
  readonly sessionId: string
  /** Who is logged in on it. */
  readonly userId: string
  readonly model: DeviceModel | null
  /** The name that its workspace gave it; null: none. Read when it comes online, and when somebody changes it here. */
  readonly nickname: string | null
  readonly online: boolean
  /** Since when it is online; 0: never since the start. ms since the epoch */
  readonly onlineSince: number
  /** It has an MQTT connection, with or without a topology. */
  readonly connected: boolean
  /** It was online before a restart of the platform, and is kept for its user until it is back, or the time for that is over. */
  readonly awaitingReconnect: boolean
  /** ms since the epoch */
  readonly lastSeenAt: number
  /** The aircraft that it holds: each aircraft is at one gateway. */
  readonly aircraft: readonly AircraftView[]
  /** The aircraft that it names and another gateway holds: an aircraft may have two controllers. */
  readonly linked: readonly LinkedView[]
}

const indexAt = (gateway: GatewayRecord, one: AircraftRecord): string | null =>
  one.links.get(gateway)?.controllerIndex ?? null

export const viewOfAircraft = (one: AircraftRecord): AircraftView => ({
  serial: one.serial,
  model: one.model,
  nickname: one.nickname,
  controllerIndex: one.holder === null ? null : indexAt(one.holder, one),
  online: one.online,
  onlineSince: one.onlineSince,
  handovers: one.handovers,
  lastSeenAt: one.lastSeenAt,
})

export function viewOf(gateway: GatewayRecord, now: number): GatewayView {
  const named = [...gateway.links.values()]
  return {
    serial: gateway.serial,
    workspaceId: gateway.workspaceId,
    sessionId: gateway.sessionId,
    userId: gateway.userId,
    model: gateway.model,
    nickname: gateway.nickname,
    online: gateway.online,
    onlineSince: gateway.onlineSince,
    connected: gateway.connections.size > 0 && !gateway.ending,
    awaitingReconnect: !gateway.online && now < gateway.awaitedUntil,
    lastSeenAt: gateway.lastSeenAt,
    aircraft: named.filter(({ holder }) => holder === gateway).map(viewOfAircraft),
    linked: named
      .filter(({ holder }) => holder !== gateway)
      .map((one) => ({
        serial: one.serial,
        mayReport: gateway.access.has(one.serial),
        controllerIndex: indexAt(gateway, one),
      })),
  }
}
