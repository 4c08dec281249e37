import type { AedesPersistence, AedesPublish } from './aedes.ts'
import {
  costOf,
  holdersOf,
  type Ledger,
  type LedgerLimits,
  mostSessions,
  type SessionStore,
} from './session-store.ts'

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

/** Only the id of an unreleased QoS 2 message is needed. */
const withoutPayload = (packet: AedesPublish): AedesPublish => ({
  ...packet,
  payload: new Uint8Array(0),
  properties: undefined,
})

/** Sorted sets of sessions by the time of their end: all of them, and those of each owner and workspace. */
const ENDS = 'mqtt-sessions'
/** A hash of the bytes that wait per session, owner and workspace. */
const QUEUED = 'mqtt-queued'
/** A hash of the owners that are not known from the id: the gateways that sessions were bound to later. */
const OWNERS = 'mqtt-session-owners'
/** How many sessions one sweep ends. */
const BATCH = 1_000

/*
 * All scripts have these three keys, and begin with the same arguments: 1 the session, 2 the owner that its id names, 3 its
 * workspace. They make further keys from them: aedes-persistence-redis does not work with a Redis cluster either.
 */
const OWNER = "local o = redis.call('HGET', KEYS[3], ARGV[1]) or ARGV[2]\n"

/** Adds bytes to a field. Empty fields are deleted. */
const ADD = `
local function add(f, n)
  if redis.call('HINCRBY', KEYS[2], f, n) <= 0 then redis.call('HDEL', KEYS[2], f) end
end
`

/** Arguments: 4 bytes to add; 5 and 6 the limits of owner and workspace. Returns 1 if there was room. */
const RESERVE = `${OWNER}
local used = tonumber(redis.call('HGET', KEYS[2], 'o:' .. o) or 0)
local all = tonumber(redis.call('HGET', KEYS[2], 'w:' .. ARGV[3]) or 0)
local n = tonumber(ARGV[4])
if used + n > tonumber(ARGV[5]) or all + n > tonumber(ARGV[6]) then return 0 end
for _, f in ipairs({'s:' .. ARGV[1], 'o:' .. o, 'w:' .. ARGV[3]}) do redis.call('HINCRBY', KEYS[2], f, n) end
return 1`

/** Argument 4: bytes to subtract, at most those of the session. */
const RELEASE = `${OWNER}${ADD}
local n = math.min(tonumber(ARGV[4]), tonumber(redis.call('HGET', KEYS[2], 's:' .. ARGV[1]) or 0))
if n > 0 then for _, f in ipairs({'s:' .. ARGV[1], 'o:' .. o, 'w:' .. ARGV[3]}) do add(f, -n) end end`

/**
 * Arguments: 4 the owner that the session is bound to, or an empty text; 5 when it ends; 6 and 7 the limits of owner
 * and workspace. Returns sessions of the holder that has too many: those that end first.
 */
const KEEP = `${OWNER}${ADD}
local own = ARGV[4] == '' and o or ARGV[4]
if own ~= o then
  redis.call('ZREM', KEYS[1] .. ':' .. o, ARGV[1])
  redis.call('HSET', KEYS[3], ARGV[1], own)
  local n = tonumber(redis.call('HGET', KEYS[2], 's:' .. ARGV[1]) or 0)
  if n > 0 then
    add('o:' .. o, -n)
    add('o:' .. own, n)
  end
end
local mine = KEYS[1] .. ':' .. own
local all = KEYS[1] .. ':' .. ARGV[3]
for _, list in ipairs({KEYS[1], mine, all}) do redis.call('ZADD', list, ARGV[5], ARGV[1]) end
if redis.call('ZCARD', mine) > tonumber(ARGV[6]) then return redis.call('ZRANGE', mine, 0, 15) end
if redis.call('ZCARD', all) > tonumber(ARGV[7]) then return redis.call('ZRANGE', all, 0, 15) end
return {}`

/** Argument 4: a number above its bytes. */
const FORGET = `${RELEASE}
for _, list in ipairs({KEYS[1], KEYS[1] .. ':' .. o, KEYS[1] .. ':' .. ARGV[3]}) do redis.call('ZREM', list, ARGV[1]) end
redis.call('HDEL', KEYS[3], ARGV[1])`

/** The ledger of several nodes. Bytes that a dead node counted and did not store are subtracted when their session ends. */
function redisLedger(redis: RedisCommands, limits: LedgerLimits): Ledger {
  const run = (script: string, id: string, ...args: (string | number)[]): Promise<unknown> => {
    const { owner, workspace } = holdersOf(id)
    return redis.eval(script, 3, ENDS, QUEUED, OWNERS, id, owner, workspace, ...args)
  }
  return {
    async keep(id, endsAt, isLive, gateway = null) {
      const holders = holdersOf(id, gateway)
      const tied = gateway === null ? '' : holders.owner
      const bounds = [limits.sessionsPerGateway, mostSessions(limits, holders)]
      const found = (await run(KEEP, id, tied, endsAt, ...bounds)) as string[]
      return found.filter((one) => one !== id && !isLive(one)).slice(0, 1)
    },
    async forget(id) {
      await run(FORGET, id, Number.MAX_SAFE_INTEGER)
    },
    due: (now) => redis.zrangebyscore(ENDS, '-inf', now, 'LIMIT', 0, BATCH),
    async reserve(id, bytes) {
      const bounds = [limits.queuedBytesPerGateway, limits.queuedBytesPerWorkspace]
      return (await run(RESERVE, id, bytes, ...bounds)) === 1
    },
    async release(id, bytes) {
      await run(RELEASE, id, bytes)
    },
  }
}
