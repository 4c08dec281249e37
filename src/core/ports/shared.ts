/**
 * Small short-lived values that all nodes share: one-time codes, states of a login that is under way, leases. Every
 * method rejects when the store cannot be reached. A value must not be returned after its end, not even one millisecond
 * later.
 */
export interface SharedStore {
  /** Stores a value; it replaces an older one. @param ttlMs how long it is kept, in ms */
  put(key: string, value: string, ttlMs: number): Promise<void>
  /** Stores a value only if the key has none. Of all callers on all nodes, exactly one gets true. */
  putNew(key: string, value: string, ttlMs: number): Promise<boolean>
  get(key: string): Promise<string | null>
  /** Returns a value and removes it. Of all callers on all nodes, exactly one gets it. */
  take(key: string): Promise<string | null>
  /** Removes a value if it is still the given one. @returns whether it was removed */
  remove(key: string, value: string): Promise<boolean>
  close?(): Promise<void>
}
