import type { DeviceModel } from '../events.ts'
import type { BrokerConnection } from '../ports/broker.ts'
import type { DeviceRecord } from '../ports/devices.ts'

export interface AircraftRecord {
  readonly serial: string
  model: DeviceModel
  online: boolean
  lastSeenAt: number
}

export interface GatewayRecord {
  readonly serial: string
  readonly workspaceId: string
  /** Of the newest connection; empty where none was there since the start. */
  sessionId: string
  userId: string
  model: DeviceModel | null
  online: boolean
  /** The platform is putting it out: nothing that it still says brings it back before it connects anew. */
  ending: boolean
  lastSeenAt: number
  readonly connections: Map<string, BrokerConnection>
  /** What it may speak for. Kept while it is offline: a controller that only reconnects tells no topology again. */
  readonly aircraft: Map<string, AircraftRecord>
  /** The keys of `aircraft`; replaced, never changed, so that the broker's hot path can tell by identity. */
  access: ReadonlySet<string>
  /** Stops the grace after a lost connection. */
  cancelGrace: (() => void) | null
  /** Topologies are learned one after another, in the order in which they came. */
  queue: Promise<unknown>
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
  online: false,
  ending: false,
  lastSeenAt: now,
  connections: new Map(),
  aircraft: new Map(),
  access: NO_AIRCRAFT,
  cancelGrace: null,
  queue: Promise.resolve(),
})

export interface AircraftView {
  readonly serial: string
  readonly model: DeviceModel
  readonly online: boolean
  /** ms since the epoch */
  readonly lastSeenAt: number
}

/** A copy for the outside. */
export interface GatewayView {
  readonly serial: string
  readonly workspaceId: string
  readonly sessionId: string
  /** Who is logged in on it. */
  readonly userId: string
  readonly model: DeviceModel | null
  readonly online: boolean
  /** An MQTT connection stands, whether or not it has told its topology yet. */
  readonly connected: boolean
  /** ms since the epoch */
  readonly lastSeenAt: number
  readonly aircraft: readonly AircraftView[]
}

export const viewOf = (gateway: GatewayRecord): GatewayView => ({
  serial: gateway.serial,
  workspaceId: gateway.workspaceId,
  sessionId: gateway.sessionId,
  userId: gateway.userId,
  model: gateway.model,
  online: gateway.online,
  connected: gateway.connections.size > 0,
  lastSeenAt: gateway.lastSeenAt,
  aircraft: [...gateway.aircraft.values()].map((one) => ({ ...one })),
})
