import { checkRedisSource, checkSqlSource } from '../core/options/source.ts'
import type { Connectors } from '../core/ports/connections.ts'
import { connectRedis, type RedisSource } from './redis/connection.ts'
import { connectSql, type SqlDatabase } from './sql/database.ts'

/** Connects plugins like our own stores: with the same checks, time limits and behaviour while a server is down. */
export const connectors: Connectors = {
  sql(source) {
    checkSqlSource('connectSql', source)
    const { tables, ask, first } = connectSql({ ...source, db: source.db as unknown as SqlDatabase })
    // The same instance without the host's Kysely plugins and with the schema. The caller knows the types of its tables.
    return { db: tables as unknown as typeof source.db, ask, first }
  },
  redis(source) {
    checkRedisSource('connectRedis', source)
    const { call, close } = connectRedis(source as RedisSource)
    return { call, close }
  },
}
