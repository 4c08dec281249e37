import { DjiCloudError, isDjiCloudError } from './errors.ts'

/**
 * Turns an error of a store into a 503, so a failure does not log anybody in and does not end a session. Errors of the
 * platform itself keep their code, also the one for a package that is not installed.
 * @throws DjiCloudError STORE_UNAVAILABLE
 */
export async function reach<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (isDjiCloudError(cause)) throw cause
    throw new DjiCloudError('STORE_UNAVAILABLE', { cause, headers: { 'retry-after': '5' } })
  }
}

/** Without `instanceof`, because a promise of another realm or a query of a database library is one too. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { readonly then?: unknown } | null)?.then === 'function'

/**
 * Waits for work, but not longer than a time. The work itself is not stopped. Only its result is ignored.
 * @param late makes the error if the work takes longer
 * @param holdsProcess false: the process may end while it waits
 */
export async function withinTime<Value>(
  work: PromiseLike<Value>,
  ms: number,
  late: () => Error,
  holdsProcess = true,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms)
    if (!holdsProcess) timer.unref()
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

/** Work that is done one after the other for each key. Work of other keys does not wait for it. */
export interface Lanes {
  /** Does the work after all earlier work of this key, also if that failed. */
  run<Value>(key: string, work: () => Value | PromiseLike<Value>): Promise<Value>
  /** Resolves when the work of this key is done that was handed in until now; undefined: there is none. */
  pending(key: string): Promise<unknown> | undefined
  /** Resolves when all work is done that was handed in until now. */
  settled(): Promise<unknown>
}

export function createLanes(): Lanes {
  const last = new Map<string, Promise<unknown>>()
  return {
    run(key, work) {
      const result = (last.get(key) ?? Promise.resolve()).then(work)
      const done: Promise<unknown> = result
        .then(undefined, () => undefined)
        .then(() => {
          if (last.get(key) === done) last.delete(key)
        })
      last.set(key, done)
      return result
    },
    pending: (key) => last.get(key),
    settled: () => Promise.all(last.values()),
  }
}
