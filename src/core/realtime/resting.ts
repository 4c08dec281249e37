import type { GatewayView } from '../devices/records.ts'

/**
 * Nodes that stop while others carry on, as in a rolling restart. What they had is not told as gone: it has the grace of
 * any lost connection to come back, at whatever node.
 */
export interface Resting {
  /** A node has said goodbye, and had these. */
  begin(node: string, views: readonly GatewayView[]): void
  /** To be called about every second. */
  beat(): void
}

/** When the one who should tell has gone too, or its view of the nodes was another one. Milliseconds. */
const FALLBACK_MS = 5_000

interface Rest {
  readonly views: readonly GatewayView[]
  readonly until: number
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
    begin(node, views) {
      if (views.length > 0)
        resting.set(node, { views, until: now() + graceMs, witnesses: [self, ...alive()] })
    },
    beat() {
      const there = new Set([self, ...alive()])
      for (const [node, { views, until, witnesses }] of resting) {
        const [first] = witnesses.filter((one) => there.has(one)).sort()
        const isDue = now() >= until + (first === self ? 0 : FALLBACK_MS)
        if (!isDue || !resting.delete(node)) continue
        tell(node, views)
      }
    },
  }
}
