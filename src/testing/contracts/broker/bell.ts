/** Something happened: whoever waits looks again. */
export interface Bell {
  readonly ring: () => void
  until(what: string, condition: () => boolean, withinMs?: number): Promise<void>
}

export function createBell(): Bell {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const look of waiting) look()
    },
    until(what, condition, withinMs = 10_000) {
      return new Promise((resolve, reject) => {
        const done = (): void => {
          waiting.delete(look)
          clearInterval(tick)
          clearTimeout(late)
        }
        const look = (): void => {
          if (!condition()) return
          done()
          resolve()
        }
        // Some of what is waited for is told by nobody, such as a registry that has heard of a lost connection.
        const tick = setInterval(look, 50)
        const late = setTimeout(() => {
          done()
          reject(new Error(`did not happen within ${withinMs} ms: ${what}`))
        }, withinMs)
        waiting.add(look)
        look()
      })
    },
  }
}
