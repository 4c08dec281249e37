import type { FlowEnvironment } from '../bridge/types.ts'

/** The only source of time of the virtual Pilot and of the page that it runs headless. Milliseconds. */
export type Timers = FlowEnvironment['timers']

export const systemTimers: Timers = {
  now: () => Date.now(),
  set: (fn, ms) => setTimeout(fn, ms),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
}
