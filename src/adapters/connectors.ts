import { checkRedisSource, checkSqlSource } from '../core/options/source.ts'
import type { Connectors } from '../core/ports/connections.ts'
import { connectRedis, type RedisSource } from './redis/connection.ts'
import { connectSql, type SqlDatabase } from './sql/database.ts'

/** As our own stores connect: the same checks, limits and behaviour while a server is away. */
export const connectors: Connectors = {
  sql(source) {
    checkSqlSource('connectSql', source)
    const { tables, ask, first } = connectSql({ ...source, db: source.db as unknown as SqlDatabase })
    // The same instance without the host's plugins and with its schema: its tables are what the caller said.
    return { db: tables as unknown as typeof source.db, ask, first }
  },
  redis(source) {
    checkRedisSource('connectRedis', source)
    const { call, close } = connectRedis(source as RedisSource)
    return { call, close }
  },
}
