/** Counts attempts. An adapter that cannot reach its store rejects; it never answers "go ahead". */
export interface RateLimitCounter {
  /** Milliseconds until another attempt is allowed; 0: now. Counts nothing. */
  retryAfterMs(key: string): Promise<number>
  /** Counts one attempt. @returns milliseconds until the next is allowed; 0: now */
  consume(key: string): Promise<number>
  /** Takes one back: the attempt was a good one. */
  refund(key: string): Promise<void>
  reset(key: string): Promise<void>
}

/** How many attempts in how long. */
export interface RateLimit {
  /** So many failures are let through. */
  readonly attempts: number
  /** Seconds in which they are counted. */
  readonly windowSeconds: number
}

/** Makes one counter per purpose; names keep them apart in a shared store. */
export interface RateLimitStore {
  counter(name: string, limit: RateLimit): RateLimitCounter
  close?(): Promise<void>
}
