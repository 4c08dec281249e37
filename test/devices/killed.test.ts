// A process is killed, and has no chance to say goodbye: who comes back within the grace was never offline for anybody.
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'
import type { MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DeviceStore, redisDevices, sqlDevices } from '../../src/index.ts'
import {
  credentialsFor,
  fly,
  type RestartHost,
  shownOnline,
  startRestartHost,
} from '../support/restart-host.ts'
import { freePort } from '../support/server-binary.ts'
import { withRedis } from '../support/stores.ts'

const serialOf = (index: number): string => `RCFAKE${String(index).padStart(8, '0')}`
/** Four processes are started one after the other, each in seconds. */
const PATIENT = 240_000
/** Of the real clock, where one process is alone: as long as a slow machine needs to take four controllers back. */
const ALONE_GRACE_S = 8

/** Of a clock that is moved: longer than a start takes, shorter than `presence.silenceSeconds`. */
const GRACE_S = 45

let hosts: RestartHost[]
let fleet: Map<string, MqttClient>
let news: EventEmitter
/** Who is online, by what the hosts were told. */
let online: Set<string>
/** Each time that a host was told of a gateway as offline. */
let offline: string[]
let folder: string

beforeEach(async () => {
  hosts = []
  fleet = new Map()
  news = new EventEmitter()
  online = new Set()
  offline = []
  folder = await mkdtemp(join(tmpdir(), 'dji-cloud-killed-'))
})
afterEach(async () => {
  await Promise.all([...fleet.values()].map((client) => client.endAsync(true)))
  await Promise.all(hosts.map((host) => host.end('SIGKILL')))
  await rm(folder, { recursive: true, force: true })
})

async function start(port: number, store: string, graceSeconds?: number): Promise<RestartHost> {
  const host = await startRestartHost(port, store, graceSeconds, ({ what, gateway = '', reason = '' }) => {
    if (what === 'online') online.add(gateway)
    if (what === 'offline') {
      online.delete(gateway)
      offline.push(`${gateway} ${reason}`)
    }
    news.emit('told')
  })
  hosts.push(host)
  return host
}

async function launch(host: RestartHost, count: number, ports: readonly number[]): Promise<void> {
  const serials = Array.from({ length: count }, (_, index) => serialOf(index))
  for (const [index, login] of (await credentialsFor(host, serials)).entries()) {
    const serial = serialOf(index)
    fleet.set(serial, fly(serial, login, ports))
  }
  await until(() => online.size === count)
}

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await once(news, 'told')
}

/** The process is killed, and these controllers are switched off in the same moment: nobody hears of it. */
async function kill(host: RestartHost, ...offIndexes: number[]): Promise<void> {
  hosts = hosts.filter((one) => one !== host)
  online = new Set()
  const gone = host.end('SIGKILL')
  for (const index of offIndexes) fleet.get(serialOf(index))?.end(true)
  await gone
}

const areOnline = (...indexes: number[]) => until(() => indexes.every((index) => online.has(serialOf(index))))

/** The host is told first and the store after that: what is not stored yet is lost with the process, and nobody tells it. */
const areStored = (devices: DeviceStore, count: number) =>
  expect
    .poll(async () => (await devices.listOnline?.())?.length, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(count)

/** @param open the device store beside the process */
async function killedAlone(store: string, open: () => DeviceStore): Promise<void> {
  const port = await freePort()
  const one = await start(port, store, ALONE_GRACE_S)
  await launch(one, 5, [port])
  const devices = open()
  await areStored(devices, 5)

  await kill(one, 3)
  const two = await start(port, store, ALONE_GRACE_S)
  await areOnline(0, 1, 2, 4)
  expect(offline).toEqual([])
  await until(() => offline.length > 0)
  expect(offline).toEqual([`${serialOf(3)} connection_lost`])

  // It is told first and written down then: killed in between, the next start tells it again.
  const stored = async () => (await devices.listOnline?.())?.map(({ serial }) => serial)
  await expect.poll(stored).not.toContain(serialOf(3))
  await devices.close?.()

  // And once: after a second time only the one is told that has gone since.
  await kill(two, 4)
  await start(port, store, ALONE_GRACE_S)
  await until(() => offline.length > 1)
  expect(offline).toEqual([`${serialOf(3)} connection_lost`, `${serialOf(4)} connection_lost`])
  expect([...online].sort()).toEqual([0, 1, 2].map(serialOf))
}

test(
  'the only process, with SQLite',
  () => {
    const file = join(folder, 'stores.sqlite')
    return killedAlone(file, () => {
      const dialect = new SqliteDialect({ database: new Database(file) })
      return sqlDevices({ db: new Kysely<unknown>({ dialect }) })
    })
  },
  PATIENT,
)

withRedis('with Redis', (redis) => {
  test('the only process', () => killedAlone(redis().url, () => redisDevices({ url: redis().url })), PATIENT)

  test(
    'one of two processes',
    async () => {
      const store = `${redis().url}/1`
      const ports = [await freePort(), await freePort()] as const
      const one = await start(ports[0], store, GRACE_S)
      const two = await start(ports[1], store, GRACE_S)
      // Those of even numbers begin at the first process.
      await launch(two, 6, ports)
      const devices = redisDevices({ url: store })
      await areStored(devices, 6)
      await devices.close?.()

      await kill(one, 0)
      await areOnline(2, 4)
      // Ten seconds after its last word a node is given up. The grace of its controllers goes on.
      two.advance(12_000)
      const third = await start(ports[0], store, GRACE_S)
      expect(offline).toEqual([])
      two.advance(GRACE_S * 1000)
      await until(() => offline.length > 0)
      expect(offline).toEqual([`${serialOf(0)} silence`])

      // It is told first, and said to the other process then.
      await expect.poll(() => shownOnline(third)).toEqual([1, 2, 3, 4, 5].map(serialOf))
      await kill(two, 1)
      await areOnline(2, 3, 4, 5)
      third.advance(GRACE_S * 1000 + 5_000)
      await until(() => offline.length > 1)
      expect(offline).toEqual([0, 1].map((index) => `${serialOf(index)} silence`))
    },
    PATIENT,
  )
})
