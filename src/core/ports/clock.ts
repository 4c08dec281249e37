/** The only source of time in core. Milliseconds since the Unix epoch. */
export interface Clock {
  now(): number
}

export const systemClock: Clock = Date

/** JWTs, MQTT brokers and the HTTP contract count in whole seconds. */
export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

/** Calls a function once after a time in ms. Does not keep the process running. @returns a function that cancels it */
export type Schedule = (run: () => void, ms: number) => () => void

export const scheduleTimeout: Schedule = (run, ms) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}
