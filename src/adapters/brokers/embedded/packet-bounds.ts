import type { AedesParsed } from './aedes.ts'
import type { BrokerLimits } from './options.ts'

const MAX_LEVELS = 32
const MAX_TOPIC = 1_024
const MAX_PROPERTIES = 32

/** Filters and topics with more than this many levels or characters make each match expensive. */
const isLong = (topic: string): boolean =>
  topic.length > MAX_TOPIC || (topic.length > MAX_LEVELS && hasManyLevels(topic))

/** Counts without a list of parts: it runs for every message. */
function hasManyLevels(topic: string): boolean {
  let levels = 1
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) levels += 1
  return levels > MAX_LEVELS
}

/** `userProperties` has a value per name, or a list of values where the name came more than once. */
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
 * Whether one packet has more parts than a controller ever needs: each filter, level and property costs work, so a
 * bound on bytes alone lets one packet take seconds.
 */
export function isOversized(packet: AedesParsed, limits: Pick<BrokerLimits, 'filtersPerPacket'>): boolean {
  const { subscriptions, unsubscriptions } = packet
  if ((subscriptions?.length ?? unsubscriptions?.length ?? 0) > limits.filtersPerPacket) return true
  if (typeof packet.topic === 'string' && isLong(packet.topic)) return true
  if (subscriptions?.some(({ topic }) => isLong(topic)) || unsubscriptions?.some(isLong)) return true
  return isCrowded(packet.properties) || isCrowded(packet.will?.properties)
}

/** What a packet takes of its sender's bytes: what it carries, and a filter as much as a short packet. */
export const bytesOf = (packet: AedesParsed): number =>
  (packet.length ?? 0) + 64 * (packet.subscriptions?.length ?? packet.unsubscriptions?.length ?? 0)
