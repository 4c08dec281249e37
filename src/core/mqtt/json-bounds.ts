/** Far above anything of DJI's: the longest OSD has a few hundred. */
export const MAX_PARTS = 4_000
/** Far above anything of DJI's. JSON can be read at any depth, but not written, nor walked through by a host. */
export const MAX_NESTING = 32

export type Bound = 'parts' | 'nesting'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/**
 * Which bound a JSON text breaks, by its bytes alone. Parsing costs by the number of values rather than by length
 * (234 KiB of `{}` cost 37 ms), so they are counted before anything is built. No copy, one pass.
 * @returns null for a text within the bounds, valid JSON or not
 */
export function brokenBound(text: Uint8Array): Bound | null {
  let parts = 0
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]
    if (quoted) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) quoted = false
    } else if (byte === QUOTE) quoted = true
    else if (byte === COMMA) parts += 1
    // `[` and `{`, then `]` and `}`.
    else if (byte === 0x5b || byte === 0x7b) {
      parts += 1
      depth += 1
      if (depth > MAX_NESTING) return 'nesting'
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
    if (parts > MAX_PARTS) return 'parts'
  }
  return null
}
