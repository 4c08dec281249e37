// A broker to load, as a process of its own: `node broker.mjs bare|embedded`. Says where it listens and how to get in;
// asked, it says what it has used: CPU time in us and memory in bytes.
import { createServer } from 'node:net'

const say = { bare, embedded }
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  globalThis.gc?.()
  process.send({ cpu: user + system, rss: process.memoryUsage().rss })
})
process.send(await say[process.argv[2]]())

async function bare() {
  const { Aedes } = await import('aedes')
  const broker = await Aedes.createBroker()
  const server = createServer({ noDelay: true }, (socket) => broker.handle(socket))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: server.address().port, username: 'anybody', password: 'x'.repeat(400) }
}

/** Credentials as a controller gets them, through the platform's own routes. */
async function embedded() {
  const { createDjiCloud, embeddedBroker } = await import('dji-cloud')
  // One generator stands for many controllers: what one may send is not what is measured.
  const limits = { connectionsPerAddress: 20_000, packetsPerSecond: 1e9, packetBurst: 1e9 }
  const cloud = createDjiCloud({
    users: [{ username: 'bench', password: 'bench' }],
    logger: false,
    broker: embeddedBroker({ host: '127.0.0.1', port: 0, limits }),
  })
  await cloud.ready()
  const post = async (path, value, headers = {}) => {
    const { body } = await cloud.http.handle({
      method: 'POST',
      path: `/manage/api/v1${path}`,
      mount: '',
      query: new URLSearchParams(),
      headers,
      secure: false,
      host: '127.0.0.1',
      address: '127.0.0.1',
      readBody: async () => ({ kind: 'parsed', value }),
    })
    return JSON.parse(body).data
  }
  const { access_token } = await post('/login', { username: 'bench', password: 'bench', flag: 2 })
  const { username, password } = await post(
    '/mqtt/credentials',
    { gateway_sn: 'RCFAKE00000001' },
    { 'x-auth-token': access_token },
  )
  return { port: Number(new URL(cloud.mqttAddress('127.0.0.1')).port), username, password }
}
