import { afterEach, describe, expect, it } from 'vitest'
import { storeOnce } from '../../../src/adapters/brokers/embedded/aedes.ts'
import { createBudgets, createTally } from '../../../src/adapters/brokers/embedded/incoming.ts'
import { granted, startBroker, WAYS } from '../../support/mqtt-broker.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe('what one peer may send', () => {
  const limits = { packetsPerSecond: 10, packetBurst: 20, bytesPerSecond: 1_000, byteBurst: 3_000 }
  const bounds = { filtersPerPacket: 2, inFlight: 2 }
  const publish = (qos: number, messageId?: number) => ({
    cmd: 'publish',
    qos,
    ...(messageId === undefined ? {} : { messageId }),
  })

  function counting(unreleased?: Set<number>) {
    const budgets = createBudgets(limits)
    budgets.enter('G1', 0)
    const tally = createTally(bounds, budgets, unreleased)
    return (packet: Parameters<typeof tally>[0], now: number) => tally(packet, 'G1', now)
  }

  it('a burst, then so many a second', () => {
    const count = counting()
    for (let packet = 0; packet < 20; packet += 1) expect(count(publish(0), 0)).toBeNull()
    expect(count(publish(0), 0)).toBe('rate')
    expect(count(publish(0), 99)).toBe('rate')
    expect(count(publish(0), 300)).toBeNull()
    // A rest fills the bucket, and no more than that.
    for (let packet = 0; packet < 20; packet += 1) expect(count(publish(0), 1_000_000)).toBeNull()
    expect(count(publish(0), 1_000_000)).toBe('rate')
  })

  it('so many bytes at once, then so many a second', () => {
    const count = counting()
    const big = { cmd: 'publish', qos: 0, length: 3_000 }
    expect(count(big, 0)).toBeNull()
    expect(count({ ...big, length: 500 }, 100)).toBe('bytes')
    expect(count(big, 10_000)).toBeNull()
  })

  it.each([
    { cmd: 'subscribe', subscriptions: ['a', 'b', 'c'].map((topic) => ({ topic })) },
    { cmd: 'subscribe', subscriptions: [{ topic: 'a/'.repeat(40) }] },
    { cmd: 'unsubscribe', unsubscriptions: ['a', 'b', 'c'] },
    { cmd: 'unsubscribe', unsubscriptions: ['a'.repeat(2_000)] },
    { cmd: 'publish', topic: '/'.repeat(100) },
    { cmd: 'publish', properties: { userProperties: { a: Array.from({ length: 40 }, () => 'b') } } },
    {
      cmd: 'connect',
      will: { properties: { userProperties: { a: Array.from({ length: 40 }, () => 'b') } } },
    },
  ])('so many parts in one packet: $cmd', (packet) => {
    expect(counting()(packet, 0)).toBe('parts')
  })

  it('so many QoS 2 messages begun and not released, whichever connection they came by', () => {
    const count = counting()
    expect([count(publish(2, 1), 0), count(publish(2, 2), 0)]).toEqual([null, null])
    expect(count(publish(2, 2), 0)).toBeNull()
    expect(count({ cmd: 'pubrel', messageId: 1 }, 0)).toBeNull()
    expect([count(publish(2, 3), 0), count(publish(2, 4), 0)]).toEqual([null, 'in_flight'])
    expect(counting(new Set([1, 2]))(publish(2, 3), 0)).toBe('in_flight')
  })
})

describe.each(WAYS)('over %s', (way) => {
  it('a flood costs its sender the connection, without its will, and nobody else notices', async () => {
    const broker = await startBroker({ options: { limits: { packetsPerSecond: 10, packetBurst: 50 } } })
    closers.push(() => broker.stop())
    const other = await broker.connect(way, 'G2')
    const flooder = await broker.connect(way, 'G1', {
      will: { topic: 'thing/product/G1/state', payload: Buffer.from('will'), qos: 1, retain: false },
    })
    const closed = new Promise<void>((resolve) => flooder.once('close', () => resolve()))
    for (let packet = 0; packet < 200; packet += 1)
      flooder.publish('thing/product/G1/osd', '{"data":{}}', { qos: 0 })
    await closed
    await other.publishAsync('thing/product/G2/osd', '{"data":{}}', { qos: 1 })
    expect(other.connected).toBe(true)
    expect(
      broker.received.filter(({ topic }) => topic === 'thing/product/G1/osd').length,
    ).toBeLessThanOrEqual(50)
    expect(broker.received.some(({ payload }) => Buffer.from(payload).toString() === 'will')).toBe(false)
    expect(broker.events.of('mqtt.refused')).toEqual([
      expect.objectContaining({ reason: 'limit', clientId: 'G1' }),
    ])
  })
})

describe('filters', () => {
  const own = (index: number): string => `thing/product/G1/services/${index}`

  // 18 s of CPU before: aedes stores the whole list once for each filter in it.
  it('of one SUBSCRIBE are stored once, and more than are allowed cost the connection', async () => {
    const calls: number[] = []
    const list = [{ topic: 'a' }, { topic: 'b' }]
    const persistence = {
      addSubscriptions: async (_: unknown, subscriptions: readonly object[]) =>
        calls.push(subscriptions.length),
      removeSubscriptions: async () => undefined,
      delWill: async () => undefined,
    }
    // Only what is called.
    storeOnce(persistence as never)
    // The client is only handed on.
    const client = {} as Parameters<typeof persistence.addSubscriptions>[0] & never
    await Promise.all(list.map(() => persistence.addSubscriptions(client, list)))
    await persistence.addSubscriptions(client, [...list])
    expect(calls).toEqual([2, 2])

    const broker = await startBroker()
    closers.push(() => broker.stop())
    const client1 = await broker.connect('tcp 3.1.1', 'G1', { clean: false })
    const closed = new Promise<void>((resolve) => client1.once('close', () => resolve()))
    client1.subscribe(Array.from({ length: 4_000 }, (_, index) => own(index)))
    await closed
    expect(broker.events.of('mqtt.refused')).toEqual([expect.objectContaining({ reason: 'limit' })])
  })

  it('of one session are bounded; what is given back makes room', async () => {
    const broker = await startBroker({ options: { limits: { filters: 2 } } })
    closers.push(() => broker.stop())
    const client = await broker.connect('tcp 3.1.1', 'G1')
    const names = ['services', 'property/set', 'events_reply'].map((name) => `thing/product/G1/${name}`)
    expect(await granted(client, names.slice(0, 2))).toEqual([1, 1])
    expect(await granted(client, names[2] ?? '')).toEqual([128])
    await client.unsubscribeAsync(names[0] ?? '')
    expect(await granted(client, names[2] ?? '')).toEqual([1])
  })
})
