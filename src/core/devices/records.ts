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
  /** Online since before this process, and not yet heard of since: its return is told here, as its loss would be. */
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
  /** Of the newest connection; empty where none was there since the start. */
  sessionId: string
  userId: string
  model: DeviceModel | null
  /** As the device store has it. */
  nickname: string | null
  online: boolean
  onlineSince: number
  /** Online since before this process, and not yet heard of since: its return is told here, as its loss would be. */
  returning: boolean
  /** Until then it counts as live although it is not connected: it was there before a restart of the platform. */
  awaitedUntil: number
  /** The platform is putting it out: nothing that it still says brings it back before it connects anew. */
  ending: boolean
  lastSeenAt: number
  readonly connections: Map<string, BrokerConnection>
  /** What it named, held or not. Kept while it is offline: a controller that only reconnects tells no topology again. */
  readonly links: Map<string, AircraftRecord>
  /** What it may speak for; replaced, never changed, so that the broker's hot path can tell by identity. */
  access: ReadonlySet<string>
  /** What it named and may not speak for: live at another user's. Replaced likewise. */
  silent: ReadonlySet<string>
  /** Stops the grace after a lost connection. */
  cancelGrace: (() => void) | null
  /** Topologies are learned one after another, in the order in which they came. */
  queue: Promise<unknown>
}

/** Without a word: what is to be told is told elsewhere. */
export function putOut(one: AircraftRecord): void {
  one.online = false
  one.returning = false
}

export const NO_AIRCRAFT: ReadonlySet<string> = new Set()

/**
 * An aircraft's record names the gateway that spoke for it, or, where a host has made it up, a model of domain 0 (facts
 * D4). One that was only bound may be either.
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
  /** What its workspace calls it; null: nothing of its own. Read when it comes online, and when somebody changes it here. */
  readonly nickname: string | null
  /** `A` or `B`: which of the aircraft's controllers this gateway is, by its topology. Null: it did not say. */
  readonly controllerIndex: string | null
  readonly online: boolean
  /** Since when, whatever gateway had it meanwhile; 0: not yet since the start. ms since the epoch */
  readonly onlineSince: number
  /** How often it has changed its gateway since then (`aircraft.moved`). */
  readonly handovers: number
  /** ms since the epoch */
  readonly lastSeenAt: number
}

/** An aircraft that a gateway named in its topology while another gateway holds it. */
export interface LinkedView {
  readonly serial: string
  /** Whether this gateway's reports for it are taken: not while it is live at another user's controller. */
  readonly mayReport: boolean
  /** As that of `AircraftView`. */
  readonly controllerIndex: string | null
}

/** A copy for the outside. */
export interface GatewayView {
  readonly serial: string
  readonly workspaceId: string
  readonly sessionId: string
  /** Who is logged in on it. */
  readonly userId: string
  readonly model: DeviceModel | null
  /** What its workspace calls it; null: nothing of its own. Read when it comes online, and when somebody changes it here. */
  readonly nickname: string | null
  readonly online: boolean
  /** Since when; 0: not yet since the start. ms since the epoch */
  readonly onlineSince: number
  /** An MQTT connection stands, whether or not it has told its topology yet. */
  readonly connected: boolean
  /** It was online before a restart of the platform, and is kept for its user until it is back, or overdue. */
  readonly awaitingReconnect: boolean
  /** ms since the epoch */
  readonly lastSeenAt: number
  /** What it holds: each aircraft is at one gateway. */
  readonly aircraft: readonly AircraftView[]
  /** What it is linked to and another gateway holds: an aircraft may have two controllers. */
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
