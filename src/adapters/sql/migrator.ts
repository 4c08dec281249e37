import type { CompiledQuery, Kysely, MigrationResultSet, Migrator } from 'kysely'
import { loadPeer } from '../../core/packages.ts'
import type { Tables } from './tables.ts'

/** Steps that belong together: ours, or those of one plugin. */
export interface StepList {
  /** The table that lists the finished steps. */
  readonly table: string
  readonly steps: Readonly<Record<string, { up(db: Kysely<Tables>): Promise<void> }>>
}

export interface Target {
  /** Without plugins of the host. */
  readonly db: Kysely<Tables>
  /** For PostgreSQL only. */
  readonly schema: string | undefined
}

const LOCK_TABLE = 'dji_cloud_migrations_lock'

const inSchema = (db: Kysely<Tables>, { schema }: Target): Kysely<Tables> =>
  schema === undefined ? db : db.withSchema(schema)

/** Runs the steps that are not done yet: all or none, and on one node at a time. An error is in the result, not thrown. */
export async function runSteps(target: Target, list: StepList): Promise<MigrationResultSet> {
  const kysely = await loadKysely()
  const migrate = async (db: Kysely<Tables>): Promise<MigrationResultSet> => {
    const bound = Object.entries(list.steps).map(([name, step]) => [
      name,
      { up: (own: Kysely<Tables>) => step.up(inSchema(own, target)) },
    ])
    const migrations = { ...(await unknownSteps(inSchema(db, target), list)), ...Object.fromEntries(bound) }
    return new kysely.Migrator({
      db,
      provider: { getMigrations: async () => migrations },
      migrationTableName: list.table,
      migrationLockTableName: LOCK_TABLE,
      ...(target.schema === undefined ? {} : { migrationTableSchema: target.schema }),
      allowUnorderedMigrations: true,
    }).migrateToLatest()
  }
  return target.db.getExecutor().adapter.supportsTransactionalDdl
    ? migrate(target.db)
    : inOneTransaction(target.db, kysely.CompiledQuery.raw, migrate).catch((error: unknown) => ({ error }))
}

interface Loaded {
  readonly CompiledQuery: typeof CompiledQuery
  readonly Migrator: typeof Migrator
}

/** Since Kysely 0.29 the Migrator is in a separate module. */
async function loadKysely(): Promise<Loaded> {
  const main = await loadPeer<Loaded>('kysely', 'migrateSql')
  if (typeof main.Migrator === 'function') return main
  const { Migrator } = await loadPeer<Loaded>('kysely/migration', 'migrateSql')
  return { CompiledQuery: main.CompiledQuery, Migrator }
}

/**
 * Finished steps that this version does not know: a newer version did them, and this older one still runs at the same time.
 * The Migrator reports a broken database unless it gets a step with that name, so we give it an empty one.
 */
async function unknownSteps(
  db: Kysely<Tables>,
  { table, steps }: StepList,
): Promise<Record<string, { up(): Promise<void> }>> {
  const any = db as unknown as Kysely<Record<string, { name: string }>>
  // The table does not exist before the first step. The Migrator reports any other error.
  const done = await any
    .selectFrom(table)
    .select('name')
    .execute()
    .catch(() => [])
  const unknown = done.filter(({ name }) => !Object.hasOwn(steps, name))
  return Object.fromEntries(unknown.map(({ name }) => [name, { up: async () => undefined }]))
}

/** A queue: this process runs migrations on SQLite one after the other. */
let running: Promise<unknown> = Promise.resolve()

/**
 * For SQLite. Kysely expects a single process there: it neither locks nor opens a transaction. With `begin immediate`, other
 * processes wait at the start, for up to their `busy_timeout`; a transaction that begins with a read would fail later. The
 * wait blocks the whole process, so two connections of the same process must not wait for each other.
 */
function inOneTransaction(
  db: Kysely<Tables>,
  raw: (statement: string) => CompiledQuery,
  migrate: (db: Kysely<Tables>) => Promise<MigrationResultSet>,
): Promise<MigrationResultSet> {
  const work = () =>
    db.connection().execute(async (connection) => {
      const run = (statement: string) => connection.executeQuery(raw(statement))
      await run('begin immediate')
      try {
        const result = await migrate(connection)
        await run(result.error === undefined ? 'commit' : 'rollback')
        return result
      } catch (error) {
        await run('rollback').catch(() => undefined)
        throw error
      }
    })
  const turn = running.then(work)
  running = turn.catch(() => undefined)
  return turn
}
