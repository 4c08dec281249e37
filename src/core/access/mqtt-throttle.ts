import { LruMap } from '../lru-map.ts'
import type { Clock, ConnectAttempt, ConnectDecision } from '../ports/index.ts'
import { networkOf, UNKNOWN_NETWORK } from './network.ts'

type Kind = keyof typeof LIMITS
type Verify = (attempt: ConnectAttempt) => Promise<ConnectDecision>

/** Limits of wrong passwords in a time window. Beyond them, no password is checked until the window ends. */
const LIMITS = { pair: 10, network: 100, name: 100 } as const
const WINDOW_MS = 5 * 60_000
/** Entries of each kind. The one whose last failure is the oldest is forgotten first. About 3 MiB in all. */
const MOST = 10_000

/** Which limits count for an attempt. @param isKnown this name was accepted from this network before */
function kindsOf(network: string, isKnown: boolean): readonly Kind[] {
  if (network === UNKNOWN_NETWORK) return ['name']
  return isKnown ? ['pair'] : ['pair', 'network', 'name']
}

/** Counts failures by key, in windows that begin with the first failure. */
function createCounter(limit: number, clock: Clock) {
  const counts = new LruMap<string, { count: number; readonly until: number }>(MOST)
  const live = (key: string) => {
    const found = counts.peek(key)
    return found !== undefined && found.until > clock.now() ? found : undefined
  }
  return {
    isFull: (key: string): boolean => (live(key)?.count ?? 0) >= limit,
    add(key: string): void {
      const found = live(key) ?? { count: 0, until: clock.now() + WINDOW_MS }
      found.count += 1
      counts.set(key, found)
    },
    takeBack(key: string): void {
      const found = counts.peek(key)
      if (found !== undefined && found.count > 0) found.count -= 1
    },
  }
}

/**
 * Limits wrong MQTT passwords for an address, for a name, and for both together. Passwords that were signed here cannot
 * be guessed, so these limits never delay them. They also do not delay a name at a place where it was accepted before,
 * if somebody guesses that name elsewhere or guesses other names at that place. Some brokers, such as RabbitMQ, do not
 * report the address. Then only the limit of the name counts, because one limit for all clients would let one of them
 * lock out all others.
 * @param isSigned whether a password was issued here, even if something else is wrong with it
 */
export function throttleWrongPasswords(parts: {
  readonly verify: Verify
  readonly isSigned: (password: string | undefined) => boolean
  readonly clock: Clock
}): Verify {
  const { verify, isSigned, clock } = parts
  const failures = {
    pair: createCounter(LIMITS.pair, clock),
    network: createCounter(LIMITS.network, clock),
    name: createCounter(LIMITS.name, clock),
  }
  const known = new LruMap<string, true>(MOST)

  return async (attempt) => {
    if (isSigned(attempt.password)) return verify(attempt)
    const network = networkOf(attempt.address)
    // MQTT allows such a long name, but no issued name has this length.
    const name = (attempt.username ?? '').slice(0, 256)
    const keys = { pair: `${network} ${name}`, network, name }
    const kinds = kindsOf(network, known.has(keys.pair))
    if (kinds.some((kind) => failures[kind].isFull(keys[kind]))) return { allow: false, reason: 'throttled' }
    // Count before the check, so that guesses at the same time are all counted.
    for (const kind of kinds) failures[kind].add(keys[kind])
    const decision = await verify(attempt)
    if (!decision.allow && decision.reason === 'bad_credentials') return decision
    for (const kind of kinds) failures[kind].takeBack(keys[kind])
    if (decision.allow) known.set(keys.pair, true)
    return decision
  }
}
