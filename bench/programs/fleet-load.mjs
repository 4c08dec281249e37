// The controllers of a fleet and their watchers, in a process of their own. Controlled by messages `{do, ...}`; each is
// answered when it is done. Both ends of the delay are measured here, with one clock.
import { once } from 'node:events'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import mqtt from 'mqtt'
import { WebSocket } from 'ws'
import {
  AIRCRAFT_VALUES,
  aircraftOf,
  createPushStats,
  gatewayOf,
  logIn,
  pause,
  serve,
  topology,
  workspaceOf,
} from './fleet-parts.mjs'

const EVERY_MS = 500
const AT_ONCE = 50

// Delay of this program itself: it shows whether the machine is busy with other work.
const loop = monitorEventLoopDelay({ resolution: 5 })
loop.enable()

let target
const controllers = []
const watchers = []
const stats = createPushStats(60_000)

/** In batches, because the set-up is not measured. */
async function forAll(list, work) {
  for (let at = 0; at < list.length; at += AT_ONCE) await Promise.all(list.slice(at, at + AT_ONCE).map(work))
}

/** About as much data as a Mavic 3 reports. `height` is a counter, `elevation` is the time of sending. */
function report(controller) {
  controller.sent += 1
  const { index, sent } = controller
  return JSON.stringify({
    tid: `${index}-${sent}`,
    bid: `${index}`,
    timestamp: Date.now(),
    gateway: gatewayOf(index),
    data: {
      latitude: 47 + index / 1e4,
      longitude: 8 + sent / 1e6,
      height: sent,
      elevation: performance.now(),
      attitude_head: (sent * 3) % 360,
      ...AIRCRAFT_VALUES,
    },
  })
}

async function connect(controller) {
  const { index, credentials } = controller
  const client = mqtt.connect(target.mqtt, {
    ...credentials,
    clientId: gatewayOf(index),
    protocolVersion: 5,
    reconnectPeriod: 0,
    keepalive: 60,
    connectTimeout: 60_000,
  })
  controller.client = client
  client.on('error', () => undefined)
  await once(client, 'connect')
  await client.subscribeAsync(
    [`sys/product/${gatewayOf(index)}/status_reply`, `thing/product/${gatewayOf(index)}/services`],
    { qos: 1 },
  )
  if (target.url === undefined) return
  const answered = once(client, 'message')
  await client.publishAsync(`sys/product/${gatewayOf(index)}/status`, topology(index), { qos: 1 })
  await answered
}

async function watch(controller) {
  const socket = new WebSocket(
    `${target.url.replace('http', 'ws')}/api/v1/ws?x-auth-token=${encodeURIComponent(controller.token)}`,
  )
  const watcher = { socket, workspace: workspaceOf(controller.index), last: new Map() }
  socket.on('error', () => undefined)
  socket.on('message', (data) => pushed(watcher, data))
  await once(socket, 'open')
  watchers.push(watcher)
  return watcher
}

function pushed({ last }, bytes) {
  const { biz_code, data } = JSON.parse(bytes)
  if (biz_code === 'device_osd') stats.pushed(last, data.sn, data.host.height, data.host.elevation)
}

function fly(controller) {
  const send = () =>
    controller.client.publish(`thing/product/${aircraftOf(controller.index)}/osd`, report(controller), {
      qos: 0,
    })
  controller.timer = setTimeout(() => {
    send()
    controller.timer = setInterval(send, EVERY_MS)
  }, Math.random() * EVERY_MS)
}

function land(controller) {
  clearTimeout(controller.timer)
  clearInterval(controller.timer)
}

const actions = {
  async connect({ server, count }) {
    target = server
    await actions.more({ count })
  },
  async more({ count }) {
    const first = controllers.length
    const added = Array.from({ length: count }, (_, at) => ({
      index: first + at,
      sent: 0,
      client: null,
      credentials: {},
    }))
    controllers.push(...added)
    await forAll(added, async (controller) => {
      if (target.url !== undefined) Object.assign(controller, await logIn(target, controller.index))
      await connect(controller)
    })
  },
  /** One report each, so that both sides of the memory comparison have handled one. */
  async greet() {
    for (const controller of controllers)
      await controller.client
        .publishAsync(`thing/product/${aircraftOf(controller.index)}/osd`, report(controller), { qos: 1 })
        .catch(() => undefined)
  },
  watch: () => forAll(controllers, watch),
  fly: () => controllers.forEach(fly),
  reset() {
    stats.reset()
    loop.reset()
  },
  measure: async ({ ms }) => {
    await pause(ms)
    return { ...stats.figures(), loopP99: loop.percentile(99) / 1e6 }
  },
  /** A client of the first workspace that stops reading. */
  async slow() {
    const watcher = await watch(controllers[0])
    watcher.socket.pause()
    watcher.slow = true
  },
  /** Delay of the slow client when it reads again: it should get the newest reports, not old ones. */
  async wake() {
    const watcher = watchers.find(({ slow }) => slow)
    const before = stats.figures().pushes
    watcher.socket.resume()
    await pause(2_000)
    watcher.slow = false
    return { caughtUp: stats.figures().pushes - before }
  },
  /** All controllers lose the connection at once and reconnect at once. */
  async storm() {
    const began = performance.now()
    controllers.forEach(land)
    await Promise.all(
      controllers.map(async (controller) => {
        const gone = once(controller.client, 'close')
        controller.client.stream.destroy()
        await gone
        await connect(controller)
      }),
    )
    const took = performance.now() - began
    for (const controller of controllers) fly(controller)
    return { took }
  },
  /** Stops, waits for the last tick, and checks that every watcher has the last report of every device. */
  async land({ settle }) {
    controllers.forEach(land)
    await pause(settle)
    let missing = 0
    for (const { workspace, last } of watchers)
      for (const { index, sent } of controllers)
        if (workspaceOf(index) === workspace && last.get(aircraftOf(index)) !== sent) missing += 1
    return { missing, sent: controllers.reduce((sum, { sent }) => sum + sent, 0) }
  },
}

serve(actions)
