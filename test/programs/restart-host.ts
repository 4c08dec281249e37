// One process of an app, to be restarted: `restart-host.ts <mqtt port> <grace s> redis://... or a SQLite file`. It tells its
// parent who comes and goes. SIGTERM stops it as a deploy would. A number from its parent moves its clock, in ms.

import express from 'express'
import { Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { djiCloud } from '../../src/express.ts'
import {
  type DjiCloudOptions,
  migrateSql,
  redisBus,
  redisDevices,
  redisSessions,
  sqlDevices,
  sqlSessions,
} from '../../src/index.ts'

const [port = '0', grace = '', url = ''] = process.argv.slice(2)
process.on('disconnect', () => process.exit())
let ahead = 0
process.on('message', (ms) => {
  ahead += Number(ms)
})

async function stores(): Promise<DjiCloudOptions> {
  if (url.startsWith('redis:'))
    return { sessions: redisSessions({ url }), devices: redisDevices({ url }), bus: redisBus({ url }) }
  const database = new Database(url)
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL')
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
  await migrateSql({ db })
  return { sessions: sqlSessions({ db }), devices: sqlDevices({ db }) }
}

const cloud = djiCloud({
  ...(await stores()),
  users: [
    {
      username: 'fleet',
      password: 'obviously-fake',
      workspace: { id: '11111111-2222-4333-8444-555555555555', name: 'Fleet', description: '' },
    },
  ],
  secret: 'an obviously fake secret for this program only',
  presence: { graceSeconds: grace === '' ? undefined : Number(grace) },
  clock: { now: () => Date.now() + ahead },
  limits: { devicesPerUser: 1_000 },
  mqtt: { host: '127.0.0.1', port: Number(port) },
  simulator: false,
  logger: false,
})
cloud.on('gateway.online', ({ gateway }) => process.send?.({ what: 'online', gateway }))
cloud.on('gateway.offline', ({ gateway, reason }) => process.send?.({ what: 'offline', gateway, reason }))
await cloud.ready()
const server = express()
  .use(cloud)
  .listen(0, '127.0.0.1', () => {
    const { port: http } = server.address() as { port: number }
    process.send?.({ what: 'ready', url: `http://127.0.0.1:${http}` })
  })
process.on('SIGTERM', () => {
  void cloud.close().then(() => process.exit())
})
