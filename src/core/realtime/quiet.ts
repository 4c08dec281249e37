/** Marks work that repeats what other nodes have reported, so that it is not sent to them again. */
export interface Quiet {
  /** Whether `quietly` is running. */
  on(): boolean
  quietly(work: () => void): void
}

export function createQuiet(): Quiet {
  let isQuiet = false
  return {
    on: () => isQuiet,
    quietly(work) {
      isQuiet = true
      try {
        work()
      } finally {
        isQuiet = false
      }
    },
  }
}
