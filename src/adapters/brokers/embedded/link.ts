import type { Duplex } from 'node:stream'
import type { BrokerConnection, KickTarget, Principal } from '../../../core/ports/broker.ts'
import type { AedesClient, AedesWill } from './aedes.ts'
import type { Ticket } from './limiter.ts'
import type { Window } from './window.ts'

/** One socket, from accept to close. */
export interface Link {
  readonly id: string
  readonly address: string
  /** Its place among the connections. */
  readonly ticket: Ticket
  readonly conn: Duplex
  readonly client: AedesClient
  /** With mutual TLS the name in the peer's certificate; otherwise null. */
  readonly certificate: string | null
  /** As the peer sent it. */
  clientId: string | null
  /** What CONNECT carried, until it is decided on. */
  will: AedesWill | undefined
  /** Set once it is let in. */
  connection: BrokerConnection | null
  /** Targets kicked while its CONNECT was being checked: such a decision may already be out of date. */
  kicked: KickTarget[]
  closed: boolean
  /** It went over a limit and is being told so: nothing more is taken from it. */
  isSentAway: boolean
  /** It has said DISCONNECT. */
  isDone: boolean
  /** Filters that it holds, restored ones too. */
  readonly filters: Set<string>
  /** Filters that were denied: aedes stores them all the same. */
  denied: string[]
  /** What has been reported of it, so that a peer that insists does not fill the log. */
  reported: Set<string> | null
  /** Set with `connection`. */
  owner: string | null
  /** QoS 2 messages that it has begun and not released. */
  readonly begun: Set<number>
  /** Null: it takes all at once. */
  window: Window | null
  /** It is let in: what it sends is no longer counted. */
  readonly stopCounting: () => void
}

const MAX_REPORTS = 32

/** True the first time. */
export function firstReport(link: Link, what: string): boolean {
  link.reported ??= new Set()
  if (link.reported.has(what) || link.reported.size >= MAX_REPORTS) return false
  link.reported.add(what)
  return true
}

export const matches = (principal: Principal, target: KickTarget): boolean =>
  'sessionId' in target
    ? principal.sessionId === target.sessionId
    : 'gateway' in target
      ? principal.gateway === target.gateway
      : principal.credentialId === target.credentialId

/**
 * The client id that the broker works with. It carries its owner, so that nobody takes over, or inherits the stored
 * session of, another gateway's connection by using its client id, and a name such as `__proto__` stays a name.
 */
export function ownedId(principal: Principal, clientId: string): string {
  if (principal.kind === 'anonymous') return `anonymous/${clientId}`
  // Many controllers share the account, and it is known later which one this is.
  if (principal.kind === 'legacy') return `legacy/${principal.credentialId}/${clientId}`
  return `${ownerOf(principal, clientId)}/${clientId}`
}

/** Whose connections and sessions these are, for limits: a gateway, whichever of its credentials it uses. */
export const ownerOf = (principal: Principal, clientId: string): string =>
  principal.kind !== 'gateway'
    ? ownedId(principal, clientId)
    : `${principal.workspaceId}/${principal.gateway ?? `~${principal.credentialId}`}`
