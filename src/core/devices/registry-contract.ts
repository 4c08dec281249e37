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
  /** The devices of other nodes. Default: there are no other nodes. */
  readonly elsewhere?: Elsewhere
  /** Default: new ones. */
  readonly reservations?: Reservations
  /** Gets `access`, `links`, `freed` and `replaced`. Default: nobody listens. */
  readonly signals?: FleetEmitter
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  /** How long a gateway may be without a connection before it counts as offline. Default 0. Milliseconds. */
  readonly graceMs?: number
  /** How long a device may send nothing before it counts as offline. Default: for ever. Milliseconds. */
  readonly silenceMs?: number
  /** ms since then in which this process could not listen, so that silence proves nothing. Default: none. */
  readonly missedSince?: (at: number) => number
  readonly schedule?: Schedule
}

export interface Learned {
  /**
   * Devices that were not taken over, each with the reason. The text names the serial number, and never the workspace
   * or user that has the device.
   */
  readonly refused: readonly string[]
  /**
   * Aircraft that a controller of another user has in use. They are linked, but this gateway may not report for them
   * yet.
   */
  readonly inUse: readonly string[]
}

/** The gateways and aircraft of this node: which are online, and which gateway may speak for which aircraft. */
export interface Registry {
  /**
   * A gateway has connected. It comes online with its topology. If its topology is known already, it comes online with
   * its first message.
   */
  connected(gateway: string, connection: BrokerConnection): void
  /**
   * A connection of a gateway has ended. When its last connection has ended, it goes offline (`connection_lost`) after
   * the grace.
   * @param isDone the client ended the connection on purpose, so nothing is kept for its user. Default: the connection
   * was lost
   */
  disconnected(gateway: string, connection: BrokerConnection, isDone?: boolean): void
  /**
   * Takes over what the device store knows of a gateway from before a restart, unless the gateway is known here. Brings
   * no device online. Rejects if the device store fails.
   */
  recall(gateway: string, workspaceId: string): Promise<void>
  /**
   * Takes over a gateway that was online before a restart, with its aircraft. It stays online without a connection until it is
   * back, or until `endReturn`. Emits nothing.
   */
  resume(view: GatewayView): void
  /** Marks offline every resumed gateway that has not come back (`connection_lost`). */
  endReturn(): void
  /**
   * Takes over a topology. Topologies of one gateway are handled one after the other. Rejects if the device store
   * fails.
   */
  learn(gateway: string, topology: Topology): Promise<Learned>
  /**
   * The gateway has sent something about itself or its aircraft. OSD brings online even a gateway whose topology is not known:
   * it sends OSD only after the answer to its topology (facts D3), so it was connected before this process started.
   * @returns whether that device is online now
   */
  seen(gateway: string, serial: string, isOsd?: boolean): boolean
  /** It is connected, and the platform is not closing the connection. */
  isOpen(gateway: string): boolean
  /**
   * Marks offline every device that has been silent for too long, and forgets gateways that have been offline for a
   * day.
   */
  sweep(): void
  /** Marks offline the gateways whose connections are about to be closed. @returns their serial numbers */
  takeOffline(target: KickTarget | 'all', reason: GatewayOfflineReason): readonly string[]
  /** A workspace has released this device: forgets the aircraft, or the gateway with its links. */
  forget(serial: string, workspaceId: string): void
  /** Another node has this gateway, or this aircraft, now. Emits nothing. */
  handOver(serial: string): void
  /** Another node gives this aircraft to a gateway of this node. @returns false: the gateway is not online any more */
  takeUp(gateway: string, aircraft: AircraftView): boolean
  /**
   * A gateway or an aircraft has a new nickname.
   * @returns false: this node does not show the device, or shows this nickname already
   */
  rename(serial: string, nickname: string | null): boolean
  /** Other nodes have reported a change of these aircraft. Decides again which gateways may speak for them. */
  review(aircraft: readonly string[]): void
  /** Whether an online gateway of this node has named this device as an aircraft. */
  isNamed(serial: string): boolean
  /**
   * The aircraft that a gateway may speak for. The set is the same object until it changes. Synchronous, because it is
   * called for every packet.
   */
  access(gateway: string): ReadonlySet<string>
  /**
   * The aircraft that a gateway names and may not speak for, because another user flies them. The set is the same
   * object until it changes.
   */
  silent(gateway: string): ReadonlySet<string>
  get(gateway: string): GatewayView | null
  /** The gateway that holds this aircraft. */
  gatewayOf(aircraft: string): string | null
  /** Every gateway of this node that names this aircraft, including the holder. */
  linkedTo(aircraft: string): readonly string[]
  list(workspaceId?: string): readonly GatewayView[]
  /** How many gateways are online. */
  countOnline(): number
  /**
   * The sessions of a gateway's connections. The session of its newest connection is included even if that connection
   * has ended.
   */
  sessionsOf(gateway: string): ReadonlySet<string>
  /** The sessions of all connections. */
  sessionIds(): ReadonlySet<string>
}
