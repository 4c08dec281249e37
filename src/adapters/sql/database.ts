import type { Kysely } from 'kysely'
import { within } from '../deadline.ts'
import type { Tables } from './tables.ts'

/**
 * A Kysely instance over PostgreSQL or SQLite; what other tables it knows does not matter. Described by its shape, so
 * that these types need no kysely where none is used.
 */
export interface SqlDatabase {
  readonly isTransaction: boolean
  readonly schema: object
  withoutPlugins(): object
  destroy(): Promise<void>
}

/** A database for a SQL store: PostgreSQL or SQLite through Kysely, which runs `migrateSql` first. */
export interface SqlSource {
  /** Stays yours to destroy. Not a transaction. */
  readonly db: SqlDatabase
  /** The PostgreSQL schema that holds the tables. @default the first of the search path */
  readonly schema?: string | undefined
  /** How long a statement may take before it rejects, in ms. @default 2000 */
  readonly timeoutMs?: number | undefined
}

export interface SqlConnection {
  readonly tables: Kysely<Tables>
  /** The answer of a statement, or a rejection within the timeout. */
  ask<Answer>(statement: { execute(): Promise<Answer> }): Promise<Answer>
  /** The first row of the result. */
  first<Row>(statement: { execute(): Promise<Row[]> }): Promise<Row | undefined>
  /** The row of a statement that always gives one. */
  one<Row>(statement: { execute(): Promise<Row[]> }): Promise<Row>
}

export function connectSql({ db, schema, timeoutMs = 2000 }: SqlSource): SqlConnection {
  // The host's plugins, such as one that renames columns, are about the host's own tables.
  const plain = db.withoutPlugins() as Kysely<Tables>
  const ask: SqlConnection['ask'] = (statement) => within(statement.execute(), timeoutMs, 'the database')
  return {
    tables: schema === undefined ? plain : plain.withSchema(schema),
    ask,
    first: async (statement) => (await ask(statement))[0],
    async one(statement) {
      const [row] = await ask(statement)
      if (row === undefined) throw new Error('the database gave no row back')
      return row
    },
  }
}
