import type { Callsigns } from './access/callsigns.ts'
import type { MqttCredentials } from './access/mqtt-credentials.ts'
import type { SessionService } from './access/sessions.ts'
import type { SessionsInUse } from './access/sessions-in-use.ts'
import type { Liveness } from './devices/live.ts'
import type { Registry } from './devices/registry.ts'
import type { Devices } from './devices/service.ts'
import type { CloudEmitter } from './events.ts'
import type { Lateness } from './health/lateness.ts'
import type { CredentialDesk } from './mqtt/desk.ts'
import type { DeviceHandlers } from './mqtt/device-handlers.ts'
import type { LegacyAccounts } from './mqtt/legacy.ts'
import type { OpenTopicTable } from './mqtt/topic-table.ts'
import type { ParsedOptions } from './options/schema.ts'
import type { ReleasedDevice } from './plugins/define.ts'
import type {
  BrokerAdapter,
  Clock,
  DeviceStore,
  EndedSession,
  Logger,
  OutboundMessage,
  SessionStore,
} from './ports/index.ts'
import type { Hub, Push } from './realtime/hub.ts'
import type { Sequence } from './sequence.ts'

export interface FleetParts {
  readonly options: ParsedOptions
  readonly broker: BrokerAdapter
  readonly devices: DeviceStore
  readonly sessionStore: SessionStore
  readonly sessions: SessionService
  readonly credentials: MqttCredentials
  readonly emitter: CloudEmitter
  readonly callsigns: Callsigns
  /** Closes everything that belongs to a session when it ends, in order. */
  readonly sessionEnd: Sequence<EndedSession>
  readonly deviceReleased: Sequence<ReleasedDevice>
  readonly sessionsInUse: SessionsInUse
  readonly clock: Clock
  readonly lateness: Pick<Lateness, 'now' | 'missedSince'>
  readonly logger: Logger
  readonly anonymousWorkspace: string
  readonly legacy: LegacyAccounts
  /** Called for each message of a controller that was handled. @param kind such as `thing/osd`, or `plugin` */
  readonly countMessage: (kind: string) => void
  /** Called for each push to a workspace, except telemetry. */
  readonly countPush: () => void
}

/** The half of the platform that handles controllers and aircraft. cloud.ts connects it with the other half. */
export interface Fleet {
  readonly registry: Registry
  readonly hub: Hub
  readonly desk: CredentialDesk
  readonly devices: Devices
  readonly live: Liveness
  /** Whether a serial number is known as an aircraft, until it is unbound. Rejects if the device store fails. */
  readonly isAircraft: (serial: string) => Promise<boolean>
  /** `claim` also restores a device that the store remembers. */
  readonly store: Pick<DeviceStore, 'claim' | 'get' | 'list' | 'update'>
  unbind(serial: string, workspaceId: string): Promise<boolean>
  /** Pushes to the sockets of a workspace, on every node. */
  push(workspaceId: string, push: Push): void
  /** Handlers for `requests` of gateways and `events` of devices, by method. */
  readonly requestHandlers: DeviceHandlers
  readonly eventHandlers: DeviceHandlers
  /** The topics that devices may publish, including those of plugins. */
  readonly topics: OpenTopicTable
  /** Sends to a device. Rejects with BROKER_UNAVAILABLE. */
  publish(message: OutboundMessage): Promise<void>
  /** Resolves when broker and bus are up. */
  start(): Promise<void>
  /** @param started the promise that `start` returned */
  stop(started: Promise<void>): Promise<void>
}
