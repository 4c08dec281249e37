import { randomUUID } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { connect, type MqttClient } from 'mqtt'
import { type Finding, finding } from '../../core/findings/index.ts'
import type { MqttCredentials } from '../../core/pages/page-data.ts'
import type { Check, DoctorContext } from '../context.ts'
import { inspect } from './certificate.ts'

const SCHEMES: Readonly<Record<string, string>> = { tcp: 'mqtt', ssl: 'mqtts', ws: 'ws', wss: 'wss' }
const PORTS: Readonly<Record<string, number>> = { tcp: 1883, ssl: 8883, ws: 80, wss: 443 }
const SLOW = 1_000

interface Endpoint {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
}

function endpointOf(address: string): Endpoint {
  const [scheme = '', rest = ''] = address.split('://')
  const { hostname, port } = new URL(`http://${rest}`)
  return {
    url: `${SCHEMES[scheme] ?? scheme}://${rest}`,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (PORTS[scheme] ?? 0),
    encrypted: scheme === 'ssl' || scheme === 'wss',
  }
}

function atBroker({ mqtt }: DoctorContext): string | null {
  if (mqtt === null) return null
  const { host, port } = endpointOf(mqtt.host)
  return `${host}:${port}`
}

/** Whether the broker can be reached, speaks MQTT, and accepts only clients with the right credentials. */
export const broker: Check = {
  title: 'MQTT broker',
  needs: ({ mqtt }) => mqtt !== null,
  at: atBroker,
  async run(context) {
    const { mqtt } = context
    if (mqtt === null) return []
    const endpoint = endpointOf(mqtt.host)
    const reached = await connectTo(endpoint, context.timeout)
    if (reached !== null) {
      context.mqtt = null
      return [
        finding(
          reached === 'ENOTFOUND' ? 'mqtt-name-unknown' : 'mqtt-unreachable',
          `${mqtt.host} (${reached})`,
        ),
      ]
    }
    const findings: Finding[] = endpoint.encrypted
      ? [...(await inspect(context, endpoint.host, endpoint.port))]
      : []
    const own = loginOf(mqtt, context.gateway)
    const [five, three] = [
      await tryConnect(endpoint, own, 5, context.timeout),
      await tryConnect(endpoint, own, 4, context.timeout),
    ]
    five.client?.end(true)
    three.client?.end(true)
    if (five.client === null && three.client === null) {
      context.mqtt = null
      return [
        ...findings,
        finding(five.refused || three.refused ? 'mqtt-refused' : 'mqtt-not-mqtt', three.reason),
      ]
    }
    if (five.client === null || three.client === null)
      findings.push(finding('mqtt-version', five.client === null ? 'MQTT 3.1.1 only' : 'MQTT 5 only'))
    const stranger = await tryConnect(endpoint, { clientId: `doctor-${randomUUID()}` }, 4, context.timeout)
    stranger.client?.end(true)
    if (stranger.client !== null) findings.push(finding('mqtt-anonymous'))
    return findings
  },
}

/** After connecting: whether update_topo is answered, and whether topics of other devices are refused. */
export const topics: Check = {
  title: 'topics and status_reply',
  needs: ({ mqtt }) => mqtt !== null,
  at: atBroker,
  async run({ mqtt, gateway, timeout }) {
    if (mqtt === null) return []
    const { client, reason } = await tryConnect(endpointOf(mqtt.host), loginOf(mqtt, gateway), 4, timeout)
    if (client === null) return [finding('mqtt-refused', reason)]
    try {
      return [...(await statusReply(client, gateway, timeout)), ...(await foreign(client, gateway))]
    } finally {
      // End with a DISCONNECT only while connected: on a closed connection the client would wait forever.
      await client.endAsync(!client.connected).catch(() => undefined)
    }
  },
}

interface Login {
  readonly username?: string
  readonly password?: string
  readonly clientId: string
}

/** Pilot uses the controller's serial number as client id (facts D1), and a broker may bind credentials to it. */
const loginOf = ({ username, password, client_id }: MqttCredentials, gateway: string): Login => ({
  username,
  password,
  clientId: client_id ?? gateway,
})

function connectTo({ host, port }: Endpoint, timeout: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout })
    const end = (answer: string | null): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(null))
    socket.once('timeout', () => end('no answer in time'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}

interface Attempt {
  readonly client: MqttClient | null
  /** True: a broker answered with a refusal. False: no MQTT broker answered. */
  readonly refused: boolean
  readonly reason: string
}

function tryConnect(
  endpoint: Endpoint,
  who: Login,
  protocolVersion: 4 | 5,
  timeout: number,
): Promise<Attempt> {
  return new Promise((resolve) => {
    const client = connect(endpoint.url, {
      ...(who.username === undefined ? {} : { username: who.username }),
      ...(who.password === undefined ? {} : { password: who.password }),
      clientId: who.clientId,
      protocolVersion,
      reconnectPeriod: 0,
      connectTimeout: timeout,
      // Another check looks at the certificate. A bad one must not hide what else is wrong.
      rejectUnauthorized: false,
    })
    const fail = (refused: boolean, reason: string): void => {
      client.end(true)
      resolve({ client: null, refused, reason })
    }
    client.once('connect', () => resolve({ client, refused: false, reason: '' }))
    client.once('error', (error: Error & { code?: unknown }) =>
      fail(typeof error.code === 'number', error.message),
    )
    client.once('close', () => fail(false, 'connection closed'))
  })
}

async function statusReply(
  client: MqttClient,
  gateway: string,
  timeout: number,
): Promise<readonly Finding[]> {
  const tid = randomUUID()
  const heard = new Promise<number | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), timeout)
    client.on('message', (_topic, payload) => {
      if (!payload.includes(tid)) return
      clearTimeout(timer)
      resolve(performance.now())
    })
  })
  await unlessGone(client, client.subscribeAsync(`sys/product/${gateway}/status_reply`, { qos: 1 }))
  const sent = performance.now()
  const data = { domain: 2, type: 144, sub_type: 0, thing_version: '1.2.0', sub_devices: [] }
  client.publish(
    `sys/product/${gateway}/status`,
    JSON.stringify({ tid, bid: tid, timestamp: Date.now(), method: 'update_topo', data }),
    { qos: 1 },
  )
  const at = await heard
  if (at === null) return [finding('status-unanswered', `no status_reply within ${timeout} ms`)]
  return at - sent > SLOW ? [finding('status-slow', `${Math.round(at - sent)} ms`)] : []
}

/** Some brokers refuse by closing the connection, and then the request is never answered. */
async function unlessGone(client: MqttClient, asked: Promise<unknown>): Promise<void> {
  if (!client.connected) return void asked.catch(() => undefined)
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()))
  await Promise.race([asked.catch(() => undefined), gone])
}

/** Brokers refuse in different ways, some without an answer. So check whether a message to a foreign topic arrives. */
async function foreign(client: MqttClient, gateway: string): Promise<readonly Finding[]> {
  const topic = `thing/product/${gateway}2/osd`
  let heard = false
  client.on('message', (name) => {
    if (name === topic) heard = true
  })
  await unlessGone(client, client.subscribeAsync(topic, { qos: 1 }))
  if (!client.connected) return []
  // A broker delivers in order: when our own message is back, the foreign one would have arrived before it.
  client.publish(topic, '{}', { qos: 0 })
  await unlessGone(client, client.publishAsync(`thing/product/${gateway}/state`, '{}', { qos: 1 }))
  await unlessGone(client, client.unsubscribeAsync(`sys/product/${gateway}/status_reply`))
  return heard ? [finding('mqtt-foreign', topic)] : []
}
