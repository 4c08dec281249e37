import type { DeviceModel } from '../events.ts'
import type { BrokerConnection } from '../ports/broker.ts'
import type { DeviceRecord } from '../ports/devices.ts'

export interface LinkRecord {
  readonly gateway: GatewayRecord
  /** When this gateway last reported for the aircraft. Before its first report: when it was linked. */
  lastAt: number
  /** `A` or `B`: which of an aircraft's controllers the gateway is, by its topology. Null: it did not say. */
  controllerIndex: string | null
}

export interface AircraftRecord {
  readonly serial: string
  model: DeviceModel
  /** As the device store has it. */
  nickname: string | null
  /** Whether it is online at a gateway of this node. */
  online: boolean
  onlineSince: number
  /** It was online before this process started, and has not reported since. Its first report, or its loss, emits an event. */
  returning: boolean
  /** How often it has changed its gateway since it came online. */
  handovers: number
  lastSeenAt: number
  /** The gateway of this node that holds it. Null: a gateway of another node, or no gateway. */
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
  /**
   * Until this time it counts as in use without a connection, because it was online before a restart of the platform.
   */
  awaitedUntil: number
  /** The platform is closing its connections. Messages that still come do not bring it online before it connects again. */
  ending: boolean
  lastSeenAt: number
  readonly connections: Map<string, BrokerConnection>
  /**
   * Aircraft that it names, even if it does not hold them. The list is kept while the gateway is offline, because a
   * controller that only reconnects may send no topology.
   */
  readonly links: Map<string, AircraftRecord>
  /** Aircraft that it may speak for. Each change makes a new set, so that the broker can compare identities for every packet. */
  access: ReadonlySet<string>
  /** Aircraft that it names and may not speak for, because another user flies them. Each change makes a new set. */
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
 * Whether a record shows that the device is a gateway: it names aircraft, or a model that is not of domain 0 (facts
 * D4), and it names no gateway. The record of a device that was only bound does not show what the device is.
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
  /** When it came online; a change of its gateway does not change this. 0: never since the start. ms since the epoch */
  readonly onlineSince: number
  /** How often it has changed its gateway since it came online (`aircraft.moved`). */
  readonly handovers: number
  /** ms since the epoch */
  readonly lastSeenAt: number
}

/** An aircraft that a gateway named in its topology while another gateway holds it. */
export interface LinkedView {
  readonly serial: string
  /**
   * Whether this gateway's reports for the aircraft are taken. They are not taken while a controller of another user
   * flies it.
   */
  readonly mayReport: boolean
  /** The same field as in `AircraftView`. */
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
  /** When it came online; 0: never since the start. ms since the epoch */
  readonly onlineSince: number
  /** It has an MQTT connection, with or without a topology. */
  readonly connected: boolean
  /** It was online before a restart of the platform, and is kept for its user until it is back, or the time for that is over. */
  readonly awaitingReconnect: boolean
  /** ms since the epoch */
  readonly lastSeenAt: number
  /** The aircraft that it holds: each aircraft is at one gateway. */
  readonly aircraft: readonly AircraftView[]
  /** The aircraft that it names and that another gateway holds. An aircraft may have two controllers. */
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
