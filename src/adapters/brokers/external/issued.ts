/** User names that are kept: a bound on memory, far above any fleet. */
const MAX = 100_000

/** User names that this process has issued or let in, with their ends. */
export interface Issued {
  /** @param expiresAt milliseconds since the epoch; Infinity where it is not known */
  add(username: string, expiresAt: number): void
  forget(usernames: Iterable<string>): void
  /** Those that have not run out. */
  live(): ReadonlyMap<string, number>
  /** Those that have run out; they are kept until they are forgotten. */
  ended(): string[]
}

export function createIssued(now: () => number = Date.now): Issued {
  const known = new Map<string, number>()
  const ended = (): string[] => [...known].filter(([, until]) => until <= now()).map(([name]) => name)
  return {
    add(username, expiresAt) {
      // An end that is known is not lost when its owner connects.
      const until = Number.isFinite(expiresAt) ? expiresAt : (known.get(username) ?? expiresAt)
      known.delete(username)
      known.set(username, until)
      if (known.size > MAX) known.delete(known.keys().next().value ?? '')
    },
    forget(usernames) {
      for (const username of usernames) known.delete(username)
    },
    live: () => new Map([...known].filter(([, until]) => until > now())),
    ended,
  }
}
