import type { CloudEmitter, GatewayOfflineReason } from '../events.ts'
import type { FleetEmitter } from '../fleet-signals.ts'
import type { Topology } from '../mqtt/messages.ts'
import type { BrokerConnection, KickTarget } from '../ports/broker.ts'
import type { Clock, Schedule } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Elsewhere } from './holding.ts'
import type { AircraftView, GatewayView } from './records.ts'
import type { Reservations } from './reservations.ts'

export interface RegistryParts {
  readonly devices: Pick<DeviceStore, 'claim' | 'get'>
  /** The devices of other nodes. Default: there are none. */
  readonly elsewhere?: Elsewhere
  /** Default: new ones. */
  readonly reservations?: Reservations
  /** Gets `access`, `links`, `freed` and `replaced`. Default: nobody listens. */
  readonly signals?: FleetEmitter
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  /** How long a lost connection may stay lost before the gateway counts as offline. Default 0. Milliseconds. */
  readonly graceMs?: number
  /** How long a device may send nothing before it counts as offline. Default: for ever. Milliseconds. */
  readonly silenceMs?: number
  readonly schedule?: Schedule
}

export interface Learned {
  /** Devices that were not taken over, each with the reason. It names the serial number, never the holder. */
  readonly refused: readonly string[]
  /** Aircraft that are live at a controller of another user: linked, but this gateway may not report for them yet. */
  readonly inUse: readonly string[]
}

/** The gateways and aircraft of this node: which are online, and which gateway may speak for which aircraft. */
export interface Registry {
  /** A gateway has connected. It comes online with its topology; a gateway that is known, with its first message. */
  connected(gateway: string, connection: BrokerConnection): void
  /**
   * A connection of a gateway has ended. With its last connection it goes offline (`connection_lost`), after the grace.
   * @param isDone the client said goodbye: nothing is kept for its user. Default: the connection was lost
   */
  disconnected(gateway: string, connection: BrokerConnection, isDone?: boolean): void
  /**
   * Takes over what the device store knows of a gateway from before a restart, unless the gateway is known here. Brings
   * nobody online. Rejects when the device store does.
   */
  recall(gateway: string, workspaceId: string): Promise<void>
  /**
   * Takes over a gateway that was online before a restart, with its aircraft. It stays online without a connection until it is
   * back, or until `endReturn`. Emits nothing.
   */
  resume(view: GatewayView): void
  /** Puts offline what was resumed and is not back by now: `connection_lost`. */
  endReturn(): void
  /** Takes over a topology. Those of one gateway are taken one after the other. Rejects when the device store does. */
  learn(gateway: string, topology: Topology): Promise<Learned>
  /**
   * The gateway has sent something about itself or its aircraft. OSD brings online even a gateway whose topology is not known:
   * it sends OSD only after the answer to its topology (facts D3), so it was connected before this process started.
   * @returns whether that device is online now
   */
  seen(gateway: string, serial: string, isOsd?: boolean): boolean
  /** It is connected, and the platform is not closing the connection. */
  isOpen(gateway: string): boolean
  /** Puts offline what has been silent for too long, and forgets gateways that have been away for a day. */
  sweep(): void
  /** Puts offline the gateways whose connections are about to be closed. @returns their serial numbers */
  takeOffline(target: KickTarget | 'all', reason: GatewayOfflineReason): readonly string[]
  /** Its workspace has released it: forgets an aircraft, or a gateway with its links. */
  forget(serial: string, workspaceId: string): void
  /** Another node has this gateway, or this aircraft, now. Emits nothing. */
  handOver(serial: string): void
  /** Another node gives this aircraft to a gateway here. @returns false: the gateway is not there any more */
  takeUp(gateway: string, aircraft: AircraftView): boolean
  /** A gateway or an aircraft has another nickname. @returns false: nothing has changed here */
  rename(serial: string, nickname: string | null): boolean
  /** Other nodes have told something of these aircraft. Decides again who may speak for them. */
  review(aircraft: readonly string[]): void
  /** A gateway of this node that is online has named it as an aircraft. */
  isNamed(serial: string): boolean
  /** The aircraft that a gateway may speak for: the same set until it changes. Synchronous: every packet asks. */
  access(gateway: string): ReadonlySet<string>
  /** The aircraft that it names and may not speak for: another user flies them. The same set until it changes. */
  silent(gateway: string): ReadonlySet<string>
  get(gateway: string): GatewayView | null
  /** The gateway that holds this aircraft. */
  gatewayOf(aircraft: string): string | null
  /** Every gateway of this node that names it, with the holder. */
  linkedTo(aircraft: string): readonly string[]
  list(workspaceId?: string): readonly GatewayView[]
  /** How many gateways are online. */
  countOnline(): number
  /** The sessions of its connections, and of its newest one, which may have ended. */
  sessionsOf(gateway: string): ReadonlySet<string>
  /** The sessions of all connections. */
  sessionIds(): ReadonlySet<string>
}
