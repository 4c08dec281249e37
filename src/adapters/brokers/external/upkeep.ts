/** Work that is done regularly. A regular run does not start while another one is running. */
export interface Upkeep {
  /** Runs at once, even while a regular run is going. Rejects if the work fails. */
  now(): Promise<void>
  start(): void
  /** Runs once more at this time (milliseconds since the epoch), if that is within the interval of regular runs. */
  by(at: number): void
  stop(): void
}

export function createUpkeep(parts: {
  readonly run: () => Promise<void>
  readonly everyMs: number
  /** Whether a regular run makes sense now. */
  readonly isDue: () => boolean
  readonly failed: (error: unknown) => void
}): Upkeep {
  const { everyMs, isDue, failed } = parts
  const extra = new Set<NodeJS.Timeout>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | null = null

  function now(): Promise<void> {
    const work = parts.run()
    const mine = work
      .catch(() => undefined)
      .then(() => {
        if (running === mine) running = null
      })
    running = mine
    return work
  }

  function regular(): void {
    if (isDue() && running === null) now().catch(failed)
  }

  return {
    now,
    start() {
      clearInterval(timer)
      timer = setInterval(regular, everyMs)
      timer.unref()
    },
    by(at) {
      const left = at - Date.now()
      if (left >= everyMs) return
      const once = setTimeout(
        () => {
          extra.delete(once)
          // A run that has already begun may have checked a moment too early.
          void Promise.resolve(running).then(regular)
        },
        // The run is a little later, so that the account has certainly expired.
        Math.max(0, left) + 50,
      )
      once.unref()
      extra.add(once)
    },
    stop() {
      clearInterval(timer)
      for (const once of extra) clearTimeout(once)
      extra.clear()
    },
  }
}
