/** A Kysely instance, described by its shape: core needs no kysely. Take it as `Kysely<YourTables>` in a step. */
export interface SqlDatabaseLike {
  readonly isTransaction: boolean
  readonly schema: object
  withoutPlugins(): object
}

/** One migration of a plugin's tables. Never change it after a release: add another migration. */
export interface PluginMigration {
  /**
   * Runs once for each database, inside a transaction: a step that throws leaves nothing behind. It may create, change
   * and drop tables whose names begin with `dji_cloud_<id>_`, and no others.
   * @param db bound to the schema that the tables are in
   */
  up(db: SqlDatabaseLike): Promise<void>
  /** For your own Kysely Migrator. `migrateSql` never calls it. */
  down?(db: SqlDatabaseLike): Promise<void>
}

/** The fields of a plugin that `migrateSql` needs. */
export interface MigratedPlugin {
  /** Lower-case words with hyphens; in the names of tables the hyphens are underscores. */
  readonly id: string
  /** By name, such as `001_flights`; run in the order of their names. */
  readonly migrations?: Readonly<Record<string, PluginMigration>> | undefined
}
