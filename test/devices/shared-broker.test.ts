import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownerOf } from '../../src/core/realtime/ownership.ts'
import { memoryBus, memoryDevices, memorySessions, sharedAccountBroker } from '../../src/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { WORKSPACE_A } from '../support/sessions.ts'
import { logIn, newPilot, type Watched, watchWorkspace } from './picture.ts'

const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const PAIRS = Array.from({ length: 6 }, (_, index) => ({
  gateway: `RCFAKE0000000${index}`,
  aircraft: `1581FAKE00000000000${index}`,
}))
const SERIALS = PAIRS.flatMap(({ gateway, aircraft }) => [gateway, aircraft])

let open: { close(): unknown }[]
let nodes: TestCloud[]
let watched: Watched[]
let replies: string[]

/** A broker that belongs to no node, and tells all of them everything. */
beforeEach(async () => {
  open = []
  replies = []
  const broker = await Aedes.createBroker()
  broker.on('publish', ({ topic, payload }) => {
    if (topic.endsWith('/status_reply')) replies.push(JSON.parse(payload.toString()).tid)
  })
  const tcp = createServer((socket) => void broker.handle(socket)).listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  open.push({
    async close() {
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      tcp.close()
    },
  })
  const url = `mqtt://127.0.0.1:${(tcp.address() as AddressInfo).port}`
  const [join, stores] = [memoryBus(), { sessions: memorySessions(), devices: memoryDevices() }]
  nodes = []
  watched = []
  for (let count = 0; count < 2; count += 1) {
    const node = await startCloud({
      ...stores,
      secret: 'an obviously fake secret for these tests only',
      users: [ANNA],
      telemetry: { intervalMs: 100 },
      bus: join(),
      broker: sharedAccountBroker({ url, username: 'all', password: 'obviously-fake' }),
      mqtt: { url: url.replace('mqtt:', 'tcp:') },
    })
    nodes.push(node)
    const token = await logIn(node.url, ANNA)
    watched.push(await watchWorkspace({ ...node, workspaceId: WORKSPACE_A.id, token }))
  }
})
afterEach(async () => {
  for (const each of [...watched, ...nodes]) await each.close()
  await Promise.all(open.reverse().map((each) => each.close()))
})

const fly = async (): Promise<void> => {
  await Promise.all(
    PAIRS.map(async ({ gateway, aircraft }, index) => {
      const pilot = newPilot(nodes[index % 2]?.link ?? '', gateway, aircraft)
      open.push(pilot)
      await pilot.login(ANNA.username, ANNA.password)
      await pilot.topologyAcknowledged()
    }),
  )
}

test('of two nodes that hear everything, one answers each gateway and tells its host', async () => {
  await fly()
  await Promise.all(watched.map((one) => one.shows(...SERIALS)))
  const told = watched.flatMap(({ events }) => events)
  expect(told.sort()).toEqual(
    PAIRS.flatMap(({ gateway, aircraft }) => [
      `gateway.online ${gateway}`,
      `aircraft.online ${aircraft}`,
    ]).sort(),
  )
  expect(replies).toHaveLength(PAIRS.length)
  expect(new Set(replies).size).toBe(PAIRS.length)
})

test('when a node goes, the other takes over what goes on reporting', async () => {
  await fly()
  await Promise.all(watched.map((one) => one.shows(...SERIALS)))
  await nodes[0]?.close()
  await watched[1]?.shows(...SERIALS)
  expect(nodes[1]?.cloud.devices.list().filter(({ online }) => online)).toHaveLength(PAIRS.length)
})

test('whose a gateway is does not hang on the order of the nodes, and moves only with its node', () => {
  const names = ['n1', 'n2', 'n3']
  const gateways = Array.from({ length: 300 }, (_, index) => `G${index}`)
  const shares = new Map(names.map((name) => [name, 0]))
  for (const gateway of gateways) {
    const owner = ownerOf(gateway, names) ?? ''
    shares.set(owner, (shares.get(owner) ?? 0) + 1)
    expect(ownerOf(gateway, [...names].reverse())).toBe(owner)
    if (owner !== 'n3') expect(ownerOf(gateway, ['n1', 'n2'])).toBe(owner)
  }
  for (const share of shares.values()) expect(share).toBeGreaterThan(60)
})
