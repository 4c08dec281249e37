/*
 * Measures a deployment from outside: `npx tsx bench/restarts.ts [controllers] [grace in s]`. The controllers are first on two
 * processes with Redis, which are restarted one after the other, then on one process with SQLite, which is restarted. Counts
 * the `gateway.offline` events, and how many of those controllers had come back. The goal is no such event.
 */
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { REDIS, startRedis } from '../test/support/redis.ts'
import {
  credentialsFor,
  fly,
  type RestartHost,
  startRestartHost,
  type Told,
} from '../test/support/restart-host.ts'
import { freePort } from '../test/support/server-binary.ts'

const [controllers = 299, graceSeconds = 15] = process.argv.slice(2).map(Number)

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
  const hosts: RestartHost[] = []
  for (const port of ports) hosts.push(await startRestartHost(port, store, graceSeconds, told))
  const fleet: MqttClient[] = []
  const serials = Array.from({ length: controllers }, (_, index) => `RCFAKE${String(index).padStart(8, '0')}`)
  const [first] = hosts
  if (first === undefined) throw new Error('no process to restart')
  for (const [index, login] of (await credentialsFor(first, serials)).entries())
    fleet.push(fly(serials[index] ?? '', login, ports))
  await until(() => online.size === controllers)
  for (const [index, host] of hosts.entries()) {
    offline = []
    returned = 0
    const began = performance.now()
    await host.end('SIGTERM')
    const stopped = performance.now()
    hosts[index] = await startRestartHost(host.port, store, graceSeconds, told)
    const started = performance.now()
    // After twice the grace, all offline events have come.
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
  await Promise.all(hosts.map((host) => host.end('SIGKILL')))
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
