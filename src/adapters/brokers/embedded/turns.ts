/** What one connection may do before everybody else has a turn. */
export const TURN_MS = 2
/** What all connections that wait may do between two looks at the network. */
const ROUND_MS = 8

/** One connection's share of the process. */
export interface Turn {
  /** False: its time is up until everybody else had a turn. */
  isOpen(): boolean
  spend(ms: number): void
  /** Calls `work` when it has a turn again; once. */
  wait(work: () => void): void
}

/**
 * Shares one thread between connections by the time that each takes: what a packet costs is seen by nothing else.
 * @returns makes the share of one connection
 */
export function createTurns(parts: {
  /** ms, from any clock that only goes on */
  readonly now: () => number
  /** Runs it after the network was looked at, as `setImmediate` does. */
  readonly later: (run: () => void) => void
}): () => Turn {
  const { now, later } = parts
  const waiting = new Map<object, () => void>()
  let epoch = 0
  let isSet = false

  function next(): void {
    if (isSet) return
    isSet = true
    later(round)
  }

  function round(): void {
    isSet = false
    epoch += 1
    const end = now() + ROUND_MS
    for (const [one, work] of [...waiting]) {
      // Who waits again goes to the end of the line.
      waiting.delete(one)
      work()
      if (now() >= end) break
    }
    if (waiting.size > 0) next()
  }

  return () => {
    const key = {}
    let mine = -1
    let spent = 0
    return {
      isOpen() {
        if (mine !== epoch) {
          mine = epoch
          spent = 0
          next()
        }
        return spent < TURN_MS
      },
      spend(ms) {
        spent += ms
      },
      wait(work) {
        waiting.set(key, work)
        next()
      },
    }
  }
}
