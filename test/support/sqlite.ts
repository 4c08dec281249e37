import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'

export interface TestSqlite {
  readonly file: string
  /** A connection of its own to the one file. Destroyed by `remove`. */
  connect(): Kysely<unknown>
  remove(): Promise<void>
}

/** A SQLite file with the settings that docs/stores.md asks for. */
export async function createSqlite(): Promise<TestSqlite> {
  const folder = await mkdtemp(join(tmpdir(), 'dji-cloud-sqlite-'))
  const databases: Kysely<unknown>[] = []
  const file = join(folder, 'cloud.db')
  return {
    file,
    connect() {
      const database = new Database(file)
      database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL')
      const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
      databases.push(db)
      return db
    },
    async remove() {
      await Promise.all(databases.map((db) => db.destroy()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
