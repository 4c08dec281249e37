import type { AedesPersistence } from './aedes.ts'
import { holdersOf, type Ledger, type LedgerLimits } from './ledger.ts'
import { costOf } from './queues.ts'
import { type SessionStore, withoutPayload } from './sessions.ts'

/** The part of ioredis that is used. */
export interface RedisCommands {
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>
  zadd(key: string, score: number, member: string): Promise<unknown>
  zrangebyscore(
    key: string,
    min: string,
    max: number,
    limit: 'LIMIT',
    from: 0,
    count: number,
  ): Promise<string[]>
  del(key: string): Promise<unknown>
  hkeys(key: string): Promise<string[]>
  ping(): Promise<unknown>
}

/** Sessions by when they end, and what waits, per session, owner and workspace. */
const ENDS = 'mqtt-sessions'
const QUEUED = 'mqtt-queued'
/** Sessions that one sweep ends. */
const BATCH = 1_000

/** Bytes to add; a session, its owner, its workspace; the bounds of both. 1: there was room. */
const RESERVE = `
local o = tonumber(redis.call('HGET', KEYS[1], 'o:' .. ARGV[3]) or 0)
local w = tonumber(redis.call('HGET', KEYS[1], 'w:' .. ARGV[4]) or 0)
local n = tonumber(ARGV[1])
if o + n > tonumber(ARGV[5]) or w + n > tonumber(ARGV[6]) then return 0 end
redis.call('HINCRBY', KEYS[1], 's:' .. ARGV[2], n)
redis.call('HINCRBY', KEYS[1], 'o:' .. ARGV[3], n)
redis.call('HINCRBY', KEYS[1], 'w:' .. ARGV[4], n)
return 1`

/** Bytes to take off, never more than the session has; -1: all of them. Nothing is kept of what is empty. */
const RELEASE = `
local s = tonumber(redis.call('HGET', KEYS[1], 's:' .. ARGV[2]) or 0)
local n = tonumber(ARGV[1])
if n < 0 or n > s then n = s end
if n == 0 then return 0 end
for _, f in ipairs({'s:' .. ARGV[2], 'o:' .. ARGV[3], 'w:' .. ARGV[4]}) do
  if redis.call('HINCRBY', KEYS[1], f, -n) <= 0 then redis.call('HDEL', KEYS[1], f) end
end
return n`

/** When it ends, the session; the bounds of its owner and workspace. Returns sessions, the first to end first, of whom there are too many. */
const KEEP = `
for i = 1, 3 do redis.call('ZADD', KEYS[i], ARGV[1], ARGV[2]) end
if redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[3]) then return redis.call('ZRANGE', KEYS[2], 0, 15) end
if redis.call('ZCARD', KEYS[3]) > tonumber(ARGV[4]) then return redis.call('ZRANGE', KEYS[3], 0, 15) end
return {}`

const FORGET = "for i = 1, 3 do redis.call('ZREM', KEYS[i], ARGV[1]) end"

/** Where a session is listed: with all, with its owner's, with its workspace's. */
function listsOf(id: string): [string, string, string] {
  const { owner, workspace } = holdersOf(id)
  return [ENDS, `${ENDS}:${owner}`, `${ENDS}:${workspace}`]
}

/** The ledger of several nodes. A node that dies may leave bytes counted that are not there; they go with the end of their session. */
function redisLedger(redis: RedisCommands, limits: LedgerLimits): Ledger {
  const take = (id: string, bytes: number): Promise<unknown> => {
    const { owner, workspace } = holdersOf(id)
    return redis.eval(RELEASE, 1, QUEUED, bytes, id, owner, workspace)
  }
  return {
    async keep(id, endsAt, isLive) {
      const bounds = [limits.sessionsPerGateway, limits.sessionsPerWorkspace]
      const found = (await redis.eval(KEEP, 3, ...listsOf(id), endsAt, id, ...bounds)) as string[]
      return found.filter((one) => one !== id && !isLive(one)).slice(0, 1)
    },
    async forget(id) {
      await redis.eval(FORGET, 3, ...listsOf(id), id)
      await take(id, -1)
    },
    due: (now) => redis.zrangebyscore(ENDS, '-inf', now, 'LIMIT', 0, BATCH),
    async reserve(id, bytes) {
      const { owner, workspace } = holdersOf(id)
      const bounds = [limits.queuedBytesPerGateway, limits.queuedBytesPerWorkspace]
      return (await redis.eval(RESERVE, 1, QUEUED, bytes, id, owner, workspace, ...bounds)) === 1
    },
    async release(id, bytes) {
      await take(id, bytes)
    },
  }
}

/** Keys of aedes-persistence-redis. */
const keyOf = (kind: 'outgoing' | 'incoming', id: string): string => `${kind}:${encodeURIComponent(id)}`

/** Counts what aedes-persistence-redis keeps, and keeps no more of an unreleased QoS 2 message than its id. */
export function redisStore(
  persistence: AedesPersistence,
  redis: RedisCommands,
  limits: LedgerLimits,
): SessionStore {
  const ledger = redisLedger(redis, limits)
  const clear = persistence.outgoingClearMessageId.bind(persistence)
  const store = persistence.incomingStorePacket.bind(persistence)
  persistence.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet)
    if (cleared !== undefined) await ledger.release(client.id, costOf(cleared))
    return cleared
  }
  persistence.incomingStorePacket = (client, packet) => store(client, withoutPayload(packet))
  return {
    ledger,
    drop: (id) => redis.del(keyOf('outgoing', id)),
    dropUnreleased: (id) => redis.del(keyOf('incoming', id)),
    unreleased: async (id) => (await redis.hkeys(keyOf('incoming', id))).map(Number),
  }
}
