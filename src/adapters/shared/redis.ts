import { checkRedisSource } from '../../core/options/source.ts'
import type { SharedStore } from '../../core/ports/index.ts'
import { connectRedis, type RedisSource } from '../redis/connection.ts'
import { script } from '../redis/script.ts'

/** A script, because GETDEL needs Redis 6.2. */
const TAKE = script(`
local value = redis.call('GET', KEYS[1])
if value then redis.call('DEL', KEYS[1]) end
return value
`)

const REMOVE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`)

/** Values that all nodes share. Redis needs `maxmemory-policy noeviction`: an evicted lease would be given to two nodes. */
export function redisShared(source: RedisSource): SharedStore {
  checkRedisSource('redisShared', source)
  const redis = connectRedis(source)
  const { prefix = 'dji-cloud:' } = source
  const keyOf = (key: string) => `${prefix}shared:${key}`
  const text = (answer: unknown): string | null => (typeof answer === 'string' ? answer : null)
  return {
    async put(key, value, ttlMs) {
      await redis.call('SET', keyOf(key), value, 'PX', ttlMs)
    },
    putNew: async (key, value, ttlMs) =>
      (await redis.call('SET', keyOf(key), value, 'PX', ttlMs, 'NX')) !== null,
    get: async (key) => text(await redis.call('GET', keyOf(key))),
    take: async (key) => text(await redis.run(TAKE, [keyOf(key)], [])),
    remove: async (key, value) => (await redis.run(REMOVE, [keyOf(key)], [value])) === 1,
    close: redis.close,
  }
}
