import type { RateLimit, RateLimitCounter, RateLimitStore } from '../ports/index.ts'
import { reach } from '../promises.ts'
import { createKnownLogins, shortHash } from './known-logins.ts'
import { networkOf } from './network.ts'
import { throttled } from './throttled.ts'

/** Limits of failed logins, counted in three ways. */
export interface LoginLimits {
  /** Per account and address: guesses at one password. */
  readonly perAccountAndAddress: RateLimit
  /** Per address, for all accounts: many accounts tried from one place. */
  readonly perAddress: RateLimit
  /**
   * Per account, from all addresses: one account tried from many places. The limit is high, because it can lock a pilot
   * out.
   */
  readonly perAccount: RateLimit
}

export const DEFAULT_LIMITS: LoginLimits = {
  perAccountAndAddress: { attempts: 10, windowSeconds: 900 },
  perAddress: { attempts: 100, windowSeconds: 900 },
  perAccount: { attempts: 100, windowSeconds: 3600 },
}

/** One login, for its limits. */
export interface TypedLogin {
  readonly address: string
  /** As it was typed. */
  readonly username: string
  /** `typedHash` of all that was typed. */
  readonly typed: string
}

export interface LoginThrottle {
  /** Whether exactly this was typed at this address before, and was right. Guesses of others then neither lock it out nor delay it. */
  isKnown(login: TypedLogin): boolean
  /**
   * Checks whether this login is locked out, before it waits for its turn. Counts nothing, so logins that got no turn
   * do not lock out an address from which many pilots start at the same time.
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  admit(login: TypedLogin): Promise<void>
  /**
   * At its turn: counts this attempt before the password is checked, so that parallel guesses are all counted. A known login is limited
   * by the failures of its name at its address only: guesses elsewhere and at other names do not lock it out.
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  attempt(login: TypedLogin): Promise<void>
  /**
   * The password was right: takes back this attempt, and nothing else. Other accounts may have the same counters, so a success of one
   * must not wipe out guesses at another.
   */
  succeeded(login: TypedLogin): Promise<void>
  /**
   * Counts a login without a password, which names no account, for its address.
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  attemptFrom(address: string): Promise<void>
  /** The login was right: takes the attempt back. */
  succeededFrom(address: string): Promise<void>
}

/** Blanks, control characters, characters without width, and marks. A user table may ignore them when it compares names. */
const IGNORED = /[\p{Z}\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Names that some user table could take for the same account have one counter: `amelia`, ` AMELIA`, `amelia` with a
 * character of no width in it, and in full-width letters. Also accounts that only look alike here, and accounts of one name that differ
 * in a field of the form, have one counter. So they share a limit, but a success takes back only its own attempt, and `known` keeps
 * them apart. The fields are not in the key: somebody who guesses could type a new value of a free field each time.
 */
const plainName = (name: string): string =>
  name.normalize('NFKD').replace(IGNORED, '').toUpperCase().toLowerCase()

/** Keys of an attempt: name and network together, the network, the name. */
export function placeOfLogin(address: string, username: string) {
  const network = networkOf(address)
  const name = shortHash(plainName(username))
  return { pair: `${network} ${name}`, place: network, account: name }
}

export function createLoginThrottle(store: RateLimitStore, limits: LoginLimits): LoginThrottle {
  const known = createKnownLogins()
  const pair = store.counter('login-pair', limits.perAccountAndAddress)
  const place = store.counter('login-address', limits.perAddress)
  const account = store.counter('login-account', limits.perAccount)

  const all = <Value>(work: readonly Promise<Value>[]): Promise<Value[]> => reach(Promise.all(work))

  /**
   * All counters count, so that a success can take back what was counted. For a known login only the first counter can
   * refuse.
   */
  function countersOf({ address, username, typed }: TypedLogin) {
    const keys = placeOfLogin(address, username)
    const counters: readonly (readonly [RateLimitCounter, string])[] = [
      [pair, keys.pair],
      [place, keys.place],
      [account, keys.account],
    ]
    return { counters, deciding: known.has(keys.pair, typed) ? 1 : counters.length }
  }

  async function check({ counters, deciding }: ReturnType<typeof countersOf>): Promise<void> {
    const checked = counters.slice(0, deciding)
    const blocked = Math.max(...(await all(checked.map(([counter, key]) => counter.retryAfterMs(key)))))
    if (blocked > 0) throw throttled(blocked)
  }

  return {
    isKnown: ({ address, username, typed }) => known.has(placeOfLogin(address, username).pair, typed),
    admit: (login) => check(countersOf(login)),
    async attempt(login) {
      const own = countersOf(login)
      // Checked again, because other logins were counted while this one waited. A login that is locked out now must not
      // be counted in the other counters too.
      await check(own)
      const { counters, deciding } = own
      const waits = await all(counters.map(([counter, key]) => counter.consume(key)))
      const wait = Math.max(...waits.slice(0, deciding))
      if (wait > 0) throw throttled(wait)
    },
    async succeeded(login) {
      await all(countersOf(login).counters.map(([counter, key]) => counter.refund(key)))
      known.add(placeOfLogin(login.address, login.username).pair, login.typed)
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
