import { isThenable } from '../../../core/thenable.ts'

export interface InOrder {
  /** At once when nothing is ahead; otherwise when that is done, however it went. */
  run(task: () => unknown): void
}

/**
 * Keeps what a broker says in its order although some of it needs a look into a store: the first message of a gateway
 * must not overtake the news that it has connected.
 */
export function createInOrder(failed: (error: unknown) => void): InOrder {
  let ahead: Promise<void> | null = null
  return {
    run(task) {
      if (ahead === null) {
        let outcome: unknown
        try {
          outcome = task()
        } catch (error) {
          return failed(error)
        }
        if (!isThenable(outcome)) return
        ahead = Promise.resolve(outcome).then(() => undefined, failed)
      } else {
        ahead = ahead.then(task).then(() => undefined, failed)
      }
      const mine = ahead
      void mine.then(() => {
        if (ahead === mine) ahead = null
      })
    },
  }
}
