// One of several processes that bring one SQLite file up to date at the same moment: when stdin says so.
import { once } from 'node:events'
import { Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { migrateSql } from '../../src/adapters/sql/migrate.ts'

const database = new Database(process.argv[2] ?? '')
database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL')
const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
process.stdout.write('ready\n')
await once(process.stdin, 'data')
process.stdin.destroy()
await migrateSql({ db })
await db.destroy()
