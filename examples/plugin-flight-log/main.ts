// npx tsx examples/plugin-flight-log/main.ts, then open /pilot on a controller. Flights are stored in flights.db.
import { Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { serve, settings } from '../serve.ts'
import { buildApp } from './app.ts'

const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new Database('flights.db') }) })
const { app, cloud } = await buildApp(db, { mqtt: settings.mqttPort })
await serve(app, cloud)
