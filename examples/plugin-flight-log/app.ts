import { migrateSql, type SqlDatabase } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'
import { flightLog } from './flight-log.ts'

type Options = NonNullable<Parameters<typeof djiCloud>[0]>

/** @param db Kysely, with SQLite or PostgreSQL */
export async function buildApp(db: SqlDatabase, options: Options = {}) {
  const plugins = [flightLog({ db })] as const
  await migrateSql({ db, plugins })

  const app = express()
  const cloud = djiCloud({ ...options, plugins })
  app.use(cloud)

  // The plugin's functions and events have types.
  cloud.on('flight.finished', ({ aircraft, startedAt, endedAt }) => {
    console.info(
      `${aircraft} was in the air for ${Math.round(((endedAt ?? startedAt) - startedAt) / 1000)} s`,
    )
  })
  app.get('/flights', cloud.requireAuth(), async (request, response) => {
    response.json(await cloud.plugins['flight-log'].list(String(request.dji?.workspaceId)))
  })
  return { app, cloud }
}
