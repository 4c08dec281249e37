import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryBus, memoryDevices, memorySessions } from '../../src/index.ts'
import { A1, G1, G2, logIn } from '../devices/picture.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { topo } from '../support/mqtt-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'

/*
 * Anna flies A1 with G1. Alex, of the same workspace, waits with G2 for a pause: of the radio, of the network, of the
 * platform. In none of them he gets her aircraft or her controller.
 */
const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const ALEX = { username: 'alex', password: 'obviously-fake-2', workspace: WORKSPACE_A }

let join: ReturnType<typeof memoryBus>
let options: Parameters<typeof startCloud>[0]
let hosts: TestCloud[]
let open: MqttClient[]
/** Which gateway was believed, with the height that it told. */
let told: string[]

async function start(): Promise<TestCloud> {
  const host = await startCloud({ ...options, bus: join() })
  host.cloud.on('device.osd', ({ serial, gateway, data }) => {
    if (serial === A1) told.push(`${gateway} ${data['height']}`)
  })
  hosts.push(host)
  return host
}

beforeEach(() => {
  join = memoryBus()
  hosts = []
  open = []
  told = []
  options = {
    secret: 'an obviously fake secret for these tests only',
    sessions: memorySessions(),
    devices: memoryDevices(),
    users: [ANNA, ALEX],
    presence: { graceSeconds: 0 },
  }
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.endAsync(true)))
  for (const host of hosts) await host.close()
})

const api = async (host: TestCloud, user: typeof ANNA, method: string, path: string, body?: object) =>
  ask(host.url, `/manage/api/v1${path}`, {
    method,
    headers: { 'x-auth-token': await logIn(host.url, user) },
    ...(body === undefined ? {} : { body }),
  })
const credentials = (host: TestCloud, user: typeof ANNA, serial: string) =>
  api(host, user, 'POST', '/mqtt/credentials', { gateway_sn: serial })

async function connect(
  host: TestCloud,
  login: Record<string, string>,
  clientId: string,
): Promise<MqttClient> {
  const { username, password } = login
  const client = await connectAsync(host.cloud.mqttAddress('127.0.0.1'), {
    ...{ username, password, clientId, reconnectPeriod: 0, protocolVersion: 4 },
  } as IClientOptions)
  client.on('error', () => undefined)
  open.push(client)
  return client
}
const controller = async (host: TestCloud, user: typeof ANNA, serial: string) =>
  connect(host, (await credentials(host, user, serial)).json.data as Record<string, string>, serial)

const announce = (client: MqttClient, gateway: string, ...aircraft: string[]) =>
  client.publishAsync(`sys/product/${gateway}/status`, topo(...aircraft), { qos: 1 })
/** QoS 1: acknowledged when it has been dealt with. */
const speak = (client: MqttClient, height: number) =>
  client.publishAsync(`thing/product/${A1}/osd`, JSON.stringify({ data: { height } }), { qos: 1 })
const linksOf = (host: TestCloud, gateway: string) => {
  const view = host.cloud.devices.get(gateway)
  return [...(view?.aircraft ?? []), ...(view?.linked ?? [])].map(({ serial }) => serial)
}
async function link(host: TestCloud, user: typeof ANNA, gateway: string): Promise<MqttClient> {
  const client = await controller(host, user, gateway)
  await announce(client, gateway, A1)
  await expect.poll(() => linksOf(host, gateway)).toContain(A1)
  return client
}
async function fly(host: TestCloud): Promise<MqttClient> {
  const anna = await link(host, ANNA, G1)
  await speak(anna, 1)
  expect(told).toEqual([`${G1} 1`])
  return anna
}
/** Power cut: nobody says DISCONNECT. */
const cut = (...clients: MqttClient[]) => Promise.all(clients.map((one) => one.endAsync(true)))

test('restart: who named it once and is back first has nothing', async () => {
  const before = await start()
  const anna = await fly(before)
  const alex = await link(before, ALEX, G2)
  await cut(anna, alex)
  await before.close()
  const after = await start()
  const thief = await controller(after, ALEX, G2)
  await speak(thief, 666)
  await announce(thief, G2, A1)
  await speak(thief, 667)
  const back = await controller(after, ANNA, G1)
  await speak(back, 2)
  await speak(thief, 668)
  expect(told).toEqual([`${G1} 1`, `${G1} 2`])
  expect(after.cloud.devices.get(A1)?.serial).toBe(G1)
})

test('restart: a colleague does not get the controller either, and its pilot gets in with the credentials of before', async () => {
  const before = await start()
  const own = (await credentials(before, ANNA, G1)).json.data as Record<string, string>
  await cut(await fly(before))
  await before.close()
  const after = await start()
  expect((await credentials(after, ALEX, G1)).json.code).toBe(409003)
  expect((await api(after, ALEX, 'DELETE', `/devices/${G1}/unbinding`)).json.code).toBe(409003)
  expect((await connect(after, own, G1)).connected).toBe(true)
})

test('restart after the pilot has left in good order: it waits for nobody', async () => {
  const before = await start()
  const anna = await fly(before)
  await anna.endAsync()
  await expect.poll(() => before.cloud.devices.get(G1)?.connected).toBe(false)
  await before.close()
  expect((await credentials(await start(), ALEX, G1)).status).toBe(200)
})

test('radio: a topology without the aircraft, and it is still hers', async () => {
  const host = await start()
  const anna = await fly(host)
  const alex = await link(host, ALEX, G2)
  await announce(anna, G1)
  await expect.poll(() => linksOf(host, G1)).toEqual([])
  await speak(alex, 666)
  await announce(anna, G1, A1)
  await expect.poll(() => linksOf(host, G1)).toEqual([A1])
  await speak(anna, 2)
  await speak(alex, 667)
  expect(told).toEqual([`${G1} 1`, `${G1} 2`])
})

test('network: a gap that is longer than the grace, and both are still hers', async () => {
  const host = await start()
  const anna = await fly(host)
  const alex = await link(host, ALEX, G2)
  await cut(anna)
  await expect.poll(() => host.cloud.devices.get(G1)?.online).toBe(false)
  await speak(alex, 666)
  await announce(alex, G2, A1)
  await speak(alex, 667)
  expect((await credentials(host, ALEX, G1)).json.code).toBe(409003)
  await speak(await controller(host, ANNA, G1), 2)
  expect(told).toEqual([`${G1} 1`, `${G1} 2`])
})

test('the gap ends with a logout: neither waits any longer', async () => {
  const host = await start()
  const anna = await fly(host)
  const alex = await link(host, ALEX, G2)
  await cut(anna)
  await expect.poll(() => host.cloud.devices.get(G1)?.online).toBe(false)
  for (const { id } of await host.cloud.sessions.list({ userId: 'anna' }))
    await host.cloud.sessions.end({ id })
  await speak(alex, 2)
  expect(told).toEqual([`${G1} 1`, `${G2} 2`])
  expect((await credentials(host, ALEX, G1)).status).toBe(200)
})

test('an aircraft off the radio is no controller: its own stays its own', async () => {
  const host = await start()
  const refused: (string | null)[][] = []
  host.cloud.on('mqtt.refused', ({ reason, serial }) => void refused.push([reason, serial]))
  const anna = await fly(host)
  await announce(anna, G1)
  await expect.poll(() => linksOf(host, G1)).toEqual([])
  const asked = await credentials(host, ALEX, A1)
  expect([asked.status, asked.json.code]).toEqual([409, 409003])
  expect((await credentials(host, ANNA, A1)).status).toBe(409)
  // Nor by a credential that ties itself to the first serial number that it names.
  const { json } = await ask(host.url, '/manage/api/v1/login', {
    method: 'POST',
    body: { username: 'anna', password: ANNA.password, flag: 2 },
  })
  const { mqtt_username: username, mqtt_password: password } = json.data as Record<string, string>
  const untied = await connect(host, { username: username!, password: password! }, 'anybody')
  await announce(untied, A1)
  expect(refused).toContainEqual(['is_aircraft', A1])
  await announce(anna, G1, A1)
  await expect.poll(() => linksOf(host, G1)).toEqual([A1])
  await speak(anna, 2)
  expect(told).toEqual([`${G1} 1`, `${G1} 2`])
  // Unbound, it is anything again.
  await announce(anna, G1)
  expect((await api(host, ANNA, 'DELETE', `/devices/${A1}/unbinding`)).json.code).toBe(0)
  expect((await credentials(host, ANNA, A1)).status).toBe(200)
})

test('what is live with a user who is not known is unbound by nobody but the host', async () => {
  const username = 'OldAccount'
  const password = 'an-obviously-fake-old-password'
  const host = await startCloud({
    ...options,
    mqtt: {
      ...{ host: '127.0.0.1', port: 0 },
      legacyAccounts: [{ username, password, workspace: WORKSPACE_A.id, gateways: [G1] }],
    },
  })
  hosts.push(host)
  const old = await connect(host, { username, password }, G1)
  await announce(old, G1, A1)
  await expect.poll(() => linksOf(host, G1)).toEqual([A1])
  for (const serial of [G1, A1]) {
    const refused = await api(host, ANNA, 'DELETE', `/devices/${serial}/unbinding`)
    expect([refused.json.code, refused.json.message]).toEqual([
      409003,
      `The device ${serial} is in use by a user who is not known here.`,
    ])
  }
  expect(old.connected).toBe(true)
  await old.endAsync()
  await expect.poll(() => host.cloud.devices.get(G1)?.connected).toBe(false)
  expect((await api(host, ANNA, 'DELETE', `/devices/${G1}/unbinding`)).json.code).toBe(0)
})

test('two nodes: what flew at the one that stops is not the colleague’s at the other', async () => {
  const [one, two] = [await start(), await start()]
  // It has been up for longer than the store counts: what it knows of Anna it has from the other node.
  two.advance(61_000)
  const own = (await credentials(one, ANNA, G1)).json.data as Record<string, string>
  await fly(one)
  await expect.poll(() => two.cloud.devices.get(A1)?.serial).toBe(G1)
  const alex = await link(two, ALEX, G2)
  await one.close()
  await expect.poll(() => two.cloud.devices.get(G1)?.connected ?? false).toBe(false)
  await speak(alex, 666)
  expect((await credentials(two, ALEX, G1)).json.code).toBe(409003)
  const back = await connect(two, own, G1)
  await announce(back, G1, A1)
  await expect.poll(() => linksOf(two, G1)).toEqual([A1])
  await speak(back, 2)
  await speak(alex, 667)
  expect(told).toEqual([`${G1} 1`, `${G1} 2`])
})

test('two nodes: who has left at one is waited for at neither', async () => {
  const [one, two] = [await start(), await start()]
  const anna = await fly(one)
  await expect.poll(() => two.cloud.devices.get(A1)?.serial).toBe(G1)
  await anna.endAsync()
  await expect.poll(async () => (await credentials(two, ALEX, G1)).status).toBe(200)
})
