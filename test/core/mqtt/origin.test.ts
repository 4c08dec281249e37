import { expect, it } from 'vitest'
import { createOrigin } from '../../../src/core/mqtt/origin.ts'
import { createPresence } from '../../../src/core/mqtt/presence.ts'
import { createPublisher } from '../../../src/core/mqtt/publisher.ts'
import type { BrokerConnection, Principal } from '../../../src/core/ports/index.ts'
import { connection, principal } from '../../support/mqtt-core.ts'

function stage(holders: Record<string, string>) {
  let now = 0
  const asked: string[] = []
  const origin = createOrigin({
    publisher: createPublisher({
      gatewayOf: (serial) => (serial.startsWith('A') ? 'G1' : null),
      linkedTo: (serial) => (serial === 'A1' ? ['G1'] : serial === 'A2' ? ['G1', 'G2'] : []),
    }),
    devices: {
      async holder(serial) {
        asked.push(serial)
        if (serial === 'BROKEN') throw new Error('store is down')
        return holders[serial] ?? null
      },
    },
    speaker: () => undefined,
    sessionOf: (gateway) => (gateway === 'G1' ? { id: 'S1', userId: 'U1' } : null),
    now: () => now,
    failed: () => undefined,
  })
  const trace = (topic: string, payload = '{}') =>
    new Promise<Principal | null>((resolve) =>
      origin.trace({ topic, payload: Buffer.from(payload) }, resolve),
    )
  return { origin, trace, asked, advance: (ms: number) => (now += ms) }
}

it('finds the sender by its topic, and by the aircraft that it speaks for', async () => {
  const { trace, asked } = stage({ G1: 'W1' })
  expect(await trace('thing/product/G1/osd')).toMatchObject({
    gateway: 'G1',
    workspaceId: 'W1',
    sessionId: 'S1',
    userId: 'U1',
  })
  expect(await trace('thing/product/A1/osd')).toMatchObject({ gateway: 'G1' })
  expect(asked).toEqual(['G1'])
})

it('finds which of two controllers of an aircraft has sent a message: the linked one that the message names', async () => {
  const { trace } = stage({ G1: 'W1', G2: 'W1', G3: 'W1' })
  const from = async (topic: string, payload?: string) => (await trace(topic, payload))?.gateway
  const [shared, own] = ['thing/product/A2/osd', 'thing/product/A1/osd']
  expect(await from(shared, '{"gateway":"G2","data":{}}')).toBe('G2')
  expect(await from(shared, '{"gateway":"G3","data":{}}')).toBe('G1')
  expect(await from(shared, '{"data":{}}')).toBe('G1')
  expect(await from(shared, 'no JSON')).toBe('G1')
  expect(await from(own, '{"gateway":"G2","data":{}}')).toBe('G1')
})

it('gives a gateway to the user whom the broker accepted last, before the one who got a credential last', async () => {
  const { origin, trace } = stage({ G1: 'W1' })
  const user = async () => (await trace('thing/product/G1/osd'))?.userId
  expect(await user()).toBe('U1')
  origin.admitted(principal('G1', 'W1', 'S2', 'U2'))
  expect(await user()).toBe('U2')
})

it('finds no sender for a gateway without a workspace, for other topics, and while the store is down', async () => {
  const { trace } = stage({})
  for (const topic of ['thing/product/G9/osd', 'anything', '$SYS/x', 'thing/product/BROKEN/osd'])
    expect(await trace(topic)).toBeNull()
})

it('keeps the order of messages whose sender has to be looked up', async () => {
  const { origin } = stage({ G1: 'W1' })
  const order: string[] = []
  const last = new Promise<void>((resolve) => {
    for (const name of ['first', 'second', 'third'])
      origin.trace({ topic: 'thing/product/G1/osd', payload: new Uint8Array() }, () => {
        order.push(name)
        if (name === 'third') resolve()
      })
  })
  await last
  expect(order).toEqual(['first', 'second', 'third'])
})

it('asks again after some time, because a gateway may have moved', async () => {
  const holders = { G1: 'W1' }
  const { trace, advance } = stage(holders)
  await trace('thing/product/G1/osd')
  holders.G1 = 'W2'
  expect(await trace('thing/product/G1/osd')).toMatchObject({ workspaceId: 'W1' })
  advance(30_001)
  expect(await trace('thing/product/G1/osd')).toMatchObject({ workspaceId: 'W2' })
})

function presenceStage(model: null | object = {}) {
  let now = 0
  let missed = 0
  let sweep = (): void => undefined
  const seen: string[] = []
  const kicked: string[] = []
  const name = ({ id, principal: who }: BrokerConnection) =>
    `${who.sessionId}${id.includes('@') ? ' inferred' : ''}`
  const presence = createPresence({
    registry: {
      connected: (_gateway, one) => void seen.push(`+ ${name(one)}`),
      disconnected: (_gateway, one) => void seen.push(`- ${name(one)}`),
      get: () => ({ model }) as never,
    },
    now: () => now,
    missedSince: () => missed,
    repeat(run) {
      sweep = run
      return () => undefined
    },
    reintroduce: (gateway) => void kicked.push(gateway),
  })
  const later = (ms: number): void => {
    now += ms
    sweep()
  }
  const miss = (ms: number): void => {
    missed = ms
  }
  return { presence, seen, kicked, later, miss }
}

it('is connected from its first message until a minute of silence', () => {
  const { presence, seen, later } = presenceStage()
  const who = principal('G1')
  presence.heard(who, 'thing/product/G1/osd')
  later(50_000)
  presence.heard(who, 'thing/product/G1/osd')
  later(50_000)
  expect(seen).toEqual(['+ S1 inferred'])
  later(20_000)
  expect(seen).toEqual(['+ S1 inferred', '- S1 inferred'])
})

it('does not count as silent while this process was blocked', () => {
  const { presence, seen, later, miss } = presenceStage()
  presence.heard(principal('G1'), 'thing/product/G1/osd')
  miss(20_000)
  later(80_000)
  expect(seen).toEqual(['+ S1 inferred'])
  later(1)
  expect(seen).toEqual(['+ S1 inferred', '- S1 inferred'])
})

it('a newer session takes over, and a report of the broker replaces what was inferred', () => {
  const { presence, seen } = presenceStage()
  presence.heard(principal('G1'), 'sys/product/G1/status')
  const newer = principal('G1', 'W1', 'S2')
  presence.heard(newer, 'sys/product/G1/status')
  const told = connection(newer)
  presence.connected(told)
  presence.heard(newer, 'thing/product/G1/osd')
  presence.disconnected(told)
  expect(seen).toEqual(['+ S1 inferred', '+ S2 inferred', '- S1 inferred', '+ S2', '- S2 inferred', '- S2'])
})

it('closes once the connection of a gateway that connected before this process started', () => {
  const { presence, kicked, later } = presenceStage(null)
  const who = principal('G1')
  presence.heard(who, 'thing/product/G1/osd')
  expect(kicked).toEqual([])
  later(5_001)
  for (let count = 0; count < 3; count += 1) presence.heard(who, 'thing/product/G1/osd')
  expect(kicked).toEqual(['G1'])
})
