// The controllers of a fleet and their watchers, in a process of their own. Controlled by messages `{do, ...}`; each is
// answered when it is done. Both ends of the delay are measured here, with one clock.
import { once } from 'node:events'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import mqtt from 'mqtt'
import { WebSocket } from 'ws'

const PER_WORKSPACE = 20
const EVERY_MS = 500
const AT_ONCE = 50

// Delay of this program itself: it shows whether the machine is busy with other work.
const loop = monitorEventLoopDelay({ resolution: 5 })
loop.enable()

let target
const controllers = []
const watchers = []
const stats = { pushes: 0, disorder: 0, skipped: 0, delays: new Uint32Array(60_000) }

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const gatewayOf = (index) => `RCFAKE${String(index).padStart(8, '0')}`
const aircraftOf = (index) => `1581FAKE${String(index).padStart(12, '0')}`
const workspaceOf = (index) => Math.floor(index / PER_WORKSPACE)

/** In batches, because the set-up is not measured. */
async function forAll(list, work) {
  for (let at = 0; at < list.length; at += AT_ONCE) await Promise.all(list.slice(at, at + AT_ONCE).map(work))
}

async function post(path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token ? { 'x-auth-token': token } : {}) }
  const answer = await fetch(`${target.url}/manage/api/v1${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  const { code, data } = await answer.json()
  if (code !== 0) throw new Error(`${path}: ${answer.status} ${code}`)
  return data
}

const topology = (index) =>
  JSON.stringify({
    tid: 't',
    bid: 'b',
    method: 'update_topo',
    data: {
      domain: 2,
      type: 144,
      sub_type: 0,
      sub_devices: [{ sn: aircraftOf(index), domain: 0, type: 77, sub_type: 0 }],
    },
  })

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
      attitude_pitch: 0.1,
      attitude_roll: -0.2,
      horizontal_speed: 7.5,
      vertical_speed: 0,
      mode_code: 5,
      gear: 1,
      wind_speed: 31,
      wind_direction: 3,
      total_flight_time: 81_234,
      total_flight_distance: 512_345,
      position_state: { is_fixed: 2, quality: 5, gps_number: 21, rtk_number: 0 },
      battery: {
        capacity_percent: 71,
        return_home_power: 25,
        batteries: [
          {
            sn: 'FAKEBATTERY0001',
            index: 0,
            capacity_percent: 71,
            voltage: 15_432,
            temperature: 31.5,
            loop_times: 44,
          },
        ],
      },
      storage: { total: 60_000_000, used: 12_345_678 },
      cameras: [
        {
          payload_index: '66-0-0',
          camera_mode: 0,
          photo_state: 0,
          recording_state: 0,
          remain_photo_num: 4321,
        },
      ],
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
  if (biz_code !== 'device_osd') return
  const delay = performance.now() - data.host.elevation
  stats.delays[Math.min(stats.delays.length - 1, Math.max(0, Math.round(delay)))] += 1
  stats.pushes += 1
  const before = last.get(data.sn)
  if (before !== undefined) {
    if (data.host.height <= before) stats.disorder += 1
    else stats.skipped += data.host.height - before - 1
  }
  last.set(data.sn, data.host.height)
}

function percentile(share) {
  const total = stats.delays.reduce((sum, count) => sum + count, 0)
  let seen = 0
  for (let ms = 0; ms < stats.delays.length; ms += 1) {
    seen += stats.delays[ms]
    if (seen >= total * share) return ms
  }
  return stats.delays.length
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
      if (target.url !== undefined) {
        const user = { username: `${workspaceOf(controller.index)}-${controller.index}`, password: 'fake' }
        controller.token = (await post('/login', { ...user, flag: 2 })).access_token
        const body = { gateway_sn: gatewayOf(controller.index) }
        const { username, password } = await post('/mqtt/credentials', body, controller.token)
        controller.credentials = { username, password }
      }
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
    stats.pushes = stats.disorder = stats.skipped = 0
    stats.delays.fill(0)
    loop.reset()
  },
  measure: async ({ ms }) => {
    await pause(ms)
    const { pushes, disorder, skipped } = stats
    return {
      pushes,
      disorder,
      skipped,
      p50: percentile(0.5),
      p99: percentile(0.99),
      max: percentile(1),
      loopP99: loop.percentile(99) / 1e6,
    }
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
    const before = stats.pushes
    watcher.socket.resume()
    await pause(2_000)
    watcher.slow = false
    return { caughtUp: stats.pushes - before }
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

process.on('message', async (message) => {
  try {
    process.send({ done: (await actions[message.do](message)) ?? null })
  } catch (error) {
    process.send({ failed: String(error?.stack ?? error) })
  }
})
process.send({ ready: true })
