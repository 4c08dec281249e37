import type { AedesPersistence } from './aedes.ts'
import { type LedgerLimits, memoryLedger } from './ledger.ts'
import { memoryQueues } from './queues.ts'
import type { SessionStore } from './sessions.ts'

/** Puts our queues in the place of those that aedes brings for memory. Subscriptions and wills stay with it. */
export function memoryStore(persistence: AedesPersistence, limits: LedgerLimits): SessionStore {
  const ledger = memoryLedger(limits)
  const { drop, dropUnreleased, unreleased, size: _, ...methods } = memoryQueues(ledger.release)
  Object.assign(persistence, methods)
  return { ledger, drop, dropUnreleased, unreleased: async (id) => unreleased(id) }
}
