import type { GatewayView } from '../devices/records.ts'

/**
 * Nodes that stop, or are ended, while others carry on, as in a rolling restart. What they had is not told as gone: it has
 * the grace of any lost connection to come back, at whatever node.
 */
export interface Resting {
  /** A node has gone, and had these. `ends`: when the grace is over, if not a grace from now on; and what tells then. */
  begin(node: string, views: readonly GatewayView[], ends?: Ends): void
  /** It is heard again: it was not gone. */
  cancel(node: string): void
  /** To be called about every second. */
  beat(): void
}

export interface Ends {
  /** ms since the epoch */
  readonly at: number
  readonly tell: () => void
}

/** When the one who should tell has gone too, or its view of the nodes was another one. Milliseconds. */
const FALLBACK_MS = 5_000

interface Rest {
  readonly ends: Ends
  /** Who heard the goodbye: a node that came later knows of nothing to tell. */
  readonly witnesses: readonly string[]
}

export function createResting(parts: {
  readonly self: string
  /** The other nodes that are there. */
  readonly alive: () => Iterable<string>
  readonly now: () => number
  readonly graceMs: number
  /** Tells what of this has not come back. Once among all nodes; a second time there is nothing left to tell. */
  readonly tell: (node: string, views: readonly GatewayView[]) => void
}): Resting {
  const { self, alive, now, graceMs, tell } = parts
  const resting = new Map<string, Rest>()

  return {
    begin(node, views, ends = { at: now() + graceMs, tell: () => tell(node, views) }) {
      if (views.length > 0) resting.set(node, { ends, witnesses: [self, ...alive()] })
    },
    cancel: (node) => void resting.delete(node),
    beat() {
      const there = new Set([self, ...alive()])
      for (const [node, { ends, witnesses }] of resting) {
        const [first] = witnesses.filter((one) => there.has(one)).sort()
        const isDue = now() >= ends.at + (first === self ? 0 : FALLBACK_MS)
        if (!isDue || !resting.delete(node)) continue
        ends.tell()
      }
    },
  }
}
