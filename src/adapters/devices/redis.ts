import type { DeviceStore } from '../../core/ports/index.ts'
import { connectRedis, type RedisSource } from '../redis/connection.ts'
import { script } from '../redis/script.ts'

/** KEYS serial; ARGV workspace. */
const CLAIM = script(`
local holder = redis.call('GET', KEYS[1])
if holder then return holder end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
`)

const RELEASE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`)

/** Holders of serial numbers for any number of nodes: one key each, which never expires. */
export function redisDevices(source: RedisSource): DeviceStore {
  const redis = connectRedis(source)
  const key = (serial: string) => `${source.prefix ?? 'dji-cloud:'}device:${serial}`
  return {
    async claim(serial, workspaceId) {
      return (await redis.run(CLAIM, [key(serial)], [workspaceId])) as string
    },
    async release(serial, workspaceId) {
      return (await redis.run(RELEASE, [key(serial)], [workspaceId])) === 1
    },
    async holder(serial) {
      return (await redis.call('GET', key(serial))) as string | null
    },
    close: redis.close,
  }
}
