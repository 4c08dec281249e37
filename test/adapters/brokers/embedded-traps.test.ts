/**
 * The traps of aedes (facts brokers 1, 3, 4 and "aedes traps"), one test each. "Fails without" names the cure: each
 * was taken out once, alone unless it says otherwise, and the test was seen to fail.
 */
import { once } from 'node:events'
import type { MqttClient } from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { BrokerHost, ConnectDecision } from '../../../src/core/ports/index.ts'
import {
  closing,
  granted,
  inbox,
  isVersion5,
  type Setup,
  startBroker,
  type TestBroker,
  topo,
  WAYS,
} from '../../support/mqtt-broker.ts'
import { principal } from '../../support/mqtt-core.ts'
import { header, rawConnect, rawSocket, rawSubscribe, rawUnsubscribe } from '../../support/mqtt-raw.ts'

let broker: TestBroker
const start = async (setup?: Setup): Promise<TestBroker> => {
  broker = await startBroker(setup)
  return broker
}
afterEach(() => broker.stop())

const send = (topic: string, payload: string, qos: 0 | 1 = 1): Promise<void> =>
  broker.adapter.publish({ topic, payload, qos })

/** A round trip of somebody else: the broker is alive, and whatever was sent before has been dealt with. */
async function roundTrip(client: MqttClient, gateway = 'G2'): Promise<string[]> {
  const box = inbox(client)
  await granted(client, `thing/product/${gateway}/services`)
  await send(`thing/product/${gateway}/services`, 'marker')
  return box.until('marker')
}

const own = 'thing/product/G1/services'

describe('subscriptions that were denied', () => {
  const stored = { clean: false }

  // Fails without both authorizeForward (`return packet`) and `forget` in `reportErrors`; each alone holds.
  it('are not served after a reconnect with a stored session', async () => {
    await start()
    const before = await broker.connect('tcp 3.1.1', 'G1', stored)
    expect(await granted(before, [own, 'thing/product/G2/services'])).toEqual([1, 128])
    await before.endAsync()
    await send('thing/product/G2/services', 'secret')
    const after = await broker.connect('tcp 3.1.1', 'G1', stored)
    const box = inbox(after)
    await send('thing/product/G2/services', 'secret')
    await send(own, 'marker')
    // At least once: a message that comes while the stored ones are handed out may come twice.
    expect(await box.until('marker')).not.toContain('secret')
  })

  // Fails without `forget`: otherwise everybody's messages pile up for a session that never gets them.
  it('are not stored', async () => {
    const asked: string[] = []
    await start({
      wrap: (host) => ({
        ...host,
        authorizeSubscribe(who, filter) {
          asked.push(filter)
          return host.authorizeSubscribe(who, filter)
        },
      }),
    })
    const before = await broker.connect('tcp 3.1.1', 'G1', stored)
    await granted(before, [own, '#'])
    await before.endAsync()
    asked.length = 0
    await broker.connect('tcp 3.1.1', 'G1', stored)
    expect(asked).toEqual([own])
  })

  // Fails without authorizeForward: the message waits in the queue of a session that has lost the aircraft since.
  it('or have been lost since: what was queued meanwhile is not delivered', async () => {
    await start()
    const before = await broker.connect('tcp 3.1.1', 'G1', stored)
    await before.publishAsync('sys/product/G1/status', topo('A1'), { qos: 1 })
    await broker.events.first('aircraft.online')
    expect(await granted(before, [own, 'thing/product/A1/services'])).toEqual([1, 1])
    await before.endAsync()
    const other = await broker.connect('tcp 3.1.1', 'G2', { password: 'W1:S2:U2' })
    await other.publishAsync('sys/product/G2/status', topo('A1'), { qos: 1 })
    await broker.events.first('aircraft.online', (event) => event.gateway === 'G2')
    await send('thing/product/A1/services', 'secret')
    await send(own, 'queued for G1')
    const after = await broker.connect('tcp 3.1.1', 'G1', stored)
    const box = inbox(after)
    await send(own, 'marker')
    expect(await box.until('marker')).not.toContain('secret')
  })
})

describe('hooks', () => {
  const broken: Record<string, () => never | Promise<never>> = {
    throw: () => {
      throw new Error('bug')
    },
    reject: () => Promise.reject(new Error('bug')),
    'never answer': () => new Promise(() => undefined),
  }
  const only =
    (gateway: string, change: (host: BrokerHost) => Partial<BrokerHost>) =>
    (host: BrokerHost): BrokerHost => {
      const changed = change(host)
      return {
        ...host,
        ...(changed.authenticate && {
          authenticate: (attempt) =>
            attempt.clientId === gateway
              ? (changed.authenticate as BrokerHost['authenticate'])(attempt)
              : host.authenticate(attempt),
        }),
        ...(changed.authorizePublish && {
          authorizePublish: (who, topic, retain) =>
            who.gateway === gateway
              ? (changed.authorizePublish as BrokerHost['authorizePublish'])(who, topic, retain)
              : host.authorizePublish(who, topic, retain),
        }),
        ...(changed.authorizeSubscribe && {
          authorizeSubscribe: (who, filter) =>
            who.gateway === gateway
              ? (changed.authorizeSubscribe as BrokerHost['authorizeSubscribe'])(who, filter)
              : host.authorizeSubscribe(who, filter),
        }),
      }
    }

  // Fails without `settle` (its try, its rejection handler, its timer): unhandled error, or a client that waits for ever.
  describe.each(Object.keys(broken))('that %s', (kind) => {
    const fail = broken[kind] as () => never
    const options = { limits: { decisionMs: 50 } }

    it('at connect: refused, the socket is closed', async () => {
      await start({ options, wrap: only('G1', () => ({ authenticate: fail })) })
      await expect(broker.connect('tcp 3.1.1', 'G1')).rejects.toMatchObject({ code: 3 })
      expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'unavailable', clientId: 'G1' }])
      await roundTrip(await broker.connect('tcp 3.1.1', 'G2'))
    })

    it('at publish and subscribe: denied, nobody else notices', async () => {
      await start({ options, wrap: only('G1', () => ({ authorizePublish: fail, authorizeSubscribe: fail })) })
      const client = await broker.connect('tcp 3.1.1', 'G1')
      expect(await granted(client, own)).toEqual([128])
      await client.publishAsync('thing/product/G1/osd', '{"data":{}}', { qos: 1 })
      await roundTrip(await broker.connect('tcp 3.1.1', 'G2'))
      expect(broker.received).toEqual([])
      expect(broker.events.of('mqtt.refused').map((event) => event.reason)).toEqual([
        'unavailable',
        'unavailable',
      ])
    })
  })

  // Fails without the try in authorizeForward.
  it('that throw while forwarding: not delivered', async () => {
    let trouble = false
    await start({
      wrap: (host) => ({
        ...host,
        authorizeForward(who, topic) {
          if (trouble && who.gateway === 'G1') throw new Error('bug')
          return host.authorizeForward(who, topic)
        },
      }),
    })
    const client = await broker.connect('tcp 3.1.1', 'G1')
    const box = inbox(client)
    await granted(client, own)
    trouble = true
    await send(own, 'lost')
    trouble = false
    await send(own, 'marker')
    expect(await box.until('marker')).toEqual(['marker'])
  })

  // Fails without `decided`: the check began before the session ended, and its answer is out of date.
  it('a kick while CONNECT is being checked beats the check', async () => {
    let answer: (decision: ConnectDecision) => void = () => undefined
    let asked: () => void = () => undefined
    const checking = new Promise<void>((resolve) => {
      asked = resolve
    })
    await start({
      wrap: only('G1', () => ({
        authenticate: () =>
          new Promise((resolve) => {
            answer = resolve
            asked()
          }),
      })),
    })
    const connecting = broker.connect('tcp 3.1.1', 'G1')
    await checking
    await broker.adapter.kick({ sessionId: 'S1' })
    answer({ allow: true, principal: principal('G1') })
    await expect(connecting).rejects.toThrow()
  })
})

describe('what a peer can make us hold', () => {
  const patient = { unauthenticatedMs: 60_000 }

  /** How much a peer can send before the connection is gone, in bytes. */
  async function flood(first: Buffer): Promise<number> {
    const socket = await rawSocket(broker.tcpPort)
    const chunk = Buffer.alloc(64 * 1024, 0x61)
    const write = (bytes: Buffer): Promise<boolean> =>
      new Promise((resolve) => socket.write(bytes, (error) => resolve(error == null)))
    let sent = 0
    await write(first)
    while (sent < 64 * 1024 * 1024 && (await write(chunk))) sent += chunk.length
    socket.destroy()
    return sent
  }

  // Fails without `maximumPacketSize` and `limitBytes` both out: aedes takes all 64 MiB (facts: 120 MB).
  it('a CONNECT of 200 MiB is not waited for', async () => {
    await start({ options: { limits: patient } })
    expect(await flood(Buffer.concat([header(0x10, 200 * 1024 * 1024)]))).toBeLessThan(16 * 1024 * 1024)
    expect(await broker.events.first('mqtt.refused')).toMatchObject({ reason: 'limit' })
    await roundTrip(await broker.connect('tcp 3.1.1', 'G2'))
  })

  // Fails without `limitBytes`: 200 KiB are below the cap of a packet.
  it.each(['tcp', 'ws'])('nor one of 200 KiB from a stranger, over %s', async (way) => {
    await start({ options: { limits: patient } })
    const start200 = Buffer.concat([header(0x10, 200 * 1024), Buffer.alloc(100 * 1024, 0x61)])
    if (way === 'tcp') {
      const socket = await rawSocket(broker.tcpPort)
      socket.write(start200)
      await socket.gone
    } else {
      const socket = new WebSocket(broker.wsUrl, ['mqtt'])
      socket.on('open', () => socket.send(start200))
      await new Promise((resolve) => socket.on('close', resolve))
    }
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'limit' }])
  })

  // Fails without `stopCounting`: the cap is for strangers only.
  it('who is let in may send more than a stranger', async () => {
    await start()
    const client = await broker.connect('tcp 3.1.1')
    const payload = JSON.stringify({ data: { long: 'x'.repeat(100 * 1024) } })
    await client.publishAsync('thing/product/G1/osd', payload, { qos: 1 })
    await client.publishAsync('thing/product/G1/osd', payload, { qos: 1 })
    expect(broker.events.of('device.osd')).toHaveLength(2)
  })

  // Fails without `maximumPacketSize`.
  it.each(WAYS)('a packet above the cap ends its connection, over %s', async (way) => {
    await start()
    const bystander = await broker.connect('tcp 5', 'G2')
    const client = await broker.connect(way)
    const closed = closing(client)
    client.publish('thing/product/G1/osd', Buffer.alloc(300 * 1024), { qos: 0 })
    await closed
    if (way.startsWith('tcp')) {
      expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'limit', clientId: 'G1' }])
    }
    await roundTrip(bystander)
    expect(broker.received).toEqual([])
  })

  // Fails without `connectTimeout`.
  it('who says nothing is sent away', async () => {
    await start({ options: { limits: { unauthenticatedMs: 50 } } })
    const socket = await rawSocket(broker.tcpPort)
    await socket.gone
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'limit', clientId: null }])
  })

  describe('through the HTTP server of the host', () => {
    const silent = async () => {
      const socket = new WebSocket(broker.wsUrl, 'mqtt')
      const gone = new Promise((resolve) => socket.once('close', resolve))
      socket.on('error', () => undefined)
      await once(socket, 'open')
      return { socket, gone }
    }

    // Fails without `connectTimeout`.
    it('a connection that never sends CONNECT is closed in the same time', async () => {
      await start({ options: { limits: { unauthenticatedMs: 50 } } })
      await (await silent()).gone
      expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'limit', clientId: null }])
    })

    // Fails without `limiter.enter` in `ticketFor` (all stay), and without `ticket.spoke` in `preConnect` (G1 goes first).
    it('silent connections have the same share, and go before one whose CONNECT is being checked', async () => {
      let asked = (): void => undefined
      let answer = (): void => undefined
      const wasAsked = new Promise<void>((resolve) => {
        asked = resolve
      })
      const mayAnswer = new Promise<void>((resolve) => {
        answer = resolve
      })
      await start({
        options: { limits: { ...patient, unauthenticated: 3 } },
        wrap: (host) => ({
          ...host,
          async authenticate(attempt) {
            asked()
            await mayAnswer
            return host.authenticate(attempt)
          },
        }),
      })
      const connecting = broker.connect('ws 3.1.1', 'G1', { connectTimeout: 30_000 })
      connecting.catch(() => undefined)
      await wasAsked
      const sockets = []
      for (let count = 0; count < 4; count += 1) sockets.push(await silent())
      await Promise.all(sockets.slice(0, 2).map(({ gone }) => gone))
      answer()
      await roundTrip(await connecting, 'G1')
      expect(broker.events.of('mqtt.refused').map(({ reason }) => reason)).toEqual(['limit', 'limit'])
      for (const { socket } of sockets) socket.terminate()
    })
  })

  // Fails without `makeWay` (nobody goes), and without `room.enter` (all stay), both in limiter.ts.
  it('no more strangers than `unauthenticated`: the one that waited longest without a word makes way', async () => {
    await start({ options: { limits: { ...patient, unauthenticated: 2 } } })
    const first = await rawSocket(broker.tcpPort)
    const second = await rawSocket(broker.tcpPort)
    const third = await rawSocket(broker.tcpPort)
    await first.gone
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'limit', address: '127.0.0.1' }])
    expect([second.destroyed, third.destroyed]).toEqual([false, false])
    await roundTrip(await broker.connect('tcp 3.1.1', 'G2'))
    await second.gone
    third.destroy()
  })

  // Fails without `hasRoom` in hooks.ts, and (the last lines) without `ticket.leave` in `left`.
  it.each([{ connections: 2 }, { connectionsPerAddress: 2 }])(
    'no more controllers than %j',
    async (limits) => {
      await start({ options: { limits: { ...patient, ...limits } } })
      const strangers = [await rawSocket(broker.tcpPort), await rawSocket(broker.tcpPort)]
      const first = await broker.connect('tcp 3.1.1', 'G1')
      await broker.connect('ws 5', 'G2')
      await expect(broker.connect('tcp 5', 'G3')).rejects.toThrow()
      expect(broker.events.of('mqtt.refused')).toMatchObject([
        { reason: 'limit', clientId: 'G3', address: '127.0.0.1' },
      ])
      // Who comes back takes over from itself.
      await broker.connect('tcp 3.1.1', 'G2')
      await first.endAsync()
      await roundTrip(await broker.connect('tcp 3.1.1', 'G3'), 'G3')
      for (const stranger of strangers) stranger.destroy()
    },
  )

  /** One who subscribes and never reads. */
  async function stuckPeer() {
    const stuck = await rawSocket(broker.tcpPort)
    stuck.write(rawConnect('stuck', 'G1', 'W1:S1'))
    stuck.write(rawSubscribe(4, own))
    // CONNACK and SUBACK: what is sent before the latter would not be for it.
    let heard = 0
    while (heard < 4 + 5) heard += (await once(stuck, 'data'))[0].length
    return stuck.pause()
  }
  const payload = 'x'.repeat(10_000)
  const sendMany = () => Array.from({ length: 2_000 }, () => send(own, payload, 0))

  // Fails with aedes's own `concurrency` of 100; facts: the fast one got 208 of 2,000 in 4 s.
  it('one who does not read holds up nobody', async () => {
    await start({ options: { limits: { drainMs: 60_000 } } })
    const stuck = await stuckPeer()
    const fast = await broker.connect('tcp 3.1.1', 'G1', { clientId: 'fast' })
    const box = inbox(fast)
    await granted(fast, own, 0)
    void sendMany()
    await box.count(2_000)
    stuck.destroy()
  })

  // Fails with aedes's own `drainTimeout` of 60 s.
  it('one who does not read is sent away', async () => {
    await start({ options: { limits: { drainMs: 300 } } })
    const stuck = await stuckPeer()
    await Promise.all(sendMany())
    expect(await broker.events.first('mqtt.refused')).toMatchObject({ reason: 'limit', clientId: 'stuck' })
    stuck.destroy()
  })
})

describe('wills', () => {
  const will = {
    topic: 'sys/product/G1/status',
    payload: Buffer.from('will'),
    qos: 1 as const,
    retain: false,
  }

  /** A second connection of the same gateway, of another session, that would hear the will. */
  async function witness() {
    const client = await broker.connect('tcp 3.1.1', 'G1', { clientId: 'witness', password: 'W1:S2' })
    const box = inbox(client)
    await granted(client, ['sys/product/G1/status', own])
    return async (): Promise<string[]> => {
      await send(own, 'marker')
      return box.until('marker')
    }
  }

  it('of one that is lost is published, as allowed', async () => {
    await start()
    const heard = await witness()
    const client = await broker.connect('tcp 3.1.1', 'G1', { will })
    client.stream.destroy()
    await broker.events.first('message.invalid')
    expect(await heard()).toEqual(['will', 'marker'])
  })

  // Fails without `dropWill` in `closeLink`.
  it.each(WAYS)('of one that is kicked is not published, over %s', async (way) => {
    await start()
    const heard = await witness()
    const client = await broker.connect(way, 'G1', { will })
    const closed = closing(client)
    expect(await broker.adapter.kick({ sessionId: 'S1' })).toBe(1)
    await closed
    expect(await heard()).toEqual(['marker'])
    expect(broker.received).toEqual([])
  })

  // Fails without `dropWill` in `admitted`.
  it.each(WAYS)('of one that is taken over is not published, over %s', async (way) => {
    await start()
    const heard = await witness()
    const client = await broker.connect(way, 'G1', { will })
    const closed = closing(client)
    await broker.connect(way, 'G1')
    await closed
    expect(await heard()).toEqual(['marker'])
    expect(broker.received).toEqual([])
  })

  // Fails without `dropWill` in `closeLink` (stop goes through it too).
  it('of those that are there at the end are not published', async () => {
    await start()
    await broker.connect('tcp 5', 'G1', { will })
    await broker.adapter.stop()
    expect(broker.received).toEqual([])
  })

  // Fails without NOWHERE, that is with `done(new Refused(...))` for every version: close, and the will fires.
  it('a denied publish closes nothing and fires no will', async () => {
    await start()
    const heard = await witness()
    const client = await broker.connect('tcp 3.1.1', 'G1', { will })
    await client.publishAsync('thing/product/G2/osd', 'denied', { qos: 1 })
    await client.publishAsync('thing/product/G2/osd', 'denied', { qos: 2 })
    expect(await heard()).toEqual(['marker'])
    expect(client.connected).toBe(true)
    expect(broker.received).toEqual([])
  })

  // Fails without the will in the attempt (`attemptOf`).
  it.each(WAYS)('for others are refused at connect, over %s', async (way) => {
    await start()
    const delayed = isVersion5(way) ? { properties: { willDelayInterval: 1 } } : {}
    await expect(
      broker.connect(way, 'G1', { will: { ...will, topic: 'sys/product/G2/status', ...delayed } }),
    ).rejects.toThrow()
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'will' }])
  })
})

describe('names', () => {
  // Fails without authorizePublish: aedes takes this for another node that has the client now, and closes it.
  it.each(WAYS)('nobody speaks as the broker: $SYS, over %s', async (way) => {
    await start()
    const victim = await broker.connect('tcp 3.1.1', 'G2')
    const client = await broker.connect(way)
    for (const qos of [0, 1] as const) {
      await client.publishAsync('$SYS/elsewhere/new/clients', 'W1/G2/G2', { qos }).catch(() => undefined)
    }
    await roundTrip(victim)
    expect(victim.connected).toBe(true)
  })

  // Fails without `guardPackets`: aedes finds these among its subscriptions, and the process ends.
  it.each([
    ['tcp 3.1.1', rawUnsubscribe(4, 'constructor')],
    ['tcp 3.1.1', rawUnsubscribe(4, '__proto__')],
    ['tcp 5', rawUnsubscribe(5, 'toString')],
    ['tcp 5', rawSubscribe(5, own, '__proto__')],
    ['tcp 3.1.1', rawSubscribe(4, own, '__proto__')],
  ] as const)('that every object has end one connection only, over %s', async (way, packet) => {
    await start()
    const bystander = await broker.connect('tcp 5', 'G2')
    const client = await broker.connect(way)
    const closed = closing(client)
    client.stream.write(packet)
    await closed
    await roundTrip(bystander)
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'protocol', clientId: 'G1' }])
  })

  // Fails without `ownedId`: aedes finds a "connected client" of that name and cannot close it.
  it.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'client id %s is one like any other',
    async (clientId) => {
      await start()
      const first = await broker.connect('tcp 3.1.1', 'G1', { clientId })
      const closed = closing(first)
      await broker.connect('tcp 3.1.1', 'G1', { clientId })
      await closed
      await roundTrip(await broker.connect('tcp 5', 'G2'))
    },
  )

  // Fails without `ownedId`: the second takes the first one's place, stored session and all.
  it('a client id of another gateway takes over neither connection nor session', async () => {
    await start()
    const first = await broker.connect('tcp 3.1.1', 'G1', { clean: false })
    await granted(first, own)
    const thief = await broker.connect('tcp 3.1.1', 'G2', { clientId: 'G1', clean: false })
    const box = inbox(thief)
    await send(own, 'secret')
    expect(await roundTrip(thief)).toEqual(['marker'])
    expect(box.texts()).toEqual(['marker'])
    expect(first.connected).toBe(true)
  })

  it.each(['tcp 3.1.1', 'tcp 5'] as const)(
    'of two hundred levels end one connection at most, over %s',
    async (way) => {
      await start()
      const deep = Array.from({ length: 200 }, () => 'a').join('/')
      const bystander = await broker.connect('tcp 5', 'G2')
      const publisher = await broker.connect(way, 'G1')
      publisher.publish(deep, 'x')
      const subscriber = await broker.connect(way, 'G3')
      subscriber.subscribe(deep, () => undefined)
      await roundTrip(bystander)
    },
  )
})

describe('MQTT 5', () => {
  // Fails without authorizePublish: an alias is resolved before it is asked.
  it('a topic alias opens no foreign topic', async () => {
    await start()
    const victim = await broker.connect('tcp 5', 'G2')
    const heard = inbox(victim)
    await granted(victim, 'thing/product/G2/#')
    const client = await broker.connect('tcp 5')
    const alias = { properties: { topicAlias: 1 } }
    await client.publishAsync('thing/product/G2/osd', 'first', alias)
    await client.publishAsync('', 'second', alias)
    await client.publishAsync('thing/product/G1/osd', '{"data":{"n":1}}', { properties: { topicAlias: 2 } })
    await client.publishAsync('', '{"data":{"n":2}}', { qos: 1, properties: { topicAlias: 2 } })
    expect(broker.events.of('device.osd').map((event) => event.data)).toEqual([{ n: 1 }, { n: 2 }])
    await roundTrip(victim)
    expect(heard.texts()).toEqual(['marker'])
  })

  // Fails without the retain flag in authorizePublish: what is retained is sent to whoever subscribes later.
  it.each(WAYS)('nothing is retained, so nothing comes with a subscription, over %s', async (way) => {
    await start()
    const client = await broker.connect(way)
    await client.publishAsync('thing/product/G1/osd', '{"data":{}}', { qos: 0, retain: true })
    await client
      .publishAsync('thing/product/G1/osd', '{"data":{}}', { qos: 1, retain: true })
      .catch(() => undefined)
    const box = inbox(client)
    await granted(client, ['thing/product/G1/osd', own])
    await send(own, 'marker')
    expect(await box.until('marker')).toEqual(['marker'])
    expect(box.all[0]?.retain).toBe(false)
  })

  it('a shared subscription is refused, also to one’s own topics', async () => {
    await start()
    const client = await broker.connect('tcp 5')
    expect((await granted(client, `$share/g/${own}`))[0]).toBeGreaterThanOrEqual(128)
    const box = inbox(client)
    await send(own, 'unheard')
    await roundTrip(client, 'G1')
    expect(box.texts()).toEqual(['marker'])
  })

  it('a response topic is not answered on', async () => {
    await start()
    const victim = await broker.connect('tcp 5', 'G2')
    const heard = inbox(victim)
    await granted(victim, 'thing/product/G2/#')
    const client = await broker.connect('tcp 5')
    const box = inbox(client)
    await granted(client, 'sys/product/G1/status_reply')
    const properties = { responseTopic: 'thing/product/G2/services', correlationData: Buffer.from('x') }
    await client.publishAsync('sys/product/G1/status', topo('A1'), { qos: 1, properties })
    await box.count(1)
    await roundTrip(victim)
    expect(heard.texts()).toEqual(['marker'])
  })
})

describe('WebSocket', () => {
  // Fails without `handleProtocols`: ws confirms whatever is named first, and a browser closes without confirmation.
  it.each([
    [['mqtt'], 'mqtt'],
    [['mqttv3.1'], 'mqttv3.1'],
    [['chat', 'mqtt'], 'mqtt'],
  ])('subprotocols %j: %s', async (offered, confirmed) => {
    await start()
    const socket = new WebSocket(broker.wsUrl, offered)
    await new Promise((resolve) => socket.on('open', resolve))
    expect(socket.protocol).toBe(confirmed)
    socket.terminate()
  })

  it('a text frame of no MQTT ends that socket only', async () => {
    await start()
    const socket = new WebSocket(broker.wsUrl, ['mqtt'])
    socket.on('open', () => socket.send('{"hello":"broker"}'))
    await new Promise((resolve) => socket.on('close', resolve))
    await roundTrip(await broker.connect('ws 5', 'G2'))
  })
})

describe('bytes that are not MQTT', () => {
  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')],
    ['TLS', Buffer.from('16030100a5010000a10303000102030405060708', 'hex')],
    ['noise', Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 197 + 31) % 256))],
    ['a packet before CONNECT', rawSubscribe(4, '#')],
    ['zeroes', Buffer.alloc(64)],
  ])('%s', async (_, bytes) => {
    await start({ options: { limits: { unauthenticatedMs: 500 } } })
    const bystander = await broker.connect('tcp 3.1.1', 'G2')
    const socket = await rawSocket(broker.tcpPort)
    socket.write(bytes)
    await socket.gone
    const { reason, address } = await broker.events.first('mqtt.refused')
    expect([['protocol', 'limit'].includes(reason), address]).toEqual([true, '127.0.0.1'])
    await roundTrip(bystander)
  })
})
