import type { AedesClient, AedesParsed, AedesPublish } from './aedes.ts'
import { costOf, ownBytes } from './queues.ts'

/** Bytes that wait for a client to acknowledge others. More is left to its stored session, if it has one. */
const MAX_WAITING = 1024 * 1024
/** What a client takes that says nothing: as many as there are ids. */
const ALL = 65_535

/** MQTT 5's Receive Maximum: what one client has been sent and not acknowledged. */
export interface Window {
  /** To be told of every packet of the client. */
  heard(packet: AedesParsed): void
  /** Its stored queue has been sent: what came meanwhile follows. */
  opened(): void
  /** True while its stored queue is being sent. */
  isResuming(): boolean
  /** Resolves when one more may be sent; rejects when the connection is gone. */
  slot(): Promise<void>
  /** One that had a slot was not sent after all. */
  giveBack(): void
  close(): void
}

interface Held {
  readonly packet: AedesPublish
  readonly deliver: (packet: AedesPublish, done: () => void) => void
}

const ends = ({ cmd, reasonCode = 0 }: AedesParsed): boolean =>
  cmd === 'puback' || cmd === 'pubcomp' || (cmd === 'pubrec' && reasonCode >= 0x80)

/**
 * aedes stores the Receive Maximum and ignores it. Put between its subscriptions and its delivery: what may not be sent yet waits
 * here, and the publisher is not kept waiting with it.
 * @param mayHear whether the message would be sent at all
 * @returns null for a client that takes everything
 */
export function limitDelivery(
  client: AedesClient,
  mayHear: (packet: AedesPublish) => boolean,
): Window | null {
  const most = client.receiveMaximum ?? ALL
  if (most >= ALL) return null
  const deliverQoS = client.deliverQoS.bind(client)
  const deliver0 = client.deliver0.bind(client)
  const waiting: Held[] = []
  let waitingBytes = 0
  const slots: { resolve: () => void; reject: (error: Error) => void }[] = []
  let sent = 0
  let resuming = true
  let closed = false
  let pumping = false

  /** What aedes will drop, or send at QoS 0, is never acknowledged. */
  const isAwaited = (packet: AedesPublish): boolean => {
    const { brokerId, brokerCounter = 0 } = packet
    if (packet.qos === 0 || client.subscriptions[packet.topic]?.qos === 0) return false
    if (brokerId !== undefined && (client.duplicates[brokerId] ?? 0) >= brokerCounter) return false
    return mayHear(packet)
  }

  function pump(): void {
    while (sent < most && slots.length > 0) {
      sent += 1
      slots.shift()?.resolve()
    }
    pumping = true
    while (!resuming && sent < most && waiting.length > 0) {
      const { packet, deliver } = waiting.shift() as Held
      waitingBytes -= costOf(packet)
      if (isAwaited(packet)) sent += 1
      deliver(packet, () => undefined)
    }
    pumping = false
  }

  function hold(packet: AedesPublish, deliver: Held['deliver'], done: () => void): void {
    const bytes = waitingBytes + costOf(packet)
    if (!closed && bytes <= MAX_WAITING) {
      waitingBytes = bytes
      waiting.push({ packet: Object.assign(packet, { payload: ownBytes(packet.payload) }), deliver })
    }
    setImmediate(done)
  }

  // QoS 0 waits behind the others: aedes takes what is older than the newest delivered for a duplicate.
  const mustWait = (): boolean => !pumping && (resuming || waiting.length > 0)

  client.deliver0 = (packet, done) => {
    if (mustWait()) hold(packet, deliver0, done)
    else deliver0(packet, done)
  }

  client.deliverQoS = (packet, done) => {
    if (mustWait()) return hold(packet, deliverQoS, done)
    if (!isAwaited(packet)) return deliverQoS(packet, done)
    if (sent >= most) return hold(packet, deliverQoS, done)
    sent += 1
    deliverQoS(packet, done)
  }

  return {
    heard(packet) {
      if (!ends(packet)) return
      sent = Math.max(0, sent - 1)
      pump()
    },
    opened() {
      resuming = false
      pump()
    },
    isResuming: () => resuming,
    slot: () =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('connection closed'))
        slots.push({ resolve, reject })
        pump()
      }),
    giveBack() {
      sent = Math.max(0, sent - 1)
      pump()
    },
    close() {
      closed = true
      waiting.length = 0
      for (const { reject } of slots.splice(0)) reject(new Error('connection closed'))
    },
  }
}
