import type { Registry } from '../devices/registry.ts'
import type { BrokerConnection, Principal } from '../ports/broker.ts'

/** Pilot reports every two seconds; after a minute without a word a connection that nobody vouches for is gone (facts D5). */
const SILENCE_MS = 60_000
/** A gateway that has just connected tells its topology sooner than this. */
const INTRODUCTION_MS = 5_000

export interface Presence {
  connected(connection: BrokerConnection): void
  disconnected(connection: BrokerConnection, isDone?: boolean): void
  /** A message whose connection nobody named. */
  heard(principal: Principal, topic: string): void
  stop(): void
}

interface Entry {
  /** As the broker tells. */
  readonly told: Set<string>
  /** Made up from messages, while the broker tells nothing. */
  inferred: BrokerConnection | null
  readonly since: number
  lastAt: number
  asked: boolean
}

/**
 * Who is connected: as the broker says, or, where it says nothing, from the first message until a minute of silence. A
 * gateway that sends telemetry although this process has never seen its topology was connected before us; it is asked
 * once to connect again, since it tells its topology when it connects (facts D3).
 */
export function createPresence(parts: {
  readonly registry: Pick<Registry, 'connected' | 'disconnected' | 'get'>
  readonly now: () => number
  readonly repeat: (run: () => void, ms: number) => () => void
  /** Closes a gateway's connections. */
  readonly reintroduce: (gateway: string) => void
}): Presence {
  const { registry, now } = parts
  const entries = new Map<string, Entry>()

  function entryOf(gateway: string): Entry {
    let entry = entries.get(gateway)
    if (entry === undefined) {
      entry = { told: new Set(), inferred: null, since: now(), lastAt: now(), asked: false }
      entries.set(gateway, entry)
    }
    return entry
  }

  function drop(gateway: string, entry: Entry): void {
    const { inferred } = entry
    entry.inferred = null
    if (inferred !== null) registry.disconnected(gateway, inferred)
    if (entry.told.size === 0) entries.delete(gateway)
  }

  const cancel = parts.repeat(() => {
    for (const [gateway, entry] of entries) if (now() - entry.lastAt > SILENCE_MS) drop(gateway, entry)
  }, SILENCE_MS / 4)

  function infer(gateway: string, entry: Entry, principal: Principal): void {
    const before = entry.inferred
    if (before?.principal === principal) return
    entry.inferred = { id: `${gateway}@${now()}`, clientId: gateway, address: '', principal }
    // The new one first: the gateway was never gone.
    registry.connected(gateway, entry.inferred)
    if (before !== null) registry.disconnected(gateway, before)
  }

  return {
    connected(connection) {
      const { gateway } = connection.principal
      if (gateway === null) return
      const entry = entryOf(gateway)
      entry.told.add(connection.id)
      registry.connected(gateway, connection)
      drop(gateway, entry)
    },
    disconnected(connection, isDone) {
      const { gateway } = connection.principal
      if (gateway === null) return
      const entry = entries.get(gateway)
      entry?.told.delete(connection.id)
      registry.disconnected(gateway, connection, isDone)
      if (entry !== undefined && entry.told.size === 0 && entry.inferred === null) entries.delete(gateway)
    },
    heard(principal, topic) {
      const { gateway } = principal
      if (gateway === null) return
      const entry = entryOf(gateway)
      entry.lastAt = now()
      if (entry.told.size === 0) infer(gateway, entry, principal)
      const stranger = topic.endsWith('/osd') && registry.get(gateway)?.model === null
      if (!stranger || entry.asked || now() - entry.since < INTRODUCTION_MS) return
      entry.asked = true
      parts.reintroduce(gateway)
    },
    stop: () => cancel(),
  }
}
