import type { FlowEnvironment } from './types.ts'

export interface Pauses {
  /** Waits. Resolves to false if the flow was stopped during the wait. */
  pause(ms: number): Promise<boolean>
  /** Calls `check` at once and then every `everyMs`, until it is true or `forMs` is over. Resolves to the last result. */
  until(check: () => boolean, everyMs: number, forMs: number): Promise<boolean>
  readonly stopped: boolean
  stop(): void
}

/** Waits that end at once when the flow stops, so that no timer is left. */
export function createPauses(timers: FlowEnvironment['timers']): Pauses {
  const waiting = new Map<unknown, (went: boolean) => void>()
  let stopped = false
  const pause = (ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      if (stopped) return resolve(false)
      const handle = timers.set(() => {
        waiting.delete(handle)
        resolve(true)
      }, ms)
      waiting.set(handle, resolve)
    })
  return {
    pause,
    async until(check, everyMs, forMs) {
      const end = timers.now() + forMs
      while (!check()) {
        if (timers.now() >= end || !(await pause(everyMs))) return false
      }
      return true
    },
    get stopped() {
      return stopped
    },
    stop() {
      stopped = true
      waiting.forEach((resolve, handle) => {
        timers.clear(handle)
        resolve(false)
      })
      waiting.clear()
    },
  }
}
