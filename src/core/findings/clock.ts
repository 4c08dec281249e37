/** With a larger difference between two clocks, tokens look expired or not yet valid. */
const TOLERATED_MS = 60_000

/** @param differenceMs one clock minus the other, in ms */
export const clocksDiffer = (differenceMs: number): boolean => Math.abs(differenceMs) >= TOLERATED_MS
