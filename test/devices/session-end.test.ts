import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CloudEvents } from '../../src/core/events.ts'
import { memorySessions, type SessionStore } from '../../src/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { closing, topo } from '../support/mqtt-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'
import { A1, G1, newPilot, watchWorkspace } from './picture.ts'

const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const ALEX = { username: 'alex', password: 'obviously-fake-2', workspace: WORKSPACE_A }
const SECRET = 'an obviously fake secret for these tests only'
const SESSION_TTL = 3_600

let host: TestCloud
let open: { close(): unknown }[]
let sessions: SessionStore

beforeEach(async () => {
  open = []
  sessions = memorySessions()
  const tokens = { sessionTtlSeconds: SESSION_TTL }
  host = await startCloud({ users: [ANNA, ALEX], secret: SECRET, sessions, tokens })
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  await host.close()
})

const logIn = async (user: typeof ANNA, at = host.url) =>
  (await ask(at, '/manage/api/v1/login', { method: 'POST', body: user })).json.data as Record<
    'access_token' | 'mqtt_username' | 'mqtt_password' | 'workspace_id',
    string
  >

async function connect(username: string, password: string): Promise<MqttClient> {
  const options: IClientOptions = { username, password, clientId: `test-${open.length}`, reconnectPeriod: 0 }
  const client = await connectAsync(host.cloud.mqttAddress('127.0.0.1'), options)
  client.on('error', () => undefined)
  open.push({ close: () => client.endAsync(true) })
  return client
}

/** Null: with a credential that is not tied to a gateway yet. */
async function connectGateway(user: typeof ANNA, gateway: string | null, at = host.url): Promise<MqttClient> {
  const { access_token, mqtt_username, mqtt_password } = await logIn(user, at)
  if (gateway === null) return connect(mqtt_username, mqtt_password)
  const headers = { 'x-auth-token': access_token }
  const body = { gateway_sn: gateway }
  const { json } = await ask(at, '/manage/api/v1/mqtt/credentials', { method: 'POST', body, headers })
  const { username, password } = json.data as Record<string, string>
  return connect(String(username), String(password))
}

const next = <Name extends keyof CloudEvents>(name: Name) =>
  new Promise<CloudEvents[Name]>((resolve) => {
    const stop = host.cloud.on(name, (event) => {
      stop()
      resolve(event)
    })
  })

describe('a session that reaches its end', () => {
  test('is told, and its gateway goes at once with the same reason', async () => {
    const { access_token: token, workspace_id: workspaceId } = await logIn(ALEX)
    const { url, cloud } = host
    const watched = await watchWorkspace({ url, cloud, workspaceId, token })
    open.push(watched)
    const pilot = newPilot(host.link, G1, A1)
    open.push(pilot)
    await pilot.login(ANNA.username, ANNA.password)
    await pilot.topologyAcknowledged()
    await watched.agrees(G1, A1)
    const ended: string[] = []
    host.cloud.on('session.ended', ({ userId, reason }) => void ended.push(`${userId} ${reason}`))
    const offline = next('gateway.offline')
    host.advance(SESSION_TTL * 1_000)
    const before = performance.now()
    expect((await offline).reason).toBe('expired')
    expect(performance.now() - before).toBeLessThan(5_000)
    expect(ended.sort()).toEqual(['alex expired', 'anna expired'])
    expect(watched.events.slice(-2)).toEqual([
      `aircraft.offline expired ${A1}`,
      `gateway.offline expired ${G1}`,
    ])
  })

  test('takes along a connection that is not tied to a gateway yet', async () => {
    const client = await connectGateway(ANNA, null)
    const closed = closing(client)
    host.advance(SESSION_TTL * 1_000)
    await closed
  })

  test('its credential is tied to nothing any more', async () => {
    const client = await connectGateway(ANNA, null)
    const [session] = await host.cloud.sessions.list({ userId: 'anna' })
    // On another node, of which nobody hears.
    await sessions.end(String(session?.id), 'revoked', Date.now())
    const refused = next('mqtt.refused')
    await client.publishAsync(`sys/product/${G1}/status`, topo(A1), { qos: 0 })
    expect((await refused).reason).toBe('session_ended')
    expect(host.cloud.devices.get(G1)).toBeNull()
  })
})

/** Stated in docs/devices.md. */
const FOUND_WITHIN_MS = 15_000

test(
  'a session that ends at a node that cannot be heard takes along what hangs on it, tied or not',
  async () => {
    const there = await startCloud({ users: [ANNA], sessions, secret: SECRET })
    open.push(there)
    const clients: MqttClient[] = []
    // Logged in at the other node: this one knows the session by its connections alone.
    for (const gateway of [null, G1]) clients.push(await connectGateway(ANNA, gateway, there.url))
    const closed = Promise.all(clients.map(closing))
    for (const { id } of await there.cloud.sessions.list()) await there.cloud.sessions.end({ id })
    await closed
  },
  FOUND_WITHIN_MS + 5_000,
)

test('revoking a gateway ends every session on it', async () => {
  const clients = [await connectGateway(ANNA, G1), await connectGateway(ANNA, G1)]
  // Both stand: each has the client id of its own that a controller may choose.
  expect(host.cloud.devices.get(G1)).toMatchObject({ connected: true })
  await clients[0]?.publishAsync(`sys/product/${G1}/status`, topo(), { qos: 1 })
  await expect.poll(() => host.cloud.devices.get(G1)?.online).toBe(true)
  const told: string[] = []
  host.cloud.on('session.ended', ({ userId, reason }) => void told.push(`${userId} ${reason}`))
  host.cloud.on('gateway.offline', ({ reason }) => void told.push(`offline ${reason}`))
  const closed = Promise.all(clients.map(closing))
  await host.cloud.devices.disconnect(G1, { revoke: true })
  await closed
  expect(await host.cloud.sessions.list()).toEqual([])
  // Whoever hears of it and asks at once is not told that its session lives.
  expect(told.pop()).toBe('offline forced')
  expect(told.sort()).toEqual(['anna revoked', 'anna revoked'])
})
