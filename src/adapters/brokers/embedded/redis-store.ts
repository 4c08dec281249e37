import type { AedesPersistence, AedesPublish } from './aedes.ts'
import { costOf, holdersOf, type Ledger, type LedgerLimits, type SessionStore } from './session-store.ts'

/** The commands of ioredis that are used. */
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

/** Counts what aedes-persistence-redis keeps, and makes it keep only the id of an unreleased QoS 2 message. */
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

/** The keys that aedes-persistence-redis uses. */
const keyOf = (kind: 'outgoing' | 'incoming', id: string): string => `${kind}:${encodeURIComponent(id)}`

/** An unreleased QoS 2 message is only needed for its id. */
const withoutPayload = (packet: AedesPublish): AedesPublish => ({
  ...packet,
  payload: new Uint8Array(0),
  properties: undefined,
})

/** Sorted sets of sessions by the time of their end, and a hash of the bytes that wait per session, owner and workspace. */
const ENDS = 'mqtt-sessions'
const QUEUED = 'mqtt-queued'
/** How many sessions one sweep ends. */
const BATCH = 1_000

/** Arguments: bytes to add; the session, its owner, its workspace; the limits of owner and workspace. Returns 1 if there was room. */
const RESERVE = `
local o = tonumber(redis.call('HGET', KEYS[1], 'o:' .. ARGV[3]) or 0)
local w = tonumber(redis.call('HGET', KEYS[1], 'w:' .. ARGV[4]) or 0)
local n = tonumber(ARGV[1])
if o + n > tonumber(ARGV[5]) or w + n > tonumber(ARGV[6]) then return 0 end
redis.call('HINCRBY', KEYS[1], 's:' .. ARGV[2], n)
redis.call('HINCRBY', KEYS[1], 'o:' .. ARGV[3], n)
redis.call('HINCRBY', KEYS[1], 'w:' .. ARGV[4], n)
return 1`

/** Arguments: bytes to subtract, at most those of the session, or -1 for all of them; the session, its owner, its workspace. Empty fields are deleted. */
const RELEASE = `
local s = tonumber(redis.call('HGET', KEYS[1], 's:' .. ARGV[2]) or 0)
local n = tonumber(ARGV[1])
if n < 0 or n > s then n = s end
if n == 0 then return 0 end
for _, f in ipairs({'s:' .. ARGV[2], 'o:' .. ARGV[3], 'w:' .. ARGV[4]}) do
  if redis.call('HINCRBY', KEYS[1], f, -n) <= 0 then redis.call('HDEL', KEYS[1], f) end
end
return n`

/** Arguments: when the session ends; the session; the limits of owner and workspace. Returns the sessions that end first of the holder that has too many. */
const KEEP = `
for i = 1, 3 do redis.call('ZADD', KEYS[i], ARGV[1], ARGV[2]) end
if redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[3]) then return redis.call('ZRANGE', KEYS[2], 0, 15) end
if redis.call('ZCARD', KEYS[3]) > tonumber(ARGV[4]) then return redis.call('ZRANGE', KEYS[3], 0, 15) end
return {}`

const FORGET = "for i = 1, 3 do redis.call('ZREM', KEYS[i], ARGV[1]) end"

/** The keys of the sorted sets with all sessions, those of the owner, and those of the workspace. */
function listsOf(id: string): [string, string, string] {
  const { owner, workspace } = holdersOf(id)
  return [ENDS, `${ENDS}:${owner}`, `${ENDS}:${workspace}`]
}

/** The ledger of several nodes. Bytes that a dead node counted and did not store are subtracted when their session ends. */
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
