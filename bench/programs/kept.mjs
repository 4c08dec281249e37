// Memory that stays in use after an attack on the embedded broker: `node kept.mjs <attack> [address of a Redis]`. Rate limits are off, so that
// it takes seconds and not hours; quotas have their defaults. It tells how much memory the process and Redis use after it, in bytes, and the
// cost of one message then, in ms.
import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { embeddedBroker } from 'dji-cloud'
import { Redis } from 'ioredis'
import { connect } from 'mqtt'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const [attack, redis] = process.argv.slice(2)
const RATES = { packetsPerSecond: 1e9, packetBurst: 1e9, bytesPerSecond: 1e12, byteBurst: 1e12 }
const broker = embeddedBroker({
  host: '127.0.0.1',
  port: 0,
  limits: RATES,
  ...(redis === undefined ? {} : { redis }),
  logger: { info() {}, warn() {}, error() {}, debug() {} },
})
// Every client is accepted as the gateway that it claims to be, with all rights.
await broker.start({
  authenticate: async ({ username }) => ({
    allow: true,
    principal: {
      kind: 'gateway',
      sessionId: 'S',
      userId: 'U',
      workspaceId: 'W',
      credentialId: `S.${username}`,
      gateway: username,
    },
  }),
  authorizePublish: () => ({ allow: true }),
  authorizeSubscribe: () => ({ allow: true }),
  authorizeForward: () => true,
  connected() {},
  disconnected() {},
  received() {},
  refused() {},
})
const port = Number(new URL(broker.address('127.0.0.1')).port)
const GATEWAY = 'RCFAKE00000001'
const topic = `thing/product/${GATEWAY}/services`

async function enter(more) {
  const client = connect({
    host: '127.0.0.1',
    port,
    username: GATEWAY,
    password: 'x',
    reconnectPeriod: 0,
    clean: false,
    ...more,
  })
  client.on('error', () => undefined)
  await Promise.race([once(client, 'connect'), once(client, 'close')])
  return client
}
async function leave(client) {
  if (client.disconnected) return
  const gone = once(client, 'close')
  client.end(true)
  await gone
}
async function absent(clientId) {
  const client = await enter({ clientId })
  await client.subscribeAsync(topic, { qos: 1 })
  await leave(client)
}
const say = (payload) => broker.publish({ topic, payload, qos: 1 }).catch(() => undefined)

const ATTACKS = {
  /** 20 connections begin 100 QoS 2 messages of 240 KiB each and never release them. */
  async unreleased() {
    for (let count = 0; count < 20; count += 1) {
      const client = await enter({ clientId: `c${count}` })
      const payload = Buffer.alloc(240 * 1024)
      // PUBREC arrives and gets no answer.
      const all = new Promise((resolve) => {
        client.once('close', resolve)
        setTimeout(resolve, 3_000)
      })
      for (let id = 1; id <= 100; id += 1) client.stream.write(publish2(id, payload))
      await all
      await leave(client)
    }
  },
  /** 2,000 messages of 240 KiB for a client that is not connected. */
  async queue() {
    await absent('away')
    for (let count = 0; count < 2_000; count += 1)
      await say(Buffer.alloc(240 * 1024, count).toString('latin1'))
  },
  /** 1,000 stored sessions of one gateway that are never resumed. */
  async sessions() {
    for (let count = 0; count < 1_000; count += 1) await absent(`s${count}`)
  },
}

function publish2(id, payload) {
  const name = Buffer.from(topic)
  const length = 2 + name.length + 2 + payload.length
  const head = [0x34]
  let left = length
  do {
    head.push((left & 127) | (left > 127 ? 128 : 0))
    left >>= 7
  } while (left > 0)
  return Buffer.concat([
    Buffer.from([...head, name.length >> 8, name.length & 255]),
    name,
    Buffer.from([id >> 8, id & 255]),
    payload,
  ])
}

const held = () => {
  for (let round = 0; round < 3; round += 1) gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const store = redis === undefined ? undefined : new Redis(redis)
async function heldByRedis() {
  if (store === undefined) return 0
  return Number(/used_memory_dataset:(\d+)/.exec(await store.info('memory'))[1])
}

await absent('warm')
const before = held()
const beforeRedis = await heldByRedis()
await ATTACKS[attack]()
const bytes = held() - before
const redisBytes = (await heldByRedis()) - beforeRedis
const begin = performance.now()
for (let count = 0; count < 200; count += 1) await say('{}')
process.send?.({ bytes, redisBytes, ms: (performance.now() - begin) / 200 })
