/** One request that is being answered. */
export interface Work {
  /** The platform closes: stop soon, and without harm where that can be. */
  stop(): void
  /** The time is over: end it. */
  cut(): void
}

export interface InFlight {
  /** @returns what to call when it is over */
  begin(work: Work): () => void
  /** Tells all of it to stop, and resolves when all of it is over, or cut. Never rejects. */
  close(): Promise<void>
}

/** Long enough for an answer that is nearly out, short enough for a service that is being restarted. */
export const CLOSE_LIMIT_MS = 5_000

/** Keeps account of the requests that are being answered, so that closing stops them, and waits for them in bounds. */
export function createInFlight(limitMs: number = CLOSE_LIMIT_MS): InFlight {
  const all = new Set<Work>()
  let closing = false
  let idle = (): void => undefined
  return {
    begin(work) {
      all.add(work)
      if (closing) work.stop()
      return () => {
        if (all.delete(work) && all.size === 0) idle()
      }
    },
    async close() {
      closing = true
      for (const work of [...all]) work.stop()
      if (all.size === 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs)
        idle = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      for (const work of [...all]) work.cut()
    },
  }
}
