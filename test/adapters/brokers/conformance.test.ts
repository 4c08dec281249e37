import { connect as tcp } from 'node:net'
import type { IClientOptions, MqttClient } from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import { closing, granted, inbox, startBroker, type TestBroker } from '../../support/mqtt-broker.ts'

/*
 * What Eclipse Paho's public conformance suites ask of a broker, as tests of our own, on topics that a gateway may use.
 * Left out are retained messages and `$SYS`, which the platform denies on purpose.
 */
const EVENTS = 'thing/product/G1/events'
let broker: TestBroker
afterEach(() => broker.stop())

const start = async (): Promise<void> => {
  broker = await startBroker()
}
const stored = (way: 'tcp 3.1.1' | 'tcp 5'): IClientOptions =>
  way === 'tcp 5' ? { clean: false, properties: { sessionExpiryInterval: 60 } } : { clean: false }
const pair = async (way: 'tcp 3.1.1' | 'tcp 5', more: IClientOptions = {}) => {
  const to = await broker.connect(way, 'G1', { clientId: 'to', ...more })
  const from = await broker.connect(way, 'G1', { clientId: 'from' })
  return { to, from, box: inbox(to) }
}
const say = (from: MqttClient, text: string, qos: 0 | 1 | 2 = 1) => from.publishAsync(EVENTS, text, { qos })

describe.each(['tcp 3.1.1', 'tcp 5'] as const)('%s', (way) => {
  it.each([0, 1, 2] as const)('basic: QoS %i, once and in order', async (qos) => {
    await start()
    const { from, to, box } = await pair(way)
    await granted(to, EVENTS, qos)
    for (let count = 0; count < 20; count += 1) await say(from, `${count}`, qos)
    await box.count(20)
    expect(box.texts()).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`))
  })

  it('delivers with the lower of both qualities', async () => {
    await start()
    const { from, to } = await pair(way)
    const got = new Promise<number>((resolve) => to.once('message', (_t, _p, packet) => resolve(packet.qos)))
    await granted(to, EVENTS, 0)
    await say(from, 'x', 2)
    expect(await got).toBe(0)
  })

  it('wildcards behind the serial number: + is one level, # is all of them', async () => {
    await start()
    const { from, to, box } = await pair(way)
    expect(await granted(to, ['thing/product/G1/+', 'sys/product/G1/#'])).toEqual([1, 1])
    await from.publishAsync('thing/product/G1/property/set_reply', '{}', { qos: 1 })
    await from.publishAsync('sys/product/G1/network/probe', 'deep', { qos: 1 })
    await say(from, 'one level')
    await box.until('one level')
    expect(box.texts()).toEqual(['deep', 'one level'])
  })

  it('unsubscribed is unsubscribed', async () => {
    await start()
    const { from, to, box } = await pair(way)
    await granted(to, [EVENTS, 'thing/product/G1/state'])
    await to.unsubscribeAsync(EVENTS)
    await say(from, 'not heard')
    await from.publishAsync('thing/product/G1/state', 'heard', { qos: 1 })
    await box.until('heard')
    expect(box.texts()).not.toContain('not heard')
  })

  it.each([1, 2] as const)('redelivers QoS %i to one that was away', async (qos) => {
    await start()
    const before = await broker.connect(way, 'G1', { clientId: 'to', ...stored(way) })
    await granted(before, EVENTS, qos)
    await before.endAsync()
    const from = await broker.connect(way, 'G1', { clientId: 'from' })
    await say(from, 'while away', qos)
    const box = inbox(await broker.connect(way, 'G1', { clientId: 'to', ...stored(way) }))
    expect(await box.until('while away')).toEqual(['while away'])
  })

  it('a clean start forgets what was stored', async () => {
    await start()
    const before = await broker.connect(way, 'G1', { clientId: 'to', ...stored(way) })
    await granted(before, EVENTS)
    await before.endAsync()
    const { from, to, box } = await pair(way, { clean: true })
    await say(from, 'forgotten')
    await granted(to, 'thing/product/G1/state')
    await from.publishAsync('thing/product/G1/state', 'marker', { qos: 1 })
    expect(await box.until('marker')).toEqual(['marker'])
  })

  it('a will: on a loss, not on a goodbye', async () => {
    await start()
    const { to, box } = await pair(way)
    await granted(to, [EVENTS, 'thing/product/G1/state'])
    const will = (topic: string) => ({
      will: { topic, payload: Buffer.from(topic), qos: 1 as const, retain: false },
    })
    await (await broker.connect(way, 'G1', { clientId: 'polite', ...will(EVENTS) })).endAsync()
    const lost = await broker.connect(way, 'G1', { clientId: 'lost', ...will('thing/product/G1/state') })
    lost.stream.destroy()
    expect(await box.until('thing/product/G1/state')).toEqual(['thing/product/G1/state'])
  })

  it('closes one that is silent for one and a half times its keepalive', async () => {
    await start()
    const client = await broker.connect(way, 'G1', { keepalive: 1, reschedulePings: false })
    const gone = closing(client)
    // It says nothing any more, pings included.
    client.stream.write = (() => true) as typeof client.stream.write
    const begin = performance.now()
    await gone
    expect(performance.now() - begin).toBeGreaterThan(900)
  })

  it('a second CONNECT on one connection ends it', async () => {
    await start()
    const client = await broker.connect(way)
    const gone = closing(client)
    client.stream.write(Buffer.from('100e00044d5154540402003c00024731', 'hex'))
    await gone
  })
})

it('3.1.1: an empty client id is given one, and only with a clean session', async () => {
  await start()
  await broker.connect('tcp 3.1.1', 'G1', { clientId: '', clean: true })
  await expect(broker.connect('tcp 3.1.1', 'G1', { clientId: '', clean: false })).rejects.toThrow()
})

it('something else than CONNECT first ends the connection', async () => {
  await start()
  const socket = tcp(broker.tcpPort, '127.0.0.1').resume()
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(Buffer.from('c000', 'hex'))
  await gone
})

describe('MQTT 5', () => {
  it('hands on user properties, response topic and correlation', async () => {
    await start()
    const { from, to } = await pair('tcp 5')
    await granted(to, EVENTS)
    const got = new Promise((resolve) => to.once('message', (_t, _p, packet) => resolve(packet.properties)))
    const correlationData = Buffer.from('c1')
    await from.publishAsync(EVENTS, 'x', {
      qos: 1,
      properties: { userProperties: { a: 'b' }, responseTopic: 'thing/product/G1/state', correlationData },
    })
    expect(await got).toMatchObject({
      userProperties: { a: 'b' },
      responseTopic: 'thing/product/G1/state',
      correlationData,
    })
  })

  it('takes topic aliases', async () => {
    await start()
    const { from, to, box } = await pair('tcp 5')
    await granted(to, EVENTS)
    await from.publishAsync(EVENTS, 'named', { qos: 1, properties: { topicAlias: 1 } })
    await from.publishAsync('', 'by alias', { qos: 1, properties: { topicAlias: 1 } })
    await box.until('by alias')
    expect(box.all.map(({ topic }) => topic)).toEqual([EVENTS, EVENTS])
  })

  it('a session that expires at once is not there any more', async () => {
    await start()
    const brief = { clean: false, properties: { sessionExpiryInterval: 0 } }
    const before = await broker.connect('tcp 5', 'G1', { clientId: 'to', ...brief })
    await granted(before, EVENTS)
    await before.endAsync()
    const from = await broker.connect('tcp 5', 'G1', { clientId: 'from' })
    await say(from, 'nobody keeps this')
    const again = await broker.connect('tcp 5', 'G1', { clientId: 'to', ...brief })
    const box = inbox(again)
    await granted(again, 'thing/product/G1/state')
    await from.publishAsync('thing/product/G1/state', 'marker', { qos: 1 })
    expect(await box.until('marker')).toEqual(['marker'])
  })

  it("aedes' limit: shared subscriptions are said to be unavailable, and are refused", async () => {
    await start()
    const client = await broker.connect('tcp 5')
    expect((await granted(client, '$share/g/thing/product/G1/#'))[0]).toBeGreaterThanOrEqual(128)
  })
})
