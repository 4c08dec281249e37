import { throttled } from '../access/throttled.ts'
import type { RateLimit, RateLimitCounter, RateLimitStore } from '../ports/index.ts'
import { reach } from '../promises.ts'

/**
 * A limit of a plugin, counted in `loginRateLimit.store`: with a shared store, all nodes count together. With `loginRateLimit: false` each
 * process counts for itself, and several processes do not start in production.
 */
export interface PluginRateLimit {
  /**
   * Checks whether this key may try, and counts nothing. Call it before work of which only wrong attempts are counted.
   * @throws DjiCloudError THROTTLED with `Retry-After` if there were too many, STORE_UNAVAILABLE
   */
  check(key: string): Promise<void>
  /**
   * Counts one attempt of this key, such as `networkOf(request.address)` or the id of a user.
   * @throws DjiCloudError THROTTLED with `Retry-After` if there were too many, STORE_UNAVAILABLE
   */
  count(key: string): Promise<void>
  /**
   * Removes one attempt from the count, because it was right. After the window of the attempt it changes nothing.
   * @throws DjiCloudError STORE_UNAVAILABLE
   */
  refund(key: string): Promise<void>
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/
const MAX_KEY = 512

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0

/**
 * @param name keeps the limits of one plugin apart
 * @throws TypeError for a name or a limit of another form
 */
export function pluginRateLimit(
  store: RateLimitStore,
  id: string,
  name: string,
  { attempts, windowSeconds }: RateLimit,
): PluginRateLimit {
  if (!NAME.test(name))
    throw new TypeError(
      'context.rateLimit() needs a name of small letters, digits and hyphens, such as guesses.',
    )
  if (!isCount(attempts) || !isCount(windowSeconds))
    throw new TypeError(
      `context.rateLimit('${name}') needs attempts and windowSeconds, both whole numbers above 0.`,
    )
  let counter: RateLimitCounter | undefined
  const counted = (): RateLimitCounter => {
    counter ??= store.counter(`plugin ${id} ${name}`, { attempts, windowSeconds })
    return counter
  }
  const checked = (key: string): string => {
    if (typeof key === 'string' && key !== '' && key.length <= MAX_KEY) return key
    throw new TypeError(`The key of a rate limit needs 1 to ${MAX_KEY} characters.`)
  }
  const admit = (wait: number): void => {
    if (wait > 0) throw throttled(wait)
  }
  return {
    check: async (key) => admit(await reach(counted().retryAfterMs(checked(key)))),
    count: async (key) => admit(await reach(counted().consume(checked(key)))),
    async refund(key) {
      await reach(counted().refund(checked(key)))
    },
  }
}
