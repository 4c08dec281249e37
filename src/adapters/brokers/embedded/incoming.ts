import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AedesParsed } from './aedes.ts'
import type { LateAcks } from './late-ack.ts'
import { type Link, payerOf } from './link.ts'
import type { BrokerLimits } from './options.ts'

/**
 * Checks every packet of a connection before aedes gets it. A packet that makes aedes throw costs its sender the connection;
 * without this it would end the process. SUBSCRIBE of `__proto__` was such a packet [seen, 2.0.0-beta.1].
 */
export function guardPackets(
  link: Link,
  parts: {
    readonly limits: Pick<BrokerLimits, 'filtersPerPacket' | 'inFlight'>
    readonly budgets: Budgets
    /** When parsing of the current packets began, ms. */
    readonly began: () => number
    /** With Redis only. */
    readonly acks: Pick<LateAcks, 'begin'> | null
    /** Called once, when the client has exceeded a limit. Its further packets are ignored. */
    readonly exceeded: (excess: NonNullable<Excess>) => void
  },
): void {
  const { client, conn } = link
  const { budgets, began, acks } = parts
  const tally = createTally(parts.limits, budgets, link.begun)
  const parser = client._parser
  // aedes 1 and 2 have exactly one listener here, and it is called with the parser as `this`.
  const [handle] = parser.listeners('packet') as readonly ((packet: AedesParsed) => void)[]
  if (handle === undefined) return

  function mayPass(packet: AedesParsed): boolean {
    // A closed socket still has packets in its buffer.
    if (link.closed || link.isSentAway || conn.destroyed) return false
    const now = began()
    const excess = tally(packet, currentPayer(link, budgets, now), now)
    if (excess !== null) {
      link.isSentAway = true
      parts.exceeded(excess)
      return false
    }
    // In MQTT 5 a reason code other than 0 means that there was a fault, or that the client wants its will to be
    // published.
    if (packet.cmd === 'disconnect') link.isDone = (packet.reasonCode ?? 0) === 0
    for (const filter of packet.unsubscriptions ?? []) link.filters.delete(filter)
    link.window?.heard(packet)
    acks?.begin(packet)
    if (isHostile(packet)) throw new Error('topic is an inherited name')
    return true
  }

  parser.removeAllListeners('packet')
  parser.on('packet', (packet) => {
    try {
      if (mayPass(packet)) handle.call(parser, packet)
    } catch (error) {
      client.emit('error', error instanceof Error ? error : new Error('packet could not be handled'))
    }
  })
}

/**
 * Limits the bytes that a client may send before it is accepted, because aedes buffers all of them (facts brokers: 120
 * MB).
 * @param socket the socket that counts bytes; with WebSocket it is not the stream that aedes reads
 * @returns a function to call when the client is accepted
 */
export function limitBytes(conn: Duplex, socket: Socket, limit: number, exceeded: () => void): () => void {
  // The front has read some bytes already. Bytes that it put back are counted here, but not a PROXY header.
  const before = socket.bytesRead - conn.readableLength
  const check = (): void => {
    if (socket.bytesRead - before <= limit) return
    conn.off('readable', check)
    exceeded()
  }
  // Before the listener of aedes, which reads in the same event.
  conn.prependListener('readable', check)
  return () => conn.off('readable', check)
}

/** Which limit a packet exceeds. Null: none. */
export type Excess = 'rate' | 'bytes' | 'parts' | 'in_flight' | null

/**
 * Counts what one connection sends: the parts of each packet, and the QoS 2 messages that it has not released. Once the
 * client is accepted, it also counts packets and bytes of its owner's budget.
 * @param unreleased ids of QoS 2 messages that are not released, including those of its earlier connections
 */
export function createTally(
  limits: Pick<BrokerLimits, 'filtersPerPacket' | 'inFlight'>,
  budgets: Pick<Budgets, 'take'>,
  unreleased: Set<number> = new Set(),
) {
  /** @param now ms, of a clock that never goes back */
  return (packet: AedesParsed, owner: string | null, now: number): Excess => {
    if (isOversized(packet, limits)) return 'parts'
    const over = owner === null ? null : budgets.take(owner, packet, now)
    if (over !== null) return over
    const { cmd, qos, messageId } = packet
    if (messageId === undefined) return null
    if (cmd === 'publish' && qos === 2) unreleased.add(messageId)
    if (cmd === 'pubrel') unreleased.delete(messageId)
    return unreleased.size > limits.inFlight ? 'in_flight' : null
  }
}

export type BudgetLimits = Pick<
  BrokerLimits,
  'packetsPerSecond' | 'packetBurst' | 'bytesPerSecond' | 'byteBurst'
>

export type Budgets = ReturnType<typeof createBudgets>

interface Budget {
  packets: number
  bytes: number
  at: number
  /** How many live connections use this budget. */
  users: number
}

/**
 * Budgets of packets and bytes per second. A full budget lasts for a few seconds. All connections of one owner share
 * one budget, so a new or second connection gets nothing extra.
 */
export function createBudgets(limits: BudgetLimits) {
  const budgets = new Map<string, Budget>()

  function fill(budget: Budget, now: number): void {
    const seconds = Math.max(0, now - budget.at) / 1000
    budget.packets = Math.min(limits.packetBurst, budget.packets + seconds * limits.packetsPerSecond)
    budget.bytes = Math.min(limits.byteBurst, budget.bytes + seconds * limits.bytesPerSecond)
    budget.at = now
  }

  return {
    /** @param now ms, of a clock that never goes back */
    enter(owner: string, now: number): void {
      const budget = budgets.get(owner)
      if (budget === undefined)
        budgets.set(owner, { packets: limits.packetBurst, bytes: limits.byteBurst, at: now, users: 1 })
      else budget.users += 1
    },
    leave(owner: string): void {
      const budget = budgets.get(owner)
      if (budget !== undefined) budget.users -= 1
    },
    /** Null: the packet is within the budget. */
    take(owner: string, packet: AedesParsed, now: number): 'rate' | 'bytes' | null {
      const budget = budgets.get(owner)
      if (budget === undefined) return null
      fill(budget, now)
      if (budget.packets < 1) return 'rate'
      budget.packets -= 1
      const size = bytesOf(packet)
      if (budget.bytes < size) return 'bytes'
      budget.bytes -= size
      return null
    },
    /** Deletes full budgets without connections. Call it about once a minute. */
    sweep(now: number): void {
      for (const [owner, budget] of budgets) {
        if (budget.users > 0) continue
        fill(budget, now)
        if (budget.packets >= limits.packetBurst && budget.bytes >= limits.byteBurst) budgets.delete(owner)
      }
    },
    size: () => budgets.size,
  }
}

/**
 * The owner of the budget that a connection uses; null: its client is not accepted yet. A connection can be bound to a
 * gateway, and lose it, while it is open.
 * @param now ms, of a clock that never goes back
 */
export function currentPayer(
  link: Link,
  budgets: Pick<Budgets, 'enter' | 'leave'>,
  now: number,
): string | null {
  const { connection } = link
  if (connection === null) return null
  const { gateway } = connection.principal
  if (link.payer?.gateway !== gateway) {
    if (link.payer !== null) budgets.leave(link.payer.name)
    link.payer = { gateway, name: payerOf(connection) }
    budgets.enter(link.payer.name, now)
  }
  return link.payer.name
}

/** Bytes that a packet takes from the budget. A filter counts as much as a short packet. */
const bytesOf = (packet: AedesParsed): number =>
  (packet.length ?? 0) + 64 * (packet.subscriptions?.length ?? packet.unsubscriptions?.length ?? 0)

const MAX_LEVELS = 32
const MAX_TOPIC = 1_024
const MAX_PROPERTIES = 32

/**
 * Whether a packet has more parts than a controller ever needs. Each filter, topic level and property costs work, so a
 * limit on bytes alone would let one packet take seconds.
 */
function isOversized(packet: AedesParsed, limits: Pick<BrokerLimits, 'filtersPerPacket'>): boolean {
  const { subscriptions, unsubscriptions } = packet
  if ((subscriptions?.length ?? unsubscriptions?.length ?? 0) > limits.filtersPerPacket) return true
  if (typeof packet.topic === 'string' && isLong(packet.topic)) return true
  if (subscriptions?.some(({ topic }) => isLong(topic)) || unsubscriptions?.some(isLong)) return true
  return isCrowded(packet.properties) || isCrowded(packet.will?.properties)
}

const isLong = (topic: string): boolean =>
  topic.length > MAX_TOPIC || (topic.length > MAX_LEVELS && hasManyLevels(topic))

/** Counts without making an array, because it runs for every message. */
function hasManyLevels(topic: string): boolean {
  let levels = 1
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) levels += 1
  return levels > MAX_LEVELS
}

/** `userProperties` has one value per name, or an array where the name came more than once. */
function isCrowded(properties: AedesParsed['properties']): boolean {
  const own = properties?.userProperties
  if (own === undefined) return false
  let all = 0
  for (const name of Object.keys(own)) {
    const value = own[name]
    all += Array.isArray(value) ? value.length : 1
    if (all > MAX_PROPERTIES) return true
  }
  return false
}

/**
 * aedes uses topics as keys of plain objects. It would find these names in every object, because objects inherit them.
 */
const isInherited = (topic: string): boolean => topic in Object.prototype

const isHostile = (packet: AedesParsed): boolean =>
  packet.subscriptions?.some(({ topic }) => isInherited(topic)) === true ||
  packet.unsubscriptions?.some(isInherited) === true
