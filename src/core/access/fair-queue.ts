export interface FairQueueLimits {
  /** Jobs at once. */
  readonly atOnce: number
  /** Jobs that wait, in all. */
  readonly waiting: number
  /** Of one source. */
  readonly waitingPerSource: number
}

export interface Job {
  /** Whose it is. */
  readonly source: string
  /** Found good before: it has a turn for every turn of the others, and makes way for nobody. */
  readonly known: boolean
  /** Its turn: `done` has to be called at its end. */
  readonly start: () => void
  /** There is no room for it, or no longer. */
  readonly shed: (why: Shed) => void
}

/** `source`: too many of its own wait; `all`: too many of everybody's. */
export type Shed = 'source' | 'all'

export interface FairQueue {
  /** Calls `start` or `shed`, at once or later. */
  add(job: Job): void
  done(): void
}

/** The sources that wait, in the order of their turns, each with its jobs in the order in which they came. */
type Ring = Map<string, Job[]>

/**
 * Who is next, where work is dear and anybody may ask for it. Sources take turns, so that one that asks a hundred times
 * waits for itself. What waits is bounded; a full queue sheds the newest of the source that has most.
 * Knows no clock and no promise: the same calls give the same order.
 */
export function createFairQueue(limits: FairQueueLimits): FairQueue {
  const rings = { known: new Map() as Ring, strangers: new Map() as Ring }
  let running = 0
  let waiting = 0
  let lastWasKnown = false

  const ringOf = (job: Job): Ring => (job.known ? rings.known : rings.strangers)

  function take(ring: Ring): Job | undefined {
    const [first] = ring
    if (first === undefined) return undefined
    const [source, jobs] = first
    const job = jobs.shift()
    // Its next turn is after everybody else's.
    ring.delete(source)
    if (jobs.length > 0) ring.set(source, jobs)
    return job
  }

  function startNext(): void {
    if (running >= limits.atOnce) return
    const order = lastWasKnown ? [rings.strangers, rings.known] : [rings.known, rings.strangers]
    const job = take(order[0] ?? rings.known) ?? take(order[1] ?? rings.strangers)
    if (job === undefined) return
    lastWasKnown = job.known
    waiting -= 1
    running += 1
    job.start()
  }

  /** Takes the newest job of the source that has most out of the queue, when it has more than `own`. */
  function makeRoom(ring: Ring, own: number): boolean {
    let most: readonly [string, Job[]] | null = null
    for (const entry of ring) if (entry[1].length > (most?.[1].length ?? own)) most = entry
    const job = most?.[1].pop()
    if (most === null || job === undefined) return false
    if (most[1].length === 0) ring.delete(most[0])
    waiting -= 1
    job.shed('all')
    return true
  }

  function hasRoom(job: Job): boolean {
    if (waiting < limits.waiting) return true
    if (job.known && makeRoom(rings.strangers, 0)) return true
    // One that would have as many as the other gains nothing by pushing it out.
    return makeRoom(ringOf(job), (ringOf(job).get(job.source)?.length ?? 0) + 1)
  }

  return {
    add(job) {
      const ring = ringOf(job)
      const mustWait = running >= limits.atOnce
      if (mustWait && (ring.get(job.source)?.length ?? 0) >= limits.waitingPerSource)
        return job.shed('source')
      if (mustWait && !hasRoom(job)) return job.shed('all')
      const jobs = ring.get(job.source)
      if (jobs === undefined) ring.set(job.source, [job])
      else jobs.push(job)
      waiting += 1
      startNext()
    },
    done() {
      running -= 1
      startNext()
    },
  }
}
