import { afterEach, describe, expect, it } from 'vitest'
import { createLifeline, isOutage } from '../../../src/adapters/brokers/embedded/lifeline.ts'
import { silentLogger } from '../../../src/core/ports/index.ts'
import { startBroker, type TestBroker } from '../../support/mqtt-broker.ts'
import { packetClient } from '../../support/mqtt-packets.ts'
import { withRedis } from '../../support/stores.ts'

describe('a lifeline', () => {
  function stage() {
    let works = true
    let asked = 0
    const answer = async (): Promise<string> => {
      asked += 1
      if (!works) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      return 'pong'
    }
    const lifeline = createLifeline({
      ping: answer,
      timeoutMs: 50,
      retryMs: 1,
      now: () => 1_000,
      logger: silentLogger,
    })
    return {
      lifeline,
      answer,
      asked: () => asked,
      set: (to: boolean) => {
        works = to
      },
    }
  }

  it('asks nobody while it is away, and says when it is back', async () => {
    const { lifeline, answer, set, asked } = stage()
    const back = new Promise<void>((resolve) => lifeline.onBack(resolve))
    expect(await lifeline.attempt(answer, () => 'instead')).toBe('pong')
    set(false)
    expect(await lifeline.attempt(answer, () => 'instead')).toBe('instead')
    expect(lifeline.outage()).toEqual({ since: 1_000, cause: 'ECONNREFUSED' })
    const before = asked()
    expect(await lifeline.attempt(answer, () => 'instead')).toBe('instead')
    expect(asked()).toBe(before)
    set(true)
    await back
    expect(lifeline.outage()).toBeNull()
    expect(await lifeline.attempt(answer, () => 'instead')).toBe('pong')
    lifeline.stop()
  })

  it('notices one that hangs', async () => {
    const { lifeline } = stage()
    expect(
      await lifeline.attempt(
        () => new Promise<string>(() => undefined),
        () => 'instead',
      ),
    ).toBe('instead')
    expect(lifeline.isUp()).toBe(false)
    lifeline.stop()
  })

  // A message that waits longer than a later one would be a duplicate for aedes.
  it('lets all go on that wait, in their order, when one of them finds it out', async () => {
    const { lifeline, answer, set } = stage()
    const order: number[] = []
    const hanging = [1, 2, 3].map((name) =>
      lifeline.attempt(
        () => new Promise<string>(() => undefined),
        () => {
          order.push(name)
          return 'instead'
        },
      ),
    )
    set(false)
    await lifeline.attempt(answer, () => 'instead')
    await Promise.all(hanging)
    expect(order).toEqual([1, 2, 3])
    lifeline.stop()
  })

  it('passes on what is not its business', async () => {
    const { lifeline } = stage()
    await expect(
      lifeline.attempt(
        () => Promise.reject(new Error('no such packet')),
        () => 'instead',
      ),
    ).rejects.toThrow('no such packet')
    expect(lifeline.isUp()).toBe(true)
  })

  it.each([
    [Object.assign(new Error('x'), { code: 'ECONNRESET' }), true],
    [new Error('Connection is closed.'), true],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), true],
    [new Error('Command timed out'), true],
    [new Error('LOADING Redis is loading the dataset in memory'), true],
    [new Error('ERR wrong number of arguments'), false],
    [new Error('unknown key'), false],
    ['text', false],
  ])('%s', (error, expected) => {
    expect(isOutage(error)).toBe(expected)
  })
})

const own = 'thing/product/G1/services'
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

withRedis('while the Redis of the embedded broker is away', (redis) => {
  const start = async (limits = {}): Promise<TestBroker> => {
    const broker = await startBroker({ options: { redis: redis().url, limits: { redisMs: 200, ...limits } } })
    closers.push(() => broker.stop())
    return broker
  }
  const connect = async (broker: TestBroker, more: Parameters<typeof packetClient>[2] = {}) => {
    const client = await packetClient(broker.tcpPort, 'G1', more)
    closers.push(() => client.cut())
    return client
  }
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  async function untilStored(topic: string): Promise<void> {
    const { Redis } = await import('ioredis')
    const conn = new Redis(redis().url)
    const key = `client:${encodeURIComponent('W1/G1/stored')}`
    while ((await conn.hexists(key, topic)) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    conn.disconnect()
  }

  /** Two ways to be away, each until the function that is returned. */
  const ways = {
    'a Redis that hangs': async () => {
      redis().freeze()
      return async () => redis().thaw()
    },
    'a Redis that is killed': async () => {
      await redis().stop('SIGKILL')
      return () => redis().start()
    },
  }

  describe.each(Object.entries(ways))('%s', (_, away) => {
    it.each([4, 5] as const)(
      'connections stay, messages arrive, and all is well afterwards: level %i',
      async (protocolVersion) => {
        const broker = await start()
        const session = {
          protocolVersion,
          clean: false,
          ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 600 } } : {}),
        }
        const stored = await connect(broker, { ...session, clientId: 'stored' })
        await stored.subscribe(own)
        const clean = await connect(broker, { protocolVersion, clientId: 'clean' })
        await clean.subscribe(own, 2)
        const comeBack = await away()
        try {
          // From the first message on, also the one that finds it out.
          for (const text of ['1', '2', '3']) {
            await broker.adapter.publish({ topic: own, payload: text, qos: 1 })
            for (const client of [stored, clean]) {
              await client.text(text)
              client.ack(text)
            }
          }
          expect(broker.adapter.health()).toMatchObject({ status: 'degraded' })
          expect(broker.adapter.health().detail).toMatch(/Redis does not answer/)
          // What a controller says is heard, and acknowledged, at every quality.
          for (const qos of [1, 2] as const) {
            stored.send({
              cmd: 'publish',
              topic: 'thing/product/G1/osd',
              payload: '{"data":{}}',
              qos,
              messageId: 70 + qos,
              dup: false,
              retain: false,
            })
            await stored.first(
              (packet) => packet.cmd === (qos === 1 ? 'puback' : 'pubrec') && packet.messageId === 70 + qos,
            )
          }
          stored.send({ cmd: 'pubrel', messageId: 72 })
          await stored.first(({ cmd }) => cmd === 'pubcomp')
          // New connections and subscriptions work too.
          await stored.subscribe('thing/product/G1/property/set')
          const late = await connect(broker, { protocolVersion, clientId: 'late' })
          await late.subscribe(own)
          await broker.adapter.publish({ topic: own, payload: '4', qos: 1 })
          await late.text('4')
          for (const client of [stored, clean, late]) await client.ping()
        } finally {
          await comeBack()
        }
        await until(() => broker.adapter.health().status === 'up')
        // The subscription that was made meanwhile is stored now: another node would know of it.
        await untilStored('thing/product/G1/property/set')
        const other = await start()
        await stored.cut()
        await broker.adapter.publish({ topic: 'thing/product/G1/property/set', payload: 'after', qos: 1 })
        const again = await connect(other, { ...session, clientId: 'stored' })
        expect(again.connack).toMatchObject({ sessionPresent: true })
        await again.text('after')
      },
      30_000,
    )

    it.each([4, 5] as const)(
      'what cannot be stored is not acknowledged: level %i',
      async (protocolVersion) => {
        const broker = await start()
        const session = {
          protocolVersion,
          clean: false,
          ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 600 } } : {}),
        }
        const absent = await connect(broker, { ...session, clientId: 'absent' })
        await absent.subscribe('thing/product/G1/state')
        await absent.cut()
        const sender = await connect(broker, { protocolVersion, clientId: 'sender' })
        const send = (messageId: number): void =>
          sender.send({
            cmd: 'publish',
            topic: 'thing/product/G1/state',
            payload: `{"data":{"n":${messageId}}}`,
            qos: 1,
            messageId,
            dup: false,
            retain: false,
          })
        send(1)
        await sender.first((packet) => packet.cmd === 'puback' && packet.messageId === 1)
        const comeBack = await away()
        try {
          // The first one finds it out.
          for (const id of [2, 3]) send(id)
          if (protocolVersion === 5)
            for (const id of [2, 3])
              expect(
                await sender.first((packet) => packet.cmd === 'puback' && packet.messageId === id),
              ).toMatchObject({ reasonCode: 0x80 })
          await sender.ping()
          expect(
            sender.all.filter((packet) => packet.cmd === 'puback' && packet.reasonCode !== 0x80),
          ).toHaveLength(1)
          await expect(
            broker.adapter.publish({ topic: 'thing/product/G1/state', payload: 'x', qos: 1 }),
          ).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
        } finally {
          await comeBack()
        }
        await until(() => broker.adapter.health().status === 'up')
        send(4)
        await sender.first((packet) => packet.cmd === 'puback' && packet.messageId === 4)
      },
      30_000,
    )
  })

  it('it starts without it, and finds it later', async () => {
    await redis().stop('SIGKILL')
    const starting = start()
    const broker = await starting
    expect(broker.adapter.health().status).toBe('degraded')
    const client = await connect(broker)
    await client.subscribe(own)
    await broker.adapter.publish({ topic: own, payload: 'alone', qos: 1 })
    await client.text('alone')
    await redis().start()
    await until(() => broker.adapter.health().status === 'up')
  }, 30_000)
})
