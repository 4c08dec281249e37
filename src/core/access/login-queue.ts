import { availableParallelism } from 'node:os'
import { DjiCloudError } from '../errors.ts'
import type { Clock } from '../ports/index.ts'
import { createFairQueue, type Shed } from './fair-queue.ts'
import { placeOfLogin } from './login-throttle.ts'
import { groupsOf } from './network.ts'

/** How many passwords are checked at the same time, and how many logins may wait. */
export interface LoginQueueLimits {
  /** Password checks at the same time. Node has four threads for this, and DNS and files need one of them too. */
  readonly concurrency: number
  readonly queueLimit: number
  /**
   * For one address (for IPv6: one /56). A name that has logged in from an address before has its own limit at that
   * address.
   */
  readonly queueLimitPerAddress: number
  /** For one name, from all addresses where it has not logged in before. */
  readonly queueLimitPerAccount: number
}

export const DEFAULT_QUEUE: LoginQueueLimits = {
  // More checks than cores would make each check slower and delay the event loop.
  concurrency: Math.min(3, availableParallelism()),
  queueLimit: 200,
  queueLimitPerAddress: 20,
  queueLimitPerAccount: 20,
}

/**
 * How long a stranger's login waits, in ms. At the start of a shift, some dozens come at once, and all of them get in. If many
 * more wait, it is a flood: the oldest are answered soon, so that they can try again.
 */
const patienceMs = (most: number): number => (most > FLOOD ? 1_000 : 10_000)
const FLOOD = 60

/** Whose work it is. */
export interface LoginSource {
  readonly address: string
  readonly username: string
  /** True: guesses of other people must not delay this login. */
  readonly isKnown: boolean
}

export interface LoginQueue {
  /**
   * Runs the work when it is this login's turn.
   * @throws DjiCloudError THROTTLED when too many logins of this address or name wait, BUSY when too many of all do, or
   * when it has waited for too long
   */
  run<Value>(source: LoginSource, work: () => Promise<Value>): Promise<Value>
}

/** In seconds. Short, because a login that is sent again gets its turn before logins that have waited for longer. */
const RETRY_AFTER: Readonly<Record<Shed, number>> = { source: 2, all: 1 }

const refusal = (why: Shed): DjiCloudError => {
  const seconds = RETRY_AFTER[why]
  const more = { headers: { 'retry-after': String(seconds) }, data: { retry_after: seconds } }
  return why === 'source' ? new DjiCloudError('THROTTLED', more) : new DjiCloudError('BUSY', more)
}

/**
 * Checking a password is slow on purpose, so addresses and names take turns. Providers take turns first, because the
 * owner of a /48 has 256 networks of the size that most providers give to one customer.
 */
export function createLoginQueue(limits: LoginQueueLimits, clock: Clock): LoginQueue {
  const queue = createFairQueue(
    {
      atOnce: limits.concurrency,
      waiting: limits.queueLimit,
      waitingPerSource: limits.queueLimitPerAddress,
      waitingPerAccount: limits.queueLimitPerAccount,
      patienceMs,
    },
    () => clock.now(),
  )
  return {
    run<Value>({ address, username, isKnown }: LoginSource, work: () => Promise<Value>): Promise<Value> {
      const { pair, account } = placeOfLogin(address, username)
      const groups = groupsOf(address)
      return new Promise<Value>((resolve, reject) => {
        queue.add({
          path: isKnown ? [...groups, pair] : groups,
          account,
          known: isKnown,
          shed: (why) => reject(refusal(why)),
          start: () => {
            // A host's own function may throw before it returns a promise.
            const result = new Promise<Value>((done) => done(work()))
            result.finally(queue.done).then(resolve, reject)
          },
        })
      })
    },
  }
}
