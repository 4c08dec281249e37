import { Readable } from 'node:stream'
import type { AedesPersistence, AedesPublish } from './aedes.ts'
import {
  costOf,
  holdersOf,
  type Ledger,
  type LedgerLimits,
  MESSAGE_OVERHEAD,
  mostSessions,
  ownBytes,
  type SessionStore,
} from './session-store.ts'

/**
 * Replaces the queues in the memory persistence of aedes with ours. Subscriptions and wills stay in the persistence of
 * aedes.
 */
export function memoryStore(persistence: AedesPersistence, limits: LedgerLimits): SessionStore {
  const ledger = memoryLedger(limits)
  const { drop, dropUnreleased, unreleased, size: _, ...methods } = memoryQueues(ledger.release)
  Object.assign(persistence, methods)
  return { ledger, drop, dropUnreleased, unreleased: async (id) => unreleased(id) }
}

interface Entry {
  packet: AedesPublish
  messageId: number | undefined
  bytes: number
}

type QueueMethods = Pick<
  AedesPersistence,
  | 'outgoingEnqueueCombi'
  | 'outgoingUpdate'
  | 'outgoingClearMessageId'
  | 'outgoingStream'
  | 'incomingStorePacket'
  | 'incomingGetPacket'
  | 'incomingDelPacket'
>

export interface Queues extends QueueMethods {
  /** Deletes all messages and ids of a session. */
  drop(id: string): void
  /** Deletes the ids of unreleased QoS 2 messages. */
  dropUnreleased(id: string): void
  unreleased(id: string): ReadonlySet<number>
  /** How many sessions have messages or ids. */
  size(): number
}

const NONE: ReadonlySet<number> = new Set()

/**
 * The messages that wait for their subscribers and the ids of unreleased QoS 2 messages, of one process. Replaces the
 * memory queues of aedes, which have three faults. They never free unreleased messages. They keep whole messages
 * although the id is enough. They remove the wrong message if one without an id is not delivered.
 * @param release called with the number of bytes that are free again
 */
export function memoryQueues(release: (id: string, bytes: number) => void): Queues {
  const outgoing = new Map<string, Entry[]>()
  const incoming = new Map<string, Set<number>>()

  function take(id: string, index: number): AedesPublish {
    const queue = outgoing.get(id) as Entry[]
    const [entry] = queue.splice(index, 1) as [Entry]
    if (queue.length === 0) outgoing.delete(id)
    release(id, entry.bytes)
    return entry.packet
  }

  const isSame = (entry: Entry, packet: AedesPublish): boolean =>
    entry.packet.brokerId === packet.brokerId && entry.packet.brokerCounter === packet.brokerCounter

  return {
    async outgoingEnqueueCombi(subs, packet) {
      const bytes = costOf(packet)
      const kept = { ...packet, payload: ownBytes(packet.payload) }
      for (const { clientId } of subs) {
        const queue = outgoing.get(clientId)
        const entry: Entry = { packet: kept, messageId: undefined, bytes }
        if (queue === undefined) outgoing.set(clientId, [entry])
        else queue.push(entry)
      }
    },
    // A message for which the quota had no room is not in the queue. It is still delivered once.
    async outgoingUpdate({ id }, packet) {
      const queue = outgoing.get(id) ?? []
      if (packet.cmd !== 'pubrel') {
        const entry = queue.find((one) => isSame(one, packet))
        if (entry !== undefined) entry.messageId = packet.messageId
        return
      }
      const entry = queue.find(({ messageId }) => messageId === packet.messageId)
      if (entry === undefined) return
      entry.packet = packet
      release(id, entry.bytes - MESSAGE_OVERHEAD)
      entry.bytes = MESSAGE_OVERHEAD
    },
    async outgoingClearMessageId({ id }, packet) {
      const index = (outgoing.get(id) ?? []).findIndex((entry) =>
        packet.messageId === undefined ? isSame(entry, packet) : entry.messageId === packet.messageId,
      )
      return index < 0 ? undefined : take(id, index)
    },
    outgoingStream: ({ id }) =>
      Readable.from(
        (outgoing.get(id) ?? []).map(({ packet, messageId }) => ({
          ...packet,
          messageId,
          dup: messageId !== undefined,
        })),
      ),
    async incomingStorePacket({ id }, { messageId }) {
      const ids = incoming.get(id)
      if (ids === undefined) incoming.set(id, new Set([Number(messageId)]))
      else ids.add(Number(messageId))
    },
    async incomingGetPacket({ id }, { messageId }) {
      if (incoming.get(id)?.has(Number(messageId)) !== true) throw new Error('no such packet')
      return { messageId }
    },
    async incomingDelPacket({ id }, { messageId }) {
      const ids = incoming.get(id)
      ids?.delete(Number(messageId))
      if (ids?.size === 0) incoming.delete(id)
    },
    drop(id) {
      for (const { bytes } of outgoing.get(id) ?? []) release(id, bytes)
      outgoing.delete(id)
      incoming.delete(id)
    },
    dropUnreleased: (id) => void incoming.delete(id),
    unreleased: (id) => incoming.get(id) ?? NONE,
    size: () => new Set([...outgoing.keys(), ...incoming.keys()]).size,
  }
}

interface Holder {
  readonly sessions: Set<string>
  bytes: number
}

interface Session {
  owner: string
  readonly workspace: string
  endsAt: number
  bytes: number
}

/** The ledger of one process. */
export function memoryLedger(limits: LedgerLimits): Ledger & { readonly size: () => number } {
  const sessions = new Map<string, Session>()
  const owners = new Map<string, Holder>()
  const workspaces = new Map<string, Holder>()

  function holder(of: Map<string, Holder>, name: string): Holder {
    let found = of.get(name)
    if (found === undefined) {
      found = { sessions: new Set(), bytes: 0 }
      of.set(name, found)
    }
    return found
  }

  function firstToEnd(of: Holder, except: string, isLive: (id: string) => boolean): string | null {
    let first: string | null = null
    let at = Number.POSITIVE_INFINITY
    for (const id of of.sessions) {
      const { endsAt } = sessions.get(id) as Session
      if (id === except || endsAt >= at || isLive(id)) continue
      first = id
      at = endsAt
    }
    return first
  }

  function add(session: Session, bytes: number): void {
    session.bytes += bytes
    holder(owners, session.owner).bytes += bytes
    holder(workspaces, session.workspace).bytes += bytes
  }

  function leave(of: Map<string, Holder>, name: string, id: string): void {
    const found = of.get(name)
    found?.sessions.delete(id)
    if (found?.sessions.size === 0) of.delete(name)
  }

  return {
    keep(id, endsAt, isLive, gateway = null) {
      const known = sessions.get(id)
      const holders = holdersOf(id, gateway)
      const { workspace } = holders
      // A session that was bound to a gateway stays bound, because its subscriptions are still stored.
      const owner = gateway === null ? (known?.owner ?? holders.owner) : holders.owner
      if (known !== undefined) {
        known.endsAt = endsAt
        if (known.owner === owner) return []
        holder(owners, known.owner).bytes -= known.bytes
        leave(owners, known.owner, id)
        known.owner = owner
        holder(owners, owner).bytes += known.bytes
      } else sessions.set(id, { owner, workspace, endsAt, bytes: 0 })
      const [own, all] = [holder(owners, owner), holder(workspaces, workspace)]
      own.sessions.add(id)
      all.sessions.add(id)
      const first =
        own.sessions.size > limits.sessionsPerGateway
          ? firstToEnd(own, id, isLive)
          : all.sessions.size > mostSessions(limits, holders)
            ? (firstToEnd(own, id, isLive) ?? firstToEnd(all, id, isLive))
            : null
      return first === null ? [] : [first]
    },
    forget(id) {
      const session = sessions.get(id)
      if (session === undefined) return
      add(session, -session.bytes)
      sessions.delete(id)
      leave(owners, session.owner, id)
      leave(workspaces, session.workspace, id)
    },
    due(now) {
      const found: string[] = []
      for (const [id, { endsAt }] of sessions) if (endsAt <= now) found.push(id)
      return found
    },
    reserve(id, bytes) {
      const session = sessions.get(id)
      if (session === undefined) return false
      const used = holder(owners, session.owner).bytes + bytes
      const all = holder(workspaces, session.workspace).bytes + bytes
      if (used > limits.queuedBytesPerGateway || all > limits.queuedBytesPerWorkspace) return false
      add(session, bytes)
      return true
    },
    release(id, bytes) {
      const session = sessions.get(id)
      if (session !== undefined) add(session, -Math.min(bytes, session.bytes))
    },
    size: () => sessions.size,
  }
}
