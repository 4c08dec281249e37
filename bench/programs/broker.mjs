// A broker to load, as a process of its own: `node broker.mjs bare|reading|embedded|guarded`. Says where it listens and how to get in;
// asked, it says what it has used: CPU time in us and memory in bytes.
import { EventEmitter } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'

// One generator stands for many controllers: what one may send is not what is measured.
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

/** What a host of aedes has to do itself to hear its controllers: each message is read and told. */
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

/** Credentials as a controller gets them, through the platform's own routes. `guarded`: with the limits that are the default. */
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
