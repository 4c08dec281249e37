import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type BrokerAdapter, mosquittoBroker } from '../../src/index.ts'
import { G1, logIn } from '../devices/picture.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { ADMIN, hasMosquitto, type RealMosquitto, startMosquitto } from '../support/mosquitto.ts'
import { topo } from '../support/mqtt-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'

/*
 * Mosquitto lets in who has a password, and closes the connection that has the same client id. Alex asked for credentials of a
 * controller while nobody had it, and tries them when Anna flies with it.
 */
const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const ALEX = { username: 'alex', password: 'obviously-fake-2', workspace: WORKSPACE_A }

describe.skipIf(!hasMosquitto())('credentials from before a flight (needs the package mosquitto)', () => {
  let real: RealMosquitto
  let broker: BrokerAdapter
  let host: TestCloud
  let open: MqttClient[]

  beforeEach(async () => {
    open = []
    real = await startMosquitto()
    broker = mosquittoBroker({ ...ADMIN, url: real.url })
    host = await startCloud({ broker, users: [ANNA, ALEX] })
  })
  afterEach(async () => {
    await Promise.all(open.map((one) => one.endAsync(true)))
    await host.close()
    await real.stop()
  })

  async function credentials(user: typeof ANNA): Promise<{ username: string; password: string }> {
    const { json } = await ask(host.url, '/manage/api/v1/mqtt/credentials', {
      method: 'POST',
      headers: { 'x-auth-token': await logIn(host.url, user) },
      body: { gateway_sn: G1 },
    })
    return { username: String(json.data?.username), password: String(json.data?.password) }
  }

  async function connect(login: { username: string; password: string }): Promise<MqttClient> {
    const more: IClientOptions = { clientId: G1, reconnectPeriod: 0, protocolVersion: 4 }
    const client = await connectAsync(real.url, { ...login, ...more })
    client.on('error', () => undefined)
    open.push(client)
    return client
  }

  test('cut nobody off: they are worthless when the controller is online, and its own are not', async () => {
    const kept = await credentials(ALEX)
    const earlier = await credentials(ANNA)
    const now = await credentials(ANNA)
    const flying = await connect(now)
    let closed = 0
    flying.on('close', () => (closed += 1))
    await flying.publishAsync(`sys/product/${G1}/status`, topo(), { qos: 1 })
    await expect
      .poll(async () => [...((await broker.credentialsOf?.(G1)) ?? [])].sort(), { timeout: 15_000 })
      .toEqual([earlier.username, now.username].sort())
    await expect(connect(kept)).rejects.toThrow(/not authorized/i)
    expect(closed).toBe(0)
    expect(host.cloud.devices.get(G1)).toMatchObject({ online: true, connected: true })
    // The same user on another login replaces the connection, as ever.
    await connect(earlier)
    await expect.poll(() => closed, { timeout: 15_000 }).toBe(1)
  })
})
