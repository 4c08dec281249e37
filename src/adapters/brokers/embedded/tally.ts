import type { AedesParsed } from './aedes.ts'
import type { BrokerLimits } from './options.ts'
import { bytesOf, isOversized } from './packet-bounds.ts'

/** Null: go on. */
export type Excess = 'rate' | 'bytes' | 'parts' | 'in_flight' | null

/**
 * Counts what one peer sends once it is let in: packets and bytes a second, as buckets that hold a few seconds of
 * them, and QoS 2 messages that it has begun and not released, each of which the broker has to keep.
 */
export function createTally(
  limits: Pick<
    BrokerLimits,
    'packetsPerSecond' | 'packetBurst' | 'bytesPerSecond' | 'byteBurst' | 'filtersPerPacket' | 'inFlight'
  >,
  start: number,
) {
  let left = limits.packetBurst
  let bytes = limits.byteBurst
  let at = start
  let begun = 0
  /** @param now ms, from any clock that only goes on */
  return (packet: AedesParsed, now: number): Excess => {
    left = Math.min(limits.packetBurst, left + ((now - at) / 1000) * limits.packetsPerSecond)
    bytes = Math.min(limits.byteBurst, bytes + ((now - at) / 1000) * limits.bytesPerSecond)
    at = now
    if (isOversized(packet, limits)) return 'parts'
    if (left < 1) return 'rate'
    left -= 1
    bytes -= bytesOf(packet)
    if (bytes < 0) return 'bytes'
    if (packet.cmd === 'publish' && packet.qos === 2) begun += 1
    if (packet.cmd === 'pubrel' && begun > 0) begun -= 1
    return begun > limits.inFlight ? 'in_flight' : null
  }
}
