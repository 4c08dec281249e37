import type { BrokerLimits } from './options.ts'

/** What of a packet is counted. */
export interface Counted {
  readonly cmd?: string
  readonly qos?: number
}

/** Null: go on. */
export type Excess = 'rate' | 'in_flight' | null

/**
 * Counts what one peer sends once it is let in: packets a second, as a bucket that holds a few seconds of them, and
 * QoS 2 messages that it has begun and not released, each of which the broker has to keep.
 */
export function createTally(
  limits: Pick<BrokerLimits, 'packetsPerSecond' | 'packetBurst' | 'inFlight'>,
  start: number,
) {
  let left = limits.packetBurst
  let at = start
  let begun = 0
  /** @param now ms, from any clock that only goes on */
  return (packet: Counted, now: number): Excess => {
    left = Math.min(limits.packetBurst, left + ((now - at) / 1000) * limits.packetsPerSecond)
    at = now
    if (left < 1) return 'rate'
    left -= 1
    if (packet.cmd === 'publish' && packet.qos === 2) begun += 1
    if (packet.cmd === 'pubrel' && begun > 0) begun -= 1
    return begun > limits.inFlight ? 'in_flight' : null
  }
}
