// Controllers that report at a given rate, and watchers, for the scale rows. It has to cost less than the server: reports
// are written as ready packets, and pushes are read from the bytes without a WebSocket library. Controlled like fleet-load.mjs.
import { once } from 'node:events'
import { request } from 'node:http'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import mqtt from 'mqtt'
import mqttPacket from 'mqtt-packet'
import {
  AIRCRAFT_VALUES,
  aircraftOf,
  createPushStats,
  gatewayOf,
  logIn,
  PER_WORKSPACE,
  pause,
  serve,
  topology,
  workspaceOf,
} from './fleet-parts.mjs'
import { createPushReader, pongOf } from './push-reader.mjs'

const AT_ONCE = 50
/** When connecting after a storm is given up. */
const STORM_MS = 60_000

const loop = monitorEventLoopDelay({ resolution: 5 })
loop.enable()

let target
let began
const controllers = []
const watchers = []
const stats = createPushStats(120_000)

async function forAll(list, work) {
  let next = 0
  const one = async () => {
    while (next < list.length) await work(list[next++])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

/** `height` is a counter, `elevation` is the time of sending. */
const placed = (index, sent) =>
  `"latitude":${(47 + (index % 1000) / 1e4).toFixed(6)},"longitude":${(8 + sent / 1e6).toFixed(6)},"height":${sent},"elevation":${performance.now()}`

const AIRCRAFT_REST = JSON.stringify({ attitude_head: 121, ...AIRCRAFT_VALUES }).slice(1, -1)
const GATEWAY_REST = JSON.stringify({
  capacity_percent: 83,
  transmission_signal_quality: 5,
  country: 'CH',
  wireless_link: { '4g_link_state': 0, sdr_link_state: 1, sdr_quality: 5, sdr_freq_band: 5.8 },
}).slice(1, -1)

/** A PUBLISH of QoS 0, as ready bytes. */
const packet = (topic, payload) =>
  mqttPacket.generate(
    { cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false },
    { protocolVersion: 5 },
  )

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
    (sn, height, elevation) => stats.pushed(watcher.last, sn, height, elevation),
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
      Object.assign(controller, await logIn(target, controller.index))
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
    stats.reset()
    loop.reset()
    began = { cpu: process.cpuUsage(), at: performance.now() }
  },
  async measure({ ms }) {
    await pause(ms)
    const { user, system } = process.cpuUsage(began?.cpu)
    return {
      ...stats.figures(),
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
    const byWorkspace = group(controllers)
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

serve(actions)
