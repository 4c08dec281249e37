import type { RateLimiterAbstract } from 'rate-limiter-flexible'
import { thisProcessAlone } from '../../core/options/processes.ts'
import { checkRedisSource } from '../../core/options/source.ts'
import { loadDependency } from '../../core/packages.ts'
import type { RateLimit, RateLimitCounter, RateLimitStore } from '../../core/ports/index.ts'
import { within } from '../deadline.ts'
import type { RedisClient } from '../redis/client.ts'
import type { RedisSource } from '../redis/connection.ts'
import { type OwnRedis, openRedis } from '../redis/open.ts'

type Awaitable<Value> = Value | Promise<Value>
type Library = typeof import('rate-limiter-flexible')
type MakeLimiter = (library: Library, name: string, limit: RateLimit) => Awaitable<RateLimiterAbstract>

/** Counts attempts in the memory of one process. */
export const memoryRateLimitStore = (): RateLimitStore =>
  thisProcessAlone(
    storeOf(
      ({ RateLimiterMemory }, name, { attempts, windowSeconds }) =>
        new RateLimiterMemory({ keyPrefix: name, points: attempts, duration: windowSeconds }),
    ),
  )

/**
 * Counts attempts for all nodes that share a Redis: `redisRateLimitStore({ url: 'redis://localhost:6379' })`. If you
 * give your own client, you close it. Set `enableOfflineQueue: false` on it: without a connection to Redis a login then
 * gets 503 at once and does not wait.
 * @throws DjiCloudError OPTIONS for a wrong source
 */
export const redisRateLimitStore = (source: RedisSource): RateLimitStore => {
  checkRedisSource('redisRateLimitStore', source)
  const { client, url, prefix = 'dji-cloud:', timeoutMs = 1000 } = source
  const own = url === undefined ? null : openRedis(url, timeoutMs)
  const store = storeOf(
    async ({ RateLimiterRedis }, name, { attempts, windowSeconds }) =>
      new RateLimiterRedis({
        storeClient: own === null ? client : await connected(own, timeoutMs),
        keyPrefix: `${prefix}${name}`,
        points: attempts,
        duration: windowSeconds,
        rejectIfRedisNotReady: true,
      }),
  )
  return own === null ? store : { ...store, close: own.close }
}

/** Waits until the client is connected: the first login opens it, and the library refuses a client that is still connecting. */
async function connected(own: OwnRedis, timeoutMs: number): Promise<RedisClient> {
  const client = await own.client()
  if (client.status !== 'ready')
    await within(new Promise<void>((resolve) => client.once('ready', resolve)), timeoutMs, 'Redis')
  return client
}

function storeOf(make: MakeLimiter): RateLimitStore {
  return { counter: (name, limit) => counterOf((library) => make(library, name, limit), limit) }
}

function counterOf(
  make: (library: Library) => Awaitable<RateLimiterAbstract>,
  { attempts }: RateLimit,
): RateLimitCounter {
  // Load the library at the first login: at the start it would be a fifth of the start-up time.
  let loading:
    | Promise<{ readonly limiter: RateLimiterAbstract; readonly Exhausted: Library['RateLimiterRes'] }>
    | undefined
  const ready = () => {
    loading ??= loadDependency(() => import('rate-limiter-flexible'), 'rate-limiter-flexible')
      .then(async (library) => ({ limiter: await make(library), Exhausted: library.RateLimiterRes }))
      .catch((error: unknown) => {
        // Redis was not reachable: the next login tries again.
        loading = undefined
        throw error
      })
    return loading
  }
  return {
    async retryAfterMs(key) {
      const state = await (await ready()).limiter.get(key)
      return state !== null && state.consumedPoints >= attempts ? state.msBeforeNext : 0
    },
    async consume(key) {
      const { limiter, Exhausted } = await ready()
      try {
        await limiter.consume(key)
        return 0
      } catch (error) {
        // The library rejects with a state object above the limit, and with an Error if its store fails.
        if (error instanceof Exhausted) return error.msBeforeNext
        throw error
      }
    },
    async refund(key) {
      const { limiter } = await ready()
      // The window has ended, so there is nothing to take back. A count below zero would allow one more attempt in the
      // next window.
      if (((await limiter.get(key))?.consumedPoints ?? 0) <= 0) return
      // The window ended in between, or another refund was faster.
      if ((await limiter.reward(key)).consumedPoints < 0) await limiter.penalty(key)
    },
  }
}
