import type { Kysely } from 'kysely'
import { DjiCloudError } from '../../core/errors.ts'
import { checkSqlSource } from '../../core/options/source.ts'
import type { MigratedPlugin, PluginMigration } from '../../core/plugins/migrations.ts'
import type { SqlSource } from './database.ts'
import { runSteps, type StepList, type Target } from './migrator.ts'
import { type Catalogue, checkPlugins, prefixOf, stepsTableOf, strayed, wordOf } from './plugin-tables.ts'
import { STEPS } from './steps.ts'
import type { Tables } from './tables.ts'

/** The argument of `migrateSql`: the database, and the plugins that have tables in it. */
export interface MigrationSource extends SqlSource {
  /** The same list as in the options of the platform. Their steps run after ours, in the order of the list. */
  readonly plugins?: readonly MigratedPlugin[] | undefined
}

/**
 * Brings the tables up to date: ours, then those of the plugins. It may run at every start, also on several nodes at the
 * same time; each step runs only once (`dji_cloud_migrations`). It also accepts tables that an older version or the SQL of
 * docs/stores.md created.
 * @throws DjiCloudError MIGRATION with `data.step` and `data.plugin`; OPTIONS; PACKAGE_MISSING without kysely
 */
export async function migrateSql(source: MigrationSource): Promise<void> {
  checkSqlSource('migrateSql', source, ['plugins'])
  const { plugins = [] } = source
  checkPlugins(plugins)
  const target = await targetOf(source)
  await runAll(target, { table: 'dji_cloud_migrations', steps: STEPS }, null)
  const ids = plugins.map(({ id }) => id)
  for (const { id, migrations = {} } of plugins) {
    const steps = Object.fromEntries(
      Object.entries(migrations).map(([name, step]) => [
        `${wordOf(id)}_${name}`,
        { up: (db: Kysely<Tables>) => guarded(step, { ...target, db }, id, ids) },
      ]),
    )
    if (Object.keys(steps).length > 0) await runAll(target, { table: stepsTableOf(id), steps }, id)
  }
}

/** The database and schema of the tables. */
async function targetOf({ db: given, schema }: SqlSource): Promise<Target> {
  const db = given.withoutPlugins() as Kysely<Tables>
  if (!db.getExecutor().adapter.supportsTransactionalDdl) return { db, schema }
  try {
    if (schema === undefined) {
      // Without a schema, the Migrator looks into all schemas and would take tables of another schema for its own.
      const first = await db
        .selectNoFrom((build) => build.fn<string | null>('current_schema').as('name'))
        .executeTakeFirst()
      return { db, schema: first?.name ?? undefined }
    }
    const schemas = await db.introspection.getSchemas()
    if (schemas.some(({ name }) => name === schema)) return { db, schema }
  } catch (cause) {
    throw failed({ cause, step: null, plugin: null })
  }
  throw failed({ cause: new Error(`schema "${schema}" does not exist`), step: null, plugin: null })
}

async function runAll(target: Target, list: StepList, plugin: string | null): Promise<void> {
  const { error, results = [] } = await runSteps(target, list)
  if (error === undefined) return
  const step = results.find(({ status }) => status === 'Error')?.migrationName ?? null
  throw failed({ cause: error, step, plugin })
}

/** Runs a step of a plugin, and fails if the step touched tables of others. */
async function guarded(
  step: PluginMigration,
  target: Target,
  id: string,
  ids: readonly string[],
): Promise<void> {
  const before = await catalogueOf(target)
  await step.up(target.db)
  const names = strayed(before, await catalogueOf(target), id, ids)
  if (names.length > 0) {
    throw new Error(
      `it created, changed or dropped ${names.join(', ')}; it may only touch tables whose names begin with ${prefixOf(id)}`,
    )
  }
}

async function catalogueOf({ db, schema }: Target): Promise<Catalogue> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  return new Map(
    tables
      .filter((table) => schema === undefined || table.schema === undefined || table.schema === schema)
      .map(({ name, isView, columns }) => [name, JSON.stringify([isView, columns])]),
  )
}

interface Failure {
  readonly cause: unknown
  readonly step: string | null
  readonly plugin: string | null
}

function failed({ cause, step, plugin }: Failure): DjiCloudError {
  const what = [
    step === null ? 'The tables' : `Step ${step}`,
    ...(plugin === null ? [] : [`of the plugin ${plugin}`]),
    step === null ? 'could not be brought up to date' : 'failed and was rolled back',
  ].join(' ')
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new DjiCloudError('MIGRATION', { message: `${what}: ${reason}`, data: { step, plugin }, cause })
}
