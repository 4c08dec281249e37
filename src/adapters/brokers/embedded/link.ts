import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { BrokerConnection, KickTarget, Principal } from '../../../core/ports/broker.ts'
import type { AedesBroker, AedesClient, AedesWill } from './aedes.ts'
import type { Window } from './delivery.ts'
import type { Ticket } from './limiter.ts'
import { holdersOf } from './session-store.ts'

/** One connection, from accept to close. */
export interface Link {
  readonly id: string
  readonly address: string
  readonly ticket: Ticket
  readonly conn: Duplex
  readonly client: AedesClient
  /** With mutual TLS the name in the client's certificate; otherwise null. */
  readonly certificate: string | null
  /** As the client sent it. */
  clientId: string | null
  /** The will in CONNECT, until the client is accepted. */
  will: AedesWill | undefined
  /** Set when the client is accepted. */
  connection: BrokerConnection | null
  /** Targets kicked while CONNECT was being checked: the result of that check may be out of date. */
  kicked: KickTarget[]
  closed: boolean
  /**
   * True: the client exceeded a limit, and the broker is about to say so and close. Its further packets are ignored.
   */
  isSentAway: boolean
  /** It has sent DISCONNECT. */
  isDone: boolean
  /** Filters that it has subscribed to, those of a resumed session included. */
  readonly filters: Set<string>
  /** Filters that were denied. aedes stores them anyway. */
  denied: string[]
  /** Refusals that were reported, so that a client that repeats itself does not fill the log. */
  reported: Set<string> | null
  /** Set with `connection`. */
  owner: string | null
  /** The owner whose budget of packets and bytes it uses, as `payerOf` says. Set with `connection`. */
  payer: { readonly gateway: string | null; readonly name: string } | null
  /** Ids of QoS 2 messages that it has sent and not released. */
  readonly begun: Set<number>
  /** Null: it takes any number of messages at once. */
  window: Window | null
  /** Call it when the client is accepted: its bytes are no longer limited. */
  readonly stopCounting: () => void
}

/** The reasons that an MQTT 5 client gets in DISCONNECT. */
const REASON_CODES = {
  kicked: 0x98,
  shutdown: 0x8b,
  /** Its gateway has too many connections. */
  quota: 0x97,
  rate: 0x96,
  bytes: 0x96,
  parts: 0x95,
  in_flight: 0x93,
} as const
/** If a client does not take its DISCONNECT in this time, its socket is closed, ms. */
const GOODBYE_MS = 500
const MAX_REPORTS = 32

/** Resolves when the connection is closed. */
export async function closeLink(
  broker: AedesBroker,
  link: Link,
  why: keyof typeof REASON_CODES,
): Promise<void> {
  const { client, conn } = link
  dropWill(broker, link)
  if (link.closed) return
  const closed = once(conn, 'close')
  const force = setTimeout(() => conn.destroy(), GOODBYE_MS)
  if (client.disconnect !== undefined) client.disconnect({ reasonCode: REASON_CODES[why] })
  else client.close()
  await closed.catch(() => undefined)
  clearTimeout(force)
}

/**
 * Keeps aedes from publishing the will of a client that we close, or whose connection is taken over (facts brokers). In
 * both cases the will would be wrong, because the platform knows what happened.
 */
export function dropWill(broker: AedesBroker, link: Link): void {
  if (link.client.will === null) return
  link.client.will = null
  broker.persistence.delWill({ id: link.client.id, brokerId: broker.id }).catch(() => undefined)
}

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

/** The name of a static account may contain any character. */
const withoutSlash = (name: string): string => name.replaceAll('%', '%25').replaceAll('/', '%2F')

/**
 * The client id that aedes works with. It begins with the owner, so no client can take over the connection of another
 * gateway, or get its stored session, by using its client id. A name such as `__proto__` is harmless in it.
 */
export function ownedId(principal: Principal, clientId: string): string {
  if (principal.kind === 'anonymous') return `anonymous/${clientId}`
  // Many controllers share the account. It becomes known later which of them this client is.
  if (principal.kind === 'legacy') return `legacy/${withoutSlash(principal.credentialId)}/${clientId}`
  return `${ownerOf(principal, clientId)}/${clientId}`
}

/** The owner of the limits that a connection counts for: its gateway, with any of its credentials. */
export const ownerOf = (principal: Principal, clientId: string): string =>
  principal.kind !== 'gateway'
    ? ownedId(principal, clientId)
    : `${principal.workspaceId}/${principal.gateway ?? `~${principal.credentialId}`}`

/**
 * The owner whose budget of packets and bytes a connection uses: the gateway that it is bound to. Before it is bound,
 * all clients of a shared account at one address use one budget, because a client can choose any number of client ids.
 */
export function payerOf({ principal, clientId, address }: BrokerConnection): string {
  const id = ownedId(principal, clientId)
  const { workspace, owner, isShared } = holdersOf(id, principal.gateway)
  return isShared && principal.gateway === null ? `${workspace}//~${address}` : owner
}
