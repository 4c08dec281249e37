import { script } from '../redis/script.ts'
import type { SessionRow } from './row.ts'

/** Fields of a session's hash, in the order in which scripts return them. An empty string stands for null. */
export const FIELDS = [
  'id',
  'user_id',
  'username',
  'workspace_id',
  'role',
  'created_at',
  'expires_at',
  'token_id',
  'token_issued_at',
  'token_expires_at',
  'spent_token_id',
  'spent_at',
  'ended_at',
  'end_reason',
  'sign_in_source',
  'host_data',
] as const satisfies readonly (keyof SessionRow)[]

const ALL = FIELDS.map((field) => `'${field}'`).join(', ')

// Expiry is a duration (PEXPIRE, not PEXPIREAT). Only the caller's clock decides whether a session has expired: a Redis
// whose clock is ahead must not delete a session that is still valid.

/** KEYS session; ARGV life in ms, then field and value in turn. */
export const CREATE = script(`
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
`)

/** KEYS index; ARGV session id, expires_at, now. The index expires with the last session in it. */
export const ENLIST = script(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
return redis.call('PEXPIRE', KEYS[1], string.format('%d', last[2] - ARGV[3]))
`)

/**
 * KEYS session; ARGV token id, next token id, its issued_at and expires_at, now.
 * Returns 1 for the one caller that was first, otherwise 0, and the session after the attempt.
 */
export const CONSUME = script(`
local found = redis.call('HMGET', KEYS[1], 'token_id', 'ended_at', 'expires_at')
local won = 0
if found[1] == ARGV[1] and found[2] == '' and tonumber(found[3]) > tonumber(ARGV[5]) then
  redis.call('HSET', KEYS[1],
    'token_id', ARGV[2], 'token_issued_at', ARGV[3], 'token_expires_at', ARGV[4],
    'spent_token_id', ARGV[1], 'spent_at', ARGV[5])
  won = 1
end
return {won, redis.call('HMGET', KEYS[1], ${ALL})}
`)

/** KEYS session; ARGV reason, now. Returns the user and workspace to the one caller that ended it, otherwise nothing. */
export const END = script(`
if redis.call('HGET', KEYS[1], 'ended_at') ~= '' then return false end
redis.call('HSET', KEYS[1], 'ended_at', ARGV[2], 'end_reason', ARGV[1])
return redis.call('HMGET', KEYS[1], 'user_id', 'workspace_id')
`)

/** KEYS bindings, session; ARGV credential id, gateway. The bindings expire with the session. */
export const BIND = script(`
local bound = redis.call('HGET', KEYS[1], ARGV[1])
if bound then return bound end
local life = redis.call('PTTL', KEYS[2])
if life > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[1], life)
end
return ARGV[2]
`)
