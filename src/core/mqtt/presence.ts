import type { Registry } from '../devices/registry.ts'
import { isSilence } from '../health/lateness.ts'
import type { BrokerConnection, Principal } from '../ports/broker.ts'

/**
 * Pilot reports every two seconds (facts D5). If the broker does not report connections, a gateway counts as connected
 * until no message came for this time.
 */
const SILENCE_MS = 60_000
/** A gateway that has just connected sends its topology sooner than this. */
const INTRODUCTION_MS = 5_000

/**
 * Who is connected, as the broker reports it. If the broker does not report it, a gateway counts as connected from its
 * first message until it was silent for a minute.
 */
export interface Presence {
  connected(connection: BrokerConnection): void
  disconnected(connection: BrokerConnection, isDone?: boolean): void
  /** A message came, and the broker did not say by which connection. */
  heard(principal: Principal, topic: string): void
  /** The principal has a gateway from now on. */
  tied(principal: Principal): void
  /** Takes the gateway away from a connection. Its next message binds it again, or is refused. */
  untie(connection: BrokerConnection): void
  /** The newest connection of this principal that the broker has reported. */
  of(principal: Principal): BrokerConnection | undefined
  /** The connections of this gateway that the broker has reported. */
  at(gateway: string): readonly BrokerConnection[]
  /** The principal of the newest of them. */
  speaker(gateway: string): Principal | undefined
  /** The sessions of all connections that the broker has reported, also of those without a gateway. */
  sessionIds(): ReadonlySet<string>
  stop(): void
}

/** What is known of one gateway. */
interface Entry {
  /** By id, as the broker reports them. */
  readonly told: Map<string, BrokerConnection>
  /** Assumed because messages come, if the broker reports no connections. */
  inferred: BrokerConnection | null
  readonly since: number
  lastAt: number
  asked: boolean
}

export function createPresence(parts: {
  readonly registry: Pick<Registry, 'connected' | 'disconnected' | 'get'>
  readonly now: () => number
  /** ms since then in which this process could not listen, so that silence proves nothing. */
  readonly missedSince: (at: number) => number
  readonly repeat: (run: () => void, ms: number) => () => void
  /** Closes a gateway's connections. */
  readonly reintroduce: (gateway: string) => void
}): Presence {
  const { registry, now } = parts
  const newest = new Map<Principal, BrokerConnection>()
  const entries = new Map<string, Entry>()

  function entryOf(gateway: string): Entry {
    let entry = entries.get(gateway)
    if (entry === undefined) {
      entry = { told: new Map(), inferred: null, since: now(), lastAt: now(), asked: false }
      entries.set(gateway, entry)
    }
    return entry
  }

  function leave({ id, principal: { gateway } }: BrokerConnection): void {
    const entry = gateway === null ? undefined : entries.get(gateway)
    if (gateway === null || entry === undefined) return
    entry.told.delete(id)
    if (entry.told.size === 0 && entry.inferred === null) entries.delete(gateway)
  }

  function drop(gateway: string, entry: Entry): void {
    const { inferred } = entry
    entry.inferred = null
    if (inferred !== null) registry.disconnected(gateway, inferred)
    if (entry.told.size === 0) entries.delete(gateway)
  }

  const cancel = parts.repeat(() => {
    for (const [gateway, entry] of entries)
      if (isSilence(now() - entry.lastAt, SILENCE_MS, () => parts.missedSince(entry.lastAt)))
        drop(gateway, entry)
  }, SILENCE_MS / 4)

  function infer(gateway: string, entry: Entry, principal: Principal): void {
    const before = entry.inferred
    if (before?.principal === principal) return
    entry.inferred = { id: `${gateway}@${now()}`, clientId: gateway, address: '', principal }
    // The new connection is added first, so that the gateway does not go offline for a moment.
    registry.connected(gateway, entry.inferred)
    if (before !== null) registry.disconnected(gateway, before)
  }

  return {
    connected(connection) {
      const { principal } = connection
      newest.set(principal, connection)
      if (principal.gateway === null) return
      const entry = entryOf(principal.gateway)
      entry.told.set(connection.id, connection)
      registry.connected(principal.gateway, connection)
      drop(principal.gateway, entry)
    },
    disconnected(connection, isDone) {
      const { principal, id } = connection
      if (newest.get(principal)?.id === id) newest.delete(principal)
      leave(connection)
      if (principal.gateway !== null) registry.disconnected(principal.gateway, connection, isDone)
    },
    heard(principal, topic) {
      const { gateway } = principal
      if (gateway === null) return
      const entry = entryOf(gateway)
      entry.lastAt = now()
      if (entry.told.size === 0) infer(gateway, entry, principal)
      // A gateway sends its topology when it connects (facts D3). If it sends OSD and this process does not know its
      // topology, it connected before this process started. Its connection is closed once, so that it connects again.
      const isStranger = topic.endsWith('/osd') && registry.get(gateway)?.model === null
      if (!isStranger || entry.asked || now() - entry.since < INTRODUCTION_MS) return
      entry.asked = true
      parts.reintroduce(gateway)
    },
    tied(principal) {
      const connection = newest.get(principal)
      if (connection === undefined || principal.gateway === null) return
      entryOf(principal.gateway).told.set(connection.id, connection)
      registry.connected(principal.gateway, connection)
    },
    untie(connection) {
      const { gateway } = connection.principal
      leave(connection)
      connection.principal.gateway = null
      if (gateway !== null) registry.disconnected(gateway, connection)
    },
    of: (principal) => newest.get(principal),
    at: (gateway) => [...(entries.get(gateway)?.told.values() ?? [])],
    speaker(gateway) {
      let last: Principal | undefined
      for (const { principal } of entries.get(gateway)?.told.values() ?? []) last = principal
      return last
    },
    sessionIds() {
      const ids = new Set<string>()
      for (const { kind, sessionId } of newest.keys())
        if (kind === 'gateway' && sessionId !== '') ids.add(sessionId)
      return ids
    },
    stop: () => cancel(),
  }
}
