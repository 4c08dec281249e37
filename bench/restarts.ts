/*
 * What a deploy looks like from outside: `npx tsx bench/restarts.ts [controllers] [grace in s]`. So many controllers on two
 * processes over Redis, which are restarted one after the other, and on a single process with SQLite, which is restarted. Counts
 * who was told as `gateway.offline`, and how many of those had come back. Wanted: nobody.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mqtt, { type MqttClient } from 'mqtt'
import { REDIS, startRedis } from '../test/support/redis.ts'
import { freePort } from '../test/support/server-binary.ts'

const [controllers = 299, graceSeconds = 5] = process.argv.slice(2).map(Number)
const PROGRAM = fileURLToPath(new URL('./programs/restart-host.ts', import.meta.url))
const REPORT_MS = 2_000

interface Told {
  readonly what: 'ready' | 'online' | 'offline'
  readonly gateway?: string
  readonly reason?: string
  readonly url?: string
}

interface Host {
  child: ChildProcess
  url: string
  readonly port: number
}

async function launch(port: number, store: string, told: (news: Told) => void): Promise<Host> {
  const child = fork(PROGRAM, [String(port), String(graceSeconds), store], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'development' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  child.on('message', (news) => told(news as Told))
  for (;;) {
    const [news] = (await once(child, 'message')) as [Told]
    if (news.what === 'ready') return { child, url: news.url ?? '', port }
  }
}

async function post(url: string, path: string, token: string, body: object): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', 'x-auth-token': token }
  const answer = await fetch(`${url}/manage/api/v1${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  const { code, message, data } = (await answer.json()) as { code: number; message: string; data: never }
  if (code !== 0) throw new Error(`${path}: ${message}`)
  return data
}

/** A controller of a simple kind: it comes back to whichever process takes it, and tells its topology each time, as Pilot does. */
function fly(serial: string, login: Record<string, string>, ports: readonly number[]): MqttClient {
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

async function measure(title: string, processes: number, store: string): Promise<void> {
  const news = new EventEmitter()
  const online = new Set<string>()
  let offline: { gateway: string; reason: string }[] = []
  let returned = 0
  let lastAt = 0
  const told = ({ what, gateway = '', reason = '' }: Told): void => {
    if (what === 'online') {
      online.add(gateway)
      returned += 1
      lastAt = performance.now()
    }
    if (what === 'offline') {
      online.delete(gateway)
      offline.push({ gateway, reason })
    }
    news.emit('told')
  }
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await once(news, 'told')
  }
  const ports = await Promise.all(Array.from({ length: processes }, freePort))
  const hosts: Host[] = []
  for (const port of ports) hosts.push(await launch(port, store, told))
  const fleet: MqttClient[] = []
  const url = hosts[0]?.url ?? ''
  const { access_token: token = '' } = await post(url, '/login', '', {
    ...{ username: 'fleet', password: 'obviously-fake', flag: 2 },
  })
  for (let index = 0; index < controllers; index += 1) {
    const serial = `RCFAKE${String(index).padStart(8, '0')}`
    fleet.push(fly(serial, await post(url, '/mqtt/credentials', token, { gateway_sn: serial }), ports))
  }
  await until(() => online.size === controllers)
  for (const [index, host] of hosts.entries()) {
    offline = []
    returned = 0
    const began = performance.now()
    const gone = once(host.child, 'exit')
    host.child.kill('SIGTERM')
    await gone
    const stopped = performance.now()
    hosts[index] = await launch(host.port, store, told)
    const started = performance.now()
    // Twice the grace: whoever is to be told has been told.
    await new Promise((resolve) => setTimeout(resolve, 2_000 * graceSeconds + 6_000))
    const back = offline.filter(({ gateway }) => online.has(gateway)).length
    const ms = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`
    console.log(
      `${title}, restart of process ${index + 1}: ${offline.length} of ${controllers} told offline, ${back} of them came back; ` +
        `reasons ${[...new Set(offline.map(({ reason }) => reason))].join(', ') || 'none'}; ` +
        `${returned} told online at their process, the last ${ms(stopped, lastAt)} after the stop; stop ${ms(began, stopped)}, start ${ms(stopped, started)}; ` +
        `connected ${fleet.filter(({ connected }) => connected).length}`,
    )
  }
  await Promise.all(fleet.map((client) => client.endAsync(true)))
  for (const { child } of hosts) child.kill('SIGKILL')
}

const folder = await mkdtemp(join(tmpdir(), 'dji-cloud-restarts-'))
try {
  await measure('one process, SQLite', 1, join(folder, 'stores.sqlite'))
  if (REDIS !== null) {
    const redis = await startRedis()
    try {
      await measure('two processes, Redis', 2, redis.url)
    } finally {
      await redis.remove()
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.exit()
