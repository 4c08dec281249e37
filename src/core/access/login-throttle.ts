import { createHash } from 'node:crypto'
import type { RateLimit, RateLimitCounter, RateLimitStore } from '../ports/index.ts'
import { reach } from '../reach.ts'
import { networkOf } from './network.ts'
import { throttled } from './throttled.ts'

/** Failed logins, counted three ways. */
export interface LoginLimits {
  /** One account from one address: a guess at one password. */
  readonly perAccountAndAddress: RateLimit
  /** One address, whatever account: many accounts tried from one place. */
  readonly perAddress: RateLimit
  /** One account, whatever address: one account tried from many places. High, for it can lock a pilot out. */
  readonly perAccount: RateLimit
}

export const DEFAULT_LIMITS: LoginLimits = {
  perAccountAndAddress: { attempts: 10, windowSeconds: 900 },
  perAddress: { attempts: 100, windowSeconds: 900 },
  perAccount: { attempts: 100, windowSeconds: 3600 },
}

export interface LoginThrottle {
  /**
   * Counts this attempt before any password is looked at, so that parallel guesses cannot slip past each other.
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  attempt(address: string, username: string): Promise<void>
  /** The attempt was good: it counts against nobody, and the failures of this account from this address are forgotten. */
  succeeded(address: string, username: string): Promise<void>
  /**
   * No password was looked at, since too many waited. It was no guess at the account, and counts all the same for the address:
   * an address that fills the queue again and again is to be blocked.
   */
  shed(address: string, username: string): Promise<void>
}

/** Blanks, control characters, what has no width, and marks: a user table may compare names without them. */
const IGNORED = /[\p{Z}\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Names that some user table could take for the same account have one counter: `amelia`, ` AMELIA`, `amelia` with a
 * character of no width in it, and in full-width letters. Names that only look alike here share a limit, nothing else.
 */
const plainName = (name: string): string =>
  name.normalize('NFKD').replace(IGNORED, '').toUpperCase().toLowerCase()

/** User names are personal and of any length; a store needs neither. */
const digest = (name: string): string =>
  createHash('sha256').update(plainName(name)).digest('base64url').slice(0, 22)

/** Keys of an attempt: name and network together, the network, the name. */
export function placeOfLogin(address: string, username: string) {
  const network = networkOf(address)
  const name = digest(username)
  return { pair: `${network} ${name}`, place: network, account: name }
}

export function createLoginThrottle(store: RateLimitStore, limits: LoginLimits): LoginThrottle {
  const pair = store.counter('login-pair', limits.perAccountAndAddress)
  const place = store.counter('login-address', limits.perAddress)
  const account = store.counter('login-account', limits.perAccount)

  const longest = async (waits: readonly Promise<number>[]): Promise<number> =>
    Math.max(...(await reach(Promise.all(waits))))

  return {
    async attempt(address, username) {
      const keys = placeOfLogin(address, username)
      const counters: readonly (readonly [RateLimitCounter, string])[] = [
        [pair, keys.pair],
        [place, keys.place],
        [account, keys.account],
      ]
      // Somebody already locked out must not go on filling the other counters.
      const blocked = await longest(counters.map(([counter, key]) => counter.retryAfterMs(key)))
      if (blocked > 0) throw throttled(blocked)
      const wait = await longest(counters.map(([counter, key]) => counter.consume(key)))
      if (wait > 0) throw throttled(wait)
    },
    async succeeded(address, username) {
      const keys = placeOfLogin(address, username)
      await reach(
        Promise.all([pair.reset(keys.pair), place.refund(keys.place), account.refund(keys.account)]),
      )
    },
    async shed(address, username) {
      const keys = placeOfLogin(address, username)
      await reach(Promise.all([pair.refund(keys.pair), account.refund(keys.account)]))
    },
  }
}
