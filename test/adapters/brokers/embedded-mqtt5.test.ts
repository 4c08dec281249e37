import { afterEach, describe, expect, it } from 'vitest'
import type { BrokerLimits } from '../../../src/adapters/brokers/embedded/index.ts'
import { startBroker, type TestBroker } from '../../support/mqtt-broker.ts'
import { packetClient } from '../../support/mqtt-packets.ts'

let broker: TestBroker
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await broker.stop()
})

const own = 'thing/product/G1/services'
const start = async (limits: Partial<BrokerLimits> = {}): Promise<void> => {
  broker = await startBroker({ options: { limits } })
}
const connect = async (more: Parameters<typeof packetClient>[2] = {}, gateway = 'G1') => {
  const client = await packetClient(broker.tcpPort, gateway, more)
  closers.push(() => client.cut())
  return client
}
const say = (payload: string, qos: 0 | 1 | 2 = 1): Promise<void> =>
  broker.adapter.publish({ topic: own, payload, qos })
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1))
const begin = (messageId: number) =>
  ({
    cmd: 'publish',
    topic: 'thing/product/G1/osd',
    payload: '{}',
    qos: 2,
    messageId,
    dup: false,
    retain: false,
  }) as const

const ANNOUNCED = {
  receiveMaximum: 100,
  topicAliasMaximum: 16,
  maximumPacketSize: 256 * 1024,
  sharedSubscriptionAvailable: false,
}

const propertiesOf = (packet: object): Record<string, unknown> =>
  'properties' in packet ? { ...(packet.properties as object) } : {}

describe('what is announced', () => {
  it('is what is held to', async () => {
    await start()
    const { connack } = await connect()
    expect(connack).toMatchObject({ reasonCode: 0, properties: expect.anything() })
    expect(propertiesOf(connack)).toEqual(ANNOUNCED)
  })

  // docs/brokers/embedded.md, "What CONNACK of MQTT 5 says".
  it('a client id for a client that sends none, which it may come back with', async () => {
    await start()
    const properties = { sessionExpiryInterval: 60 }
    const client = await connect({ properties, clientId: '' })
    await client.subscribe(own)
    const { assignedClientIdentifier, ...others } = propertiesOf(client.connack)
    expect(others).toEqual(ANNOUNCED)
    const again = await connect({ properties, clean: false, clientId: String(assignedClientIdentifier) })
    expect(again.connack).toMatchObject({ sessionPresent: true })
  })

  it.each([
    [
      'an expiry that is too long: the one that counts',
      { sessionExpiryInterval: 4_000_000_000 },
      { sessionExpiryInterval: 604_800 },
    ],
    ['an expiry within the limit: nothing more', { sessionExpiryInterval: 60 }, {}],
  ])('%s', async (_name, properties, more) => {
    await start()
    const { connack } = await connect({ clean: false, properties })
    expect(propertiesOf(connack)).toEqual({ ...ANNOUNCED, ...more })
  })

  it('the receive maximum: one QoS 2 message more ends with 0x93', async () => {
    await start({ inFlight: 2 })
    const client = await connect()
    for (const id of [1, 2, 2, 3]) client.send(begin(id))
    expect(await client.first(({ cmd }) => cmd === 'disconnect')).toMatchObject({ reasonCode: 0x93 })
    await client.gone
    expect(broker.events.of('mqtt.refused')).toEqual([expect.objectContaining({ reason: 'limit' })])
  })

  it.each([
    [5, { sessionExpiryInterval: 60 }],
    [4, undefined],
  ] as const)(
    'QoS 2 messages that were begun count over a reconnect: level %i',
    async (protocolVersion, properties) => {
      await start({ inFlight: 2 })
      const session = { protocolVersion, clean: false, ...(properties === undefined ? {} : { properties }) }
      const before = await connect(session)
      for (const id of [1, 2]) before.send(begin(id))
      await before.first((packet) => packet.cmd === 'pubrec' && packet.messageId === 2)
      await before.cut()
      const after = await connect(session)
      after.send({ cmd: 'pubrel', messageId: 1 })
      await after.first(({ cmd }) => cmd === 'pubcomp')
      after.send(begin(3))
      await after.first((packet) => packet.cmd === 'pubrec' && packet.messageId === 3)
      after.send(begin(4))
      await after.gone
    },
  )

  it('a topic alias above the maximum ends with 0x94', async () => {
    await start()
    const client = await connect()
    client.send({ ...begin(1), properties: { topicAlias: 17 } })
    expect(await client.first(({ cmd }) => cmd === 'disconnect')).toMatchObject({ reasonCode: 0x94 })
  })
})

describe("the client's Receive Maximum", () => {
  it('is how many messages it is sent before it acknowledges; others wait, and nobody waits for them', async () => {
    await start()
    const client = await connect({ properties: { receiveMaximum: 2 } })
    await client.subscribe(own)
    for (const text of numbers(5)) await say(text)
    await say('QoS 0 waits behind them', 0)
    await client.ping()
    expect(client.texts()).toEqual(['1', '2'])
    client.ack('1')
    await client.text('3')
    client.ack('2')
    client.ack('3')
    client.ack(await client.text('4').then(() => '4'))
    await client.text('QoS 0 waits behind them')
    expect(client.texts()).toEqual(['1', '2', '3', '4', '5', 'QoS 0 waits behind them'])
  })

  it('holds for QoS 2, up to PUBCOMP', async () => {
    await start()
    const client = await connect({ properties: { receiveMaximum: 1 } })
    await client.subscribe(own, 2)
    for (const text of numbers(2)) await say(text, 2)
    const one = await client.text('1')
    const messageId = one.messageId as number
    client.send({ cmd: 'pubrec', messageId })
    await client.first(({ cmd }) => cmd === 'pubrel')
    await client.ping()
    expect(client.texts()).toEqual(['1'])
    client.send({ cmd: 'pubcomp', messageId })
    await client.text('2')
  })

  it('holds for the queue of one that was away, and what comes meanwhile follows it', async () => {
    await start()
    const session = { clean: false, properties: { sessionExpiryInterval: 60, receiveMaximum: 2 } }
    const before = await connect(session)
    await before.subscribe(own)
    await before.leave()
    for (const text of numbers(4)) await say(text)
    const after = await connect(session)
    await after.text('2')
    await say('5')
    await after.ping()
    expect(after.texts()).toEqual(['1', '2'])
    for (const text of numbers(5)) {
      await after.text(text)
      after.ack(text)
    }
    expect(after.texts()).toEqual(numbers(5))
  })

  it('a message that is not sent after all takes no place', async () => {
    await start()
    const session = {
      clean: false,
      properties: { sessionExpiryInterval: 60, receiveMaximum: 1, maximumPacketSize: 400 },
    }
    const before = await connect(session)
    await before.subscribe(own)
    await before.leave()
    for (const text of ['x'.repeat(500), '1', 'y'.repeat(500), '2']) await say(text)
    const after = await connect(session)
    await after.text('1')
    after.ack('1')
    await after.text('2')
  })

  it.each([{ receiveMaximum: 0 }, { maximumPacketSize: 0 }, { maximumPacketSize: 20 }])(
    'is checked: %j',
    async (properties) => {
      await start()
      await expect(connect({ properties })).rejects.toThrow('closed')
      expect(await broker.events.first('mqtt.refused')).toMatchObject({ reason: 'protocol' })
    },
  )
})

describe("the client's Maximum Packet Size", () => {
  it('is respected to the byte; what is larger is dropped, told, and never comes again', async () => {
    await start()
    const session = { clean: false, properties: { sessionExpiryInterval: 60, maximumPacketSize: 300 } }
    const client = await connect(session)
    await client.subscribe(own)
    // Header 3, topic 27, id 2, no properties 1.
    const fits = 'x'.repeat(300 - 33)
    for (const text of [`${fits}x`, fits, 'after']) await say(text)
    await client.text('after')
    expect(client.texts()).toEqual([fits, 'after'])
    expect(broker.events.of('mqtt.refused')).toEqual([
      expect.objectContaining({ reason: 'limit', topic: own }),
    ])
    for (const text of [fits, 'after']) client.ack(text)
    await client.subscribe('thing/product/G1/property/set')
    await client.leave()
    const again = await connect({ ...session, properties: { sessionExpiryInterval: 60 } })
    await say('last')
    await again.text('last')
    // Once or twice: it may be taken out of the queue that is just being sent.
    expect(new Set(again.texts())).toEqual(new Set(['last']))
  })
})

describe('a session', () => {
  it('that is resumed without an expiry keeps its queue, and ends with the connection', async () => {
    await start()
    const before = await connect({ clean: false, properties: { sessionExpiryInterval: 60 } })
    await before.subscribe(own)
    await before.leave()
    await say('kept')
    const after = await connect({ clean: false })
    expect(after.connack).toMatchObject({ sessionPresent: true })
    await after.text('kept')
    await after.leave()
    await say('lost')
    const last = await connect({ clean: false })
    expect(last.connack).toMatchObject({ sessionPresent: false })
    await last.subscribe(own)
    await say('new')
    await last.text('new')
    expect(last.texts()).toEqual(['new'])
  })

  it('that starts clean has no queue', async () => {
    await start()
    const properties = { sessionExpiryInterval: 60 }
    const before = await connect({ clean: false, properties })
    await before.subscribe(own)
    await before.leave()
    await say('lost')
    const after = await connect({ clean: true, properties })
    await after.subscribe(own)
    await say('new')
    await after.text('new')
    expect(after.texts()).toEqual(['new'])
    await after.leave()
    await say('kept')
    const last = await connect({ clean: false, properties })
    await last.text('kept')
  })

  it.each([4, 5] as const)(
    'that is away keeps what its gateway has room for: level %i',
    async (protocolVersion) => {
      await start({ queuedBytesPerGateway: 20_000 })
      const properties = protocolVersion === 5 ? { properties: { sessionExpiryInterval: 60 } } : {}
      const session = { protocolVersion, clean: false, ...properties }
      for (const clientId of ['a', 'b']) {
        const before = await connect({ ...session, clientId })
        await before.subscribe(own)
        await before.leave()
      }
      for (const text of numbers(100)) await say(text.padEnd(1_000))
      let all = 0
      for (const clientId of ['a', 'b']) {
        const after = await connect({ ...session, clientId })
        // All that waits has been sent long before as many answers.
        for (let count = 0; count < 200; count += 1) await after.ping()
        all += after.texts().length
        await after.leave()
      }
      expect(all).toBeGreaterThan(5)
      expect(all).toBeLessThan(20)
    },
  )

  it('one more than its gateway may have ends the oldest', async () => {
    await start({ sessionsPerGateway: 2 })
    const session = { protocolVersion: 4, clean: false } as const
    for (const clientId of ['a', 'b', 'c']) {
      const client = await connect({ ...session, clientId })
      await client.subscribe(own)
      await client.leave()
    }
    const present: unknown[] = []
    for (const clientId of ['c', 'b', 'a']) present.push((await connect({ ...session, clientId })).connack)
    expect(present).toMatchObject([
      { sessionPresent: true },
      { sessionPresent: true },
      { sessionPresent: false },
    ])
  })
})

it('one connection more than a gateway may have closes its oldest, which is told so', async () => {
  await start({ connectionsPerGateway: 2 })
  const oldest = await connect({ clientId: 'a' })
  const second = await connect({ clientId: 'b' })
  const third = await connect({ clientId: 'c' })
  expect(await oldest.first(({ cmd }) => cmd === 'disconnect')).toMatchObject({ reasonCode: 0x97 })
  await oldest.gone
  for (const client of [second, third]) await client.subscribe(own)
})
