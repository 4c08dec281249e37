import type { Registry } from '../devices/registry.ts'
import type { CloudEmitter } from '../events.ts'
import type {
  BrokerConnection,
  BrokerHost,
  ConnectAttempt,
  ConnectDecision,
  InboundMessage,
  ListenWish,
  Principal,
} from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import type { Session, SessionStore } from '../ports/sessions.ts'
import type { LegacyAccounts } from './legacy.ts'
import type { TopicTable } from './topic-table.ts'
import type { Unclaimed } from './unclaimed.ts'

/** What the broker host is made of. */
export interface BrokerHostParts {
  /** Checks user name and password, also those of static accounts. The broker host does all other checks. */
  readonly verifyCredential: (attempt: ConnectAttempt) => Promise<ConnectDecision>
  /** Finds the owner of a user name, see `BrokerHost.identify`. */
  readonly identify?: (username: string) => Promise<Principal | null>
  readonly registry: Pick<
    Registry,
    'connected' | 'disconnected' | 'access' | 'silent' | 'gatewayOf' | 'linkedTo' | 'get' | 'isNamed'
  >
  readonly devices: Pick<DeviceStore, 'claim' | 'holder'>
  readonly sessions: Pick<SessionStore, 'bindGateway'>
  /** Asked when a credential without a gateway is bound. Rejects if the session store fails. */
  readonly isAlive: (sessionId: string) => Promise<boolean>
  /** Whether another user than this one has a gateway or aircraft in use, at any node. */
  readonly inUse: (serial: string, userId: string) => boolean
  /**
   * Whether the device is known as an aircraft, or a gateway reports it as one. Then it is not a controller. Rejects if
   * the device store fails.
   */
  readonly isAircraft: (serial: string) => Promise<boolean>
  /** Closes a connection. The client may connect again. */
  readonly sendAway?: (connection: BrokerConnection) => void
  /** Closes a connection that is not allowed. If the broker keeps the credential, it is removed there. */
  readonly expel?: (connection: BrokerConnection) => void
  /**
   * The workspace of a connection without user name and password, which is unsafe. Null: such a connection is refused.
   */
  readonly anonymous: { readonly workspaceId: string } | null
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly logger: Logger
  readonly environment?: BrokerHost['environment']
  /** The options `mqtt.host` and `mqtt.port`. */
  readonly listen?: ListenWish
  readonly onMessage: (message: InboundMessage) => unknown
  /** What devices may publish; complete before the broker starts. @default the Cloud API's topics */
  readonly topics?: TopicTable
  /** For brokers with one account for all controllers: keeps messages of a controller that no workspace owns yet. */
  readonly unclaimed?: Pick<Unclaimed, 'take'> | undefined
  /** Static accounts beside the credentials that are issued here. */
  readonly legacy?: LegacyAccounts | undefined
  /** The session that a gateway's newest credential was issued for. */
  readonly sessionOf?: (gateway: string) => Pick<Session, 'id' | 'userId'> | null
  /** Closes a gateway's connections, so that the gateway sends its topology again. */
  readonly reintroduce?: (gateway: string) => void
  /** ms since then in which this process could not listen. Default: none. */
  readonly missedSince?: (at: number) => number
  /** Returns a function that cancels. */
  readonly every?: (run: () => void, ms: number) => () => void
}

/** What cloud.ts uses. Adapters get the port only. */
export interface CoreBrokerHost extends BrokerHost {
  /** The sessions of the connections that the broker has reported, also of those not bound to a gateway yet. */
  sessionIds(): ReadonlySet<string>
  stop(): void
}
