export interface FairQueueLimits {
  /** Jobs at the same time. */
  readonly atOnce: number
  /** Jobs that wait, in all. */
  readonly waiting: number
  /** Waiting jobs of one source (one whole path). */
  readonly waitingPerSource: number
}

export interface Job {
  /** The groups of the job, the widest first, such as provider, then customer. The source itself is the last. */
  readonly path: readonly [string, ...string[]]
  /** True: known to be good. It gets every second turn and is never shed for another job. */
  readonly known: boolean
  /** Called when it is this job's turn. Call `done` at its end. */
  readonly start: () => void
  /** Called if there is no room for it, now or later. */
  readonly shed: (why: Shed) => void
}

/** `source`: too many jobs of this source wait. `all`: too many jobs wait in total. */
export type Shed = 'source' | 'all'

export interface FairQueue {
  /** Calls `start` or `shed`, at once or later. */
  add(job: Job): void
  done(): void
}

/** A group or a source. Its members are in the order of their turns; a source has jobs, in the order in which they came. */
interface Group {
  readonly members: Map<string, Group>
  readonly jobs: Job[]
  /** Waiting jobs of this group and of all groups inside it. */
  size: number
}

const newGroup = (): Group => ({ members: new Map(), jobs: [], size: 0 })

/**
 * A fair queue for expensive work that anybody may ask for. Groups take turns, then the members of a group, and so on down
 * to the sources. So a source with a hundred jobs delays only itself, and so does one with a hundred networks of one
 * provider. The number of waiting jobs is bounded. A full queue sheds the newest job of the most crowded group, and there
 * of its most crowded member. It uses no clock and no promise: the same calls always give the same order.
 */
export function createFairQueue(limits: FairQueueLimits): FairQueue {
  const rings = { known: newGroup(), strangers: newGroup() }
  let running = 0
  let lastWasKnown = false

  const ringOf = (job: Job): Group => (job.known ? rings.known : rings.strangers)
  const waiting = (): number => rings.known.size + rings.strangers.size

  function put(group: Group, job: Job, depth = 0): void {
    group.size += 1
    const name = job.path[depth]
    if (name === undefined) return void group.jobs.push(job)
    const member = group.members.get(name) ?? newGroup()
    group.members.set(name, member)
    put(member, job, depth + 1)
  }

  /** @param end which job of a source: the oldest, or the newest */
  function remove(
    group: Group,
    choose: (group: Group) => string | undefined,
    end: 'shift' | 'pop',
  ): Job | undefined {
    const name = choose(group)
    const member = name === undefined ? undefined : group.members.get(name)
    const job = name === undefined || member === undefined ? group.jobs[end]() : remove(member, choose, end)
    if (job !== undefined) group.size -= 1
    if (name !== undefined && member?.size === 0) group.members.delete(name)
    return job
  }

  function take(ring: Group): Job | undefined {
    return remove(
      ring,
      ({ members }) => {
        const [first] = members
        if (first === undefined) return undefined
        // Its next turn comes after all others.
        members.delete(first[0])
        members.set(...first)
        return first[0]
      },
      'shift',
    )
  }

  function startNext(): void {
    if (running >= limits.atOnce) return
    const order = lastWasKnown ? [rings.strangers, rings.known] : [rings.known, rings.strangers]
    const job = take(order[0] ?? rings.known) ?? take(order[1] ?? rings.strangers)
    if (job === undefined) return
    lastWasKnown = job.known
    running += 1
    job.start()
  }

  function shedOne(group: Group): void {
    remove(group, mostCrowded, 'pop')?.shed('all')
  }

  /**
   * Sheds a job of a group that is more crowded than the group of the new job, at the widest level with such a group. If
   * both would have the same number of jobs, nothing is shed for the new job.
   */
  function makeRoom(group: Group, job: Job, depth = 0): boolean {
    const name = job.path[depth]
    if (name === undefined) return false
    const own = group.members.get(name)
    const crowded = mostCrowded(group)
    const size = group.members.get(crowded ?? '')?.size ?? 0
    if (crowded !== name && size > (own?.size ?? 0) + 1) {
      shedOne(group)
      return true
    }
    return own !== undefined && makeRoom(own, job, depth + 1)
  }

  function hasRoom(job: Job): boolean {
    if (waiting() < limits.waiting) return true
    if (job.known && rings.strangers.size > 0) {
      shedOne(rings.strangers)
      return true
    }
    return makeRoom(ringOf(job), job)
  }

  function waitingOf(job: Job): number {
    let group: Group | undefined = ringOf(job)
    for (const name of job.path) group = group?.members.get(name)
    return group?.jobs.length ?? 0
  }

  return {
    add(job) {
      const mustWait = running >= limits.atOnce
      if (mustWait && waitingOf(job) >= limits.waitingPerSource) return job.shed('source')
      if (mustWait && !hasRoom(job)) return job.shed('all')
      put(ringOf(job), job)
      startNext()
    },
    done() {
      running -= 1
      startNext()
    },
  }
}

/** The most crowded member; of several, the one whose turn is next. Undefined if there are no members. */
function mostCrowded({ members }: Group): string | undefined {
  let most: readonly [string, Group] | undefined
  for (const entry of members) if (entry[1].size > (most?.[1].size ?? 0)) most = entry
  return most?.[0]
}
