import type { AedesBroker, AedesClient, AedesConnect, AedesParsed, AedesPublish } from './aedes.ts'
import { publishSize } from './packet-size.ts'
import { costOf, ownBytes } from './session-store.ts'

/** The bytes of our CONNACK and SUBACK without a reason in words. */
const LEAST_PACKET = 128
/** A client that accepts fewer bytes gets no reason in words. */
const ROOM_FOR_REASONS = 1_024
/**
 * The most bytes that wait here until a client acknowledges earlier messages. Above it, a message is only in the
 * client's stored session, if it has one.
 */
const MAX_WAITING = 1024 * 1024
/** The Receive Maximum of a client that sends none. */
const ALL = 65_535

/** The fault in the limits that a client sends in CONNECT. Null: there is none. */
export function wrongWith({ properties }: AedesConnect): string | null {
  if (properties?.receiveMaximum === 0) return 'Receive Maximum is 0'
  const { maximumPacketSize } = properties ?? {}
  if (maximumPacketSize === undefined || maximumPacketSize >= LEAST_PACKET) return null
  return `Maximum Packet Size is below ${LEAST_PACKET}`
}

/**
 * Whether the message has not expired and is small enough for the client.
 * @param now ms since the epoch. It is called only for a message that expires.
 */
export function isWanted(client: AedesClient, packet: AedesPublish, now: () => number): boolean {
  const { maximumPacketSize: most, version } = client
  if (packet.messageExpiry !== undefined && packet.messageExpiry <= now()) return false
  return most === undefined || publishSize(packet, version) <= most
}

/**
 * Applies the limits that an MQTT 5 client has sent in CONNECT. Call it when the client is accepted.
 * @returns its Receive Maximum. Null: it takes any number of messages
 */
export function prepareDelivery(broker: AedesBroker, client: AedesClient): Window | null {
  if (client.version !== 5) return null
  // A session without an expiry ends with this connection, but this connection still resumes it. aedes would delete its queue.
  if (client.clean && client._cleanStart === false) client.clean = false
  if ((client.maximumPacketSize ?? ROOM_FOR_REASONS) < ROOM_FOR_REASONS)
    client._requestProblemInformation = false
  return limitDelivery(client, (packet) => broker.authorizeForward(client, packet) !== null)
}

/** Sends the queue of a resumed session only as fast as the client acknowledges it. */
export function holdBackQueues(
  broker: AedesBroker,
  windowOf: (client: AedesClient) => Window | null | undefined,
): void {
  const { persistence } = broker
  const update = persistence.outgoingUpdate.bind(persistence)
  persistence.outgoingUpdate = async (owner, packet) => {
    // aedes passes the client itself as the owner.
    const window = windowOf(owner as AedesClient)
    if (window?.isResuming() === true) await window.slot()
    return update(owner, packet)
  }
  broker.on('clientReady', (client) => windowOf(client)?.opened())
}

/** The Receive Maximum of MQTT 5: how many messages may be sent to a client that it has not acknowledged yet. */
export interface Window {
  /** Call it for every packet of the client. */
  heard(packet: AedesParsed): void
  /** Call it when the stored queue has been sent. Messages that came meanwhile follow. */
  opened(): void
  /** True while its stored queue is being sent. */
  isResuming(): boolean
  /** Resolves when one more may be sent. Rejects when the connection is closed. */
  slot(): Promise<void>
  /** Call it if a message that had a slot was not sent. */
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
 * aedes ignores the Receive Maximum. So this takes each message before aedes delivers it. Messages that may not be sent
 * yet wait here, and their publisher does not wait.
 * @param mayHear whether the message would be sent at all
 */
function limitDelivery(client: AedesClient, mayHear: (packet: AedesPublish) => boolean): Window | null {
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

  /** Whether the client will acknowledge the message. It will not if aedes drops the message or sends it with QoS 0. */
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

  // QoS 0 waits too: aedes takes a message that is older than the newest delivered one for a duplicate.
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
