import type { AddressInfo } from 'node:net'
import { createServer, type Socket, connect as tcpConnect } from 'node:net'
import { connectAsync } from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backoff } from '../../../src/adapters/brokers/external/link.ts'
import { controllerAddress } from '../../../src/adapters/brokers/external/options.ts'
import { mosquittoBroker } from '../../../src/adapters/brokers/mosquitto/index.ts'
import { openStage } from '../../../src/testing/contracts/broker/stage.ts'
import { LICENSE, PILOT, WORKSPACE } from '../../support/cloud.ts'
import { startHost } from '../../support/hosts.ts'
import { ask } from '../../support/http.ts'
import { ADMIN, hasMosquitto, type RealMosquitto, startMosquitto } from '../../support/mosquitto.ts'

const started = async (): Promise<RealMosquitto> => {
  const real = await startMosquitto()
  onTestFinished(() => real.stop(), 20_000)
  return real
}

/** Looks every 25 ms: what is waited for here is told by no event. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('did not happen')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** A wire that can be cut without anybody hearing of it. */
async function startWire(port: number) {
  const ends = new Set<Socket>()
  let dead = false
  const server = createServer((near) => {
    const far = tcpConnect(port, '127.0.0.1')
    for (const end of [near, far]) {
      ends.add(end)
      end.on('error', () => undefined)
      end.once('close', () => ends.delete(end))
    }
    near.on('data', (bytes) => dead || far.write(bytes))
    far.on('data', (bytes) => dead || near.write(bytes))
    near.once('close', () => far.destroy())
    far.once('close', () => dead || near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      dead = true
    },
    mend() {
      dead = false
    },
    async close() {
      for (const end of ends) end.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

it.each([
  [0, 0, 125],
  [0, 1, 250],
  [3, 0.5, 1_500],
  [6, 1, 15_000],
  [50, 0, 7_500],
  [1_000_000, 1, 15_000],
])('waits before attempt %i with chance %f: %i ms', (attempt, random, ms) => {
  expect(backoff(attempt, random)).toBe(ms)
})

it.each([
  [{ url: 'mqtt://10.0.0.1:1883' }, 'tcp://10.0.0.1:1883'],
  [{ url: 'mqtts://u:p@broker:8883' }, 'ssl://broker:8883'],
  [{ url: 'mqtt://10.0.0.1', publicUrl: 'ssl://mqtt.example.com:8883' }, 'ssl://mqtt.example.com:8883'],
  [{ url: 'wss://broker.example.com/mqtt' }, 'wss://broker.example.com/mqtt'],
])('gives controllers %j as %s', (options, address) => {
  expect(controllerAddress(options)).toBe(address)
})

describe.skipIf(!hasMosquitto())('a broker that is not there (needs the package mosquitto)', () => {
  it('at start: the app lives, health says so, credentials are 503, and it comes up by itself', async () => {
    const real = await started()
    await real.halt()
    const broker = mosquittoBroker({ url: real.url, ...ADMIN, startTimeoutMs: 200 })
    const host = await startHost(
      { framework: 'express 5', mount: '', parser: 'none' },
      { broker, users: [PILOT], workspace: WORKSPACE, license: LICENSE, logger: false },
    )
    onTestFinished(() => host.close())
    await expect(host.cloud.ready()).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
    expect(host.cloud.health()).toMatchObject({ status: 'down', broker: { status: 'down' } })
    expect(host.cloud.health().broker.detail).not.toContain(ADMIN.password)
    expect((await ask(host.url, '/own')).status).toBe(200)
    const login = await ask(host.url, '/manage/api/v1/login', { method: 'POST', body: { ...PILOT, flag: 2 } })
    expect(login.json.data).toMatchObject({ mqtt_addr: null, mqtt_password: null })
    const credentials = () =>
      ask(host.url, '/manage/api/v1/mqtt/credentials', {
        method: 'POST',
        body: { gateway_sn: 'RCFAKE00000001' },
        headers: { 'x-auth-token': String(login.json.data?.['access_token']) },
      })
    const refused = await credentials()
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5'])

    await real.resume()
    await until(() => host.cloud.health().broker.status === 'up')
    expect((await credentials()).status).toBe(200)
  })

  it('a link cut without a word is noticed, and mended', async () => {
    const real = await started()
    const wire = await startWire(real.port)
    onTestFinished(() => wire.close())
    const adapter = mosquittoBroker({ url: wire.url, ...ADMIN, keepaliveSeconds: 1, timeoutMs: 1_000 })
    const stage = await openStage([adapter], () => ({ url: real.url }), 4, undefined)
    onTestFinished(() => stage.close())
    const login = await stage.login('RCFAKE00000001')
    const client = await stage.connect(login)
    await client.subscribe('thing/product/RCFAKE00000001/#')
    wire.cut()
    // Nobody knows yet: the message is sent into the void, and sent again when the link is back.
    const sent = adapter.publish({ topic: 'thing/product/RCFAKE00000001/services', payload: 'x', qos: 1 })
    sent.catch(() => undefined)
    await until(() => adapter.health().status === 'down')
    await expect(
      adapter.publish({ topic: 'thing/product/RCFAKE00000001/services', payload: 'y', qos: 1 }),
    ).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
    wire.mend()
    await until(() => adapter.health().status === 'up')
    await adapter.publish({ topic: 'thing/product/RCFAKE00000001/services', payload: 'z', qos: 1 })
    await stage.until('the message after', () => client.texts().includes('z'))
  })

  it('puts right at start what changed while nobody looked', async () => {
    const real = await started()
    const make = () => mosquittoBroker({ url: real.url, ...ADMIN })
    const first = await openStage([make()], () => ({ url: real.url }), 4, undefined)
    const [gone, stays] = [first.session(), first.session()]
    const dead = await first.login('RCFAKE00000001', gone)
    const alive = await first.login('RCFAKE00000002', stays)
    await first.close()

    // Somebody opens the broker to everybody.
    const admin = await connectAsync(real.url, { ...ADMIN, reconnectPeriod: 0 })
    const told = new Promise((resolve) => admin.once('message', resolve))
    await admin.subscribeAsync('$CONTROL/dynamic-security/v1/response')
    await admin.publishAsync(
      '$CONTROL/dynamic-security/v1',
      JSON.stringify({
        commands: [
          {
            command: 'setDefaultACLAccess',
            acls: [
              { acltype: 'subscribe', allow: true },
              { acltype: 'publishClientReceive', allow: true },
            ],
          },
          { command: 'createClient', username: 'not-ours', password: 'x' },
        ],
      }),
      { qos: 1 },
    )
    await told
    await admin.endAsync()

    // A new process that knows the one session and not the other.
    const adapter = make()
    const known = { ...alive, session: stays }
    await adapter.start({
      identify: async (username: string) => (username === known.username ? ({} as never) : null),
      isKnown: async (username: string) => username === known.username,
      legacyAccounts: [],
      aircraftOf: () => new Set(),
      connected: () => undefined,
      disconnected: () => undefined,
      received: () => undefined,
    } as never)
    onTestFinished(() => adapter.stop())
    const connect = (login: { username: string; password: string }, clientId: string) =>
      connectAsync(real.url, { ...login, clientId, reconnectPeriod: 0, connectTimeout: 3_000 })
    await expect(connect(dead, dead.gateway)).rejects.toThrow()
    const client = await connect(alive, alive.gateway)
    const grants = await client.subscribeAsync('#').catch(() => 'refused')
    expect(grants === 'refused' || JSON.stringify(grants).includes('128')).toBe(true)
    client.end(true)
    const stranger = await connect({ username: 'not-ours', password: 'x' }, 'stranger')
    stranger.end(true)
  })
})
