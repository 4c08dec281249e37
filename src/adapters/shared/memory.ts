import { LruMap } from '../../core/lru-map.ts'
import { thisProcessAlone } from '../../core/options/processes.ts'
import type { SharedStore } from '../../core/ports/index.ts'

/**
 * The most values that are kept. Above it, the oldest are removed, so that a stranger who starts many logins cannot
 * fill the memory.
 */
const MAX_VALUES = 100_000
const SWEEP_EVERY = 256

/** Values of one process. */
export function memoryShared(now: () => number = Date.now): SharedStore {
  const values = new LruMap<string, { readonly value: string; readonly endsAt: number }>(MAX_VALUES)
  let unswept = 0

  function read(key: string): string | null {
    const found = values.peek(key)
    if (found === undefined) return null
    if (found.endsAt > now()) return found.value
    values.delete(key)
    return null
  }

  function write(key: string, value: string, ttlMs: number): void {
    unswept += 1
    // The more values there are, the less often they are all checked. So the average cost of a value stays the same.
    if (unswept >= Math.max(SWEEP_EVERY, values.size)) {
      unswept = 0
      for (const other of [...values.keys()]) read(other)
    }
    values.set(key, { value, endsAt: now() + ttlMs })
  }

  return thisProcessAlone<SharedStore>({
    async put(key, value, ttlMs) {
      write(key, value, ttlMs)
    },
    async putNew(key, value, ttlMs) {
      if (read(key) !== null) return false
      write(key, value, ttlMs)
      return true
    },
    get: async (key) => read(key),
    async take(key) {
      const value = read(key)
      values.delete(key)
      return value
    },
    async remove(key, value) {
      return read(key) === value && values.delete(key)
    },
  })
}
