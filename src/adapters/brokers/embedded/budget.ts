import type { AedesParsed } from './aedes.ts'
import type { BrokerLimits } from './options.ts'
import { bytesOf } from './packet-bounds.ts'

export type BudgetLimits = Pick<
  BrokerLimits,
  'packetsPerSecond' | 'packetBurst' | 'bytesPerSecond' | 'byteBurst'
>

interface Budget {
  packets: number
  bytes: number
  at: number
  /** Live connections that draw on it. */
  users: number
}

/**
 * Packets and bytes a second, as buckets that hold a few seconds of them. One for each owner of connections, whichever of
 * its connections sends: a reconnect, or a second connection, gives nothing back.
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
    /** @param now ms, from any clock that only goes on */
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
    /** Null: go on. */
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
    /** Forgets those that nobody draws on and that are full again. To be called every minute or so. */
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

export type Budgets = ReturnType<typeof createBudgets>
