import { createRing, newTurnMemory } from './fair-ring.ts'

export interface FairQueueLimits {
  /** Jobs at the same time. */
  readonly atOnce: number
  /** Jobs that wait, in all. */
  readonly waiting: number
  /** Waiting jobs of one source (one whole path). */
  readonly waitingPerSource: number
  /** Waiting jobs of strangers for one account. */
  readonly waitingPerAccount: number
  /**
   * How long a stranger's job may wait, in ms.
   * @param most the largest number of strangers' jobs that waited at the same time, since the last time that none waited
   */
  readonly patienceMs: (most: number) => number
}

export interface Job {
  /** The groups of the job, the widest first, such as provider, then customer. The source itself is the last. */
  readonly path: readonly [string, ...string[]]
  /** What is asked for. Strangers take turns by it, too. */
  readonly account: string
  /** True: known to be good. It gets every second turn and is never shed for another job. */
  readonly known: boolean
  /** Called when it is this job's turn. Call `done` at its end. */
  readonly start: () => void
  /** Called if there is no room for it, now or later. */
  readonly shed: (why: Shed) => void
}

/** `source`: too many jobs of this source, or for this account, wait. `all`: too many jobs wait in total, or too long. */
export type Shed = 'source' | 'all'

export interface FairQueue {
  /** Calls `start` or `shed`, at once or later. */
  add(job: Job): void
  done(): void
}

interface Waiting {
  readonly job: Job
  readonly since: number
}

/**
 * A fair queue for expensive work that anybody may ask for. Groups take turns, then the members of a group, and so on
 * down to the sources. Accounts take turns as well: a job waits for its group and for its account. So one source with a
 * hundred jobs is not before somebody who comes once. The same is true for a hundred sources with one account.
 *
 * Turns are counted until no job waits. So a source that comes again and again is behind one that comes for the first
 * time. If several strangers have the turn, the newest one is first. In a flood the oldest jobs are given up anyway,
 * and somebody who comes after the flood does not wait for it. Known logins are served in the order in which they came.
 *
 * The number of waiting jobs is bounded, and so is the time that a stranger's job waits. A full queue gives up the last
 * job of the most crowded group, and there of its most crowded member. It uses no timer and no promise: the same calls
 * at the same times always give the same order.
 * @param now ms
 */
export function createFairQueue(limits: FairQueueLimits, now: () => number): FairQueue {
  const accounts = createTurns()
  const known = createRing<Waiting>({ first: 'oldest', heldBack: () => 0 })
  const strangers = createRing<Waiting>({
    first: 'newest',
    heldBack: ({ job }) => accounts.ahead(job.account),
  })
  /** The strangers, the oldest first. */
  const byAge = new Set<Waiting>()
  /** The largest number of strangers that waited at the same time, since the last time that none waited. */
  let most = 0
  let running = 0
  let lastWasKnown = false

  function takeStranger(): Waiting | undefined {
    const next = strangers.take()
    if (next === undefined) return undefined
    byAge.delete(next)
    accounts.taken(next.job.account)
    return next
  }

  function startNext(): void {
    if (running >= limits.atOnce) return
    const next = lastWasKnown ? (takeStranger() ?? known.take()) : (known.take() ?? takeStranger())
    if (next !== undefined) {
      lastWasKnown = next.job.known
      running += 1
      next.job.start()
    } else if (running === 0) for (const turns of [known, strangers, accounts]) turns.forget()
  }

  function shed(one: Waiting | undefined, why: Shed): void {
    if (one === undefined) return
    if (one.job.known) known.drop(one.job.path, one)
    else strangers.drop(one.job.path, one)
    byAge.delete(one)
    one.job.shed(why)
  }

  /**
   * Answers strangers that have waited for too long. The oldest are first, so it stops at the first one that has not
   * waited for too long.
   */
  function giveUpOld(): void {
    if (byAge.size === 0) most = 0
    for (const one of byAge) {
      if (now() - one.since < limits.patienceMs(most)) return
      shed(one, 'all')
    }
  }

  function limitAccount(account: string): void {
    const same = [...byAge].filter(({ job }) => job.account === account)
    if (same.length > limits.waitingPerAccount) shed(same[0], 'source')
  }

  return {
    add(job) {
      giveUpOld()
      const ring = job.known ? known : strangers
      const mustWait = running >= limits.atOnce
      if (mustWait && ring.waitingOf(job.path) >= limits.waitingPerSource) return job.shed('source')
      const one = { job, since: now() }
      ring.put(job.path, one)
      if (!job.known) byAge.add(one)
      most = Math.max(most, byAge.size)
      if (!mustWait) return startNext()
      if (!job.known) limitAccount(job.account)
      if (known.size() + byAge.size > limits.waiting) shed(strangers.last() ?? known.last(), 'all')
    },
    done() {
      running -= 1
      giveUpOld()
      startNext()
    },
  }
}

/** Turns of accounts. */
function createTurns() {
  let next = newTurnMemory()
  let round = 0
  return {
    /** By how many turns this account is ahead of the others. */
    ahead: (account: string): number => Math.max(0, (next.peek(account) ?? round) - round),
    taken(account: string): void {
      const turn = Math.max(next.peek(account) ?? 0, round)
      round = turn
      next.set(account, turn + 1)
    },
    forget(): void {
      next = newTurnMemory()
      round = 0
    },
  }
}
