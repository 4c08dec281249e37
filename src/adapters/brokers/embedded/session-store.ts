import type { AedesPublish } from './aedes.ts'
import type { BrokerLimits } from './options.ts'
import { publishSize } from './packet-size.ts'

/** What keeps the queues and message ids of stored sessions: the memory of this process, or a Redis that several share. */
export interface SessionStore {
  readonly ledger: Ledger
  /** Deletes the messages that wait in a session. */
  drop(id: string): unknown
  /** Deletes the ids of its unreleased QoS 2 messages. */
  dropUnreleased(id: string): unknown
  unreleased(id: string): Promise<Iterable<number>>
  /** The client of a session that continues has left this node. */
  left?(id: string): void
}

/** Counts the stored sessions of each holder, when they end, and how many bytes wait in them. */
export interface Ledger {
  /**
   * Keeps a session until `endsAt` (ms since the epoch). Calling it again changes that time.
   * @param gateway the gateway whose topics the session contains, once it is known. From then on the session counts for
   * that gateway.
   * @returns sessions that have to end because their holder has too many: of those without a connection, the ones that
   * would end first
   */
  keep(
    id: string,
    endsAt: number,
    isLive: (id: string) => boolean,
    gateway?: string | null,
  ): Awaitable<readonly string[]>
  forget(id: string): Awaitable<void>
  /** Sessions that have expired. */
  due(now: number): Awaitable<readonly string[]>
  /** False: a quota has no room for so many bytes. */
  reserve(id: string, bytes: number): Awaitable<boolean>
  release(id: string, bytes: number): Awaitable<void>
}

export type Awaitable<Value> = Value | Promise<Value>

export type LedgerLimits = Pick<
  BrokerLimits,
  | 'sessionsPerGateway'
  | 'sessionsPerWorkspace'
  | 'sessionsPerAccount'
  | 'queuedBytesPerGateway'
  | 'queuedBytesPerWorkspace'
>

/** The holders whose quotas a session counts for. */
export interface Holders {
  /** A workspace, or an account that many controllers share: a static one, or that of all anonymous clients. */
  readonly workspace: string
  /** A gateway; or an issued credential, or a client of a shared account, that is not bound to a gateway yet. */
  readonly owner: string
  readonly isShared: boolean
}

/**
 * Reads an id as `ownedId` makes it; names in it have no slash.
 * @param gateway the one that the session is bound to. The sessions of a shared account are counted separately at each
 * gateway, so they cannot end the sessions of the gateway's own credentials.
 */
export function holdersOf(id: string, gateway: string | null = null): Holders {
  const first = id.indexOf('/')
  const second = id.indexOf('/', first + 1)
  const kind = id.slice(0, Math.max(0, first))
  const isShared = kind === 'anonymous' || kind === 'legacy'
  const workspace = kind === 'legacy' && second > 0 ? id.slice(0, second) : kind
  // A client id is never empty, so the double slash cannot be part of another owner.
  if (gateway !== null)
    return { workspace, owner: `${workspace}${isShared ? '//' : '/'}${gateway}`, isShared }
  return { workspace, owner: isShared || second < 0 ? id : id.slice(0, second), isShared }
}

/** How many sessions a workspace or a shared account may store. */
export const mostSessions = (limits: LedgerLimits, { isShared }: Holders): number =>
  isShared ? limits.sessionsPerAccount : limits.sessionsPerWorkspace

/** Bytes that are kept for one message besides the message itself. */
export const MESSAGE_OVERHEAD = 512

/** Bytes that a message takes while it is kept. */
export const costOf = (packet: AedesPublish): number => publishSize(packet, 5) + MESSAGE_OVERHEAD

/** A copy. A parsed payload is a view of all bytes that arrived with it, up to 64 KiB, and would keep all of them in memory. */
export function ownBytes(payload: Uint8Array | string): Uint8Array {
  const given = typeof payload === 'string' ? Buffer.from(payload) : payload
  const copy = Buffer.allocUnsafeSlow(given.length)
  copy.set(given)
  return copy
}
