import { thisProcessAlone } from '../../core/options/processes.ts'
import type { Bus } from '../../core/ports/index.ts'

/** Joins platforms of one process: for tests, and for trying out what several nodes look like. */
export function memoryBus(): () => Bus {
  const listeners = new Set<(text: string) => void>()
  return () => {
    let own: ((text: string) => void) | null = null
    return thisProcessAlone<Bus>({
      async publish(text) {
        // Delivered later, as by a network. So a sender is never called back while it is still sending.
        setImmediate(() => {
          for (const listener of listeners) if (listener !== own) listener(text)
        })
      },
      async subscribe(listener) {
        own = listener
        listeners.add(listener)
      },
      async close() {
        if (own !== null) listeners.delete(own)
      },
    })
  }
}
