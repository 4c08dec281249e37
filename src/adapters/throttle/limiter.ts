import type { RateLimiterAbstract } from 'rate-limiter-flexible'
import { thisProcessAlone } from '../../core/options/processes.ts'
import { checkSource, NEEDS } from '../../core/options/source.ts'
import { loadDependency } from '../../core/packages.ts'
import type { AttemptCounter, AttemptLimit, AttemptStore } from '../../core/ports/index.ts'

type Library = typeof import('rate-limiter-flexible')
type MakeLimiter = (library: Library, name: string, limit: AttemptLimit) => RateLimiterAbstract

/** Attempts of one process. */
export const memoryAttempts = (): AttemptStore =>
  thisProcessAlone(
    storeOf(
      ({ RateLimiterMemory }, name, { attempts, window }) =>
        new RateLimiterMemory({ keyPrefix: name, points: attempts, duration: window }),
    ),
  )

/**
 * Attempts counted together by all nodes.
 * @param client an ioredis client, which stays the caller's to close; give it `enableOfflineQueue: false`, so that a
 * Redis that is away is a 503 at once and not a login that hangs
 */
export const redisAttempts = (source: {
  readonly client: object
  readonly prefix?: string | undefined
}): AttemptStore => {
  checkSource(source, {
    store: 'redisAttempts',
    known: ['client', 'prefix'],
    oneOf: ['client'],
    needs: NEEDS,
  })
  const { client, prefix = 'dji-cloud' } = source
  return storeOf(
    ({ RateLimiterRedis }, name, { attempts, window }) =>
      new RateLimiterRedis({
        storeClient: client,
        keyPrefix: `${prefix}:${name}`,
        points: attempts,
        duration: window,
        rejectIfRedisNotReady: true,
      }),
  )
}

function storeOf(make: MakeLimiter): AttemptStore {
  return { counter: (name, limit) => counterOf((library) => make(library, name, limit), limit) }
}

function counterOf(
  make: (library: Library) => RateLimiterAbstract,
  { attempts }: AttemptLimit,
): AttemptCounter {
  // The library is loaded with the first login, not with the app: it would be a fifth of the cold start.
  let loading:
    | Promise<{ readonly limiter: RateLimiterAbstract; readonly Exhausted: Library['RateLimiterRes'] }>
    | undefined
  const ready = () => {
    loading ??= loadDependency(() => import('rate-limiter-flexible'), 'rate-limiter-flexible').then(
      (library) => ({
        limiter: make(library),
        Exhausted: library.RateLimiterRes,
      }),
    )
    return loading
  }
  return {
    async blockedFor(key) {
      const state = await (await ready()).limiter.get(key)
      return state !== null && state.consumedPoints >= attempts ? state.msBeforeNext : 0
    },
    async count(key) {
      const { limiter, Exhausted } = await ready()
      try {
        await limiter.consume(key)
        return 0
      } catch (error) {
        // The library rejects with its state when the limit is passed, and with an Error when its store fails.
        if (error instanceof Exhausted) return error.msBeforeNext
        throw error
      }
    },
    async giveBack(key) {
      await (await ready()).limiter.reward(key)
    },
    async forget(key) {
      await (await ready()).limiter.delete(key)
    },
  }
}
