import type { FlowEnvironment } from '../bridge/types.ts'

/** The only clock and timers of the virtual Pilot and of its headless page. Milliseconds. */
export type Timers = FlowEnvironment['timers']

export const systemTimers: Timers = {
  now: () => Date.now(),
  set: (fn, ms) => setTimeout(fn, ms),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
}
