import { withinTime } from '../core/within.ts'

/**
 * A store that hangs must not hang the request: the answer has to be a 503 that a controller can try again (facts C3).
 * What was sent may still be carried out later; only its answer is given up.
 * @param ms how long to wait
 */
export const within = <T>(work: Promise<T>, ms: number, store: string): Promise<T> =>
  withinTime(work, ms, () => new Error(`${store} did not answer within ${Math.round(ms)} ms`))
