// npm run walks: how many source files three walks cross, counted by V8 while they happen. A file is crossed when one
// of its functions runs. A reader of the code of a walk has to open these files, so fewer is better.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Session } from 'node:inspector/promises'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { connectAsync } from 'mqtt'
import { WebSocket } from 'ws'
import { djiCloud } from '../src/express.ts'

const USER = { username: 'walker', password: 'obviously-fake-walker' }
const GATEWAY = 'RCFAKEWALK0001'
const AIRCRAFT = 'ACFAKEWALK0001'
/** Timers and the end of earlier work also run during a walk. Only files that occur in every round count. */
const ROUNDS = 5

const cloud = djiCloud({
  license: { appId: '100000', appKey: 'fake-app-key', appLicense: 'RkFLRS1MSUNFTkNFLU9GLUEtVEVTVA==' },
  workspace: { id: '11111111-2222-4333-8444-555555555555', name: 'Walks', description: '' },
  users: [USER],
  mqtt: { host: '127.0.0.1', port: 0 },
  logger: false,
} as Parameters<typeof djiCloud>[0])
const app = express()
app.use(cloud)
const server = createServer(app).listen(0, '127.0.0.1')
await Promise.all([once(server, 'listening'), cloud.ready()])
const at = `127.0.0.1:${(server.address() as AddressInfo).port}`

async function ask(path: string, method: string, headers: Record<string, string>, body?: object) {
  const response = await fetch(`http://${at}/manage/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.json()) as { code: number; data: Record<string, string> }
}

const inspector = new Session()
inspector.connect()
await inspector.post('Profiler.enable')
await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })

/** Files of the package in which a function ran during `happens`. */
async function crossed(happens: () => Promise<unknown>): Promise<Set<string>> {
  await inspector.post('Profiler.takePreciseCoverage')
  await happens()
  const { result } = await inspector.post('Profiler.takePreciseCoverage')
  const files = result
    .filter(({ functions }) => functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0))
    .filter(({ url }) => url.includes('/src/') && !url.includes('/node_modules/'))
    .map(({ url }) => url.split('?')[0]?.split('/src/')[1] ?? '')
    .filter((file) => file !== '')
  return new Set(files.sort())
}

/** One pilot with a controller, an aircraft and a WebSocket. */
async function fly() {
  const { data: login } = await ask('/login', 'POST', {}, USER)
  const token = { 'x-auth-token': String(login['access_token']) }
  const controller = await connectAsync(cloud.mqttAddress('127.0.0.1'), {
    username: String(login['mqtt_username']),
    password: String(login['mqtt_password']),
    clientId: GATEWAY,
    reconnectPeriod: 0,
  })
  const socket = new WebSocket(
    `ws://${at}/api/v1/ws?x-auth-token=${encodeURIComponent(token['x-auth-token'])}`,
  )
  await once(socket, 'open')
  const pushed = (code: string) =>
    new Promise<void>((resolve) => {
      const seen = (data: unknown) => {
        if ((JSON.parse(String(data)) as { biz_code: string }).biz_code !== code) return
        socket.off('message', seen)
        resolve()
      }
      socket.on('message', seen)
    })
  const send = (topic: string, message: object) => controller.publish(topic, JSON.stringify(message))
  const online = pushed('device_online')
  send(`sys/product/${GATEWAY}/status`, {
    tid: 't1',
    bid: 'b1',
    method: 'update_topo',
    data: { type: 144, sub_type: 0, sub_devices: [{ sn: AIRCRAFT, type: 77, sub_type: 0 }] },
  })
  await online
  return {
    ask: () => ask('/workspaces/current', 'GET', token),
    async report() {
      const seen = pushed('device_osd')
      send(`thing/product/${AIRCRAFT}/osd`, { tid: 't2', bid: 'b2', data: { latitude: 1, longitude: 2 } })
      await seen
    },
    async leave() {
      const gone = [
        once(socket, 'close'),
        new Promise<void>((resolve) => controller.once('close', () => resolve())),
      ]
      await ask('/logout', 'POST', token, {})
      await Promise.all(gone)
      await controller.endAsync(true)
    },
  }
}

const WALKS = {
  ask: 'from a route to its answer',
  report: 'from an OSD packet to its push',
  leave: 'from a logout to the last closed socket',
} as const
const found = { ask: new Set<string>(), report: new Set<string>(), leave: new Set<string>() }
for (let round = 0; round < ROUNDS; round++) {
  const flight = await fly()
  // Run both once before: code that runs only the first time is not part of a walk.
  await flight.ask()
  await flight.report()
  for (const name of ['ask', 'report', 'leave'] as const) {
    const files = await crossed(flight[name])
    found[name] = round === 0 ? files : new Set([...found[name]].filter((file) => files.has(file)))
  }
}
for (const [name, title] of Object.entries(WALKS)) {
  const files = found[name as keyof typeof WALKS]
  console.log(`${String(files.size).padStart(3)} files ${title}`)
  if (process.argv.includes('--list')) for (const file of files) console.log(`      ${file}`)
}
await cloud.close()
server.close()
