/**
 * Small values that all nodes share for a while: one-time codes, states of a login that is under way, leases. Every method
 * rejects when the store cannot be reached; it never guesses. A value is gone at its end, to the millisecond.
 */
export interface SharedStore {
  /** Keeps a value, in place of an older one. @param ttlMs how long, ms */
  put(key: string, value: string, ttlMs: number): Promise<void>
  /** Keeps it only where there is none: of all callers at all nodes exactly one is told true. */
  putNew(key: string, value: string, ttlMs: number): Promise<boolean>
  get(key: string): Promise<string | null>
  /** Gives it and removes it: of all callers at all nodes exactly one gets it. */
  take(key: string): Promise<string | null>
  /** Removes it if it is still this value. @returns whether it was */
  remove(key: string, value: string): Promise<boolean>
  close?(): Promise<void>
}
