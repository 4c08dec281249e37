import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Qos } from './broker-access.ts'
import type { BrokerHost } from './broker-host.ts'

export type * from './broker-access.ts'
export type * from './broker-host.ts'

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
