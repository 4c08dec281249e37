import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from './logger.ts'

/** MQTT's quality of service: at most once, at least once, exactly once. */
export type Qos = 0 | 1 | 2

/** `gateway`: by credentials issued to it; `anonymous`: by nothing; `legacy`: by a static account of `mqtt.legacyAccounts`. */
export type PrincipalKind = 'gateway' | 'anonymous' | 'legacy'

/** Who a connection is. Made by core at CONNECT; the adapter keeps it on the connection and hands it back. */
export interface Principal {
  readonly kind: PrincipalKind
  /** Empty where there is no session: with a static account, or where a broker names nobody. */
  readonly sessionId: string
  readonly userId: string
  readonly workspaceId: string
  readonly credentialId: string
  /** The only gateways that it may be tied to. Absent: any. */
  readonly allowedGateways?: ReadonlySet<string>
  /** Null until a credential without a gateway is bound by its first use. Only core writes it. */
  gateway: string | null
}

/** What a client shows at CONNECT. */
export interface ConnectAttempt {
  readonly clientId: string
  readonly username: string | undefined
  readonly password: string | undefined
  /** Remote IP address, for throttling and audit. */
  readonly address: string
  readonly will?: { readonly topic: string; readonly qos: Qos; readonly retain: boolean }
}

/** Why a connection is refused. `mqtt.refused` names it. */
export type Refusal =
  | 'anonymous'
  | 'bad_client_id'
  | 'bad_credentials'
  | 'throttled'
  | 'expired'
  | 'session_ended'
  | 'wrong_gateway'
  | 'other_gateway'
  | 'other_workspace'
  /** The gateway is live with another user. */
  | 'in_use'
  /** It is an aircraft, and no controller until it is unbound. */
  | 'is_aircraft'
  | 'will'
  | 'unavailable'

/** Who a connection is, or why it is refused. */
export type ConnectDecision =
  | { readonly allow: true; readonly principal: Principal }
  | { readonly allow: false; readonly reason: Refusal }

/** Why a topic is denied. `mqtt.refused` names it. */
export type AccessDenial =
  | 'foreign'
  | 'wildcard'
  | 'reserved'
  | 'retained'
  | 'unbound'
  | 'other_gateway'
  | 'not_listed_gateway'
  | 'not_listed'
  | 'other_workspace'
  /** The device is live with another user. */
  | 'in_use'
  /** It is an aircraft, and no controller until it is unbound. */
  | 'is_aircraft'
  | 'session_ended'
  | 'unavailable'

/** Whether a client may use a topic, and if not, why. */
export type AccessDecision =
  | { readonly allow: true }
  | { readonly allow: false; readonly reason: AccessDenial }

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

/** What a gateway may do, for brokers that are told beforehand. Everything else is denied. */
export interface AccessList {
  /** Topic names. */
  readonly publish: readonly string[]
  /** Filters that may be subscribed to, with anything narrower; also what may be delivered. */
  readonly subscribe: readonly string[]
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

/** Whose connections are closed: those of a session, of a gateway, or of one credential. */
export type KickTarget =
  | { readonly sessionId: string }
  | { readonly gateway: string }
  | { readonly credentialId: string }

/** How a broker is, for `cloud.health()`. */
export interface BrokerHealth {
  /** `degraded`: controllers connect and are heard, and something behind the broker is away. */
  readonly status: 'starting' | 'up' | 'degraded' | 'down' | 'stopped'
  /** For operators; holds no secret. */
  readonly detail?: string
  readonly connections?: number
}

/** Whether controllers can use it. */
export const isUsable = ({ status }: BrokerHealth): boolean => status === 'up' || status === 'degraded'

/** A message to controllers. */
export interface OutboundMessage {
  readonly topic: string
  readonly payload: string
  readonly qos: Qos
}

/** What a broker can do, as data: core and the contract suite ask this, never which broker it is. */
export interface BrokerCapabilities {
  /** `gateway`: each has its own. `shared`: one account for all, so whoever has it can speak as anybody. */
  readonly credentials: 'gateway' | 'shared'
  /** Takes credentials without a gateway, which tie themselves to the first one that they name. */
  readonly unboundCredentials: boolean
  /** `reported`: the adapter reports who comes and goes. `inferred`: core concludes it from messages and silence. */
  readonly presence: 'reported' | 'inferred'
  /** Aircraft learned later become part of a standing credential; otherwise only those named when it was issued are. */
  readonly dynamicAcl: boolean
  /**
   * Static accounts (`mqtt.legacyAccounts`) can be let in. `connection`: each connection is tied to the first gateway that it
   * speaks for; `client-id`: to the one that its client id names; `list`: an account has to name its gateways and may speak
   * for all of them. Absent: they cannot.
   */
  readonly legacyAccounts?: 'connection' | 'client-id' | 'list'
  /** Live connections can be closed. */
  readonly kick: boolean
  /** Whether the will of a kicked connection may still be published by the broker. */
  readonly willAfterKick: boolean
  /**
   * When the end of a session reaches its MQTT connection. `immediate`: it is closed, and its credential refused. `on-reconnect`: its
   * credential is refused, but a standing connection stays. `on-expiry`: its credential is valid until it runs out. `never`: it stays valid.
   */
  readonly revocation: 'immediate' | 'on-reconnect' | 'on-expiry' | 'never'
  /** Highest quality of service that it takes. @default 2 */
  readonly maxQos?: Qos
}

/** What the adapter makes a credential of. */
export interface CredentialRequest {
  /** Unique for session and gateway; also a user name that core can trace back with `identify`. */
  readonly credentialId: string
  readonly sessionId: string
  readonly workspaceId: string
  /** Null: ties itself to the first one. Only where the capability `unboundCredentials` says so. */
  readonly gateway: string | null
  readonly aircraft: readonly string[]
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** What core would call it. */
  readonly username: string
  /** Core's own password: a JWT. The same claims give the same password. */
  readonly password: (claims?: Readonly<Record<string, unknown>>) => string
}

/** What a controller logs in to the broker with. */
export interface BrokerLogin {
  /** MQTT user name. */
  readonly username: string
  /** MQTT password. Never logged. */
  readonly password: string
}

/** A form or JSON object, as the broker sent it. Members that are no text, number or boolean are left out. */
export type HookFields = Readonly<Record<string, string>>

/** The answer to a broker's question, as that broker reads it. */
export interface HookResponse {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** A question that the broker asks over HTTP, at `POST {mount}/mqtt/hooks/{path}`. */
export interface BrokerHook {
  readonly path: string
  /** @param body the JSON as it came, with its lists and objects; undefined for a form */
  readonly answer: (fields: HookFields, body?: unknown) => Promise<HookResponse>
  /** No, in the broker's own syntax: for a wrong secret, an unreadable body or a failure of ours. */
  readonly refusal: HookResponse
}

/** The questions that a broker asks over HTTP, and what it has to show to ask them. */
export interface BrokerHooks {
  /** Sent by the broker as a bearer token, or as the password of basic authentication. */
  readonly secret: string
  readonly routes: readonly BrokerHook[]
}

/** The smallest surface that fits an embedded broker and the ones that a team already runs. */
export interface BrokerAdapter {
  readonly name: string
  readonly capabilities: BrokerCapabilities
  /** It opens ports in this process, and follows `BrokerHost.listen`. @default false */
  readonly listens?: boolean
  /**
   * Rejects with a BROKER_* error when it cannot start; the host app lives on. A broker elsewhere may come up later:
   * the adapter goes on trying until `stop`, and `health()` has the last word.
   */
  start(host: BrokerHost): Promise<void>
  stop(): Promise<void>
  /** Rejects with BROKER_UNAVAILABLE when it is down. */
  publish(message: OutboundMessage): Promise<void>
  /**
   * Closes live connections, which may come back. Their wills are not published where the broker can be told so
   * (`willAfterKick`). Resolves to how many were closed, as far as the broker says.
   */
  kick(target: KickTarget): Promise<number>
  /** Makes credentials worthless and closes what lives on them. Absent: core is asked at every CONNECT, a kick is enough. */
  revoke?(target: KickTarget): Promise<void>
  /**
   * The ids of all credentials that stand for this gateway, used or not. For brokers that let clients in without asking core at
   * CONNECT: core then makes worthless what other users still have for a gateway that comes online.
   */
  credentialsOf?(gateway: string): Promise<readonly string[]>
  /** Makes a credential. Absent: core's own user name and password do. Rejects with BROKER_UNAVAILABLE. */
  issue?(request: CredentialRequest): Promise<BrokerLogin>
  /** A gateway has learned or lost aircraft. Absent: core is asked each time. */
  updateAccess?(gateway: string, aircraft: ReadonlySet<string>): Promise<void>
  /** Questions that the broker asks us. */
  readonly hooks?: BrokerHooks
  health(): BrokerHealth
  /** The address to give to a controller that reached us as `hostname`; `mqtt.url` beats it. */
  address(hostname: string): string
  /** MQTT over WebSocket on the host's own port. Present only where the adapter serves it. */
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Uint8Array): void
}
