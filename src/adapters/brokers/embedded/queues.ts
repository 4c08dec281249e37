import { Readable } from 'node:stream'
import type { AedesPersistence, AedesPublish } from './aedes.ts'
import { publishSize } from './packet-size.ts'

interface Entry {
  packet: AedesPublish
  messageId: number | undefined
  bytes: number
}

/** What is kept of one message besides its bytes. */
export const MESSAGE_OVERHEAD = 512

/** What a message takes while it is kept. */
export const costOf = (packet: AedesPublish): number => publishSize(packet, 5) + MESSAGE_OVERHEAD

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
  /** Frees all that is kept of a session. */
  drop(id: string): void
  /** Frees the ids of unreleased QoS 2 messages. */
  dropUnreleased(id: string): void
  unreleased(id: string): ReadonlySet<number>
  /** Sessions of which something is kept. */
  size(): number
}

const NONE: ReadonlySet<number> = new Set()

/** A message as parsed is a view of all bytes that arrived with it, 64 KiB at times: kept, it would hold on to them. */
export function ownBytes(payload: Uint8Array | string): Uint8Array {
  const given = typeof payload === 'string' ? Buffer.from(payload) : payload
  const copy = Buffer.allocUnsafeSlow(given.length)
  copy.set(given)
  return copy
}

/**
 * Messages that wait for their subscribers, and QoS 2 messages that were not released, of one process. In place of what aedes brings for
 * memory, which never frees the latter, keeps each of them whole where its id is enough, and takes out the wrong message where one
 * without an id yet is not to be delivered.
 * @param release told what is free again
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
    // One that found no room is delivered all the same, once.
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
