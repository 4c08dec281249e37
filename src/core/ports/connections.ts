/** How a plugin reaches a database of the host: with the time limit of the platform's own stores. */
export interface PluginSql<Db> {
  /** Bound to `schema`, without the host's Kysely plugins. */
  readonly db: Db
  /** The answer of a statement, or a rejection within the time limit. */
  ask<Answer>(statement: { execute(): Promise<Answer> }): Promise<Answer>
  /** Its first row. */
  first<Row>(statement: { execute(): Promise<Row[]> }): Promise<Row | undefined>
}

/** The database of a plugin: a Kysely instance of the host's. */
export interface PluginSqlSource<Db> {
  /** A Kysely instance, which stays the host's to destroy. Not a transaction. */
  readonly db: Db
  /** The PostgreSQL schema that holds the tables. @default the first of the search path */
  readonly schema?: string | undefined
  /** How long a statement may take before it rejects, in ms. @default 2000 */
  readonly timeoutMs?: number | undefined
}

/** Commands that answer or reject within the time limit. Nothing waits in a queue for a Redis that is away. */
export interface PluginRedis {
  call(command: string, ...args: (string | number)[]): Promise<unknown>
}

/** The Redis of a plugin: an address, or a client of the host's. */
export interface PluginRedisSource {
  /** `redis://` or `rediss://`; `ioredis` has to be installed. Closed with the platform. */
  readonly url?: string | undefined
  /** An ioredis client instead, which stays the host's to close. */
  readonly client?: object | undefined
  /** How long a command may take before it rejects, in ms. @default 1000 */
  readonly timeoutMs?: number | undefined
}

/** What opens databases for plugins: core knows none. */
export interface Connectors {
  sql<Db extends { withoutPlugins(): object }>(source: PluginSqlSource<Db>): PluginSql<Db>
  redis(source: PluginRedisSource): PluginRedis & { close(): Promise<void> }
}
