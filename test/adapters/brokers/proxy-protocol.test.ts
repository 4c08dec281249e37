import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type EmbeddedBrokerOptions, embeddedBroker } from '../../../src/adapters/brokers/embedded/index.ts'
import type { BrokerHost } from '../../../src/core/ports/index.ts'
import { silentLogger } from '../../../src/core/ports/index.ts'
import { createAuthority } from '../../support/authority.ts'
import { addressesV4, checkedV2, headerV1, headerV2, startBalancer } from '../../support/balancer.ts'
import { startBroker, type TestBroker } from '../../support/mqtt-broker.ts'
import { rawConnect, rawSocket } from '../../support/mqtt-raw.ts'

const authority = createAuthority()
const server = authority.issue('localhost')
const tls = { port: 0, ...server }
afterAll(() => authority.remove())

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const SOURCE = '203.0.113.7'
const HEADS: Readonly<Record<string, () => Buffer[]>> = {
  'version 1': () => [headerV1(SOURCE)],
  'version 2': () => [checkedV2(addressesV4(SOURCE))],
  'version 1 in two pieces': () => [headerV1(SOURCE).subarray(0, 9), headerV1(SOURCE).subarray(9)],
}

async function start(options: EmbeddedBrokerOptions) {
  const logged: [object, string][] = []
  const connected: string[] = []
  const broker = await startBroker({
    options: {
      ...options,
      logger: { ...silentLogger, warn: (fields, text) => void logged.push([fields, text]) },
    },
    wrap: (host: BrokerHost): BrokerHost => ({
      ...host,
      connected(connection) {
        connected.push(connection.address)
        host.connected(connection)
      },
    }),
  })
  closers.push(() => broker.stop())
  const ports = (broker.adapter.health().detail ?? '').matchAll(/port (\d+)/g)
  return { broker, logged, connected, ports: [...ports].map(([, port]) => Number(port)) }
}

async function behind(port: number, head: () => Buffer[]): Promise<number> {
  const balancer = await startBalancer(port, head)
  closers.push(() => balancer.close())
  return balancer.port
}

async function connect(url: string, more: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect(url, {
    clientId: 'G1',
    username: 'G1',
    password: 'W1:S1',
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...more,
  })
  closers.push(() => client.endAsync(true).catch(() => undefined))
  client.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('error', reject)
    client.once('close', () => reject(new Error('closed')))
  })
  return client
}

const DOORS: Readonly<Record<string, { options: EmbeddedBrokerOptions; url: string; at: number }>> = {
  'plain MQTT': { options: { port: 0 }, url: 'mqtt://127.0.0.1:', at: 0 },
  'MQTT over TLS': { options: { port: undefined, tls }, url: 'mqtts://localhost:', at: 0 },
  'MQTT over WebSocket': { options: { port: 0, websocketPort: 0 }, url: 'ws://127.0.0.1:', at: 1 },
  'MQTT over WebSocket and TLS': {
    options: { port: undefined, tls, websocketPort: 0 },
    url: 'wss://localhost:',
    at: 1,
  },
}

describe.each(Object.entries(DOORS))('with proxyProtocol, %s', (_, { options, url, at }) => {
  it.each(Object.entries(HEADS))('%s: the controller is where it is', async (_name, head) => {
    const { connected, ports } = await start({ proxyProtocol: true, ...options })
    const port = await behind(ports[at] ?? 0, head)
    const client = await connect(`${url}${port}/mqtt`, { ca: authority.ca })
    await client.publishAsync('thing/product/G1/osd', '{"data":{"n":1}}', { qos: 1 })
    expect(connected).toEqual([SOURCE])
  })

  it('nobody gets in without a header', async () => {
    const { broker, connected, logged, ports } = await start({ proxyProtocol: true, ...options })
    await expect(connect(`${url}${ports[at]}/mqtt`, { ca: authority.ca })).rejects.toThrow()
    expect(broker.events.of('mqtt.refused')).toMatchObject([
      { reason: 'proxy_protocol', address: '127.0.0.1' },
    ])
    expect(logged).toEqual([
      [expect.anything(), expect.stringContaining('did not begin with a valid PROXY protocol header')],
    ])
    expect(connected).toEqual([])
  })

  it('a header that nobody asked for is named, with the fix', async () => {
    const { broker, logged, ports } = await start(options)
    for (const head of [...Object.values(HEADS), ...Object.values(HEADS)]) {
      const port = await behind(ports[at] ?? 0, head)
      await expect(connect(`${url}${port}/mqtt`, { ca: authority.ca })).rejects.toThrow()
    }
    expect(new Set(broker.events.of('mqtt.refused').map(({ reason }) => reason))).toEqual(
      new Set(['proxy_protocol']),
    )
    // Six connections of one balancer: one line.
    expect(logged).toEqual([
      [{ address: '127.0.0.1', problem: 'unexpected' }, expect.stringContaining('proxyProtocol: true')],
    ])
  })
})

describe('with proxyProtocol', () => {
  const patient = { limits: { unauthenticatedMs: 60_000 } }
  const raw = async (broker: TestBroker, ...pieces: Buffer[]) => {
    const socket = await rawSocket(broker.tcpPort)
    for (const piece of pieces) socket.write(piece)
    return socket
  }

  it('mutual TLS asks for the certificate as before', async () => {
    const { connected, ports } = await start({
      proxyProtocol: true,
      port: undefined,
      tls: { ...tls, clientAuth: { ca: authority.ca } },
    })
    const port = await behind(ports[0] ?? 0, () => [headerV1(SOURCE)])
    await expect(connect(`mqtts://localhost:${port}`, { ca: authority.ca })).rejects.toThrow()
    await connect(`mqtts://localhost:${port}`, { ca: authority.ca, ...authority.issue('G1') })
    expect(connected).toEqual([SOURCE])
  })

  it('one that is cut into bytes and followed by CONNECT in the same packet is read', async () => {
    const { broker, connected } = await start({ proxyProtocol: true })
    const header = headerV2(addressesV4(SOURCE))
    const whole = Buffer.concat([header, rawConnect('G1', 'G1', 'W1:S1')])
    const socket = await raw(broker, ...[...whole.subarray(0, 20)].map((byte) => Buffer.from([byte])))
    socket.write(whole.subarray(20))
    await new Promise((resolve) => socket.once('data', resolve))
    expect(connected).toEqual([SOURCE])
    socket.destroy()
  })

  it.each<[string, Buffer]>([
    ['LOCAL', headerV2(Buffer.alloc(0), { command: 0x20, family: 0 })],
    ['a Unix socket', headerV2(Buffer.alloc(216), { family: 0x31 })],
    ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
  ])('%s: the balancer speaks for itself', async (_, header) => {
    const { broker, connected } = await start({ proxyProtocol: true })
    const port = await behind(broker.tcpPort, () => [header])
    await connect(`mqtt://127.0.0.1:${port}`)
    expect(connected).toEqual(['127.0.0.1'])
  })

  it.each<[string, Buffer]>([
    ['a wrong checksum', checkedV2(addressesV4(SOURCE)).fill(9, 16, 20)],
    ['64 KiB', headerV2(addressesV4(SOURCE), { length: 65_535 })],
    ['datagrams', headerV2(addressesV4(SOURCE), { family: 0x12 })],
    ['an endless line', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
  ])('%s closes the connection at once', async (_, header) => {
    const { broker, connected } = await start({ proxyProtocol: true, ...patient })
    const socket = await raw(broker, header, rawConnect('G1', 'G1', 'W1:S1'))
    await socket.gone
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'proxy_protocol' }])
    expect(connected).toEqual([])
  })

  it.each(Object.keys(DOORS))('half a header is not waited for longer than the limit: %s', async (name) => {
    const { options = {}, at = 0 } = DOORS[name] ?? {}
    const { broker, ports } = await start({
      proxyProtocol: true,
      ...options,
      limits: { unauthenticatedMs: 100 },
    })
    const socket = await rawSocket(ports[at] ?? 0)
    socket.write(headerV1(SOURCE).subarray(0, 20))
    await socket.gone
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'limit', address: '127.0.0.1' }])
  })

  it.each(['MQTT over TLS', 'MQTT over WebSocket'])('nor half of what follows it: %s', async (name) => {
    const { options = {}, at = 0 } = DOORS[name] ?? {}
    const { broker, ports } = await start({
      proxyProtocol: true,
      ...options,
      limits: { unauthenticatedMs: 100 },
    })
    const socket = await rawSocket(ports[at] ?? 0)
    socket.write(headerV1(SOURCE))
    socket.write(name === 'MQTT over TLS' ? Buffer.from([22, 3, 1, 2, 0, 1]) : 'GET /mqtt HTTP/1.1\r\n')
    await socket.gone
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'limit', address: SOURCE }])
  })

  it('the limits count the controller, not the balancer', async () => {
    const { broker } = await start({ proxyProtocol: true, limits: { connectionsPerAddress: 1 } })
    let source = '203.0.113.1'
    const port = await behind(broker.tcpPort, () => [headerV1(source)])
    await connect(`mqtt://127.0.0.1:${port}`, { clientId: 'first' })
    source = '203.0.113.2'
    await connect(`mqtt://127.0.0.1:${port}`, { clientId: 'second' })
    await expect(connect(`mqtt://127.0.0.1:${port}`, { clientId: 'third' })).rejects.toThrow()
    expect(broker.events.of('mqtt.refused')).toMatchObject([{ reason: 'limit', address: '203.0.113.2' }])
  })

  it('a wrong password is told with the address of the controller', async () => {
    const { broker } = await start({ proxyProtocol: true })
    const port = await behind(broker.tcpPort, () => [headerV1('2001:db8::7')])
    await expect(connect(`mqtt://127.0.0.1:${port}`, { password: 'wrong' })).rejects.toThrow()
    expect(broker.events.of('mqtt.refused')).toMatchObject([
      { reason: 'bad_credentials', address: '2001:db8::7' },
    ])
  })

  it('on one port the other one takes none', async () => {
    const { ports, connected } = await start({ proxyProtocol: { ports: ['tls'] }, port: 0, tls })
    await connect(`mqtt://127.0.0.1:${ports[0]}`)
    const port = await behind(ports[1] ?? 0, () => [headerV1(SOURCE)])
    await connect(`mqtts://localhost:${port}`, { ca: authority.ca, clientId: 'second' })
    expect(connected).toEqual(['127.0.0.1', SOURCE])
    await expect(connect(`mqtts://localhost:${ports[1]}`, { ca: authority.ca })).rejects.toThrow()
  })

  it('nobody but the balancers that are named may claim an address', async () => {
    const { broker, logged } = await start({ proxyProtocol: { from: ['10.0.0.0/8', '2001:db8::/32'] } })
    const port = await behind(broker.tcpPort, () => [headerV1(SOURCE)])
    await expect(connect(`mqtt://127.0.0.1:${port}`)).rejects.toThrow()
    expect(broker.events.of('mqtt.refused')).toMatchObject([
      { reason: 'proxy_protocol', address: '127.0.0.1' },
    ])
    expect(logged).toEqual([[expect.anything(), expect.stringContaining('proxyProtocol.from')]])
    const trusting = await start({ proxyProtocol: { from: ['127.0.0.0/8'] } })
    await connect(`mqtt://127.0.0.1:${await behind(trusting.broker.tcpPort, () => [headerV1(SOURCE)])}`)
    expect(trusting.connected).toEqual([SOURCE])
  })
})

it.each([
  'yes',
  { trust: [] },
  { ports: ['mqtt'] },
  { ports: [] },
  { from: [] },
  { from: ['balancer.internal'] },
  { from: ['10.0.0.0/33'] },
  { from: ['10.0.0.0/'] },
])('%j is refused where it is written', (proxyProtocol) => {
  expect(() => embeddedBroker({ proxyProtocol } as unknown as EmbeddedBrokerOptions)).toThrow(
    /embeddedBroker\.proxyProtocol\S*: /,
  )
})
