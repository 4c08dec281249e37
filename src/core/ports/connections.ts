/** Access of a plugin to a database of the host, with a time limit for each statement. */
export interface PluginSql<Db> {
  /** Bound to `schema`, without the host's Kysely plugins. */
  readonly db: Db
  /** Runs a statement. Rejects after the time limit. */
  ask<Answer>(statement: { execute(): Promise<Answer> }): Promise<Answer>
  /** Runs a statement and returns its first row. */
  first<Row>(statement: { execute(): Promise<Row[]> }): Promise<Row | undefined>
}

/** The database of a plugin: the host's Kysely instance. */
export interface PluginSqlSource<Db> {
  /** A Kysely instance, not a transaction. The host destroys it. */
  readonly db: Db
  /** The PostgreSQL schema of the tables. @default the first of the search path */
  readonly schema?: string | undefined
  /** How long a statement may take before it rejects, in ms. @default 2000 */
  readonly timeoutMs?: number | undefined
}

/** Commands that answer or reject within the time limit. Without a connection to Redis they reject and do not wait in a queue. */
export interface PluginRedis {
  call(command: string, ...args: (string | number)[]): Promise<unknown>
}

/** The Redis of a plugin: an address, or the host's client. */
export interface PluginRedisSource {
  /** `redis://` or `rediss://`; `ioredis` has to be installed. Closed with the platform. */
  readonly url?: string | undefined
  /** An ioredis client instead. The host closes it. */
  readonly client?: object | undefined
  /** How long a command may take before it rejects, in ms. @default 1000 */
  readonly timeoutMs?: number | undefined
}

/** Functions that open databases for plugins. Core itself knows no database. */
export interface Connectors {
  sql<Db extends { withoutPlugins(): object }>(source: PluginSqlSource<Db>): PluginSql<Db>
  redis(source: PluginRedisSource): PluginRedis & { close(): Promise<void> }
}
