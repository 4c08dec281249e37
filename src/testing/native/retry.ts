import type { Timers } from '../timers.ts'

/** One pending timer. A new one replaces it. */
export interface Alarm {
  set(fn: () => void, ms: number): void
  clear(): void
}

export function createAlarm(timers: Timers): Alarm {
  let handle: unknown = null
  const clear = (): void => {
    if (handle !== null) timers.clear(handle)
    handle = null
  }
  return {
    set(fn, ms) {
      clear()
      handle = timers.set(() => {
        handle = null
        fn()
      }, ms)
    },
    clear,
  }
}
