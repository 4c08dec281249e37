/** Counts of a fleet: reports sent, reports arrived, and delays. All times in ms. */
export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number): number => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0)
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

interface Sent {
  readonly place: string
  readonly at: number
}

export interface Ledger {
  sent(serial: string, data: Readonly<Record<string, unknown>>, at: number): void
  pushed(serial: string, host: Readonly<Record<string, unknown>>, now: number): void
  /** Aircraft whose newest report has not arrived. */
  missing(): string[]
  figures(): LedgerFigures
}

export interface LedgerFigures {
  readonly sent: number
  readonly pushed: number
  /** Reports that were replaced by a newer one before the next push. This is intended. */
  readonly superseded: number
  /** Older reports that arrived after a newer one. */
  readonly disorder: number
  readonly delay: Spread
}

const placeOf = (data: Readonly<Record<string, unknown>>): string | null =>
  typeof data['latitude'] === 'number' && typeof data['longitude'] === 'number'
    ? `${data['latitude']},${data['longitude']}`
    : null

/**
 * Finds the report of each push by its position: an aircraft flies a circle and comes to the same position only after
 * 120 reports. Controllers hardly move, so only aircraft are counted.
 */
export function createLedger(): Ledger {
  const open = new Map<string, Sent[]>()
  const newest = new Map<string, string>()
  const delays: number[] = []
  let sent = 0
  let superseded = 0
  let disorder = 0

  return {
    sent(serial, data, at) {
      const place = placeOf(data)
      if (place === null) return
      sent += 1
      const list = open.get(serial)
      if (list === undefined) open.set(serial, [{ place, at }])
      else list.push({ place, at })
    },
    pushed(serial, host, now) {
      const place = placeOf(host)
      const list = open.get(serial)
      if (place === null || list === undefined) return
      const index = list.findIndex((one) => one.place === place)
      const found = list[index]
      if (found === undefined) {
        // The same state again is a repeated push. Any other unknown state is a late report.
        if (newest.get(serial) !== place) disorder += 1
        return
      }
      newest.set(serial, place)
      delays.push(now - found.at)
      superseded += index
      list.splice(0, index + 1)
    },
    missing: () => [...open].filter(([, list]) => list.length > 0).map(([serial]) => serial),
    figures: () => ({ sent, pushed: delays.length, superseded, disorder, delay: spread(delays) }),
  }
}
