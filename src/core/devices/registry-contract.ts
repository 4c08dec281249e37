import type { CloudEmitter, DeviceModel, GatewayOfflineReason } from '../events.ts'
import type { Topology } from '../mqtt/messages.ts'
import type { BrokerConnection, KickTarget } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Elsewhere } from './elsewhere.ts'
import type { AircraftView, GatewayView } from './records.ts'
import type { Reservations } from './reservations.ts'

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
  readonly nickname: string | null
  /** Who was logged in on it when the platform was last there; null: nobody, or not known. */
  readonly userId: string | null
  readonly aircraft: readonly {
    readonly serial: string
    readonly model: DeviceModel
    readonly nickname: string | null
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
  /**
   * Takes over who was online before a restart, with what it held. It stays online without a connection, and without a word,
   * until it is back or `endReturn` is called.
   */
  resume(view: GatewayView): void
  /** Those of `resume` who are not back by now are offline: `connection_lost`. */
  endReturn(): void
  /** Takes a topology over, after earlier ones of the same gateway. Rejects when the device store does. */
  learn(gateway: string, topology: Topology): Promise<Learned>
  /**
   * A sign of life, of the gateway itself or of its aircraft. OSD brings online even a gateway that has told no
   * topology: it was there before us (facts D3: it is not sent before the topology is answered).
   * @returns whether that device is online now
   */
  seen(gateway: string, serial: string, isOsd?: boolean): boolean
  /** Whether its connection is open and the platform is not closing it. If not, its late messages are ignored. */
  isOpen(gateway: string): boolean
  /** Marks devices offline that were silent for too long, and forgets those that were offline for a day. */
  sweep(): void
  /** Marks the devices of the target offline before its connections are closed. Returns the serial numbers. */
  takeOffline(target: KickTarget | 'all', reason: GatewayOfflineReason): readonly string[]
  /** Forgets an aircraft, or a gateway with its links: its binding was released. */
  forget(serial: string, workspaceId: string): void
  /** Another node has this gateway, or this aircraft, now: it goes without a word. */
  handOver(serial: string): void
  /** Another node leaves this aircraft to a gateway here. False: that one is not there any more. */
  takeUp(gateway: string, aircraft: AircraftView): boolean
  /** A gateway or an aircraft has another nickname. @returns false: nothing has changed here */
  rename(serial: string, nickname: string | null): boolean
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
