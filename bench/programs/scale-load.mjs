// Controllers that report at a given rate, and watchers, for the scale rows. It has to cost less than the server: reports
// are written as ready packets, and pushes are read from the bytes without a WebSocket library. Controlled like fleet-load.mjs.
import { once } from 'node:events'
import { request } from 'node:http'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import mqtt from 'mqtt'
import { createPushReader, pongOf } from './push-reader.mjs'

const PER_WORKSPACE = 20
const AT_ONCE = 50
const DELAYS = 120_000
/** When connecting after a storm is given up. */
const STORM_MS = 60_000

const loop = monitorEventLoopDelay({ resolution: 5 })
loop.enable()

let target
let began
const controllers = []
const watchers = []
const stats = { pushes: 0, disorder: 0, skipped: 0, delays: new Uint32Array(DELAYS) }

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const gatewayOf = (index) => `RCFAKE${String(index).padStart(8, '0')}`
const aircraftOf = (index) => `1581FAKE${String(index).padStart(12, '0')}`
const workspaceOf = (index) => Math.floor(index / PER_WORKSPACE)

async function forAll(list, work) {
  let next = 0
  const one = async () => {
    while (next < list.length) await work(list[next++])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

async function post(path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token ? { 'x-auth-token': token } : {}) }
  const url = `${target.url}/manage/api/v1${path}`
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
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

/** `height` is a counter, `elevation` is the time of sending. */
const placed = (index, sent) =>
  `"latitude":${(47 + (index % 1000) / 1e4).toFixed(6)},"longitude":${(8 + sent / 1e6).toFixed(6)},"height":${sent},"elevation":${performance.now()}`

/** About 1 KB, as a Mavic 3 reports. */
const AIRCRAFT_REST = JSON.stringify({
  attitude_head: 121,
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
    { payload_index: '66-0-0', camera_mode: 0, photo_state: 0, recording_state: 0, remain_photo_num: 4321 },
  ],
}).slice(1, -1)
const GATEWAY_REST = JSON.stringify({
  capacity_percent: 83,
  transmission_signal_quality: 5,
  country: 'CH',
  wireless_link: { '4g_link_state': 0, sdr_link_state: 1, sdr_quality: 5, sdr_freq_band: 5.8 },
}).slice(1, -1)

/** A PUBLISH of QoS 0, MQTT 5. */
function packet(topic, payload) {
  const name = Buffer.from(topic)
  const body = Buffer.from(payload)
  const length = 2 + name.length + 1 + body.length
  const head = [0x30]
  for (let left = length; ; ) {
    const digit = left % 128
    left = Math.floor(left / 128)
    head.push(left > 0 ? digit | 0x80 : digit)
    if (left === 0) break
  }
  return Buffer.concat([
    Buffer.from(head),
    Buffer.from([name.length >> 8, name.length & 255]),
    name,
    Buffer.from([0]),
    body,
  ])
}

function report(controller, serial, rest) {
  const { index } = controller
  controller.sent[serial] = (controller.sent[serial] ?? 0) + 1
  const sent = controller.sent[serial]
  const data = `{${placed(index, sent)},${rest}}`
  const text = `{"tid":"${index}-${sent}","bid":"${index}","timestamp":${Date.now()},"gateway":"${gatewayOf(index)}","data":${data}}`
  const { stream } = controller.client
  if (!stream.destroyed) stream.write(packet(`thing/product/${serial}/osd`, text))
}

async function connect(controller) {
  const { index, credentials } = controller
  const client = mqtt.connect(target.mqtt, {
    ...credentials,
    clientId: gatewayOf(index),
    protocolVersion: 5,
    reconnectPeriod: 0,
    keepalive: 60,
    connectTimeout: 120_000,
  })
  controller.client = client
  client.on('error', () => undefined)
  client.on('close', () => {
    if (controller.client === client && !controller.leaving) controller.cut = (controller.cut ?? 0) + 1
  })
  const lost = new AbortController()
  client.once('close', () => lost.abort())
  await once(client, 'connect', { signal: lost.signal })
  await client.subscribeAsync(
    [`sys/product/${gatewayOf(index)}/status_reply`, `thing/product/${gatewayOf(index)}/services`],
    { qos: 1 },
  )
  const answered = once(client, 'message', { signal: lost.signal })
  await client.publishAsync(`sys/product/${gatewayOf(index)}/status`, topology(index), { qos: 1 })
  await answered
}

/** Connects, and tries again as Pilot does when the server cannot take it yet. */
async function again(controller, until) {
  for (;;) {
    try {
      return await connect(controller)
    } catch (error) {
      if (performance.now() > until) throw error
      controller.retries = (controller.retries ?? 0) + 1
      controller.client.end(true)
      await pause(500 + Math.random() * 500)
    }
  }
}

async function watch(controller) {
  const url = new URL(`${target.url}/api/v1/ws?x-auth-token=${encodeURIComponent(controller.token)}`)
  const asked = request(url, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.from('0123456789abcdef').toString('base64'),
    },
  })
  asked.end()
  const [, socket, head] = await once(asked, 'upgrade')
  const watcher = { socket, workspace: workspaceOf(controller.index), last: new Map() }
  const read = createPushReader(
    (sn, height, elevation) => pushed(watcher, sn, height, elevation),
    () => socket.write(pongOf()),
  )
  if (head.length > 0) read(head)
  socket.on('data', read)
  socket.on('error', () => undefined)
  socket.on('close', () => {
    watcher.gone = true
  })
  watchers.push(watcher)
}

function pushed({ last }, sn, height, elevation) {
  const delay = Math.round(performance.now() - elevation)
  stats.delays[delay < 0 ? 0 : delay < DELAYS ? delay : DELAYS - 1] += 1
  stats.pushes += 1
  const before = last.get(sn)
  if (before !== undefined) {
    if (height <= before) stats.disorder += 1
    else stats.skipped += height - before - 1
  }
  last.set(sn, height)
}

function percentile(share) {
  let total = 0
  for (const count of stats.delays) total += count
  let seen = 0
  for (let ms = 0; ms < DELAYS; ms += 1) {
    seen += stats.delays[ms]
    if (seen >= total * share) return ms
  }
  return DELAYS
}

/** Aircraft every `every` ms; its controller too, half an interval later, if `both`. */
function fly(controller, every, both) {
  const { index } = controller
  const timers = []
  const repeat = (send, phase) => {
    timers.push(
      setTimeout(() => {
        send()
        timers.push(setInterval(send, every))
      }, phase),
    )
  }
  const phase = Math.random() * every
  repeat(() => report(controller, aircraftOf(index), AIRCRAFT_REST), phase)
  if (both) repeat(() => report(controller, gatewayOf(index), GATEWAY_REST), (phase + every / 2) % every)
  controller.timers = timers
}

const land = (controller) => {
  for (const timer of controller.timers ?? []) clearTimeout(timer)
}

let rate

const actions = {
  async connect({ server, count }) {
    target = server
    const first = controllers.length
    const added = Array.from({ length: count - first }, (_, at) => ({
      index: first + at,
      sent: {},
      credentials: {},
    }))
    controllers.push(...added)
    await forAll(added, async (controller) => {
      const user = { username: `${workspaceOf(controller.index)}-${controller.index}`, password: 'fake' }
      controller.token = (await post('/login', { ...user, flag: 2 })).access_token
      const body = { gateway_sn: gatewayOf(controller.index) }
      const { username, password } = await post('/mqtt/credentials', body, controller.token)
      controller.credentials = { username, password }
      await connect(controller)
    })
  },
  /** @param each of a workspace's controllers that watch, at most 20 */
  watch: ({ each = PER_WORKSPACE }) =>
    forAll(
      controllers.filter(({ index }) => index % PER_WORKSPACE < each),
      watch,
    ),
  fly({ every, both }) {
    rate = { every, both }
    for (const controller of controllers) fly(controller, every, both)
  },
  reset() {
    stats.pushes = stats.disorder = stats.skipped = 0
    stats.delays.fill(0)
    loop.reset()
    began = { cpu: process.cpuUsage(), at: performance.now() }
  },
  async measure({ ms }) {
    await pause(ms)
    const { user, system } = process.cpuUsage(began?.cpu)
    const { pushes, disorder, skipped } = stats
    return {
      pushes,
      disorder,
      skipped,
      p50: percentile(0.5),
      p99: percentile(0.99),
      max: percentile(1),
      loopP99: loop.percentile(99) / 1e6,
      cpu: began === undefined ? 0 : (user + system) / 1000 / (performance.now() - began.at),
      cut: controllers.reduce((sum, { cut = 0 }) => sum + cut, 0),
      gone: watchers.filter(({ gone }) => gone).length,
    }
  },
  /** All controllers lose the connection at once and reconnect at once. */
  async storm() {
    const at = performance.now()
    for (const controller of controllers) {
      land(controller)
      controller.leaving = true
    }
    let unanswered = 0
    await Promise.all(
      controllers.map(async (controller) => {
        const gone = new Promise((resolve) => controller.client.once('close', resolve))
        controller.client.stream.destroy()
        await gone
        await again(controller, at + STORM_MS).catch(() => {
          unanswered += 1
        })
        controller.leaving = false
      }),
    )
    const took = performance.now() - at
    const retries = controllers.reduce((sum, { retries = 0 }) => sum + retries, 0)
    for (const controller of controllers) fly(controller, rate.every, rate.both)
    return { took, retries, unanswered }
  },
  /** Stops, waits for the last tick, and checks that every watcher has the last report of every device. */
  async land({ settle }) {
    controllers.forEach(land)
    await pause(settle)
    let missing = 0
    let sent = 0
    const byWorkspace =
      Map.groupBy === undefined
        ? group(controllers)
        : Map.groupBy(controllers, ({ index }) => workspaceOf(index))
    for (const { workspace, last } of watchers)
      for (const controller of byWorkspace.get(workspace) ?? [])
        for (const serial of Object.keys(controller.sent))
          if (last.get(serial) !== controller.sent[serial]) missing += 1
    for (const controller of controllers)
      for (const serial of Object.keys(controller.sent)) sent += controller.sent[serial]
    return { missing, sent }
  },
}

function group(list) {
  const groups = new Map()
  for (const one of list) {
    const key = workspaceOf(one.index)
    if (!groups.has(key)) groups.set(key, [])
    groups.get(key).push(one)
  }
  return groups
}

process.on('message', async (message) => {
  try {
    process.send({ done: (await actions[message.do](message)) ?? null })
  } catch (error) {
    process.send({ failed: String(error?.stack ?? error) })
  }
})
process.send({ ready: true })
