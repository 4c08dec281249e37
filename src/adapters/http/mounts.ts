/**
 * Under which paths this platform is reachable, learned from the requests that arrive. An upgrade carries no mark of
 * the mount, so this is how `/drones/api/v1/ws` is known to be ours and `/chat/api/v1/ws` is not.
 */
export interface Mounts {
  learn(mount: string): void
  /** Which of our own paths this is, below any mount; null: somebody else's. */
  find<Own extends string>(path: string, own: readonly Own[]): Own | null
}

/** A host has a few mounts; a pattern such as `/:tenant` must not grow this without end. */
const MOST = 64

export function createMounts(first: readonly string[] = []): Mounts {
  const known = new Set(first)
  return {
    learn(mount) {
      if (known.size < MOST) known.add(mount)
    },
    find(path, own) {
      for (const mount of known) {
        if (!path.startsWith(mount)) continue
        const below = path.slice(mount.length)
        const found = own.find((candidate) => candidate === below)
        if (found !== undefined) return found
      }
      return null
    },
  }
}
