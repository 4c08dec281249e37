/** Counts attempts. It must reject when its store cannot be reached, and never answer "allowed" then. */
export interface RateLimitCounter {
  /** Milliseconds until another attempt is allowed; 0: now. Counts nothing. */
  retryAfterMs(key: string): Promise<number>
  /** Counts one attempt. @returns milliseconds until the next is allowed; 0: now */
  consume(key: string): Promise<number>
  /** Takes one attempt back, because it succeeded. Never below zero: when its window has ended, it changes nothing. */
  refund(key: string): Promise<void>
}

/** How many attempts in how long. */
export interface RateLimit {
  /** Number of failures that are allowed. */
  readonly attempts: number
  /** Seconds in which they are counted. */
  readonly windowSeconds: number
}

/** Makes one counter per purpose; names keep them apart in a shared store. */
export interface RateLimitStore {
  counter(name: string, limit: RateLimit): RateLimitCounter
  close?(): Promise<void>
}
