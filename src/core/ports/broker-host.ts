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
  /** Null where the broker does not tell who published (external brokers). */
  readonly principal: Principal | null
}

/** The options `mqtt.host` and `mqtt.port`. */
export interface ListenWish {
  readonly host?: string | undefined
  readonly port?: number | undefined
}

/** What core offers to a broker adapter. Nothing here throws or rejects, `identify` apart: trouble is a refusal with a reason. */
export interface BrokerHost {
  /** Where an adapter logs that was given no logger of its own. */
  readonly logger?: Logger
  /** The option `environment`. Absent where an adapter runs without a platform. */
  readonly environment?: 'development' | 'production'
  /** Where a broker should listen that opens ports (`listens`) and was made without saying where. */
  readonly listen?: ListenWish
  /** Static accounts that the broker has to let in. Absent: none. */
  readonly legacyAccounts?: readonly LegacyLogin[]
  /** Reports its own refusals. Ties a credential without a gateway if its will names one. */
  authenticate(attempt: ConnectAttempt): Promise<ConnectDecision>
  /** Asynchronous only while an unbound credential is being bound. */
  authorizePublish(
    principal: Principal,
    topic: string,
    retain: boolean,
  ): AccessDecision | Promise<AccessDecision>
  authorizeSubscribe(principal: Principal, filter: string): AccessDecision | Promise<AccessDecision>
  /** For every delivery, also to subscriptions restored from an earlier connection: synchronous and cheap. */
  authorizeForward(principal: Principal, topic: string): boolean
  /**
   * Whose user name is this? For brokers that name the user in later questions and reports, and nothing else. Null: not
   * ours, or its session has ended. Rejects when the session store does.
   * @param clientId where the broker names it as well: it says which gateway a static account is used by
   */
  identify(username: string, clientId?: string): Promise<Principal | null>
  /** A user name that the broker has to know: of a credential whose session lives, or of a static account. */
  isKnown(username: string): Promise<boolean>
  /**
   * The answers of `authorizePublish` and `authorizeSubscribe` as a list, with the topics of plugins: for brokers that are told
   * beforehand. For a `gateway` and the aircraft that it may speak for.
   */
  accessList(gateway: string, aircraft: Iterable<string>): AccessList
  /** Filters of all that devices publish, with the topics of plugins: what a broker elsewhere has to hand on. */
  readonly upwardFilters: readonly string[]
  /** The aircraft that a gateway may speak for, as far as this node has learned. */
  aircraftOf(gateway: string): ReadonlySet<string>
  connected(connection: BrokerConnection): void
  /** @param isDone the client said DISCONNECT: it has gone on purpose. Default: not known, or lost */
  disconnected(connection: BrokerConnection, isDone?: boolean): void
  /**
   * A message of a gateway. Without a principal the gateway is derived from the topic and our own records: that it may
   * use this topic is then the broker's word, given by the access list or hook that we put there, and checked again here.
   */
  received(message: InboundMessage): void
  /** For what the adapter itself turned away or was told to by `authorize...`; drives the event `mqtt.refused`. */
  refused(event: {
    readonly reason: Refusal | AccessDenial | 'protocol' | 'proxy_protocol' | 'limit'
    readonly clientId: string | null
    readonly address: string
    readonly topic?: string
    /** Whose connection it is, where that is known: the event then says which gateway its credentials are for. */
    readonly principal?: Principal
  }): void
}

/** One connection to the broker, as long as it stands. */
export interface BrokerConnection {
  readonly id: string
  readonly clientId: string
  readonly address: string
  readonly principal: Principal
}

/** An account of `mqtt.legacyAccounts`, for brokers that keep accounts of their own. */
export interface LegacyLogin {
  /** As it is stored in the old controllers. */
  readonly username: string
  /** A function, so that an object that is logged by mistake holds no secret. */
  readonly password: () => string
  /** Serial numbers of the only controllers that may use it; empty: any that no other workspace holds. */
  readonly gateways: readonly string[]
}
