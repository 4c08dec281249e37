import type { GatewayView } from '../devices/records.ts'

/**
 * Nodes that stop or are killed while others continue, as in a rolling restart. Their devices are not reported as
 * offline at once: they have the grace time of a lost connection to come back at any node.
 */
export interface Resting {
  /** A node with these devices has stopped. `ends`: the end of the grace time, if it does not begin now. */
  begin(node: string, views: readonly GatewayView[], ends?: Ends): void
  /** The node sends messages again, so it had not stopped. */
  cancel(node: string): void
  /** To be called about every second. */
  beat(): void
}

export interface Ends {
  /** ms since the epoch */
  readonly at: number
  readonly tell: () => void
}

/**
 * The delay of a second node that reports, if the first one is gone too or does not know that it should report.
 * Milliseconds.
 */
const FALLBACK_MS = 5_000

interface Rest {
  readonly ends: Ends
  /** The nodes that got the goodbye. A node that came later does not know what to report. */
  readonly witnesses: readonly string[]
}

export function createResting(parts: {
  readonly self: string
  /** The other nodes that run now. */
  readonly alive: () => Iterable<string>
  readonly now: () => number
  readonly graceMs: number
  /**
   * Reports the devices that have not come back. One node does it. If another node does it later, it finds nothing to
   * report.
   */
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
