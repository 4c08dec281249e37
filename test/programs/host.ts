// A host in a process of its own, to be killed: `tsx host.ts redis://...|postgres://...`. Says where it listens.
import express from 'express'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { djiCloud } from '../../src/express.ts'
import { redisDevices, redisSessions, safePool, sqlDevices, sqlSessions } from '../../src/index.ts'
import { testUsers } from '../support/accounts.ts'

const url = process.argv[2] ?? ''
// A test that was broken off leaves nobody behind.
process.on('disconnect', () => process.exit())

function stores() {
  if (url.startsWith('redis:')) return { sessions: redisSessions({ url }), devices: redisDevices({ url }) }
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({
      pool: safePool(
        new pg.Pool({ connectionString: url, connectionTimeoutMillis: 2000, query_timeout: 2000 }),
      ),
    }),
  })
  return { sessions: sqlSessions({ db }), devices: sqlDevices({ db }) }
}

const cloud = djiCloud({
  ...stores(),
  users: testUsers(),
  secret: 'an obviously fake secret for these tests only',
  logger: false,
  mqtt: { port: 0, host: '127.0.0.1' },
})
await cloud.ready()
const server = express()
  .use(cloud)
  .listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    process.send?.({ url: `http://127.0.0.1:${port}`, mqtt: cloud.mqttAddress('127.0.0.1') })
  })
