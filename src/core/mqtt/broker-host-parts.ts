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
  /** Checks user name and password, of a static account as well; the rest is done here. */
  readonly verifyCredential: (attempt: ConnectAttempt) => Promise<ConnectDecision>
  /** Traces a user name back, see `BrokerHost.identify`. */
  readonly identify?: (username: string) => Promise<Principal | null>
  readonly registry: Pick<
    Registry,
    'connected' | 'disconnected' | 'access' | 'silent' | 'gatewayOf' | 'linkedTo' | 'get' | 'isNamed'
  >
  readonly devices: Pick<DeviceStore, 'claim' | 'holder'>
  readonly sessions: Pick<SessionStore, 'bindGateway'>
  /** Asked when a credential without a gateway is bound. Rejects when the session store does. */
  readonly isAlive: (sessionId: string) => Promise<boolean>
  /** Whether another user than this one has a gateway or aircraft in use, at any node. */
  readonly inUse: (serial: string, userId: string) => boolean
  /**
   * Whether it is known as an aircraft, or flies as one. Then it is not a controller. Rejects when the device store
   * does.
   */
  readonly isAircraft: (serial: string) => Promise<boolean>
  /** Closes a connection, which may come back. */
  readonly sendAway?: (connection: BrokerConnection) => void
  /** Closes a connection that may not be, and makes its credential worthless where the broker keeps it. */
  readonly expel?: (connection: BrokerConnection) => void
  /** Null: a connection without user name and password is refused. Otherwise the workspace that it gets into. Unsafe. */
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
  /** Where one account serves all controllers: keeps what comes from one that nobody holds yet. */
  readonly unclaimed?: Pick<Unclaimed, 'take'> | undefined
  /** Static accounts beside the credentials that are issued here. */
  readonly legacy?: LegacyAccounts | undefined
  /** The session that a gateway's newest credential was issued for. */
  readonly sessionOf?: (gateway: string) => Pick<Session, 'id' | 'userId'> | null
  /** Closes a gateway's connections, so that it introduces itself again. */
  readonly reintroduce?: (gateway: string) => void
  /** Returns how to cancel. */
  readonly every?: (run: () => void, ms: number) => () => void
}

/** What cloud.ts holds; adapters see the port only. */
export interface CoreBrokerHost extends BrokerHost {
  /** The sessions of the connections that the broker has reported, also of those not bound to a gateway yet. */
  sessionIds(): ReadonlySet<string>
  stop(): void
}
