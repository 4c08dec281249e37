/** The highest number of user names that are kept. It limits memory, and is far above the size of any fleet. */
const MAX = 100_000

/** User names that this process has issued or let in, each with the time when it expires. */
export interface Issued {
  /** @param expiresAt milliseconds since the epoch; Infinity if it is not known */
  add(username: string, expiresAt: number): void
  forget(usernames: Iterable<string>): void
  /** User names that have not expired. */
  live(): ReadonlyMap<string, number>
  /** User names that have expired. They are kept until they are forgotten. */
  ended(): string[]
}

export function createIssued(now: () => number = Date.now): Issued {
  const known = new Map<string, number>()
  const ended = (): string[] => [...known].filter(([, until]) => until <= now()).map(([name]) => name)
  return {
    add(username, expiresAt) {
      // If the expiry is known, keep it when the owner connects.
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
