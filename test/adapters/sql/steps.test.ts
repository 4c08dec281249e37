// Steps: each once, in order, all or nothing; databases from before there were steps; tables of plugins.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Kysely, sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { sqlDevices } from '../../../src/adapters/devices/sql.ts'
import { toRow } from '../../../src/adapters/sessions/row.ts'
import { sqlSessions } from '../../../src/adapters/sessions/sql.ts'
import { migrateSql } from '../../../src/adapters/sql/migrate.ts'
import { checkPlugins, strayed } from '../../../src/adapters/sql/plugin-tables.ts'
import { sqlUsers } from '../../../src/adapters/users/sql.ts'
import type { MigratedPlugin, PluginMigration } from '../../../src/core/plugins/migrations.ts'
import { sessionOf, WORKSPACE_A } from '../../support/sessions.ts'
import { createSqlite } from '../../support/sqlite.ts'
import { withPostgres } from '../../support/stores.ts'

const unversioned = (await readFile(new URL('./unversioned.sql', import.meta.url), 'utf8'))
  .replace(/^--.*$/gm, '')
  .split(';')
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '')

type Db = Kysely<Record<string, Record<string, unknown>>>
const OURS = [
  '001_sessions',
  '002_devices',
  '003_users',
  '004_device_users',
  '005_device_online',
  '006_device_claimants',
  '007_session_sign_in',
]

const doneIn = async (db: Db, table = 'dji_cloud_migrations') =>
  (await db.selectFrom(table).selectAll().orderBy('name').execute()) as { name: string; timestamp: string }[]
const tablesOf = async (db: Db, schema?: string) =>
  (await db.introspection.getTables())
    .filter((table) => schema === undefined || table.schema === schema)
    .map(({ name }) => name)

const creating = (...tables: readonly string[]): PluginMigration => ({
  async up(db) {
    for (const table of tables) await (db as Db).schema.createTable(table).addColumn('id', 'text').execute()
  },
})
const FLIGHTS: MigratedPlugin = {
  id: 'flight-log',
  migrations: { '001_flights': creating('dji_cloud_flight_log_flights') },
}

/** @param fresh a database, or a schema, that nobody has used */
function behaviour(fresh: () => Promise<{ readonly db: Db; readonly schema?: string }>): void {
  test('a database from before there were steps is taken over without loss', async () => {
    const { db } = await fresh()
    for (const statement of unversioned) await sql.raw(statement).execute(db)
    const session = sessionOf(Date.now())
    const users = sqlUsers({ db, cost: { ln: 4, r: 8, p: 1 } })
    // As a version of that time wrote them: this one writes more columns, which need a step.
    const { sign_in_source: _source, host_data: _data, ...row } = toRow(session)
    await db.insertInto('dji_cloud_sessions').values(row).execute()
    await sqlSessions({ db }).bindGateway(session.id, 'credential', 'RCFAKE00000001')
    await db
      .insertInto('dji_cloud_devices')
      .values({ serial: 'RCFAKE00000001', workspace_id: WORKSPACE_A.id })
      .execute()
    await sqlDevices({ db }).update('RCFAKE00000001', WORKSPACE_A.id, { nickname: 'Fake' })
    await users.createUser({ username: 'amelia', password: 'fake', workspace: WORKSPACE_A })
    const before = await db.introspection.getTables()

    await migrateSql({ db })
    expect((await doneIn(db)).map(({ name }) => name)).toEqual(OURS)
    const named = (tables: typeof before, more: (table: string) => string[] = () => []) =>
      tables
        .filter(({ name }) => !/migrations/.test(name))
        .map(({ name, columns }) => [name, ...columns.map((column) => column.name), ...more(name)])
    // What was added since.
    expect(named(await db.introspection.getTables())).toEqual(
      named(before, (table) =>
        table === 'dji_cloud_devices'
          ? ['live_user', 'online_since', 'claimed_by']
          : table === 'dji_cloud_sessions'
            ? ['sign_in_source', 'host_data']
            : [],
      ),
    )
    expect(await sqlSessions({ db }).get(session.id)).toEqual(session)
    expect(await sqlSessions({ db }).bindGateway(session.id, 'credential', 'RCFAKE00000002')).toBe(
      'RCFAKE00000001',
    )
    expect(await sqlDevices({ db }).get('RCFAKE00000001')).toMatchObject({
      workspaceId: WORKSPACE_A.id,
      nickname: 'Fake',
      liveUser: null,
      claimedBy: null,
    })
    expect(await users.authenticate({ username: 'amelia', password: 'fake' })).toMatchObject({
      username: 'amelia',
    })
  })

  test('each step runs once', async () => {
    const { db } = await fresh()
    await migrateSql({ db, plugins: [FLIGHTS] })
    const first = await doneIn(db)
    await migrateSql({ db, plugins: [FLIGHTS] })
    expect(await doneIn(db)).toEqual(first)
    expect((await doneIn(db, 'dji_cloud_flight_log_migrations')).map(({ name }) => name)).toEqual([
      'flight_log_001_flights',
    ])
  })

  test('a step that a newer version has done is left alone', async () => {
    const { db } = await fresh()
    await migrateSql({ db })
    await db
      .insertInto('dji_cloud_migrations')
      .values({ name: '999_later', timestamp: new Date().toISOString() })
      .execute()
    await migrateSql({ db })
    expect(await doneIn(db)).toHaveLength(OURS.length + 1)
  })

  test('plugins come and go, and so do their steps', async () => {
    const { db } = await fresh()
    const map: MigratedPlugin = { id: 'map', migrations: { '002_areas': creating('dji_cloud_map_areas') } }
    await migrateSql({ db, plugins: [FLIGHTS] })
    await migrateSql({ db, plugins: [map, FLIGHTS] })
    await migrateSql({ db, plugins: [map] })
    // Of a branch that was merged late, and found between the others.
    const more = { '001_points': creating('dji_cloud_map_points'), ...map.migrations }
    await migrateSql({ db, plugins: [{ id: 'map', migrations: more }, { id: 'empty' }] })
    expect(await tablesOf(db)).toEqual(
      expect.arrayContaining(['dji_cloud_flight_log_flights', 'dji_cloud_map_areas', 'dji_cloud_map_points']),
    )
  })

  test('a step that fails leaves nothing, and is named with its plugin', async () => {
    const { db } = await fresh()
    const broken: MigratedPlugin = {
      id: 'map',
      migrations: {
        '001_areas': creating('dji_cloud_map_areas'),
        '002_points': {
          async up(given) {
            await creating('dji_cloud_map_points').up(given)
            throw new Error('the disk is full')
          },
        },
      },
    }
    await expect(migrateSql({ db, plugins: [FLIGHTS, broken] })).rejects.toMatchObject({
      name: 'DjiCloudError',
      code: 'MIGRATION',
      message: 'Step map_002_points of the plugin map failed and was rolled back: the disk is full',
      data: { step: 'map_002_points', plugin: 'map' },
    })
    const tables = await tablesOf(db)
    expect(tables).toContain('dji_cloud_flight_log_flights')
    expect(tables.filter((name) => /map_(areas|points)/.test(name))).toEqual([])
    await migrateSql({
      db,
      plugins: [{ ...broken, migrations: { '001_areas': creating('dji_cloud_map_areas') } }],
    })
    expect(await tablesOf(db)).toContain('dji_cloud_map_areas')
  })

  const raw = (statement: string): PluginMigration => ({
    up: async (db) => void (await sql.raw(statement).execute(db as Db)),
  })
  test.each<[string, PluginMigration]>([
    ['flights', creating('flights')],
    ['dji_cloud_flights', creating('dji_cloud_map_x', 'dji_cloud_flights')],
    ['dji_cloud_map_migrations', creating('dji_cloud_map_x', 'dji_cloud_map')],
    ['dji_cloud_users', raw('alter table dji_cloud_users add column phone text')],
    ['dji_cloud_devices', raw('drop table dji_cloud_devices')],
    ['of_the_host', raw('alter table of_the_host rename to dji_cloud_map_stolen')],
    ['a_view', raw('create view a_view as select 1 as one')],
  ])('a step of a plugin that touches %s is undone', async (name, step) => {
    const { db } = await fresh()
    await migrateSql({ db })
    await creating('of_the_host').up(db)
    const before = await db.introspection.getTables()
    const attempt = migrateSql({ db, plugins: [{ id: 'map', migrations: { '001_first': step } }] })
    const expected = name === 'dji_cloud_map_migrations' ? 'dji_cloud_map' : name
    await expect(attempt).rejects.toThrow(`created, changed or dropped ${expected}`)
    await expect(attempt).rejects.toThrow('whose names begin with dji_cloud_map_')
    const after = await db.introspection.getTables()
    expect(after.filter(({ name }) => name !== 'dji_cloud_map_migrations')).toEqual(before)
  })
}

withPostgres('steps in postgresql', (node) => {
  let count = 0
  const freshSchema = async () => {
    count += 1
    const schema = `fresh_${count}`
    const db = node(1) as Db
    await sql`create schema ${sql.id(schema)}`.execute(db)
    return { db, schema }
  }
  const inPath = async () => {
    const { db, schema } = await freshSchema()
    await sql`set search_path to ${sql.id(schema)}`.execute(db)
    return { db, schema }
  }
  // Only what is in the path is seen, so that many schemas of one server are many databases.
  behaviour(async () => {
    const { db, schema } = await inPath()
    const { introspection } = db
    const getTables = async (...given: Parameters<typeof introspection.getTables>) =>
      (await introspection.getTables(...given)).filter((table) => table.schema === schema)
    const seen = new Proxy(db, {
      get: (target, name) => {
        if (name === 'introspection') return { ...introspection, getTables }
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    return { db: seen, schema }
  })

  test('a plugin has its tables in the schema that is named', async () => {
    const { db, schema } = await freshSchema()
    await migrateSql({ db, schema, plugins: [FLIGHTS] })
    expect(await tablesOf(db, schema)).toEqual(
      expect.arrayContaining(['dji_cloud_users', 'dji_cloud_flight_log_flights', 'dji_cloud_migrations']),
    )
  })

  test('nodes at once run the steps of a plugin once', async () => {
    const { schema } = await freshSchema()
    let runs = 0
    const counted: MigratedPlugin = {
      id: 'map',
      migrations: {
        '001_areas': {
          async up(db) {
            runs += 1
            await creating('dji_cloud_map_areas').up(db)
          },
        },
      },
    }
    const nodes = Array.from({ length: 8 }, () => node(1))
    await Promise.all(nodes.map((db) => migrateSql({ db, schema, plugins: [counted] })))
    expect(runs).toBe(1)
  })
})

describe('steps in sqlite', () => {
  const created: { remove(): Promise<void> }[] = []
  behaviour(async () => {
    const sqlite = await createSqlite()
    created.push(sqlite)
    return { db: sqlite.connect() as Db }
  })
  test('processes at once run each step once', async () => {
    const sqlite = await createSqlite()
    created.push(sqlite)
    // The file is in WAL mode before the others come: that change cannot be waited for.
    sqlite.connect()
    const root = fileURLToPath(new URL('../../../', import.meta.url))
    const args = ['--import', 'tsx', 'test/programs/migrate-sqlite.ts', sqlite.file]
    const processes = Array.from({ length: 4 }, () => spawn(process.execPath, args, { cwd: root }))
    const ends = processes.map(async (child) => {
      let errors = ''
      child.stderr.on('data', (text) => {
        errors += String(text)
      })
      const [code] = await once(child, 'close')
      return [code, errors]
    })
    await Promise.all(processes.map(({ stdout }) => once(stdout, 'data')))
    for (const { stdin } of processes) stdin.write('go\n')
    expect(await Promise.all(ends)).toEqual(Array(4).fill([0, '']))
    expect((await doneIn(sqlite.connect() as Db)).map(({ name }) => name)).toEqual(OURS)
  }, 60_000)

  test('connections of one process take turns', async () => {
    const sqlite = await createSqlite()
    created.push(sqlite)
    const nodes = Array.from({ length: 4 }, () => sqlite.connect())
    const began = performance.now()
    await Promise.all(nodes.map((db) => migrateSql({ db, plugins: [FLIGHTS] })))
    expect(await doneIn(sqlite.connect() as Db)).toHaveLength(OURS.length)
    // One that waits for another stops both, until the busy_timeout of 5 s is over.
    expect(performance.now() - began).toBeLessThan(4_500)
  })

  test('a file that stays locked is a clear error', async () => {
    const sqlite = await createSqlite()
    created.push(sqlite)
    const [holder, db] = [sqlite.connect() as Db, sqlite.connect() as Db]
    await sql`PRAGMA busy_timeout = 0`.execute(db)
    await holder.connection().execute(async (held) => {
      await sql`begin immediate`.execute(held)
      await expect(migrateSql({ db })).rejects.toThrow('could not be brought up to date: database is locked')
      await sql`rollback`.execute(held)
    })
    await migrateSql({ db: sqlite.connect() })
    expect(await doneIn(db)).toHaveLength(OURS.length)
  })

  afterAll(() => Promise.all(created.map((sqlite) => sqlite.remove())))
})

describe('what a step may touch', () => {
  const catalogue = (...names: readonly string[]) => new Map(names.map((name) => [name, '']))
  test.each<[readonly string[], readonly string[], readonly string[]]>([
    [[], ['dji_cloud_map_a'], []],
    [['dji_cloud_map_a'], [], []],
    [[], ['dji_cloud_mapa'], ['dji_cloud_mapa']],
    [[], ['dji_cloud_map_tiles_a'], ['dji_cloud_map_tiles_a']],
    [
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
    ],
    [['dji_cloud_map_migrations'], [], ['dji_cloud_map_migrations']],
  ])('%j to %j', (before, after, expected) => {
    expect(strayed(catalogue(...before), catalogue(...after), 'map', ['map', 'map-tiles'])).toEqual(expected)
  })

  test('a table that changed counts as well', () => {
    expect(strayed(new Map([['users', 'a']]), new Map([['users', 'b']]), 'map', [])).toEqual(['users'])
  })
})

describe('plugins are refused', () => {
  const step = creating()
  test.each<[string, readonly MigratedPlugin[], string]>([
    ['with an id of ours', [{ id: 'users' }], 'table names of dji-cloud itself begin'],
    ['with the id of the texts of an app', [{ id: 'own' }], 'belong to the app'],
    ['with an id that is no word', [{ id: 'Flight Log' }], 'small letters, digits and hyphens'],
    ['with a very long id', [{ id: 'a'.repeat(33) }], '32 characters'],
    ['twice', [{ id: 'map' }, { id: 'map' }], 'is in the list twice'],
    ['with a step that has no number', [{ id: 'map', migrations: { areas: step } }], 'such as 001_flights'],
  ])('%s', (_what, plugins, words) => {
    expect(() => checkPlugins(plugins)).toThrow(words)
  })
})
