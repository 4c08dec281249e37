import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Qos } from './broker-access.ts'
import type { BrokerHost } from './broker-host.ts'

export type * from './broker-access.ts'
export type * from './broker-host.ts'

/** Which connections to close: those of a session, of a gateway, or of one credential. */
export type KickTarget =
  | { readonly sessionId: string }
  | { readonly gateway: string }
  | { readonly credentialId: string }

/** The state of a broker, for `cloud.health()`. */
export interface BrokerHealth {
  /** `degraded`: controllers can connect and send, but something behind the broker is not available. */
  readonly status: 'starting' | 'up' | 'degraded' | 'down' | 'stopped'
  /** For administrators. Contains no secret. */
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

/** What a broker can do, as data. Core and the contract suite use this and never check which broker it is. */
export interface BrokerCapabilities {
  /** `gateway`: each gateway has its own. `shared`: one account for all, so each client can publish as any other. */
  readonly credentials: 'gateway' | 'shared'
  /** Accepts credentials without a gateway. Their first use binds them to a gateway. */
  readonly unboundCredentials: boolean
  /** `reported`: the adapter reports connects and disconnects. `inferred`: core infers them from messages and silence. */
  readonly presence: 'reported' | 'inferred'
  /** True: a credential also covers aircraft that are learned later. False: only those named when it was issued. */
  readonly dynamicAcl: boolean
  /**
   * How static accounts (`mqtt.legacyAccounts`) are bound. `connection`: each connection to the first gateway for which it
   * publishes; `client-id`: to the gateway that its client id names; `list`: an account must list its gateways and may publish
   * for all of them. Absent: static accounts are not supported.
   */
  readonly legacyAccounts?: 'connection' | 'client-id' | 'list'
  /** Whether the adapter can close open connections. */
  readonly kick: boolean
  /** Whether the will of a kicked connection may still be published by the broker. */
  readonly willAfterKick: boolean
  /**
   * What happens to the MQTT connection when its session ends. `immediate`: it is closed and its credential refused.
   * `on-reconnect`: its credential is refused, but an open connection stays. `on-expiry`: its credential is valid until it
   * expires. `never`: it stays valid.
   */
  readonly revocation: 'immediate' | 'on-reconnect' | 'on-expiry' | 'never'
  /** Highest quality of service that it supports. @default 2 */
  readonly maxQos?: Qos
}

/** The data from which the adapter makes a credential. */
export interface CredentialRequest {
  /** Unique for session and gateway. Usable as user name: `identify` finds the session by it. */
  readonly credentialId: string
  readonly sessionId: string
  readonly workspaceId: string
  /** Null: the first use binds it to a gateway. Only with the capability `unboundCredentials`. */
  readonly gateway: string | null
  readonly aircraft: readonly string[]
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** The user name that core proposes. */
  readonly username: string
  /** The password that core proposes: a JWT. The same claims give the same password. */
  readonly password: (claims?: Readonly<Record<string, unknown>>) => string
}

/** User name and password of a controller at the broker. */
export interface BrokerLogin {
  /** MQTT user name. */
  readonly username: string
  /** MQTT password. Never logged. */
  readonly password: string
}

/** A form or JSON object, as the broker sent it. Values other than text, number and boolean are left out. */
export type HookFields = Readonly<Record<string, string>>

/** The answer to a broker's question, in the broker's format. */
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
  /** A refusal in the broker's format: for a wrong secret, an unreadable body or a failure on our side. */
  readonly refusal: HookResponse
}

/** The questions that a broker asks over HTTP, and the secret that it must send. */
export interface BrokerHooks {
  /** Sent by the broker as a bearer token, or as the password of basic authentication. */
  readonly secret: string
  readonly routes: readonly BrokerHook[]
}

/** The interface between core and a broker, embedded or external. */
export interface BrokerAdapter {
  readonly name: string
  readonly capabilities: BrokerCapabilities
  /** It opens ports in this process and uses `BrokerHost.listen`. @default false */
  readonly listens?: boolean
  /**
   * Rejects with a BROKER_* error when it cannot start; the host app keeps running. An external broker may start later:
   * the adapter keeps trying until `stop`, and `health()` gives the current state.
   */
  start(host: BrokerHost): Promise<void>
  stop(): Promise<void>
  /** Rejects with BROKER_UNAVAILABLE when it is down. */
  publish(message: OutboundMessage): Promise<void>
  /**
   * Closes open connections. The clients may reconnect. Their wills are not published if the broker supports that
   * (`willAfterKick`). Resolves to the number of closed connections, if the broker reports it.
   */
  kick(target: KickTarget): Promise<number>
  /** Makes credentials invalid and closes their connections. Absent: the broker asks core at every CONNECT, so `kick` is enough. */
  revoke?(target: KickTarget): Promise<void>
  /**
   * The ids of all valid credentials for this gateway, used or not. For brokers that do not ask core at CONNECT: when a gateway
   * comes online, core revokes the credentials that other users still have for it.
   */
  credentialsOf?(gateway: string): Promise<readonly string[]>
  /** Makes a credential. Absent: core's user name and password are used. Rejects with BROKER_UNAVAILABLE. */
  issue?(request: CredentialRequest): Promise<BrokerLogin>
  /**
   * Called when the aircraft of a gateway have changed. Resolves when the broker applies it: from then on the gateway gets no
   * messages of an aircraft that it has lost. Absent: the broker asks core each time.
   */
  updateAccess?(gateway: string, aircraft: ReadonlySet<string>): Promise<void>
  /** Questions that the broker asks us. */
  readonly hooks?: BrokerHooks
  health(): BrokerHealth
  /** The broker's address for a controller that reached this server as `hostname`. The option `mqtt.url` wins over it. */
  address(hostname: string): string
  /** MQTT over WebSocket on the host's own port. Absent if the adapter does not support it. */
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Uint8Array): void
}
