import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { embeddedBroker } from '../../../src/adapters/brokers/embedded/index.ts'
import { startListener } from '../../../src/adapters/brokers/embedded/listener.ts'
import type { BrokerHost } from '../../../src/core/ports/index.ts'
import { silentLogger } from '../../../src/core/ports/index.ts'
import { createAuthority } from '../../support/authority.ts'
import { closing, granted, inbox, startBroker, type TestBroker, topo } from '../../support/mqtt-broker.ts'
import { rawSocket } from '../../support/mqtt-raw.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function takenPort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

const start = async (): Promise<TestBroker> => {
  const broker = await startBroker()
  closers.push(() => broker.stop())
  return broker
}

/** Never asked: these brokers do not get as far as a connection. */
const nobody = {} as BrokerHost

const front = {
  proxy: null,
  waitMs: 1_000,
  logger: silentLogger,
  enter: () => null,
  refused: () => undefined,
}

describe('the port', () => {
  it('that was asked for and is taken: BROKER_START, and it can be tried again', async () => {
    const port = await takenPort()
    const adapter = embeddedBroker({ host: '127.0.0.1', port })
    await expect(adapter.start(nobody)).rejects.toMatchObject({
      code: 'BROKER_START',
      message: `The MQTT broker could not listen on port ${port}: another program listens there (EADDRINUSE). Stop it, or choose another port with embeddedBroker({ port }).`,
    })
    expect(adapter.health()).toMatchObject({ status: 'down' })
    await closers.pop()?.()
    await adapter.start(nobody)
    closers.push(() => adapter.stop())
    expect(adapter.health()).toMatchObject({ status: 'up' })
    expect(adapter.address('rc.local')).toBe(`tcp://rc.local:${port}`)
  })

  it('that nobody asked for gives way, and says so', async () => {
    const wanted = await takenPort()
    const said: object[] = []
    const listener = await startListener({
      host: '127.0.0.1',
      port: wanted,
      fallback: true,
      option: 'mqtt.port',
      logger: { ...silentLogger, warn: (fields) => void said.push(fields) },
      front,
      accept: (socket) => socket.destroy(),
    })
    closers.push(() => listener.close())
    expect(listener.port).not.toBe(wanted)
    expect(said).toEqual([{ wanted, port: listener.port }])
  })

  it('gives way for nothing but a port that is taken', async () => {
    const listening = startListener({
      host: '203.0.113.1',
      port: 0,
      fallback: true,
      option: 'mqtt.port',
      logger: silentLogger,
      front,
      accept: () => undefined,
    })
    await expect(listening).rejects.toMatchObject({ code: 'BROKER_START' })
  })
})

it.each([
  ['cloud.example', /^tcp:\/\/cloud\.example:\d+$/],
  ['192.0.2.7', /^tcp:\/\/192\.0\.2\.7:\d+$/],
  ['2001:db8::1', /^tcp:\/\/\[2001:db8::1\]:\d+$/],
  ['[2001:db8::1]', /^tcp:\/\/\[2001:db8::1\]:\d+$/],
])('the address for %s', async (hostname, expected) => {
  const broker = await start()
  expect(broker.adapter.address(hostname)).toMatch(expected)
})

describe('stop', () => {
  it('closes every socket, let in or not, and refuses what comes after', async () => {
    const broker = await start()
    const clients = await Promise.all([broker.connect('tcp 3.1.1', 'G1'), broker.connect('ws 5', 'G2')])
    const silent = await rawSocket(broker.tcpPort)
    const closed = Promise.all([...clients.map(closing), silent.gone])
    await broker.adapter.stop()
    await closed
    expect(broker.adapter.health()).toMatchObject({ status: 'stopped', connections: 0 })
    await expect(broker.adapter.publish({ topic: 't', payload: '', qos: 0 })).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
    })
    expect(await broker.adapter.kick({ gateway: 'G1' })).toBe(0)
    await expect(broker.connect('tcp 3.1.1', 'G1')).rejects.toThrow()
    await expect(broker.connect('ws 5', 'G2')).rejects.toThrow()
    await broker.adapter.stop()
  })

  it('waits for no stranger: half a request, half a handshake, or nothing at all', async () => {
    const authority = createAuthority()
    const tls = { ...authority.issue('localhost'), port: 0 }
    authority.remove()
    const adapter = embeddedBroker({ host: '127.0.0.1', port: 0, websocketPort: 0, tls })
    await adapter.start({ ...nobody, refused: () => undefined })
    const ports = [...(adapter.health().detail ?? '').matchAll(/port (\d+)/g)].map(([, port]) => Number(port))
    expect(ports).toHaveLength(3)
    const [plain, encrypted, web] = await Promise.all(ports.map((port) => rawSocket(port)))
    // The first bytes of a ClientHello that never ends.
    for (const socket of [encrypted, web]) socket?.write(Buffer.from([22, 3, 1, 2, 0, 1]))
    const secured = connectTls({ port: ports[2] ?? 0, host: '127.0.0.1', rejectUnauthorized: false })
    await once(secured, 'secureConnect')
    secured.on('error', () => undefined)
    const left = new Promise((resolve) => secured.once('close', resolve))
    secured.write('GET /mqtt HTTP/1.1\r\nhost: x\r\n')
    const before = performance.now()
    await adapter.stop()
    expect(performance.now() - before).toBeLessThan(2_000)
    await Promise.all([plain?.gone, encrypted?.gone, web?.gone, left])
  })

  it('tells an MQTT 5 client why', async () => {
    const broker = await start()
    const client = await broker.connect('tcp 5', 'G1')
    await granted(client, 'thing/product/G1/services')
    const told = new Promise((resolve) => client.on('disconnect', (packet) => resolve(packet.reasonCode)))
    await broker.adapter.stop()
    expect(await told).toBe(0x8b)
  })

  it('takes the gateways offline', async () => {
    const broker = await start()
    const client = await broker.connect('tcp 3.1.1', 'G1')
    const box = inbox(client)
    await granted(client, 'sys/product/G1/status_reply')
    await client.publishAsync('sys/product/G1/status', topo('A1'))
    await box.count(1)
    broker.events.take()
    await broker.adapter.stop()
    expect(broker.events.take()).toEqual([
      'aircraft.offline A1 connection_lost',
      'gateway.offline G1 connection_lost',
    ])
  })
})

it('tells an MQTT 5 client that it was kicked', async () => {
  const broker = await start()
  const client = await broker.connect('tcp 5', 'G1')
  await granted(client, 'thing/product/G1/services')
  const told = new Promise((resolve) => client.on('disconnect', (packet) => resolve(packet.reasonCode)))
  await broker.adapter.kick({ gateway: 'G1' })
  expect(await told).toBe(0x98)
})
