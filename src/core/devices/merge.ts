export type Fields = Readonly<Record<string, unknown>>

/** Objects within objects that are put together; below, the newer one replaces the older. */
const MAX_DEPTH = 4
/** An M3 series aircraft sends about 60. Only a bound on what a hostile one can make us keep. */
const MAX_FIELDS = 512

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reports are incremental: what is not in them stands (facts D5). Lists and plain values are replaced. Neither argument
 * is changed, so whoever holds an older state keeps it.
 */
export function merge(base: Fields, report: Fields, depth = MAX_DEPTH): Fields {
  const merged: Record<string, unknown> = { ...base }
  let count = Object.keys(merged).length
  for (const key of Object.keys(report)) {
    const known = Object.hasOwn(merged, key)
    // JSON may hold this as a key of its own; assigned, it would change what the object inherits from.
    if (key === '__proto__' || (!known && count >= MAX_FIELDS)) continue
    if (!known) count += 1
    const value = report[key]
    if (!isFields(value)) merged[key] = value
    else if (depth > 0) {
      const before = known ? merged[key] : undefined
      merged[key] = merge(isFields(before) ? before : {}, value, depth - 1)
    } else merged[key] = value
  }
  return merged
}
