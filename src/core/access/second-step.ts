import { createHash } from 'node:crypto'
import { LruMap } from '../lru-map.ts'
import type { Clock, RateLimit, RateLimitCounter, RateLimitStore } from '../ports/index.ts'
import { reach } from '../promises.ts'
import type { LoginFlag } from './account-flag.ts'
import type { CheckedChallenge } from './challenge.ts'
import { shortHash } from './known-logins.ts'
import { networkOf } from './network.ts'
import { isSameSecret } from './same-secret.ts'
import type { Sealer } from './sealed.ts'
import { throttled } from './throttled.ts'

/** Limits of codes. */
export interface SecondStepLimits {
  /** The number of codes for one challenge, and how long the challenge lasts. */
  readonly perChallenge: RateLimit
  /** The number of wrong codes for one account. Typing the password again does not reset it. */
  readonly perAccountSecondStep: RateLimit
}

export const DEFAULT_SECOND_STEP: SecondStepLimits = {
  perChallenge: { attempts: 5, windowSeconds: 300 },
  // 240 guesses a day at one of a million codes.
  perAccountSecondStep: { attempts: 10, windowSeconds: 3600 },
}

/** The user who has typed the right password, and from where. */
export interface FirstStep {
  /** As it was typed. */
  readonly username: string
  readonly address: string
  /** `typedHash` of all that was typed. */
  readonly typed: string
  /** The flag that the page sent. */
  readonly flag: LoginFlag
  /** A random text of the page; null: it gave none. Only a client that has it can continue. */
  readonly pageKey: string | null
}

/** A login whose password was right. It is sealed into the token of its challenge, so no node has to remember it. */
export interface PendingLogin extends Omit<FirstStep, 'pageKey'> {
  /** The id of this challenge. */
  readonly id: string
  readonly kind: string
  readonly userId: string
  readonly digits: number | null
  readonly data: string | null
  /** Digest of the page's key. */
  readonly page: string | null
  /** ms since the epoch */
  readonly expiresAt: number
}

/** The answer that the client gets for a challenge. */
export interface BegunChallenge {
  readonly token: string
  readonly attemptsLeft: number
  readonly expiresAt: number
}

/**
 * Why a challenge cannot be answered any more. `elsewhere`: the answer comes from another page, or with another flag,
 * than the one that began.
 */
export type VoidReason = 'expired' | 'too_many' | 'used' | 'elsewhere' | 'unknown'

export interface SecondStep {
  begin(challenge: CheckedChallenge, first: FirstStep): BegunChallenge
  /** Null: the token was not made here. It may have expired, and may come from elsewhere: see `fault`. */
  open(token: string): PendingLogin | null
  /** Why this client cannot answer it; null: it can. */
  fault(
    pending: PendingLogin,
    from: { readonly pageKey: string | null; readonly flag: number | null },
  ): VoidReason | null
  /** Whether a code of this user was right at this address before. Codes of others then neither lock the user out nor delay it. */
  isKnown(pending: PendingLogin, address: string): boolean
  /**
   * Counts a code before it is compared, so that parallel guesses are all counted.
   * @returns how many more codes this challenge takes, or why it takes none
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  attempt(pending: PendingLogin, address: string): Promise<number | VoidReason>
  /**
   * The code was right, so it is not counted. @returns false: the challenge was used before. Of all callers on all
   * nodes, exactly one gets true.
   */
  finish(pending: PendingLogin, address: string): Promise<boolean>
  /** The user has left it: no code is taken for it any more. @returns false: it was used or left before */
  cancel(pending: PendingLogin): Promise<boolean>
}

/** Texts of another version of this package do not open. */
const VERSION = 2

/** Users at networks that are remembered; about 1 MiB. The one whose last code is the oldest is forgotten first. */
const MOST_KNOWN = 10_000

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

export interface SecondStepParts {
  readonly store: RateLimitStore
  readonly limits: SecondStepLimits
  readonly sealer: Sealer
  readonly clock: Clock
  /** A new unguessable identifier. */
  readonly randomId: () => string
}

/**
 * The second step of a login. The client carries the challenge, sealed. Only its use is counted, in the store that all
 * nodes share, so any node can accept the answer.
 */
export function createSecondStep({ store, limits, sealer, clock, randomId }: SecondStepParts): SecondStep {
  const { perChallenge, perAccountSecondStep } = limits
  const longestMs = perChallenge.windowSeconds * 1000
  // Each key can be taken once. So the number of the attempt is known, and exactly one caller can finish.
  const once = store.counter('login-challenge', { attempts: 1, windowSeconds: perChallenge.windowSeconds })
  const pair = store.counter('login-code-pair', perAccountSecondStep)
  const account = store.counter('login-code', perAccountSecondStep)

  // By user id and not by name: the password was right, so the account is certain. A name may belong to several.
  const known = new LruMap<string, true>(MOST_KNOWN)

  /** As for passwords: at an address where a code of this user was right before, only codes from there count. */
  function countersOf({ userId }: PendingLogin, address: string) {
    const id = shortHash(userId)
    const place = `${networkOf(address)} ${id}`
    const counters: readonly (readonly [RateLimitCounter, string])[] = [
      [pair, place],
      [account, id],
    ]
    return { counters, place, deciding: known.has(place) ? 1 : counters.length }
  }

  /** Exactly one of all callers on all nodes gets true. */
  const use = async ({ id }: PendingLogin): Promise<boolean> =>
    (await reach(once.consume(`${id} used`))) === 0

  async function takeAttempt(id: string): Promise<number | null> {
    for (let number = 1; number <= perChallenge.attempts; number += 1)
      if ((await reach(once.consume(`${id} ${number}`))) === 0) return number
    return null
  }

  return {
    begin({ kind, userId, digits, data, expiresInMs }, { pageKey, ...first }) {
      const expiresAt = clock.now() + Math.min(expiresInMs ?? longestMs, longestMs)
      const pending: PendingLogin = {
        ...first,
        ...{ id: randomId(), kind, userId, digits, data, expiresAt },
        page: pageKey === null ? null : digest(pageKey),
      }
      const token = sealer.seal(JSON.stringify([VERSION, pending]))
      return { token, attemptsLeft: perChallenge.attempts, expiresAt }
    },
    open(token) {
      const text = sealer.open(token)
      if (text === null) return null
      const [version, pending] = JSON.parse(text) as [unknown, PendingLogin]
      return version === VERSION ? pending : null
    },
    fault({ page, flag, expiresAt }, from) {
      const isThere = page === null ? from.pageKey === null : isSameSecret(page, digest(from.pageKey ?? ''))
      if (!isThere || (from.flag !== null && from.flag !== flag)) return 'elsewhere'
      return clock.now() >= expiresAt ? 'expired' : null
    },
    isKnown: (pending, address) => known.has(countersOf(pending, address).place),
    async attempt(pending, address) {
      if ((await reach(once.retryAfterMs(`${pending.id} used`))) > 0) return 'used'
      const { counters, deciding } = countersOf(pending, address)
      const checked = counters.slice(0, deciding)
      const blocked = await reach(Promise.all(checked.map(([counter, key]) => counter.retryAfterMs(key))))
      if (Math.max(...blocked) > 0) throw throttled(Math.max(...blocked))
      const number = await takeAttempt(pending.id)
      if (number === null) return 'too_many'
      const waits = await reach(Promise.all(counters.map(([counter, key]) => counter.consume(key))))
      const wait = Math.max(...waits.slice(0, deciding))
      if (wait > 0) throw throttled(wait)
      return perChallenge.attempts - number
    },
    cancel: use,
    async finish(pending, address) {
      if (!(await use(pending))) return false
      const { counters, place } = countersOf(pending, address)
      await reach(Promise.all(counters.map(([counter, key]) => counter.refund(key))))
      known.set(place, true)
      return true
    },
  }
}
