/** MQTT's quality of service: at most once, at least once, exactly once. */
export type Qos = 0 | 1 | 2

/** How a client logged in. `gateway`: with issued credentials; `anonymous`: without; `legacy`: with an account of `mqtt.legacyAccounts`. */
export type PrincipalKind = 'gateway' | 'anonymous' | 'legacy'

/** The identity of a connection. Core makes it at CONNECT; the adapter keeps it with the connection and passes it back. */
export interface Principal {
  readonly kind: PrincipalKind
  /** Empty if there is no session: with a static account, or with a broker that does not report the user. */
  readonly sessionId: string
  readonly userId: string
  readonly workspaceId: string
  readonly credentialId: string
  /** The gateways to which it may be bound. Absent: any. */
  readonly allowedGateways?: ReadonlySet<string>
  /** Null for a credential without a gateway, until its first use binds it to one. Only core writes this field. */
  gateway: string | null
}

/** The data of a client's CONNECT. */
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
  /** Another user is online with this gateway. */
  | 'in_use'
  /** It is an aircraft, and no controller until it is unbound. */
  | 'is_aircraft'
  | 'will'
  | 'unavailable'

/** The identity of a connection, or why it is refused. */
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
  /** Another user is online with this device. */
  | 'in_use'
  /** It is an aircraft, and no controller until it is unbound. */
  | 'is_aircraft'
  | 'session_ended'
  | 'unavailable'

/** Whether a client may use a topic, and if not, why. */
export type AccessDecision =
  | { readonly allow: true }
  | { readonly allow: false; readonly reason: AccessDenial }

/** The topics that a gateway may use, for brokers that need the list in advance. Everything else is denied. */
export interface AccessList {
  /** Topic names. */
  readonly publish: readonly string[]
  /** Filters that it may subscribe to, also in narrower form. Messages on these topics may be delivered to it. */
  readonly subscribe: readonly string[]
}
