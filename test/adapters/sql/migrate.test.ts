import { readFile } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { sqlDevices } from '../../../src/adapters/devices/sql.ts'
import { sqlSessions } from '../../../src/adapters/sessions/sql.ts'
import { migrateSql } from '../../../src/adapters/sql/migrate.ts'
import { sqlUsers } from '../../../src/adapters/users/sql.ts'
import { blocksOf } from '../../docs/blocks.ts'
import { sessionOf, WORKSPACE_A } from '../../support/sessions.ts'
import { createSqlite } from '../../support/sqlite.ts'
import { withPostgres, withSqlite } from '../../support/stores.ts'

const page = 'docs/stores.md'
const text = await readFile(new URL(`../../../${page}`, import.meta.url), 'utf8')

/** The migration as the documentation gives it. */
const documented = blocksOf(page, text)
  .filter(({ language }) => language === 'sql')
  .flatMap(({ code }) => code.split(';'))
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '')

const TABLES = ['devices', 'gateways', 'sessions', 'users', 'workspaces'].map((name) => `dji_cloud_${name}`)

/** Every column with its type, and every index, of our tables; not what says which steps are done. */
const catalogues = {
  postgresql: (schema: string) => sql<object>`
    select table_name, column_name, data_type, is_nullable, column_default, null as definition
      from information_schema.columns where table_schema = ${schema} and table_name not like '%migrations%'
    union all
    select tablename, indexname, null, null, null, replace(indexdef, ${`${schema}.`}, '')
      from pg_indexes where schemaname = ${schema} and tablename not like '%migrations%'
    order by 1, 2`,
  sqlite: () => sql<object>`
    select tables.name as of, columns.* from sqlite_master tables, pragma_table_info(tables.name) columns
      where tables.type = 'table' and tables.name not like '%migrations%'
    union all
    select tables.name, columns.seqno, columns.name, indexes.origin, indexes."unique", indexes.name, null
      from sqlite_master tables, pragma_index_list(tables.name) indexes, pragma_index_info(indexes.name) columns
      where tables.type = 'table' and tables.name not like '%migrations%'
    order by 1, 2, 3`,
}

const run = async (db: Kysely<unknown>) => {
  for (const statement of documented) await sql.raw(statement).execute(db)
}

withPostgres('the tables in postgresql', (node) => {
  const schemaOf = async (name: string) => {
    await sql`create schema ${sql.id(name)}`.execute(node(1))
    return (await catalogues.postgresql(name).execute(node(1))).rows
  }
  const catalogue = async (name: string) => (await catalogues.postgresql(name).execute(node(1))).rows

  test('are the same whether the function or the documented SQL made them', async () => {
    await schemaOf('by_function')
    await schemaOf('by_hand')
    await migrateSql({ db: node(1), schema: 'by_function' })
    const db = node(1)
    await sql`set search_path to by_hand`.execute(db)
    await run(db)
    const made = await catalogue('by_function')
    expect(await catalogue('by_hand')).toEqual(made)
    expect([...new Set(made.map((row) => (row as { table_name: string }).table_name))]).toEqual(TABLES)
    // 35 columns, 5 primary keys, 4 indexes and the unique name.
    expect(made).toHaveLength(50)
  })

  test('can be made by many nodes at once, and again', async () => {
    await schemaOf('crowded')
    const nodes = Array.from({ length: 8 }, () => node(1))
    await Promise.all(nodes.map((db) => migrateSql({ db, schema: 'crowded' })))
    await migrateSql({ db: nodes[0]!, schema: 'crowded' })
    expect(await catalogue('crowded')).toHaveLength(50)
  })

  test('are used in the schema that is named', async () => {
    await schemaOf('elsewhere')
    const source = { db: node(1), schema: 'elsewhere' }
    await migrateSql(source)
    await useAll(source)
    const { rows } = await sql`select * from elsewhere.dji_cloud_sessions`.execute(source.db)
    expect(rows).toHaveLength(1)
  })

  test('that cannot be made reject with the reason of the database', async () => {
    await expect(migrateSql({ db: node(1), schema: 'missing' })).rejects.toThrow(
      'schema "missing" does not exist',
    )
  })
})

withSqlite('the tables in sqlite', (node) => {
  test('are the same whether the function or the documented SQL made them', async () => {
    const other = await createSqlite()
    try {
      const db = other.connect()
      await run(db)
      const made = (await catalogues.sqlite().execute(node())).rows
      expect((await catalogues.sqlite().execute(db)).rows).toEqual(made)
      expect([...new Set(made.map((row) => (row as { of: string }).of))]).toEqual(TABLES)
    } finally {
      await other.remove()
    }
  })

  test('can be made again, and are found past the plugins of the host', async () => {
    const { CamelCasePlugin } = await import('kysely')
    const db = node().withPlugin(new CamelCasePlugin())
    await migrateSql({ db })
    await useAll({ db })
  })
})

async function useAll(source: { readonly db: Kysely<unknown>; readonly schema?: string }): Promise<void> {
  const session = sessionOf(Date.now())
  await sqlSessions(source).create(session)
  expect(await sqlSessions(source).get(session.id)).toEqual(session)
  expect(await sqlSessions(source).bindGateway(session.id, 'credential', 'RCFAKE00000001')).toBe(
    'RCFAKE00000001',
  )
  expect(await sqlDevices(source).claim('RCFAKE00000001', WORKSPACE_A.id)).toBe(WORKSPACE_A.id)
  const users = sqlUsers({ ...source, cost: { ln: 4, r: 8, p: 1 } })
  const user = await users.createUser({ username: 'amelia', password: 'fake', workspace: WORKSPACE_A })
  expect(await users.authenticate({ username: 'amelia', password: 'fake' })).toEqual(user)
}
