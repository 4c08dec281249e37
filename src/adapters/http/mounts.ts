/**
 * Under which paths this platform is reachable, learned from the requests that arrive. An upgrade carries no mark of
 * the mount, so this is how `/drones/api/v1/ws` is known to be ours and `/chat/api/v1/ws` is not.
 */
export interface Mounts {
  learn(mount: string): void
  /** Which of our own paths this is, below any mount; null: somebody else's. */
  find<Own extends string>(path: string, own: readonly Own[]): Own | null
}

/**
 * A host has a few mounts; a pattern such as `/:tenant` must not grow this without end. The one used least lately goes:
 * Pilot has always just loaded its page when it opens a WebSocket.
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

/** Express mounts without regard to case, so what is one mount to it must not be many here. */
const fold = (path: string): string => path.toLowerCase()
