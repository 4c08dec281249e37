import type { Logger } from './ports/logger.ts'

export interface Beat {
  readonly everyMs: number
  readonly run: () => unknown
  readonly name: string
}

/** Runs regular work. Work that fails or is slow does not delay other work, and does not run twice at the same time. */
export function startBeats(beats: readonly Beat[], logger: Logger): () => void {
  const timers = beats.map(({ everyMs, run, name }) => {
    let running = false
    const timer = setInterval(() => {
      if (running) return
      running = true
      Promise.resolve()
        .then(run)
        .catch((error: unknown) =>
          logger.error(
            { err: error, beat: name },
            'Periodic work failed. The platform tries again with the next beat. See the error.',
          ),
        )
        .finally(() => {
          running = false
        })
    }, everyMs)
    timer.unref()
    return timer
  })
  return () => timers.forEach(clearInterval)
}
