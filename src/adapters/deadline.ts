import { withinTime } from '../core/promises.ts'

/**
 * Rejects if a store takes too long, so that the request gets a 503, which a controller can repeat (facts C3). The store may
 * still carry out the command later; only its answer is ignored.
 * @param ms how long to wait
 */
export const within = <T>(work: Promise<T>, ms: number, store: string): Promise<T> =>
  withinTime(work, ms, () => new Error(`${store} did not answer within ${Math.max(0, Math.round(ms))} ms.`))
