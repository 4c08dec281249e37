import { checkRedisSource } from '../../core/options/source.ts'
import type { SessionFilter, SessionStore, StoredSession } from '../../core/ports/index.ts'
import { connectRedis, type RedisSource } from '../redis/connection.ts'
import { isLive, matches, outcomeOfLoser } from './outcome.ts'
import { BIND, CONSUME, CREATE, END, ENLIST, FIELDS } from './redis-scripts.ts'
import { fromRow, type SessionRow, toRow } from './row.ts'

/**
 * Sessions for any number of nodes. Redis needs `maxmemory-policy noeviction`. With `appendonly yes`, a restart of Redis
 * logs nobody out. See docs/stores.md.
 */
export function redisSessions(source: RedisSource): SessionStore {
  checkRedisSource('redisSessions', source)
  const redis = connectRedis(source)
  const { prefix = 'dji-cloud:' } = source

  // The braces put both keys of a session into the same slot of a Redis cluster: scripts need that.
  const sessionKey = (id: string) => `${prefix}session:{${id}}`
  const gatewaysKey = (id: string) => `${prefix}gateways:{${id}}`
  const userIndex = (id: string) => `${prefix}sessions:user:${id}`
  const workspaceIndex = (id: string) => `${prefix}sessions:workspace:${id}`
  const wholeIndex = `${prefix}sessions`

  const indexesOf = (userId: string, workspaceId: string) => [
    userIndex(userId),
    workspaceIndex(workspaceId),
    wholeIndex,
  ]

  const get = async (id: string) => read(await redis.call('HMGET', sessionKey(id), ...FIELDS))

  function indexFor(filter: SessionFilter): string {
    if (filter.userId !== undefined) return userIndex(filter.userId)
    return filter.workspaceId === undefined ? wholeIndex : workspaceIndex(filter.workspaceId)
  }

  async function candidates(filter: SessionFilter, now: number): Promise<readonly string[]> {
    if (filter.id !== undefined) return [filter.id]
    return (await redis.call('ZRANGEBYSCORE', indexFor(filter), `(${now}`, '+inf')) as string[]
  }

  return {
    get,
    async create(session) {
      const { id, userId, workspaceId, createdAt, expiresAt } = session
      // Write the lists first: a session that works but is in no list could not be ended with its user.
      await Promise.all(
        indexesOf(userId, workspaceId).map((index) => redis.run(ENLIST, [index], [id, expiresAt, createdAt])),
      )
      await redis.run(CREATE, [sessionKey(id)], [expiresAt - createdAt, ...write(session)])
    },
    async rotate(id, tokenId, next, now, graceMs) {
      const args = [tokenId, next.tokenId, next.issuedAt, next.expiresAt, now]
      const [won, values] = (await redis.run(CONSUME, [sessionKey(id)], args)) as [number, unknown]
      const session = read(values)
      return won === 1 && session !== null
        ? { outcome: 'rotated', session }
        : outcomeOfLoser(session, tokenId, now, graceMs)
    },
    async end(id, reason, now) {
      const owner = (await redis.run(END, [sessionKey(id)], [reason, now])) as [string, string] | null
      if (owner === null) return false
      // The session has ended, even if the lists cannot be updated: reading a list skips it, and removes it after its expiry.
      await Promise.allSettled(indexesOf(...owner).map((index) => redis.call('ZREM', index, id)))
      return true
    },
    async list(filter, now) {
      const ids = await candidates(filter, now)
      const found: StoredSession[] = []
      // In slices, so that a large list does not delay the commands of others.
      for (let start = 0; start < ids.length; start += 500) {
        for (const session of await Promise.all(ids.slice(start, start + 500).map(get))) {
          if (session !== null && isLive(session, now) && matches(session, filter)) found.push(session)
        }
      }
      return found
    },
    async bindGateway(sessionId, credentialId, gateway) {
      const keys = [gatewaysKey(sessionId), sessionKey(sessionId)]
      return (await redis.run(BIND, keys, [credentialId, gateway])) as string
    },
    close: redis.close,
  }
}

const write = (session: StoredSession): (string | number)[] =>
  Object.entries(toRow(session)).flatMap(([field, value]) => [field, value ?? ''])

const NULLABLE: ReadonlySet<string> = new Set([
  'spent_token_id',
  'spent_at',
  'ended_at',
  'end_reason',
  'sign_in_source',
  'host_data',
])

function read(values: unknown): StoredSession | null {
  const list = values as (string | null)[]
  if (list[0] == null) return null
  const entries = FIELDS.map((field, index) => {
    // A session of an older version does not have every field.
    const value = list[index] ?? ''
    return [field, value === '' && NULLABLE.has(field) ? null : value]
  })
  // `write` writes all fields at once.
  return fromRow(Object.fromEntries(entries) as SessionRow)
}
