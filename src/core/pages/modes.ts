/** The states of `mode_code` (facts D5) that matter to a pilot. Their texts are `mode.{name}`. */
export type ModeWord = 'ground' | 'takeoff' | 'flying' | 'route' | 'home' | 'landing'

/** Other codes are not shown: it is not clear what they mean for the flight. */
const MODES: Readonly<Record<number, ModeWord>> = {
  0: 'ground',
  1: 'ground',
  2: 'ground',
  3: 'flying',
  4: 'takeoff',
  5: 'route',
  6: 'flying',
  7: 'flying',
  8: 'flying',
  9: 'home',
  10: 'landing',
  11: 'landing',
  12: 'landing',
  15: 'flying',
  16: 'flying',
  17: 'flying',
}

/** Null: not known, or not clear. */
export const modeOf = (code: number | null): ModeWord | null => (code === null ? null : MODES[code] || null)
