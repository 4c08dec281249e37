// A platform for a fleet: `node fleet-server.mjs platform <interval>`, or the bare broker that it is compared with:
// `node fleet-server.mjs bare`. It tells its address, and on `{ask}` the number of messages received and their cost.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const [kind, interval, more = '{}'] = process.argv.slice(2)
const { limits = {} } = JSON.parse(more)
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

const loop = monitorEventLoopDelay({ resolution: 5 })
loop.enable()
const heard = { reports: 0, lost: 0, disorder: 0, offline: 0, online: 0, last: new Map() }
let mark = { cpu: process.cpuUsage(), at: performance.now() }

const started = kind === 'bare' ? await bare() : await platform()

process.on('message', async ({ ask }) => {
  if (ask === 'mark') {
    loop.reset()
    mark = { cpu: process.cpuUsage(), at: performance.now() }
    heard.offline = 0
    heard.online = 0
    process.send({ ok: true })
  }
  if (ask === 'memory') {
    // Collect twice: some objects can be freed only after the first collection has finished.
    collect()
    await new Promise((resolve) => setTimeout(resolve, 200))
    collect()
    const { rss, heapUsed, external } = process.memoryUsage()
    process.send({ rss, heap: heapUsed + external })
  }
  if (ask === 'figures') {
    const { user, system } = process.cpuUsage(mark.cpu)
    const { last, ...counts } = heard
    process.send({
      ...counts,
      cpu: (user + system) / 1000 / (performance.now() - mark.at),
      rss: process.memoryUsage().rss,
      loopP99: loop.percentile(99) / 1e6,
      devices: last.size,
    })
  }
})
process.send(started)

async function bare() {
  const { Aedes } = await import('aedes')
  const broker = await Aedes.createBroker()
  const server = createTcpServer((socket) => broker.handle(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { mqtt: `mqtt://127.0.0.1:${server.address().port}` }
}

async function platform() {
  const { default: express } = await import('express')
  const [{ djiCloud }, { embeddedBroker }] = await Promise.all([
    import('dji-cloud/express'),
    import('dji-cloud'),
  ])
  const cloud = djiCloud({
    // Logins are not measured: every name is accepted, as a pilot of the workspace in the first part of the name.
    users: { authenticate: async ({ username }) => userOf(username), findById: async (id) => userOf(id) },
    broker: embeddedBroker({ port: 0, host: '127.0.0.1', limits }),
    telemetry: { intervalMs: Number(interval) },
    loginRateLimit: false,
    logger: false,
  })
  cloud.on('device.osd', ({ serial, data }) => {
    heard.reports += 1
    const before = heard.last.get(serial) ?? 0
    heard.last.set(serial, data.height)
    if (data.height <= before) heard.disorder += 1
    else if (before > 0) heard.lost += data.height - before - 1
  })
  cloud.on('gateway.offline', () => {
    heard.offline += 1
  })
  cloud.on('gateway.online', () => {
    heard.online += 1
  })
  const app = express()
  app.use(cloud)
  const server = createServer(app).listen(0, '127.0.0.1')
  cloud.attach(server)
  await Promise.all([once(server, 'listening'), cloud.ready()])
  return { url: `http://127.0.0.1:${server.address().port}`, mqtt: cloud.mqttAddress('127.0.0.1') }
}

function userOf(name) {
  const workspace = `00000000-0000-4000-8000-${name.split('-')[0].padStart(12, '0')}`
  return { id: name, username: name, role: 'pilot', workspace: { id: workspace, name: 'W', description: '' } }
}
