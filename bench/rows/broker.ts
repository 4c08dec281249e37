import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { mosquittoBroker } from '../../src/adapters/brokers/mosquitto/index.ts'
import { accessList } from '../../src/core/mqtt/access.ts'
import { ADMIN, hasMosquitto, startMosquitto } from '../../test/support/mosquitto.ts'
import { start, stop } from '../child.ts'
import { type Measured, median, type Row } from '../row.ts'
import { enter, type Login, onPackets, puback, publishPacket, subscribePacket } from '../wire.ts'

const GATEWAY = 'RCFAKE00000001'
/**
 * Above 20 per second, core drops these messages without reading them. So almost only the work of the broker is
 * measured.
 */
const UNREAD = `thing/product/${GATEWAY}/state`
/** Core reads each of these and passes it to the host. */
const READ = `sys/product/${GATEWAY}/network/probe`
const PAYLOAD = Buffer.from(
  JSON.stringify({
    tid: 't',
    bid: 'b',
    timestamp: 1_700_000_000_000,
    data: { delay: 12.5, filler: 'x'.repeat(30) },
  }),
)
const CONNECTS = 2_000
const MESSAGES = 40_000
const IDLE = 1_000
const ROUNDS = 5

interface Used {
  /** us */
  readonly cpu: number
  /** bytes */
  readonly rss: number
}

interface Broker {
  readonly login: Login
  used(): Promise<Used>
  stop(): Promise<void>
}

async function ours(kind: 'bare' | 'reading' | 'embedded'): Promise<Broker> {
  const { child, hello } = await start<Login>('broker.mjs', kind)
  return { login: hello, used: () => ask(child), stop: () => stop(child) }
}

async function ask(child: ChildProcess): Promise<Used> {
  child.send('used')
  const [used] = (await once(child, 'message')) as [Used]
  return used
}

async function withDynsec(): Promise<Broker> {
  const real = await startMosquitto()
  const adapter = mosquittoBroker({ url: real.url, ...ADMIN, bindClientId: false })
  await adapter.start({
    identify: async () => null,
    isKnown: async () => true,
    accessList,
    upwardFilters: [],
    aircraftOf: () => new Set(),
    connected: () => undefined,
    disconnected: () => undefined,
    received: () => undefined,
  } as never)
  const login = await adapter.issue?.({
    credentialId: `bench.${GATEWAY}`,
    sessionId: 'bench',
    workspaceId: 'bench',
    gateway: GATEWAY,
    aircraft: [],
    expiresAt: Date.now() + 3_600_000,
    username: GATEWAY,
    password: () => 'x'.repeat(400),
  })
  // A subscription of its own would be extra work that the other brokers do not have.
  await adapter.stop()
  return {
    login: { port: real.port, username: login?.username ?? '', password: login?.password ?? '' },
    async used() {
      // Linux counts in ticks of 10 ms and pages of 4 KiB.
      const fields = readFileSync(`/proc/${real.pid()}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return { cpu: (Number(fields[11]) + Number(fields[12])) * 10_000, rss: Number(fields[21]) * 4_096 }
    },
    stop: real.stop,
  }
}

interface Load {
  /** CPU time of the broker for each message, us */
  readonly cost: number
  readonly perSecond: number
}

async function timed(broker: Broker, count: number, work: () => Promise<void>): Promise<Load> {
  const before = await broker.used()
  const begin = performance.now()
  await work()
  const seconds = (performance.now() - begin) / 1000
  const after = await broker.used()
  return { cost: (after.cpu - before.cpu) / count, perSecond: count / seconds }
}

const connects = (broker: Broker): Promise<Load> =>
  timed(broker, CONNECTS, async () => {
    const worker = async (name: number): Promise<void> => {
      for (let count = 0; count < CONNECTS / 16; count += 1)
        (await enter(broker.login, `c${name}x${count}`)).on('error', () => undefined).destroy()
    }
    await Promise.all(Array.from({ length: 16 }, (_, name) => worker(name)))
  })

async function messages(broker: Broker, topic: string, qos: 0 | 1): Promise<Load> {
  const [from, to] = [await enter(broker.login, `from${qos}`), await enter(broker.login, `to${qos}`)]
  const subscribed = new Promise<void>((resolve) =>
    onPackets(to, (kind, flags, body) => {
      if (kind === 9) resolve()
      if (kind !== 3) return
      if ((flags & 6) !== 0) to.write(puback(body.readUInt16BE(2 + body.readUInt16BE(0))))
      arrived += 1
      if (arrived % WINDOW === 0 || arrived === MESSAGES) wake()
    }),
  )
  from.resume()
  const WINDOW = 200
  let arrived = 0
  let wake = (): void => undefined
  to.write(subscribePacket(`${topic.split('/', 3).join('/')}/#`, qos))
  await subscribed
  const load = await timed(broker, MESSAGES, async () => {
    for (let sent = 0; sent < MESSAGES; sent += WINDOW) {
      const through = new Promise<void>((resolve) => {
        wake = resolve
      })
      const batch = Array.from({ length: WINDOW }, (_, index) =>
        publishPacket(topic, PAYLOAD, qos, 1 + ((sent + index) % 60_000)),
      )
      from.write(Buffer.concat(batch))
      await through
    }
  })
  for (const socket of [from, to]) socket.destroy()
  return load
}

async function idle(broker: Broker): Promise<number> {
  const before = await broker.used()
  const sockets: Socket[] = []
  for (let count = 0; count < IDLE; count += 1) sockets.push(await enter(broker.login, `idle${count}`))
  const after = await broker.used()
  for (const socket of sockets) socket.destroy()
  return (after.rss - before.rss) / IDLE / 1024
}

/** Runs the same work at several brokers in turn, so that other work on the machine affects all of them. */
async function against(
  work: (broker: Broker) => Promise<Load>,
  baseline: 'bare' | 'reading' = 'bare',
): Promise<Measured> {
  const brokers = [
    await ours('embedded'),
    await ours(baseline),
    ...(baseline === 'bare' && hasMosquitto() ? [await withDynsec()] : []),
  ]
  try {
    const loads: Load[][] = brokers.map(() => [])
    for (let round = 0; round <= ROUNDS; round += 1)
      for (const [index, broker] of brokers.entries()) {
        const load = await work(broker)
        // The first round is only for warming up.
        if (round > 0) loads[index]?.push(load)
      }
    const of = (index: number, what: keyof Load) => median((loads[index] ?? []).map((load) => load[what]))
    const half = (index: number) =>
      `${of(index, 'cost').toFixed(1)} us, ${Math.round(of(index, 'perSecond'))}/s`
    const third = loads.length > 2 ? `; Mosquitto with dynamic security ${half(2)}` : ''
    return {
      value: of(1, 'cost') / of(0, 'cost'),
      detail: `${half(0)}; ${baseline} aedes ${half(1)}${third}`,
    }
  } finally {
    for (const broker of brokers) await broker.stop()
  }
}

const NAME = 'embedded broker with credentials and access control / bare aedes'

export const broker: readonly Row[] = [
  { name: `${NAME}: connections`, goal: { atLeast: 0.8 }, unit: '', measure: () => against(connects) },
  {
    name: `${NAME}: messages, QoS 0`,
    goal: { atLeast: 0.9 },
    unit: '',
    measure: () => against((one) => messages(one, UNREAD, 0)),
  },
  {
    name: `${NAME}: messages, QoS 1`,
    goal: { atLeast: 0.9 },
    unit: '',
    measure: () => against((one) => messages(one, UNREAD, 1)),
  },
  {
    name: 'embedded broker, each message read and told / aedes with a hook that parses JSON: messages, QoS 0',
    goal: { atLeast: 0.75 },
    unit: '',
    measure: () => against((one) => messages(one, READ, 0), 'reading'),
  },
  {
    name: 'memory per idle connection over bare aedes',
    goal: { atMost: 8 },
    unit: 'KiB',
    async measure() {
      const figures: number[] = []
      for (const make of [
        () => ours('embedded'),
        () => ours('bare'),
        ...(hasMosquitto() ? [withDynsec] : []),
      ]) {
        const one = await make()
        try {
          figures.push(await idle(one))
        } finally {
          await one.stop()
        }
      }
      const [mine = 0, bare = 0, dynsec] = figures
      const third = dynsec === undefined ? '' : `; Mosquitto ${dynsec.toFixed(1)} KiB`
      return {
        value: mine - bare,
        detail: `${mine.toFixed(1)} KiB; bare aedes ${bare.toFixed(1)} KiB${third}`,
      }
    },
  },
]
