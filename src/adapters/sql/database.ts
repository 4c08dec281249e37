import type { Kysely } from 'kysely'
import { within } from '../deadline.ts'
import type { Tables } from './tables.ts'

/**
 * A Kysely instance for PostgreSQL or SQLite. It may have types for other tables. Described by its shape, so that apps
 * without SQL need not install kysely for the types.
 */
export interface SqlDatabase {
  readonly isTransaction: boolean
  readonly schema: object
  withoutPlugins(): object
  destroy(): Promise<void>
}

/** A database for a SQL store: PostgreSQL or SQLite through Kysely. Run `migrateSql` first. */
export interface SqlSource {
  /** A Kysely instance, not a transaction. You destroy it. */
  readonly db: SqlDatabase
  /** The PostgreSQL schema of the tables. @default the first of the search path */
  readonly schema?: string | undefined
  /** How long a statement may take before it rejects, in ms. @default 2000 */
  readonly timeoutMs?: number | undefined
}

export interface SqlConnection {
  readonly tables: Kysely<Tables>
  /** Runs a statement. Rejects after the timeout. */
  ask<Answer>(statement: { execute(): Promise<Answer> }): Promise<Answer>
  /** The first row of the result. */
  first<Row>(statement: { execute(): Promise<Row[]> }): Promise<Row | undefined>
  /** The row of a statement that always returns one. */
  one<Row>(statement: { execute(): Promise<Row[]> }): Promise<Row>
}

export function connectSql({ db, schema, timeoutMs = 2000 }: SqlSource): SqlConnection {
  // The host's Kysely plugins, such as one that renames columns, are meant for the host's own tables.
  const plain = db.withoutPlugins() as Kysely<Tables>
  const ask: SqlConnection['ask'] = (statement) => within(statement.execute(), timeoutMs, 'The database')
  return {
    tables: schema === undefined ? plain : plain.withSchema(schema),
    ask,
    first: async (statement) => (await ask(statement))[0],
    async one(statement) {
      const [row] = await ask(statement)
      if (row === undefined)
        throw new Error('The database returned no row for a statement that always returns one.')
      return row
    },
  }
}
