import { afterEach, describe, expect, it } from 'vitest'
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

let broker: TestBroker
const start = async (setup?: Setup): Promise<TestBroker> => {
  broker = await startBroker(setup)
  return broker
}
afterEach(() => broker.stop())

describe.each(WAYS)('over %s', (way) => {
  it('lets the right one in, and nobody else', async () => {
    await start()
    await broker.connect(way)
    await expect(broker.connect(way, 'G2', { password: 'wrong' })).rejects.toThrow()
    await expect(broker.connect(way, 'G3', { username: '', password: '' })).rejects.toThrow()
    await expect(broker.connect(way, 'G4', { clientId: 'a/b' })).rejects.toThrow()
    expect(broker.events.of('mqtt.refused').map(({ reason, clientId }) => [reason, clientId])).toEqual([
      ['bad_credentials', 'G2'],
      ['anonymous', 'G3'],
      ['bad_client_id', 'a/b'],
    ])
    expect(broker.adapter.health()).toMatchObject({ status: 'up', connections: 1 })
  })

  it('answers a topology; the aircraft may be spoken for from then on', async () => {
    await start()
    const client = await broker.connect(way)
    const box = inbox(client)
    expect(await granted(client, ['sys/product/G1/status_reply', 'thing/product/A1/#'])).toEqual([
      1,
      isVersion5(way) ? 135 : 128,
    ])
    await client.publishAsync('sys/product/G1/status', topo('A1'))
    await box.count(1)
    expect(JSON.parse(box.texts()[0] ?? '')).toMatchObject({
      tid: 't1',
      bid: 'b1',
      method: 'update_topo',
      data: { result: 0 },
    })
    expect(broker.events.take()).toEqual(expect.arrayContaining(['gateway.online G1', 'aircraft.online A1']))
    expect(await granted(client, 'thing/product/A1/services')).toEqual([1])
    await client.publishAsync('thing/product/A1/osd', '{"data":{"latitude":1}}')
    expect(await broker.events.first('device.osd')).toMatchObject({
      gateway: 'G1',
      serial: 'A1',
      data: { latitude: 1 },
    })
    await client.publishAsync('sys/product/G1/status', topo())
    await broker.events.first('aircraft.offline')
    await client.endAsync()
    await broker.events.first('gateway.offline')
    expect(broker.events.take()).toEqual([
      'device.osd A1',
      'aircraft.offline A1 unlinked',
      'gateway.offline G1 connection_lost',
    ])
  })

  it('denies a foreign, reserved or retained publish, and stays connected', async () => {
    await start()
    const other = await broker.connect(way, 'G2')
    const heard = inbox(other)
    await granted(other, 'thing/product/G2/#')
    const client = await broker.connect(way)
    for (const [topic, retain] of [
      ['thing/product/G2/osd', false],
      ['thing/product/A9/osd', false],
      ['$SYS/x', false],
      ['thing/product/G1/services', false],
      ['thing/product/G1/osd', true],
      ['anything', false],
    ] as const) {
      await client.publishAsync(topic, 'denied', { qos: 0, retain })
      await client.publishAsync(topic, 'denied', { qos: 1, retain }).catch(() => undefined)
    }
    await client.publishAsync('thing/product/G1/osd', '{"data":{}}', { qos: 1 })
    await broker.events.first('device.osd')
    await broker.adapter.publish({ topic: 'thing/product/G2/services', payload: 'marker', qos: 1 })
    expect(await heard.until('marker')).toEqual(['marker'])
    expect(client.connected).toBe(true)
    expect(broker.received.map((message) => message.topic)).toEqual(['thing/product/G1/osd'])
    // Each once, though it was said twice.
    expect(broker.events.of('mqtt.refused').map(({ reason, topic }) => `${reason} ${topic}`)).toEqual([
      'foreign thing/product/G2/osd',
      'foreign thing/product/A9/osd',
      'reserved $SYS/x',
      'not_listed thing/product/G1/services',
      'retained thing/product/G1/osd',
      'foreign anything',
    ])
  })

  it('denies foreign and wildcard subscriptions, grants own ones', async () => {
    await start()
    const client = await broker.connect(way)
    for (const filter of [
      '#',
      '+/product/G1/osd',
      'thing/product/+/osd',
      'thing/product/G2/#',
      'thing/product/G10/#',
      '$SYS/#',
      '$share/g/#',
    ]) {
      expect((await granted(client, filter))[0]).toBeGreaterThanOrEqual(128)
    }
    expect(await granted(client, ['thing/product/G1/#', 'sys/product/G1/+'])).toEqual([1, 1])
  })

  it.each([0, 1, 2] as const)('delivers with QoS %i both ways', async (qos) => {
    await start()
    const client = await broker.connect(way)
    const box = inbox(client)
    await granted(client, 'thing/product/G1/services', qos)
    await broker.adapter.publish({ topic: 'thing/product/G1/services', payload: 'do', qos })
    await box.until('do')
    await client.publishAsync('thing/product/G1/osd', '{"data":{"n":1}}', { qos })
    expect((await broker.events.first('device.osd')).data).toEqual({ n: 1 })
  })

  it('keeps QoS 1 messages for one who comes back', async () => {
    await start()
    const stored = { clean: false, ...(isVersion5(way) ? { properties: { sessionExpiryInterval: 60 } } : {}) }
    const before = await broker.connect(way, 'G1', stored)
    await granted(before, 'thing/product/G1/services')
    await before.endAsync()
    await broker.adapter.publish({ topic: 'thing/product/G1/services', payload: 'later', qos: 1 })
    // Not inherited by another gateway with the same client id.
    const other = await broker.connect(way, 'G2', { ...stored, clientId: 'G1' })
    const wrong = inbox(other)
    let box: ReturnType<typeof inbox> | undefined
    await broker.connect(way, 'G1', { ...stored }, (client) => {
      box = inbox(client)
    })
    await box?.until('later')
    await granted(other, 'thing/product/G2/services')
    await broker.adapter.publish({ topic: 'thing/product/G2/services', payload: 'marker', qos: 1 })
    expect(await wrong.until('marker')).toEqual(['marker'])
  })

  it('a takeover by the same client id is not the gateway going', async () => {
    await start()
    const will = {
      topic: 'thing/product/G1/osd',
      payload: Buffer.from('will'),
      qos: 0 as const,
      retain: false,
    }
    const old = await broker.connect(way, 'G1', { will })
    await old.publishAsync('sys/product/G1/status', topo('A1'), { qos: 1 })
    await broker.events.first('aircraft.online')
    const closed = closing(old)
    const newer = await broker.connect(way, 'G1', { password: 'W1:S2' })
    await closed
    await newer.publishAsync('thing/product/G1/osd', '{"data":{}}', { qos: 1 })
    await broker.events.first('device.osd')
    expect(broker.events.take()).toEqual(['gateway.online G1', 'aircraft.online A1', 'device.osd G1'])
    expect(broker.registry.get('G1')).toMatchObject({ online: true, sessionId: 'S2' })
  })

  it('the same client id of another gateway takes nothing over', async () => {
    await start()
    const first = await broker.connect(way, 'G1', { clientId: 'same' })
    await broker.connect(way, 'G2', { clientId: 'same' })
    await first.publishAsync('thing/product/G1/osd', '{"data":{}}', { qos: 1 })
    await broker.events.first('device.osd')
    expect(first.connected).toBe(true)
    expect(broker.adapter.health()).toMatchObject({ connections: 2 })
  })

  it('kicks by session, gateway and credential, and nobody else', async () => {
    await start()
    for (const target of [{ sessionId: 'S1' }, { gateway: 'G1' }, { credentialId: 'S1.G1' }]) {
      const client = await broker.connect(way)
      const bystander = await broker.connect(way, 'G2', { password: 'W1:S2' })
      const closed = closing(client)
      expect(await broker.adapter.kick(target)).toBe(1)
      await closed
      expect(await broker.adapter.kick(target)).toBe(0)
      await bystander.publishAsync('thing/product/G2/osd', '{"data":{}}', { qos: 1 })
      expect(bystander.connected).toBe(true)
      await bystander.endAsync()
    }
  })

  it('a credential without a gateway belongs to the first that it names', async () => {
    await start()
    const client = await broker.connect(way, 'any', { clientId: 'whatever' })
    const box = inbox(client)
    expect(await granted(client, 'sys/product/G1/status_reply')).toEqual([1])
    await client.publishAsync('sys/product/G1/status', topo('A1'), { qos: 1 })
    await box.count(1)
    expect((await granted(client, 'sys/product/G2/status_reply'))[0]).toBeGreaterThanOrEqual(128)
    expect(broker.registry.get('G1')).toMatchObject({ online: true })
  })

  it('binary, broken and unknown payloads disturb nobody', async () => {
    await start()
    const client = await broker.connect(way)
    const box = inbox(client)
    await granted(client, 'sys/product/G1/status_reply')
    await client.publishAsync('thing/product/G1/osd', Buffer.from([0, 255, 128, 1]), { qos: 1 })
    await client.publishAsync('sys/product/G1/status', '{"method":"update_topo"', { qos: 1 })
    const unknown = {
      tid: 't9',
      method: 'update_topo',
      data: { type: 9999, sub_devices: [{ sn: 'A1', type: 8888, sub_type: 7 }] },
    }
    await client.publishAsync('thing/product/G1/status', JSON.stringify(unknown), { qos: 1 })
    await box.count(1)
    expect(JSON.parse(box.texts()[0] ?? '')).toMatchObject({ tid: 't9', data: { result: 0 } })
    expect(broker.events.of('aircraft.online')).toMatchObject([
      { aircraft: 'A1', model: { key: '0-8888-7', name: null } },
    ])
    expect(broker.events.of('message.invalid').map((event) => event.reason)).toEqual([
      'payload: not JSON',
      'payload: not JSON',
    ])
    expect(client.connected).toBe(true)
  })

  it('anonymous only where the option says so', async () => {
    await start({ anonymous: { workspaceId: 'W1' } })
    const nobody = { username: '', password: '' }
    const client = await broker.connect(way, 'G1', nobody)
    await client.publishAsync('sys/product/G1/status', topo('A1'), { qos: 1 })
    await broker.events.first('aircraft.online')
    expect((await granted(client, 'thing/product/G2/#'))[0]).toBeGreaterThanOrEqual(128)
  })

  it('anonymous also for clients that send a static name, but not with a controller of ours', async () => {
    await start({ anonymous: { workspaceId: 'W1' } })
    const client = await broker.connect(way, 'G1', { username: 'JavaServer', password: 'made-up' })
    await client.publishAsync('sys/product/G1/status', topo('A1'), { qos: 1 })
    await broker.events.first('aircraft.online')
    await expect(broker.connect(way, 'G2', { username: 'G1', password: 'made-up' })).rejects.toThrow()
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'bad_credentials', clientId: 'G2' }])
  })

  it('tells whose credentials a second controller uses', async () => {
    await start()
    const login = { username: 'any', password: 'W1:S1' }
    const [first, second] = [await broker.connect(way, 'G1', login), await broker.connect(way, 'G2', login)]
    const box = inbox(first)
    await granted(first, 'sys/product/G1/status_reply')
    await first.publishAsync('sys/product/G1/status', topo('A1'), { qos: 1 })
    await box.count(1)
    expect(await granted(second, ['sys/product/G2/status_reply'])).toEqual([isVersion5(way) ? 135 : 128])
    await second.publishAsync('sys/product/G2/status', topo(), { qos: 1 }).catch(() => undefined)
    const told = await broker.events.first('mqtt.refused', ({ topic }) => topic === 'sys/product/G2/status')
    expect(told).toMatchObject({ reason: 'other_gateway', clientId: 'G2', gateway: 'G1', serial: 'G2' })
    expect(told.hint).toContain('ask for credentials for G2')
    expect(broker.registry.list().map(({ serial }) => serial)).toEqual(['G1'])
  })
})

it('lets two controllers of one user speak for an aircraft, deliveries included, and takes it from neither', async () => {
  await start()
  const first = await broker.connect('tcp 3.1.1', 'G1')
  const second = await broker.connect('tcp 5', 'G2')
  const [one, two] = [inbox(first), inbox(second)]
  for (const [client, gateway, box] of [
    [first, 'G1', one],
    [second, 'G2', two],
  ] as const) {
    await granted(client, `sys/product/${gateway}/status_reply`)
    await client.publishAsync(`sys/product/${gateway}/status`, topo('A1'), { qos: 1 })
    await box.count(1)
    await granted(client, 'thing/product/A1/services')
  }
  await broker.adapter.publish({ topic: 'thing/product/A1/services', payload: 'for both', qos: 1 })
  await Promise.all([one.until('for both'), two.until('for both')])
  for (const client of [first, second])
    await client.publishAsync('thing/product/A1/osd', '{"data":{"height":1}}', { qos: 1 })
  await first.endAsync()
  expect(await broker.events.first('aircraft.moved')).toMatchObject({
    aircraft: 'A1',
    gateway: 'G2',
    from: 'G1',
  })
  expect(broker.events.of('device.osd').map(({ gateway }) => gateway)).toEqual(['G1', 'G2'])
  expect([broker.events.of('aircraft.offline'), broker.events.of('mqtt.refused')]).toEqual([[], []])
})

it('refuses what a controller of another user says and wants to hear of an aircraft that flies, by name', async () => {
  await start()
  const first = await broker.connect('tcp 3.1.1', 'G1')
  const second = await broker.connect('tcp 5', 'G2', { password: 'W1:S2:U2' })
  const [one, two] = [inbox(first), inbox(second)]
  await granted(first, 'sys/product/G1/status_reply')
  await granted(second, 'sys/product/G2/status_reply')
  await first.publishAsync('sys/product/G1/status', topo('A1'), { qos: 1 })
  await one.count(1)
  await second.publishAsync('sys/product/G2/status', topo('A1'), { qos: 1 })
  await two.count(1)
  expect((await granted(second, 'thing/product/A1/services'))[0]).toBeGreaterThanOrEqual(128)
  await second.publishAsync('thing/product/A1/osd', '{"data":{}}', { qos: 1 }).catch(() => undefined)
  expect(broker.events.of('mqtt.refused').map((event) => [event.reason, event.serial, event.topic])).toEqual([
    ['in_use', 'A1', 'sys/product/G2/status'],
    ['in_use', 'A1', 'thing/product/A1/services'],
    ['in_use', 'A1', 'thing/product/A1/osd'],
  ])
  expect([broker.events.of('device.osd'), broker.events.of('aircraft.offline')]).toEqual([[], []])
  expect([first.connected, second.connected]).toEqual([true, true])
})

it('refuses a gateway that is live with another user', async () => {
  await start()
  const live = await broker.connect('tcp 3.1.1', 'G1')
  await expect(broker.connect('tcp 5', 'G1', { password: 'W1:S2:U2' })).rejects.toThrow()
  expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'in_use', serial: 'G1' }])
  expect(live.connected).toBe(true)
})

it('refuses a gateway that another workspace owns', async () => {
  await start()
  await broker.connect('tcp 3.1.1', 'G1')
  await expect(broker.connect('tcp 3.1.1', 'G1', { password: 'W2:S9' })).rejects.toThrow()
  expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'other_workspace' }])
})
