/**
 * Under which paths this platform is reachable, learned from the requests that arrive. An upgrade carries no mark of
 * the mount, so this is how `/drones/api/v1/ws` is known to be ours and `/chat/api/v1/ws` is not.
 */
export interface Mounts {
  learn(mount: string): void
  /** The part below the mount, or null for a path that is not ours. */
  below(path: string): string | null
}

/** A host has a few mounts; a pattern such as `/:tenant` must not grow this without end. */
const MOST = 64

export function createMounts(first: readonly string[] = []): Mounts {
  const known = new Set(first)
  return {
    learn(mount) {
      if (known.size < MOST) known.add(mount)
    },
    below(path) {
      for (const mount of known) {
        if (mount === '') return path
        if (path.startsWith(`${mount}/`)) return path.slice(mount.length)
      }
      return null
    },
  }
}
