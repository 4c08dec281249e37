/** Processes of one app that are restarted under controllers that fly: for tests, and for `bench/restarts.ts`. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import mqtt, { type MqttClient } from 'mqtt'

const PROGRAM = fileURLToPath(new URL('../programs/restart-host.ts', import.meta.url))
const REPORT_MS = 2_000
/** Of the program. */
const WORKSPACE_ID = '11111111-2222-4333-8444-555555555555'

export interface Told {
  readonly what: 'ready' | 'online' | 'offline'
  readonly gateway?: string
  readonly reason?: string
  readonly url?: string
}

export interface RestartHost {
  readonly url: string
  /** Of its broker. */
  readonly port: number
  /** Moves its clock, in ms. */
  advance(ms: number): void
  /** Resolves when it is gone. With SIGKILL it has no chance to say goodbye. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/**
 * @param port for its broker
 * @param store `redis://...`, or a SQLite file
 * @param graceSeconds undefined: the default
 */
export async function startRestartHost(
  port: number,
  store: string,
  graceSeconds: number | undefined,
  told: (news: Told) => void,
): Promise<RestartHost> {
  const child = fork(PROGRAM, [String(port), String(graceSeconds ?? ''), store], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'development' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const died = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message) => {
      const news = message as Told
      if (news.what === 'ready') resolve(news.url ?? '')
      else told(news)
    })
    died.then(([code]) => reject(new Error(`the host ended with ${code}`)), reject)
  })
  return {
    url,
    port,
    advance: (ms) => void child.send(ms),
    async end(signal) {
      child.kill(signal)
      await died
    },
  }
}

/** The HTTP API of a process, for its one user. */
async function api(
  url: string,
  path: string,
  token: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/manage/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { code, message, data } = (await answer.json()) as { code: number; message: string; data: never }
  if (code !== 0) throw new Error(`${path}: ${message}`)
  return data
}

async function logIn(url: string): Promise<string> {
  const body = { username: 'fleet', password: 'obviously-fake', flag: 2 }
  return String((await api(url, '/login', '', body))['access_token'])
}

/** MQTT credentials for each of these controllers, of one login. */
export async function credentialsFor(
  { url }: RestartHost,
  serials: readonly string[],
): Promise<Record<string, unknown>[]> {
  const token = await logIn(url)
  const found: Record<string, unknown>[] = []
  for (const gateway_sn of serials) found.push(await api(url, '/mqtt/credentials', token, { gateway_sn }))
  return found
}

/** The controllers that a process shows as online, its own and those of the others. */
export async function shownOnline({ url }: RestartHost): Promise<string[]> {
  const path = `/workspaces/${WORKSPACE_ID}/devices/topologies`
  const { list } = await api(url, path, await logIn(url))
  const gateways = (list as { parents: { sn: string; online_status: boolean }[] }[]).flatMap(
    ({ parents }) => parents,
  )
  return gateways.flatMap(({ sn, online_status }) => (online_status ? [sn] : [])).sort()
}

/** A controller of a simple kind: it comes back to whichever process takes it, and tells its topology each time, as Pilot does. */
export function fly(serial: string, login: Record<string, unknown>, ports: readonly number[]): MqttClient {
  const { username, password } = login
  const first = Number(serial.slice(-4)) % ports.length
  const servers = [...ports.slice(first), ...ports.slice(0, first)].map((port) => ({
    host: '127.0.0.1',
    port,
    protocol: 'mqtt' as const,
  }))
  const client = mqtt.connect({
    ...{ servers, username, password, clientId: serial, protocolVersion: 5, clean: true },
    reconnectPeriod: 500,
  } as mqtt.IClientOptions)
  const aircraft = serial.replace('RC', 'AC')
  const sub = { sn: aircraft, type: 77, sub_type: 1, index: 'A', domain: '0' }
  const topology = { domain: '2', type: 144, sub_type: 0, sub_devices: [sub] }
  const say = (topic: string, body: object): void => {
    if (client.connected) client.publish(topic, JSON.stringify({ tid: '1', bid: '1', ...body }), { qos: 0 })
  }
  client.on('connect', () => say(`sys/product/${serial}/status`, { method: 'update_topo', data: topology }))
  client.on('error', () => undefined)
  const timer = setInterval(() => {
    say(`thing/product/${serial}/osd`, { data: { capacity_percent: 80 } })
    say(`thing/product/${aircraft}/osd`, { data: { latitude: 47, longitude: 8 } })
  }, REPORT_MS)
  client.on('end', () => clearInterval(timer))
  return client
}
