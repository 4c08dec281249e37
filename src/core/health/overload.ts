import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Lateness } from './lateness.ts'

/** Whether this process keeps up with what comes in. */
export interface LoadHealth {
  /**
   * `overloaded`: in the last 30 seconds the process could not look at its timers for 10 or more. Pushes come less often, but
   * each is the newest report, and no device counts as offline because of it.
   */
  readonly status: 'up' | 'overloaded'
  /** The longest such pause of the last ten seconds, ms. A busy machine has some of less than 250 ms, which count as 0. */
  readonly lateMs: number
}

const WINDOW_MS = 30_000
/** With pauses of this length in the window, the process works without a break for much of the time. */
const OVERLOADED_MS = 10_000

/** Pure. @param missed ms of the last 30 s in which the process could not look at its timers */
const isOverloaded = (missed: number): boolean => missed >= OVERLOADED_MS

export interface Overload {
  view(): LoadHealth
  /** Call it every few seconds: logs when it begins and when it is over. */
  beat(): void
}

export function createOverload(parts: {
  readonly lateness: Pick<Lateness, 'missedSince' | 'recent'>
  readonly clock: Clock
  readonly logger: Logger
}): Overload {
  const { lateness, clock, logger } = parts
  let told = false
  const missed = (): number => lateness.missedSince(clock.now() - WINDOW_MS)

  return {
    view: () => ({ status: isOverloaded(missed()) ? 'overloaded' : 'up', lateMs: lateness.recent() }),
    beat() {
      const now = isOverloaded(missed())
      if (now === told) return
      told = now
      if (now)
        logger.warn(
          { lateMs: Math.round(lateness.recent()) },
          'This process gets more messages than it can handle, so pushes come late and less often. Use a faster machine or more nodes, and check that the host app does not block the process.',
        )
      else logger.info({}, 'This process handles all messages in time again.')
    },
  }
}
