// A broker under load, in its own process: `node broker.mjs bare|reading|embedded|guarded`. It tells its address and credentials. When
// it is asked, it tells its CPU time in us and its memory in bytes.
import { EventEmitter } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'

// One generator plays many controllers, so the limits of a single controller are off.
const UNBOUNDED = {
  connectionsPerAddress: 20_000,
  packetsPerSecond: 1e9,
  packetBurst: 1e9,
  bytesPerSecond: 1e12,
  byteBurst: 1e12,
  connectionsPerGateway: 1e6,
}

const say = { bare: () => bare(), reading, embedded, guarded: () => embedded({}) }
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  globalThis.gc?.()
  process.send({ cpu: user + system, rss: process.memoryUsage().rss })
})
process.send(await say[process.argv[2]]())

/** The work that a host with plain aedes has to do itself: it reads each message and passes it to a listener. */
function reading() {
  const told = new EventEmitter()
  let heard = 0
  told.on('message', ({ data }) => {
    if (data !== undefined) heard += 1
  })
  return bare({
    published({ topic, payload }, client, done) {
      if (client !== null) told.emit('message', { topic, data: JSON.parse(payload.toString()).data, heard })
      done(null)
    },
  })
}

async function bare(options) {
  const { Aedes } = await import('aedes')
  const broker = await Aedes.createBroker(options)
  const server = createServer({ noDelay: true }, (socket) => broker.handle(socket))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: server.address().port, username: 'anybody', password: 'x'.repeat(400) }
}

/** Credentials from the platform's own routes, as a controller gets them. `guarded`: with the default limits. */
async function embedded(limits = UNBOUNDED) {
  const { embeddedBroker } = await import('dji-cloud')
  const { djiCloud } = await import('dji-cloud/express')
  const cloud = djiCloud({
    users: [{ username: 'bench', password: 'bench' }],
    logger: false,
    broker: embeddedBroker({ host: '127.0.0.1', port: 0, limits }),
  })
  await cloud.ready()
  const server = createHttpServer((request, response) => cloud(request, response, () => response.end()))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const post = async (path, value, headers = {}) => {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/manage/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(value),
    })
    return (await answer.json()).data
  }
  const { access_token } = await post('/login', { username: 'bench', password: 'bench', flag: 2 })
  const credentials = (gateway_sn) =>
    post('/mqtt/credentials', { gateway_sn }, { 'x-auth-token': access_token })
  const { username, password } = await credentials('RCFAKE00000001')
  const other = await credentials('RCFAKE00000002')
  const port = Number(new URL(cloud.mqttAddress('127.0.0.1')).port)
  return { port, username, password, other: { port, username: other.username, password: other.password } }
}
