import { afterEach, describe, expect, it } from 'vitest'
import { createTally } from '../../../src/adapters/brokers/embedded/tally.ts'
import { startBroker, WAYS } from '../../support/mqtt-broker.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe('what one peer may send', () => {
  const limits = { packetsPerSecond: 10, packetBurst: 20, inFlight: 2 }
  const publish = (qos: number) => ({ cmd: 'publish', qos })

  it('a burst, then so many a second', () => {
    const count = createTally(limits, 0)
    for (let packet = 0; packet < 20; packet += 1) expect(count(publish(0), 0)).toBeNull()
    expect(count(publish(0), 0)).toBe('rate')
    expect(count(publish(0), 99)).toBe('rate')
    expect(count(publish(0), 300)).toBeNull()
    // A rest fills the bucket, and no more than that.
    for (let packet = 0; packet < 20; packet += 1) expect(count(publish(0), 1_000_000)).toBeNull()
    expect(count(publish(0), 1_000_000)).toBe('rate')
  })

  it('so many QoS 2 messages begun and not released', () => {
    const count = createTally(limits, 0)
    expect([count(publish(2), 0), count(publish(2), 0)]).toEqual([null, null])
    expect(count({ cmd: 'pubrel' }, 0)).toBeNull()
    expect([count(publish(2), 0), count(publish(2), 0)]).toEqual([null, 'in_flight'])
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
