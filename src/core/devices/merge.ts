export type Fields = Readonly<Record<string, unknown>>

/** Objects within objects that are put together; below, the newer one replaces the older. */
const MAX_DEPTH = 4
/** An M3 series aircraft sends about 60. Only a bound on what a hostile one can make us keep. */
const MAX_FIELDS = 512
/** Of OSD and properties together, in memory; some tens of KiB are usual. Likewise only a bound. */
export const MAX_KEPT_BYTES = 256 * 1024

/*
 * What V8 takes for a value, measured on Node 20 and rounded up: a list of `{}` is four times as large in memory as its
 * text, so a bound on the text bounds nothing.
 */
const OBJECT = 96
const LIST = 48
const TEXT = 32
const NUMBER = 24
const SLOT = 8
/** A key that no other object has, with its hidden class. */
const KEY = 160

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

const WIDE = /[\u0100-\uffff]/

/** In memory, at most. Messages are not nested deeper than `MAX_NESTING`, so this is not either. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return TEXT + value.length * (WIDE.test(value) ? 2 : 1)
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 30 ? SLOT : NUMBER
  if (typeof value !== 'object' || value === null) return SLOT
  let bytes = Array.isArray(value) ? LIST : OBJECT
  if (Array.isArray(value)) for (const one of value) bytes += bytesOf(one)
  else for (const key of Object.keys(value)) bytes += KEY + key.length + bytesOf((value as Fields)[key])
  return bytes
}

/** V8 makes room for all smaller indexes when a small one is assigned: one key `300` takes 4 KiB. */
const keyBytes = (key: string): number =>
  KEY + key.length + (/^\d{1,4}$/.test(key) ? (Number(key) + 16) * SLOT * 2 : 0)

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reports are incremental: fields that are not in a report keep their values (facts D5). Lists and plain values are replaced.
 * Neither argument is changed, so older states stay valid. A field without room is left out, and the old value stays.
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
    const needed = joined !== null ? 0 : isJoined ? OBJECT : bytesOf(value)
    if (!take(room, needed - freed + (known ? 0 : keyBytes(key)))) continue
    if (!known) count += 1
    merged[key] = isJoined ? merge(joined ?? {}, value, room, depth - 1) : value
  }
  return merged
}
