import { checkRedisSource } from '../../core/options/source.ts'
import type { DeviceRecord, DeviceStore } from '../../core/ports/index.ts'
import { connectRedis, type RedisSource } from '../redis/connection.ts'
import { script } from '../redis/script.ts'
import { fromRow, rowChange } from './row.ts'

/** KEYS device; ARGV workspace. */
const CLAIM = script(`
local holder = redis.call('HGET', KEYS[1], 'workspace_id')
if holder then return holder end
redis.call('HSET', KEYS[1], 'workspace_id', ARGV[1])
return ARGV[1]
`)

const RELEASE = script(`
if redis.call('HGET', KEYS[1], 'workspace_id') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`)

/** KEYS device; ARGV workspace, then field, value, field, value. */
const UPDATE = script(`
if redis.call('HGET', KEYS[1], 'workspace_id') ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
`)

/** Devices for any number of nodes: a hash each, which never expires, and a set for each workspace. */
export function redisDevices(source: RedisSource): DeviceStore {
  checkRedisSource('redisDevices', source)
  const redis = connectRedis(source)
  const { prefix = 'dji-cloud:' } = source
  const key = (serial: string) => `${prefix}device:${serial}`
  const index = (workspaceId: string) => `${prefix}devices:${workspaceId}`

  async function holder(serial: string): Promise<string | null> {
    return (await redis.call('HGET', key(serial), 'workspace_id')) as string | null
  }

  async function get(serial: string): Promise<DeviceRecord | null> {
    const flat = (await redis.call('HGETALL', key(serial))) as readonly string[]
    if (flat.length === 0) return null
    const fields: Record<string, string> = { serial }
    for (let at = 0; at < flat.length; at += 2) fields[flat[at] ?? ''] = flat[at + 1] ?? ''
    return fromRow(fields)
  }

  return {
    holder,
    get,
    async claim(serial, workspaceId) {
      const standing = await holder(serial)
      if (standing !== null) return standing
      // First the list, which may name what it does not hold: reading it asks each device whose it is.
      await redis.call('SADD', index(workspaceId), serial)
      return (await redis.run(CLAIM, [key(serial)], [workspaceId])) as string
    },
    async release(serial, workspaceId) {
      return (await redis.run(RELEASE, [key(serial)], [workspaceId])) === 1
    },
    async list(workspaceId) {
      const serials = (await redis.call('SMEMBERS', index(workspaceId))) as string[]
      const records = await Promise.all(serials.sort().map(get))
      return records.filter((record) => record?.workspaceId === workspaceId) as DeviceRecord[]
    },
    async update(serial, workspaceId, change) {
      const fields = Object.entries(rowChange(change)).flatMap(([field, value]) => [field, value ?? ''])
      return (await redis.run(UPDATE, [key(serial)], [workspaceId, ...fields])) === 1
    },
    close: redis.close,
  }
}
