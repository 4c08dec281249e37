import type { Clock } from '../ports/clock.ts'

/** A token bucket: how many messages at once, and how many a second after that. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

export type RateKind =
  | 'topologies'
  | 'requests'
  | 'events'
  | 'states'
  | 'osd'
  | 'replies'
  | 'DRC messages'
  | 'probes'
  | 'plugin topics'

/**
 * What one gateway may send. The limits are far above what Pilot sends (facts D2, D3, D5): a topology when a link comes
 * or goes, and every few seconds until it is answered; OSD of two devices at 0.5 Hz; states on change; an event for
 * each file of a flight; a reply for each command; over DRC, the position and the obstacles around the aircraft several
 * times a second.
 */
export const RATES: Readonly<Record<RateKind, Rate>> = {
  topologies: { burst: 10, perSecond: 1 },
  requests: { burst: 50, perSecond: 10 },
  events: { burst: 200, perSecond: 20 },
  states: { burst: 200, perSecond: 20 },
  osd: { burst: 500, perSecond: 50 },
  replies: { burst: 200, perSecond: 20 },
  'DRC messages': { burst: 1_000, perSecond: 100 },
  probes: { burst: 200, perSecond: 20 },
  'plugin topics': { burst: 200, perSecond: 20 },
}

/** How often the same excess is reported, ms. */
const TOLD_EVERY = 10_000
/** Buckets that are kept of one kind. Above this number, full buckets are removed: they limit nothing. */
const MAX_BUCKETS = 100_000

interface Bucket {
  left: number
  at: number
  dropped: number
  toldAt: number
}

/** `dropped`: how many since the last report; null: do not report it now. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly dropped: number | null }

const OK: Verdict = { ok: true }
const QUIETLY: Verdict = { ok: false, dropped: null }

/** Counts per gateway, over all of its connections, so that a gateway cannot start a new count by reconnecting. */
export function createRates(clock: Clock, rates: Readonly<Record<RateKind, Rate>> = RATES) {
  /** By kind, then by gateway. One key made of both would need a new string for each message. */
  const buckets: Record<RateKind, Map<string, Bucket>> = {
    topologies: new Map(),
    requests: new Map(),
    events: new Map(),
    states: new Map(),
    osd: new Map(),
    replies: new Map(),
    'DRC messages': new Map(),
    probes: new Map(),
    'plugin topics': new Map(),
  }

  function forget(kind: RateKind, at: number): void {
    const { burst, perSecond } = rates[kind]
    for (const [gateway, bucket] of buckets[kind])
      if (bucket.left + ((at - bucket.at) / 1000) * perSecond >= burst) buckets[kind].delete(gateway)
  }

  return {
    take(gateway: string, kind: RateKind): Verdict {
      const at = clock.now()
      const { burst, perSecond } = rates[kind]
      const known = buckets[kind]
      let bucket = known.get(gateway)
      if (bucket === undefined) {
        if (known.size >= MAX_BUCKETS) forget(kind, at)
        bucket = { left: burst, at, dropped: 0, toldAt: Number.NEGATIVE_INFINITY }
        known.set(gateway, bucket)
      }
      // If the clock was set back, no time has passed.
      bucket.left = Math.min(burst, bucket.left + (Math.max(0, at - bucket.at) / 1000) * perSecond)
      bucket.at = at
      if (bucket.left >= 1) {
        bucket.left -= 1
        return OK
      }
      bucket.dropped += 1
      if (Math.abs(at - bucket.toldAt) < TOLD_EVERY) return QUIETLY
      const { dropped } = bucket
      bucket.toldAt = at
      bucket.dropped = 0
      return { ok: false, dropped }
    },
    size: () => Object.values(buckets).reduce((all, { size }) => all + size, 0),
  }
}

export type Rates = ReturnType<typeof createRates>
