import type { Kysely } from 'kysely'
import { describe, test } from 'vitest'
import { memorySessions } from '../../../src/adapters/sessions/memory.ts'
import { redisSessions } from '../../../src/adapters/sessions/redis.ts'
import { sqlSessions } from '../../../src/adapters/sessions/sql.ts'
import { sessionStoreContract } from '../../../src/testing/contracts/index.ts'
import { withPostgres, withRedis, withSqlite } from '../../support/stores.ts'

sessionStoreContract({ name: 'memory', make: memorySessions, shared: false, describe, test })

withRedis('redis', (redis) => {
  sessionStoreContract({ name: 'redis', make: () => redisSessions({ url: redis().url }), describe, test })
})

withPostgres('postgresql', (node) => {
  sessionStoreContract({ name: 'postgresql', make: alternating(node), describe, test })
})

withSqlite('sqlite', (node) => {
  sessionStoreContract({ name: 'sqlite', make: alternating(node), describe, test })
})

/** Two connections for all tests: a new pool for each would only make them slow. */
function alternating(node: () => Kysely<unknown>) {
  const nodes: Kysely<unknown>[] = []
  let calls = 0
  return () => {
    if (nodes.length < 2) nodes.push(node())
    return sqlSessions({ db: nodes[calls++ % nodes.length]! })
  }
}
