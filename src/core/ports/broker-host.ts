import type {
  AccessDecision,
  AccessDenial,
  AccessList,
  ConnectAttempt,
  ConnectDecision,
  Principal,
  Refusal,
} from './broker-access.ts'
import type { Logger } from './logger.ts'

/** A message that a client published. */
export interface InboundMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** Null if the broker does not say who published (external brokers). */
  readonly principal: Principal | null
}

/** The options `mqtt.host` and `mqtt.port`. */
export interface ListenWish {
  readonly host?: string | undefined
  readonly port?: number | undefined
}

/** Functions of core for a broker adapter. None throws or rejects except `identify`: a failure becomes a refusal with a reason. */
export interface BrokerHost {
  /** The logger for adapters that were created without one. */
  readonly logger?: Logger
  /** The option `environment`. Absent if an adapter runs without a platform. */
  readonly environment?: 'development' | 'production'
  /** Host and port for a broker that opens ports (`listens`) and was created without them. */
  readonly listen?: ListenWish
  /** Static accounts that the broker has to let in. Absent: none. */
  readonly legacyAccounts?: readonly LegacyLogin[]
  /** Emits `mqtt.refused` itself if it refuses. If the will names a gateway, a credential without one is bound to it. */
  authenticate(attempt: ConnectAttempt): Promise<ConnectDecision>
  /** Asynchronous only while an unbound credential is being bound. */
  authorizePublish(
    principal: Principal,
    topic: string,
    retain: boolean,
  ): AccessDecision | Promise<AccessDecision>
  authorizeSubscribe(principal: Principal, filter: string): AccessDecision | Promise<AccessDecision>
  /** Call it for every delivery, also for subscriptions restored from an earlier connection. Synchronous and cheap. */
  authorizeForward(principal: Principal, topic: string): boolean
  /**
   * Finds the identity of a user name, for brokers that only give the user name in later questions and reports. Null:
   * not issued here, or its session has ended. Rejects if the session store fails.
   * @param clientId if the broker gives it too: for a static account it shows which gateway is connected
   */
  identify(username: string, clientId?: string): Promise<Principal | null>
  /** Whether the broker still needs this user name: its session is alive, or it is a static account. */
  isKnown(username: string): Promise<boolean>
  /**
   * The topics of `authorizePublish` and `authorizeSubscribe` as a list, with the topics of plugins: for brokers that need it
   * in advance. For a `gateway` and its aircraft.
   */
  accessList(gateway: string, aircraft: Iterable<string>): AccessList
  /** Filters for everything that devices publish, with the topics of plugins. An external broker's adapter subscribes to them. */
  readonly upwardFilters: readonly string[]
  /** The aircraft for which a gateway may publish, as far as this node knows. */
  aircraftOf(gateway: string): ReadonlySet<string>
  connected(connection: BrokerConnection): void
  /** @param isDone the client sent DISCONNECT, so it left on purpose. Default: the connection was lost, or it is not known */
  disconnected(connection: BrokerConnection, isDone?: boolean): void
  /**
   * Passes on a message of a gateway. Without a principal, core derives the gateway from the topic and its own records. The
   * broker has then checked the topic with our access list or hook, and core checks it again.
   */
  received(message: InboundMessage): void
  /** Reports a refusal that the adapter made itself or that `authorize...` told it to make. Emits the event `mqtt.refused`. */
  refused(event: {
    readonly reason: Refusal | AccessDenial | 'protocol' | 'proxy_protocol' | 'limit'
    readonly clientId: string | null
    readonly address: string
    readonly topic?: string
    /** Identity of the connection, if known: the event then names the gateway of its credentials. */
    readonly principal?: Principal
  }): void
}

/** One open connection to the broker. */
export interface BrokerConnection {
  readonly id: string
  readonly clientId: string
  readonly address: string
  readonly principal: Principal
}

/** An account of `mqtt.legacyAccounts`, for brokers that store accounts themselves. */
export interface LegacyLogin {
  /** As it is stored in the old controllers. */
  readonly username: string
  /** A function, so that no secret is shown if the object is logged by mistake. */
  readonly password: () => string
  /** Serial numbers of the only controllers that may use it; empty: any that no other workspace owns. */
  readonly gateways: readonly string[]
}
