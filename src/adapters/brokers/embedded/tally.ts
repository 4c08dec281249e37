import type { AedesParsed } from './aedes.ts'
import type { Budgets } from './budget.ts'
import type { BrokerLimits } from './options.ts'
import { isOversized } from './packet-bounds.ts'

/** Null: go on. */
export type Excess = 'rate' | 'bytes' | 'parts' | 'in_flight' | null

/**
 * Counts what one connection sends: the parts of each packet, QoS 2 messages that it has begun and not released, and, from
 * when it is let in, what it takes of its owner's budget.
 * @param unreleased the ids of such messages, those of its earlier connections too
 */
export function createTally(
  limits: Pick<BrokerLimits, 'filtersPerPacket' | 'inFlight'>,
  budgets: Pick<Budgets, 'take'>,
  unreleased: Set<number> = new Set(),
) {
  /** @param now ms, from any clock that only goes on */
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
