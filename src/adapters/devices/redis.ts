import { checkRedisSource } from '../../core/options/source.ts'
import type { DeviceRecord, DeviceStore } from '../../core/ports/index.ts'
import { connectRedis, type RedisSource } from '../redis/connection.ts'
import { script } from '../redis/script.ts'
import { fromRow, rowChange } from './row.ts'

/** KEYS device; ARGV workspace, user. */
const CLAIM = script(`
local holder = redis.call('HGET', KEYS[1], 'workspace_id')
if holder then return holder end
redis.call('HSET', KEYS[1], 'workspace_id', ARGV[1], 'claimed_by', ARGV[2])
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

/** Number of devices that `listOnline` reads at the same time. */
const PAGE = 500

/**
 * Devices for any number of nodes. Each device is a hash without expiry. There is a set of devices for each workspace, and one of
 * all devices that may be online.
 */
export function redisDevices(source: RedisSource): DeviceStore {
  checkRedisSource('redisDevices', source)
  const redis = connectRedis(source)
  const { prefix = 'dji-cloud:' } = source
  const key = (serial: string) => `${prefix}device:${serial}`
  const index = (workspaceId: string) => `${prefix}devices:${workspaceId}`
  const online = `${prefix}devices-online`

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
    async claim(serial, workspaceId, userId = '') {
      const standing = await holder(serial)
      if (standing !== null) return standing
      // Write the list first. It may then hold a device of another workspace: reading the list checks each device.
      await redis.call('SADD', index(workspaceId), serial)
      return (await redis.run(CLAIM, [key(serial)], [workspaceId, userId])) as string
    },
    async release(serial, workspaceId) {
      return (await redis.run(RELEASE, [key(serial)], [workspaceId])) === 1
    },
    async list(workspaceId) {
      const serials = (await redis.call('SMEMBERS', index(workspaceId))) as string[]
      const records = await Promise.all(serials.sort().map(get))
      return records.filter((record) => record?.workspaceId === workspaceId) as DeviceRecord[]
    },
    async listOnline() {
      const serials = (await redis.call('SMEMBERS', online)) as string[]
      const found: DeviceRecord[] = []
      for (let at = 0; at < serials.length; at += PAGE) {
        for (const record of await Promise.all(serials.slice(at, at + PAGE).map(get)))
          if (record !== null && record.onlineSince !== null) found.push(record)
      }
      return found
    },
    async update(serial, workspaceId, change) {
      // Only add to the set here; `listOnline` checks each device. In a Redis cluster no script can change both the set
      // and the device, and a missing device is worse than an extra one.
      if (typeof change.onlineSince === 'number') await redis.call('SADD', online, serial)
      const fields = Object.entries(rowChange(change)).flatMap(([field, value]) => [field, value ?? ''])
      return (await redis.run(UPDATE, [key(serial)], [workspaceId, ...fields])) === 1
    },
    close: redis.close,
  }
}
