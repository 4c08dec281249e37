import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe } from 'vitest'
import { migrateSql } from '../../src/adapters/sql/migrate.ts'
import { describeWith } from './describe-with.ts'
import { POSTGRES, startPostgres, type TestPostgres } from './postgres.ts'
import { REDIS, startRedis, type TestRedis } from './redis.ts'
import { createSqlite, type TestSqlite } from './sqlite.ts'

/** A suite on a real Redis, which runs from its first test to its last. */
export function withRedis(title: string, body: (redis: () => TestRedis) => void): void {
  describeWith('redis-server', REDIS, title, () => {
    let redis: TestRedis | undefined
    beforeAll(async () => {
      redis = await startRedis()
    })
    afterAll(() => redis?.remove())
    body(() => redis!)
  })
}

/** A suite on a real PostgreSQL with the tables in it; each call of `node` is another pool. */
export function withPostgres(
  title: string,
  body: (node: (connections?: number) => Kysely<unknown>, postgres: () => TestPostgres) => void,
): void {
  describeWith('postgresql', POSTGRES, title, () => {
    let postgres: TestPostgres | undefined
    beforeAll(async () => {
      postgres = await startPostgres()
      await migrateSql({ db: postgres.connect() })
    }, 60_000)
    afterAll(() => postgres?.remove())
    body(
      (connections) => postgres!.connect(connections),
      () => postgres!,
    )
  })
}

/** A suite on a SQLite file with the tables in it; each call of `node` is another connection. */
export function withSqlite(title: string, body: (node: () => Kysely<unknown>) => void): void {
  describe(title, () => {
    let sqlite: TestSqlite | undefined
    beforeAll(async () => {
      sqlite = await createSqlite()
      await migrateSql({ db: sqlite.connect() })
    })
    afterAll(() => sqlite?.remove())
    body(() => sqlite!.connect())
  })
}
