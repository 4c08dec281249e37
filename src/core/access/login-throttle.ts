import { createHash } from 'node:crypto'
import { LruMap } from '../lru-map.ts'
import type { RateLimit, RateLimitCounter, RateLimitStore } from '../ports/index.ts'
import { reach } from '../promises.ts'
import { networkOf } from './network.ts'
import { throttled } from './throttled.ts'

/** Limits of failed logins, counted in three ways. */
export interface LoginLimits {
  /** Per account and address: guesses at one password. */
  readonly perAccountAndAddress: RateLimit
  /** Per address, for all accounts: many accounts tried from one place. */
  readonly perAddress: RateLimit
  /** Per account, from all addresses: one account tried from many places. High, because it can lock a pilot out. */
  readonly perAccount: RateLimit
}

export const DEFAULT_LIMITS: LoginLimits = {
  perAccountAndAddress: { attempts: 10, windowSeconds: 900 },
  perAddress: { attempts: 100, windowSeconds: 900 },
  perAccount: { attempts: 100, windowSeconds: 3600 },
}

export interface LoginThrottle {
  /**
   * Looks whether this login is locked out, before it waits for its turn, and counts nothing. So logins for which there was
   * no turn do not lock out an address from which many pilots start at the same time.
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  admit(address: string, username: string): Promise<void>
  /**
   * At its turn: counts this attempt before the password is checked, so that parallel guesses are all counted. A name that has logged in
   * from this address before is limited there by its own failures only: guesses of others do not lock it out.
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  attempt(address: string, username: string): Promise<void>
  /** The password was right: takes the attempt back and forgets the failures of this account from this address. */
  succeeded(address: string, username: string): Promise<void>
  /**
   * Counts a login without a password, which names no account, for its address.
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  attemptFrom(address: string): Promise<void>
  /** It was right: takes the attempt back. */
  succeededFrom(address: string): Promise<void>
}

/** Blanks, control characters, characters without width, and marks. A user table may ignore them when it compares names. */
const IGNORED = /[\p{Z}\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Names that some user table could take for the same account have one counter: `amelia`, ` AMELIA`, `amelia` with a
 * character of no width in it, and in full-width letters. Names that only look alike here share a limit, nothing else.
 */
const plainName = (name: string): string =>
  name.normalize('NFKD').replace(IGNORED, '').toUpperCase().toLowerCase()

/** A hash of the name: user names are personal data and can be long, and the store needs neither. */
const digest = (name: string): string =>
  createHash('sha256').update(plainName(name)).digest('base64url').slice(0, 22)

/** Keys of an attempt: name and network together, the network, the name. */
export function placeOfLogin(address: string, username: string) {
  const network = networkOf(address)
  const name = digest(username)
  return { pair: `${network} ${name}`, place: network, account: name }
}

/** Keys of a code: those of its login, and of the user whose password was right. Names may have several spellings, an id has one. */
export function placeOfAccount(address: string, username: string, userId: string) {
  const { pair, place } = placeOfLogin(address, username)
  const id = createHash('sha256').update(userId).digest('base64url').slice(0, 22)
  return { pair, codePair: `${place} ${id}`, codeAccount: id }
}

/** Pairs that are remembered; about 1 MiB. */
const MOST_KNOWN = 10_000

/** Names and networks, as pairs (`placeOfLogin`), that have logged in: guesses of others neither lock them out nor delay them. */
export interface KnownLogins {
  has(pair: string): boolean
  add(pair: string): void
}

/** The pair whose last login is the oldest is forgotten first. */
export function createKnownLogins(): KnownLogins {
  const pairs = new LruMap<string, true>(MOST_KNOWN)
  return {
    has: (pair) => pairs.has(pair),
    add: (pair) => pairs.set(pair, true),
  }
}

/** @param known gets every pair that logs in */
export function createLoginThrottle(
  store: RateLimitStore,
  limits: LoginLimits,
  known: KnownLogins,
): LoginThrottle {
  const pair = store.counter('login-pair', limits.perAccountAndAddress)
  const place = store.counter('login-address', limits.perAddress)
  const account = store.counter('login-account', limits.perAccount)

  const all = (waits: readonly Promise<number>[]): Promise<number[]> => reach(Promise.all(waits))

  /** All counters count, so that success takes back what was counted. For a known pair only the first one decides. */
  function countersOf(address: string, username: string) {
    const keys = placeOfLogin(address, username)
    const counters: readonly (readonly [RateLimitCounter, string])[] = [
      [pair, keys.pair],
      [place, keys.place],
      [account, keys.account],
    ]
    return { counters, deciding: known.has(keys.pair) ? 1 : counters.length }
  }

  async function check({ counters, deciding }: ReturnType<typeof countersOf>): Promise<void> {
    const checked = counters.slice(0, deciding)
    const blocked = Math.max(...(await all(checked.map(([counter, key]) => counter.retryAfterMs(key)))))
    if (blocked > 0) throw throttled(blocked)
  }

  return {
    admit: (address, username) => check(countersOf(address, username)),
    async attempt(address, username) {
      const own = countersOf(address, username)
      // Again, because others were counted while it waited: one that is locked out by now must not fill the other counters too.
      await check(own)
      const { counters, deciding } = own
      const waits = await all(counters.map(([counter, key]) => counter.consume(key)))
      const wait = Math.max(...waits.slice(0, deciding))
      if (wait > 0) throw throttled(wait)
    },
    async succeeded(address, username) {
      const keys = placeOfLogin(address, username)
      await reach(
        Promise.all([pair.reset(keys.pair), place.refund(keys.place), account.refund(keys.account)]),
      )
      known.add(keys.pair)
    },
    async attemptFrom(address) {
      const key = networkOf(address)
      const blocked = await reach(place.retryAfterMs(key))
      const wait = blocked > 0 ? blocked : await reach(place.consume(key))
      if (wait > 0) throw throttled(wait)
    },
    async succeededFrom(address) {
      await reach(place.refund(networkOf(address)))
    },
  }
}
