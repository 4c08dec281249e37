import type { Clock } from '../../src/core/ports/index.ts'

export interface ManualClock extends Clock {
  /** @param ms how far to go on */
  advance(ms: number): void
}

/** A clock that stands until it is told to go. */
export function manualClock(start = Date.UTC(2026, 0, 15, 12)): ManualClock {
  let now = start
  return {
    now: () => now,
    advance: (ms) => {
      now += ms
    },
  }
}
