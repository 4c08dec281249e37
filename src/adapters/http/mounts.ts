/**
 * The paths under which this platform is reachable, learned from the requests that arrive. An upgrade does not say
 * where the platform is mounted. With this list, `/drones/api/v1/ws` is known to be ours and `/chat/api/v1/ws` is not.
 */
export interface Mounts {
  learn(mount: string): void
  /** Which of our own paths this is, below any mount; null: the path is not ours. */
  find<Own extends string>(path: string, own: readonly Own[]): Own | null
}

/**
 * A host has only a few mounts, but a pattern such as `/:tenant` must not let this list grow without limit. The mount
 * that was not used for the longest time is removed. Pilot always loads its page shortly before it opens a WebSocket,
 * so its mount is in the list.
 */
const MOST = 64

export function createMounts(first: readonly string[] = []): Mounts {
  const known = new Set(first.map(fold))
  return {
    learn(given) {
      const mount = fold(given)
      known.delete(mount)
      known.add(mount)
      if (known.size > MOST) known.delete([...known][0] ?? '')
    },
    find(given, own) {
      const path = fold(given)
      for (const mount of known) {
        if (!path.startsWith(mount)) continue
        const below = given.slice(mount.length)
        const found = own.find((candidate) => candidate === below)
        if (found !== undefined) return found
      }
      return null
    },
  }
}

/** Express ignores upper and lower case in a mount, so spellings of the same mount must count as one here. */
const fold = (path: string): string => path.toLowerCase()
