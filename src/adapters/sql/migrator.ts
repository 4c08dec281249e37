import type { CompiledQuery, Kysely, MigrationResultSet, Migrator } from 'kysely'
import { loadPeer } from '../../core/packages.ts'
import type { Tables } from './tables.ts'

/** All steps that belong together: ours, or a plugin's. */
export interface StepList {
  /** Where it is kept which of them are done. */
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

/** Runs what is not done yet, all of it or nothing, one node at a time. What went wrong is in the answer. */
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

/** Since 0.29 the Migrator is in a module of its own, which older ones do not have. */
async function loadKysely(): Promise<Loaded> {
  const main = await loadPeer<Loaded>('kysely', 'migrateSql')
  if (typeof main.Migrator === 'function') return main
  const { Migrator } = await loadPeer<Loaded>('kysely/migration', 'migrateSql')
  return { CompiledQuery: main.CompiledQuery, Migrator }
}

/**
 * Steps that are done and that this version does not know: a newer one did them, and this one is still running beside
 * it. The Migrator takes them for a broken database unless it is given something of that name.
 */
async function unknownSteps(
  db: Kysely<Tables>,
  { table, steps }: StepList,
): Promise<Record<string, { up(): Promise<void> }>> {
  const any = db as unknown as Kysely<Record<string, { name: string }>>
  // Not there before the first step; any other trouble shows in the Migrator.
  const done = await any
    .selectFrom(table)
    .select('name')
    .execute()
    .catch(() => [])
  const unknown = done.filter(({ name }) => !Object.hasOwn(steps, name))
  return Object.fromEntries(unknown.map(({ name }) => [name, { up: async () => undefined }]))
}

/** The runs of this process on SQLite, one after the other. */
let running: Promise<unknown> = Promise.resolve()

/**
 * For SQLite, where Kysely neither locks nor takes a transaction: it expects one process. `immediate` makes other processes
 * wait at the start, as long as their `busy_timeout` says; a transaction that begins with reading would fail in the middle.
 * That wait holds up the whole process, so two connections of this one must not wait for each other.
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
