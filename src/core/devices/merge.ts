export type Fields = Readonly<Record<string, unknown>>

/** Objects within objects that are put together; below, the newer one replaces the older. */
const MAX_DEPTH = 4
/** An M3 series aircraft sends about 60. Only a bound on what a hostile one can make us keep. */
const MAX_FIELDS = 512
/** Of OSD and properties together, about as JSON text; a few KiB are usual. Likewise only a bound. */
export const MAX_KEPT_BYTES = 256 * 1024

/** What an object or a list takes by being there. */
const EMPTY = 16
/** Quotes, colon and comma around a key. */
const MARKS = 4

/** How much more may be kept of one device. */
export interface Room {
  left: number
  /** Something was left out. */
  exceeded: boolean
}

/** @param kept bytes, as an earlier room counted them */
export const roomBeside = (kept: number): Room => ({ left: MAX_KEPT_BYTES - kept, exceeded: false })

function take(room: Room, bytes: number): boolean {
  if (bytes > room.left) {
    room.exceeded = true
    return false
  }
  room.left -= bytes
  return true
}

/** About its JSON text. Messages are not nested deeper than `MAX_NESTING`, so this is not either. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  let bytes = EMPTY
  if (Array.isArray(value)) for (const one of value) bytes += bytesOf(one)
  else for (const key of Object.keys(value)) bytes += key.length + MARKS + bytesOf((value as Fields)[key])
  return bytes
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reports are incremental: what is not in them stands (facts D5). Lists and plain values are replaced. Neither argument
 * is changed, so whoever holds an older state keeps it. What there is no room for is left out, and what it would have
 * replaced stands.
 */
export function merge(base: Fields, report: Fields, room = roomBeside(0), depth = MAX_DEPTH): Fields {
  const merged: Record<string, unknown> = { ...base }
  let count = Object.keys(merged).length
  for (const key of Object.keys(report)) {
    const known = Object.hasOwn(merged, key)
    // JSON may hold this as a key of its own; assigned, it would change what the object inherits from.
    if (key === '__proto__') continue
    if (!known && count >= MAX_FIELDS) {
      room.exceeded = true
      continue
    }
    const value = report[key]
    const before = known ? merged[key] : undefined
    const isJoined = depth > 0 && isFields(value)
    const joined = isJoined && isFields(before) ? before : null
    const freed = !known || joined !== null ? 0 : bytesOf(before)
    const needed = joined !== null ? 0 : isJoined ? EMPTY : bytesOf(value)
    if (!take(room, needed - freed + (known ? 0 : key.length + MARKS))) continue
    if (!known) count += 1
    merged[key] = isJoined ? merge(joined ?? {}, value, room, depth - 1) : value
  }
  return merged
}
