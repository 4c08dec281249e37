import { type Clock, type Schedule, scheduleTimeout } from '../ports/clock.ts'

/**
 * How late this process runs its timers. With more messages than it can handle, Node reads sockets for seconds before it looks
 * at a timer. A paused machine can look the same.
 */
export interface Lateness {
  /** ms that a timer would be late at the moment. 0: in time. */
  now(): number
  /** ms since then (ms since the epoch) in which this process could not listen. Reaches back ten minutes. */
  missedSince(at: number): number
  /** The most in the last ten seconds, ms. */
  recent(): number
  stop(): void
}

/** How often it is measured, ms. */
export const LATENESS_BEAT_MS = 500
/** Garbage collection and a busy machine cause less than this. ms. */
const USUAL_MS = 250
const RECENT_MS = 10_000
const REMEMBERED_MS = 600_000

interface Pause {
  readonly at: number
  readonly ms: number
}

/** @param steady a clock that nobody sets forward or back, ms: a clock that was set must not look like a pause */
export function createLateness(
  clock: Clock,
  steady: Clock = { now: () => performance.now() },
  schedule: Schedule = scheduleTimeout,
): Lateness {
  let pauses: Pause[] = []
  let due = steady.now() + LATENESS_BEAT_MS
  let cancel = schedule(beat, LATENESS_BEAT_MS)

  function beat(): void {
    const at = clock.now()
    const ms = steady.now() - due
    if (ms > USUAL_MS) pauses.push({ at, ms })
    pauses = pauses.filter((pause) => pause.at > at - REMEMBERED_MS)
    due = steady.now() + LATENESS_BEAT_MS
    cancel = schedule(beat, LATENESS_BEAT_MS)
  }

  /** The pause that has not ended yet. */
  const open = (): number => {
    const ms = steady.now() - due
    return ms > USUAL_MS ? ms : 0
  }

  return {
    now: open,
    missedSince: (since) =>
      pauses.reduce((sum, { at, ms }) => (at > since ? sum + Math.min(ms, at - since) : sum), open()),
    recent: () =>
      pauses.reduce((most, { at, ms }) => (at > clock.now() - RECENT_MS ? Math.max(most, ms) : most), open()),
    stop: () => cancel(),
  }
}

/** A process that is always late forgives at most this many times the silence that is allowed. */
const MOST_FORGIVEN = 2

/**
 * Pure: whether somebody who was silent for longer than allowed is gone. All in ms.
 * @param missed of it, in which this process could not listen; asked only if it matters
 */
export const isSilence = (silent: number, allowed: number, missed: () => number): boolean =>
  silent > allowed && silent - Math.min(missed(), MOST_FORGIVEN * allowed) > allowed
