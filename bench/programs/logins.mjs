// A host that only answers logins: `node logins.mjs async|sync|guesses`. On `start`, it watches its event loop; on `stop`, it tells
// the delay of the loop. `sync` runs the same scrypt on the main thread, for comparison.
import { scryptSync } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { hashPassword, memoryUsers } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'

const workspace = { id: '0a0a0a0a-0000-4000-8000-00000000000a', name: 'Bench', description: '' }
const USER = { username: 'bench', passwordHash: await hashPassword('bench'), workspace }
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 27 }

const stored = memoryUsers([USER])
const users =
  process.argv[2] !== 'sync'
    ? stored
    : {
        ...stored,
        authenticate: async ({ password }) => {
          scryptSync(password, 'salt', 32, COST)
          return stored.findById('bench')
        },
      }

// `guesses`: as it is in production, behind a proxy that tells addresses.
const loginRateLimit = process.argv[2] === 'guesses' ? undefined : false
const cloud = djiCloud({ users, loginRateLimit, logger: false, mqtt: { port: 0, host: '127.0.0.1' } })
const app = express().set('trust proxy', true)
app.use(cloud)
await cloud.ready()

const delay = monitorEventLoopDelay({ resolution: 1 })
process.on('message', (question) => {
  if (question === 'start') {
    delay.reset()
    delay.enable()
    return process.send('started')
  }
  delay.disable()
  process.send({ p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 })
})

const server = app.listen(0, '127.0.0.1', () => {
  process.send({ url: `http://127.0.0.1:${server.address().port}/manage/api/v1/login` })
})
