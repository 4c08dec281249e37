import { resolve } from 'node:path'
import type { SqlDatabase } from '../../adapters/sql/database.ts'
import { isDjiCloudError } from '../../core/errors.ts'
import { loadPeer } from '../../core/packages.ts'
import { type Terminal, UsageError } from '../terminal.ts'

export interface OpenDatabase {
  readonly db: SqlDatabase
  close(): Promise<void>
}

type Wanted =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'sqlite'; readonly file: string }

/** Printed in place of the given address, which may contain a password. */
const FORMS = 'postgres://user@host/database, or sqlite:./cloud.db for a file'

/**
 * The database that an address names: `postgres://...`, `sqlite:./cloud.db`, `file:/var/lib/cloud.db`.
 * @throws UsageError
 */
export function databaseOf(given: string | undefined, { env, cwd }: Pick<Terminal, 'env' | 'cwd'>): Wanted {
  const address = given ?? env['DATABASE_URL']
  if (address === undefined || address === '')
    throw new UsageError(`No database was given. Give --database-url or the variable DATABASE_URL: ${FORMS}.`)
  if (/^postgres(ql)?:\/\//i.test(address)) return { kind: 'postgres', url: address }
  const file = /^(?:sqlite|file):(?:\/\/)?(.+)$/i.exec(address)?.[1]
  if (file === undefined)
    throw new UsageError(`sqlUsers does not work with the database at this address. Give ${FORMS}.`)
  return { kind: 'sqlite', file: resolve(cwd, file) }
}

const WANTED = 'dji-cloud users'

/** @throws DjiCloudError PACKAGE_MISSING, with the package to install */
export async function openDatabase(wanted: Wanted): Promise<OpenDatabase> {
  const { Kysely, PostgresDialect, SqliteDialect } = await loadPeer<typeof import('kysely')>('kysely', WANTED)
  if (wanted.kind === 'postgres') {
    const { default: pg } = await loadPeer<typeof import('pg')>('pg', WANTED)
    const pool = new pg.Pool({ connectionString: wanted.url, max: 1, connectionTimeoutMillis: 5_000 })
    // Each query rejects by itself, and the command then ends.
    pool.on('error', () => undefined)
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    return { db, close: () => db.destroy() }
  }
  const Database = await sqliteDriver()
  const database = new Database(wanted.file)
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL')
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
  return { db, close: () => db.destroy() }
}

type SqliteDriver = new (file: string) => import('kysely').SqliteDatabase & { exec(sql: string): unknown }

/** Both packages have the same interface. An app has one of them. */
async function sqliteDriver(): Promise<SqliteDriver> {
  try {
    return (await loadPeer<{ readonly default: SqliteDriver }>('better-sqlite3', WANTED)).default
  } catch (error) {
    try {
      return (await loadPeer<{ readonly default: SqliteDriver }>('libsql', WANTED)).default
    } catch (other) {
      throw isDjiCloudError(other) ? error : other
    }
  }
}
