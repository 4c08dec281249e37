import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

export type Qos = 0 | 1 | 2

/** Who a connection is. Made by core at CONNECT; the adapter keeps it on the connection and hands it back. */
export interface Principal {
  readonly kind: 'gateway' | 'anonymous'
  readonly sessionId: string
  readonly userId: string
  readonly workspaceId: string
  readonly credentialId: string
  /** Null until a credential without a gateway is bound by its first use. Only core writes it. */
  gateway: string | null
}

export interface ConnectAttempt {
  readonly clientId: string
  readonly username: string | undefined
  readonly password: string | undefined
  /** Remote IP address, for throttling and audit. */
  readonly address: string
  readonly will?: { readonly topic: string; readonly qos: Qos; readonly retain: boolean }
}

export type Refusal =
  | 'anonymous'
  | 'bad_client_id'
  | 'bad_credentials'
  | 'expired'
  | 'session_ended'
  | 'wrong_gateway'
  | 'other_workspace'
  | 'will'
  | 'unavailable'

export type ConnectDecision =
  | { readonly allow: true; readonly principal: Principal }
  | { readonly allow: false; readonly reason: Refusal }

export type AccessDenial =
  | 'foreign'
  | 'wildcard'
  | 'reserved'
  | 'retained'
  | 'unbound'
  | 'not_listed'
  | 'other_workspace'
  | 'unavailable'

export type AccessDecision =
  | { readonly allow: true }
  | { readonly allow: false; readonly reason: AccessDenial }

export interface InboundMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** Null where the broker does not tell who published (external brokers). */
  readonly principal: Principal | null
}

/** What core offers to a broker adapter. Nothing here throws or rejects: trouble is a refusal with a reason. */
export interface BrokerHost {
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
  connected(connection: BrokerConnection): void
  disconnected(connection: BrokerConnection): void
  received(message: InboundMessage): void
  /** For what the adapter itself turned away or was told to by `authorize...`; drives the event `mqtt.refused`. */
  refused(event: {
    readonly reason: Refusal | AccessDenial | 'protocol' | 'limit'
    readonly clientId: string | null
    readonly address: string
    readonly topic?: string
  }): void
}

export interface BrokerConnection {
  readonly id: string
  readonly clientId: string
  readonly address: string
  readonly principal: Principal
}

export type KickTarget =
  | { readonly sessionId: string }
  | { readonly gateway: string }
  | { readonly credentialId: string }

export interface BrokerHealth {
  readonly status: 'starting' | 'up' | 'down' | 'stopped'
  /** For operators; holds no secret. */
  readonly detail?: string
  readonly connections?: number
}

export interface OutboundMessage {
  readonly topic: string
  readonly payload: string
  readonly qos: Qos
}

/** The smallest surface that fits an embedded broker and the ones that a team already runs. */
export interface BrokerAdapter {
  readonly name: string
  /** Rejects with a BROKER_* error when it cannot start; the host app lives on. */
  start(host: BrokerHost): Promise<void>
  stop(): Promise<void>
  /** Rejects with BROKER_UNAVAILABLE when it is down. */
  publish(message: OutboundMessage): Promise<void>
  /** Closes live connections; a kicked client's will is not published. Resolves to how many were closed. */
  kick(target: KickTarget): Promise<number>
  health(): BrokerHealth
  /** The address to give to a controller that reached us as `hostname`; `mqtt.url` beats it. */
  address(hostname: string): string
  /** MQTT over WebSocket on the host's own port. Present only where the adapter serves it. */
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Uint8Array): void
}
