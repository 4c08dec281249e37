import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible'
import type { AttemptCounter, AttemptLimit, AttemptStore } from '../../core/ports/index.ts'

type MakeLimiter = (name: string, limit: AttemptLimit) => RateLimiterAbstract

/** Attempts of one process. */
export const memoryAttempts = (): AttemptStore =>
  storeOf(
    (name, { attempts, window }) =>
      new RateLimiterMemory({ keyPrefix: name, points: attempts, duration: window }),
  )

/**
 * Attempts counted together by all nodes.
 * @param client an ioredis client, which stays the caller's to close; give it `enableOfflineQueue: false`, so that a
 * Redis that is away is a 503 at once and not a login that hangs
 */
export const redisAttempts = ({
  client,
  prefix = 'dji-cloud',
}: {
  readonly client: object
  readonly prefix?: string
}): AttemptStore =>
  storeOf(
    (name, { attempts, window }) =>
      new RateLimiterRedis({
        storeClient: client,
        keyPrefix: `${prefix}:${name}`,
        points: attempts,
        duration: window,
        rejectIfRedisNotReady: true,
      }),
  )

function storeOf(make: MakeLimiter): AttemptStore {
  return { counter: (name, limit) => counterOf(make(name, limit), limit) }
}

function counterOf(limiter: RateLimiterAbstract, { attempts }: AttemptLimit): AttemptCounter {
  return {
    async blockedFor(key) {
      const state = await limiter.get(key)
      return state !== null && state.consumedPoints >= attempts ? state.msBeforeNext : 0
    },
    async count(key) {
      try {
        await limiter.consume(key)
        return 0
      } catch (error) {
        // The library rejects with its state when the limit is passed, and with an Error when its store fails.
        if (error instanceof RateLimiterRes) return error.msBeforeNext
        throw error
      }
    },
    async giveBack(key) {
      await limiter.reward(key)
    },
    async forget(key) {
      await limiter.delete(key)
    },
  }
}
