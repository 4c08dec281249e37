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

/** What a gateway may do, for brokers that are told beforehand. Everything else is denied. */
export interface AccessList {
  /** Topic names. */
  readonly publish: readonly string[]
  /** Filters that may be subscribed to, with anything narrower; also what may be delivered. */
  readonly subscribe: readonly string[]
}
