/**
 * Small short-lived values that all nodes share: one-time codes, states of a login that is under way, leases. Every method
 * rejects when the store cannot be reached. A value must not be returned after its end, not even by a millisecond.
 */
export interface SharedStore {
  /** Stores a value; it replaces an older one. @param ttlMs how long it is kept, in ms */
  put(key: string, value: string, ttlMs: number): Promise<void>
  /** Stores it only if there is none: of all callers on all nodes exactly one gets true. */
  putNew(key: string, value: string, ttlMs: number): Promise<boolean>
  get(key: string): Promise<string | null>
  /** Returns it and removes it: of all callers on all nodes exactly one gets it. */
  take(key: string): Promise<string | null>
  /** Removes it if the value is still the given one. @returns whether it was removed */
  remove(key: string, value: string): Promise<boolean>
  close?(): Promise<void>
}
