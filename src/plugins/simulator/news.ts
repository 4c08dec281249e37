/** One line of the simulator's log. Secrets are already masked. */
export interface Entry {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly [field: string]: unknown
}

export interface News {
  add(type: string, at: number, fields: object): void
  /** The entries after `seq`. If there are none yet, waits for one, until the time is over or the signal aborts. */
  after(seq: number, waitMs: number, signal: AbortSignal): Promise<readonly Entry[]>
  /** Answers all waiting requests now, because something other than an entry changed. */
  wake(): void
}

const KEPT = 3_000

export function createNews(): News {
  const entries: Entry[] = []
  let next = 1
  const waiting: (() => void)[] = []

  const wake = (): void => {
    for (const go of waiting.splice(0)) go()
  }
  const since = (seq: number): Entry[] => entries.filter((entry) => entry.seq > seq)

  return {
    wake,
    add(type, at, fields) {
      entries.push({ ...fields, type, at, seq: next })
      next += 1
      if (entries.length > KEPT) entries.splice(0, entries.length - KEPT)
      wake()
    },
    async after(seq, waitMs, signal) {
      const there = since(seq)
      if (there.length > 0 || signal.aborted) return there
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs)
        timer.unref()
        const go = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', go)
          resolve()
        }
        waiting.push(go)
        signal.addEventListener('abort', go)
      })
      return since(seq)
    },
  }
}
