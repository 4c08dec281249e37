import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryDevices, memorySessions } from '../../src/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { topo } from '../support/mqtt-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'
import { A1, G1, G2, ghosts, logIn, type Watched, watchWorkspace } from './picture.ts'

const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const ALEX = { username: 'alex', password: 'obviously-fake-2', workspace: WORKSPACE_A }
const WANDA = {
  username: 'wanda',
  password: 'obviously-fake-3',
  workspace: WORKSPACE_A,
  role: 'web' as const,
}

let host: TestCloud
let watched: Watched
let open: { close(): unknown }[]
let events: string[]
let options: Parameters<typeof startCloud>[0]

/** What is heard of the aircraft, in order: events, and the height of each report. */
async function start(): Promise<void> {
  host = await startCloud({
    users: [ANNA, ALEX, WANDA],
    presence: { graceSeconds: 0 },
    telemetry: { intervalMs: 100 },
    ...options,
  })
  const { cloud, url } = host
  watched = await watchWorkspace({ url, cloud, workspaceId: WORKSPACE_A.id, token: await logIn(url, ANNA) })
  events = []
  cloud.on('aircraft.online', ({ gateway }) => void events.push(`online ${gateway}`))
  cloud.on('aircraft.moved', ({ from, gateway }) => void events.push(`moved ${from} ${gateway}`))
  cloud.on('aircraft.offline', ({ gateway, reason }) => void events.push(`offline ${gateway} ${reason}`))
  cloud.on(
    'device.osd',
    ({ serial, data }) => void (serial === A1 && events.push(`height ${data['height']}`)),
  )
}

beforeEach(async () => {
  open = []
  options = {
    secret: 'an obviously fake secret for these tests only',
    sessions: memorySessions(),
    devices: memoryDevices(),
  }
  await start()
})
afterEach(async () => {
  watched.close()
  await Promise.all(open.map((one) => one.close()))
  await host.close()
})

const api = async (user: typeof ANNA, method: string, path: string, body?: object) =>
  ask(host.url, `/manage/api/v1${path}`, {
    method,
    headers: { 'x-auth-token': await logIn(host.url, user) },
    ...(body === undefined ? {} : { body }),
  })
const credentials = (user: typeof ANNA, serial: string) =>
  api(user, 'POST', '/mqtt/credentials', { gateway_sn: serial })

async function connect(user: typeof ANNA, gateway: string, made?: unknown): Promise<MqttClient> {
  const { username, password } = (made ?? (await credentials(user, gateway)).json.data) as Record<
    string,
    string
  >
  const client = await connectAsync(host.cloud.mqttAddress('127.0.0.1'), {
    ...{ username, password, clientId: gateway, reconnectPeriod: 0, protocolVersion: 4 },
  } as IClientOptions)
  client.on('error', () => undefined)
  open.push({ close: () => client.endAsync(true) })
  return client
}
const announce = (client: MqttClient, gateway: string, ...aircraft: string[]) =>
  client.publishAsync(`sys/product/${gateway}/status`, topo(...aircraft), { qos: 1 })
async function link(user: typeof ANNA, gateway: string): Promise<MqttClient> {
  const client = await connect(user, gateway)
  await announce(client, gateway, A1)
  // QoS 1: acknowledged before it is learned, so wait for what comes of it.
  await expect
    .poll(() => {
      const view = host.cloud.devices.get(gateway)
      return [...(view?.aircraft ?? []), ...(view?.linked ?? [])].map(({ serial }) => serial)
    })
    .toContain(A1)
  return client
}
const speak = (client: MqttClient, height: number) =>
  client.publishAsync(
    `thing/product/${A1}/osd`,
    JSON.stringify({ data: { latitude: 47, longitude: 8, height } }),
    { qos: 1 },
  )
const height = () => host.cloud.devices.getState(A1)?.osd['height']

describe('of one user', () => {
  test('both report; the second is switched off; it flies on with the first; both gone, it is offline once', async () => {
    const [first, second] = [await link(ANNA, G1), await link(ANNA, G2)]
    await speak(first, 1)
    await speak(second, 2)
    await speak(first, 3)
    await second.endAsync(true)
    await watched.agrees(G1, A1)
    await speak(first, 4)
    await expect.poll(height).toBe(4)
    expect(host.cloud.devices.get(A1)).toMatchObject({ serial: G1, aircraft: [{ online: true }] })
    await first.endAsync(true)
    await watched.agrees()
    expect(events).toEqual([
      `online ${G1}`,
      ...[1, 2, 3, 4].map((each) => `height ${each}`),
      `offline ${G1} connection_lost`,
    ])
    expect(ghosts(watched.pushes, A1)).toEqual([])
  })

  test('the first lets it go: online, reports, moved, reports, offline, nothing', async () => {
    const [first, second] = [await link(ANNA, G1), await link(ANNA, G2)]
    await speak(first, 1)
    const pushed = watched.push(({ biz_code, data }) => biz_code === 'device_update_topo' && data.sn === G1)
    await announce(first, G1)
    await pushed
    await watched.agrees(G1, G2, A1)
    // Its own last words are nobody's any more.
    await speak(first, 2)
    await speak(second, 3)
    await announce(second, G2)
    await watched.agrees(G1, G2)
    await speak(second, 4)
    await credentials(ANNA, G1)
    expect(events).toEqual([
      ...[`online ${G1}`, 'height 1', `moved ${G1} ${G2}`, 'height 3', `offline ${G2} unlinked`],
    ])
    const offline = watched.pushes.filter(
      ({ biz_code, data }) => biz_code === 'device_offline' && data.sn === A1,
    )
    expect([offline.length, ghosts(watched.pushes, A1)]).toEqual([1, []])
  })

  test('commands go to the one that holds it', async () => {
    const [first, second] = [await link(ANNA, G1), await link(ANNA, G2)]
    const asked: string[] = []
    for (const [client, gateway] of [
      [first, G1],
      [second, G2],
    ] as const) {
      client.on('message', (topic) => void asked.push(topic))
      await client.subscribeAsync(`thing/product/${gateway}/drc/down`, { qos: 1 })
    }
    await host.cloud.devices.sendDrcCommand(A1, { method: 'heart_beat' })
    await expect.poll(() => asked).toEqual([`thing/product/${G1}/drc/down`])
    await first.endAsync(true)
    await expect.poll(() => host.cloud.devices.get(A1)?.serial).toBe(G2)
    await host.cloud.devices.sendDrcCommand(A1, { method: 'heart_beat' })
    await expect.poll(() => asked[1]).toBe(`thing/product/${G2}/drc/down`)
  })

  test('after a restart both are known again, each by its own reports', async () => {
    const [first, second] = [await link(ANNA, G1), await link(ANNA, G2)]
    await speak(first, 1)
    await Promise.all([first.endAsync(true), second.endAsync(true)])
    watched.close()
    await host.close()
    await start()
    // Neither tells its topology again.
    const back = await connect(ANNA, G1)
    await speak(back, 2)
    await speak(await connect(ANNA, G2), 3)
    await watched.agrees(G1, G2, A1)
    await expect.poll(height).toBe(3)
    expect(host.cloud.devices.get(A1)).toMatchObject({ serial: G1 })
    expect(events).toEqual([`online ${G1}`, 'height 2', 'height 3'])
  })
})

test('a restart while it flies gives it to no colleague who is quicker, and back to its user', async () => {
  const first = await link(ANNA, G1)
  const before = (await credentials(ANNA, G1)).json.data
  const stolen = await connect(ALEX, G2)
  await speak(first, 1)
  watched.close()
  await host.close()
  await Promise.all([first.endAsync(true), stolen.endAsync(true)])
  await start()
  for (const serial of [G1, A1]) expect((await credentials(ALEX, serial)).status).toBe(409)
  const second = await link(ALEX, G2)
  await speak(second, 666)
  await speak(await connect(ANNA, G1, before), 2)
  await expect.poll(() => events).toEqual([`online ${G1}`, 'height 2'])
})

test('a controller that has left in good order before a restart is free after it', async () => {
  const first = await link(ANNA, G1)
  await first.endAsync()
  await expect.poll(() => host.cloud.devices.get(G1)?.online).toBe(false)
  watched.close()
  await host.close()
  await start()
  expect((await credentials(ALEX, G1)).status).toBe(200)
})

describe('of a colleague, while it flies', () => {
  let first: MqttClient
  let refused: (string | null)[][]
  beforeEach(async () => {
    first = await link(ANNA, G1)
    await speak(first, 1)
    refused = []
    host.cloud.on('mqtt.refused', ({ reason, serial }) => void refused.push([reason, serial]))
  })
  /** Nothing was heard but what the first one says, and it says it still. */
  async function expectUnharmed(): Promise<void> {
    await speak(first, 9)
    await expect.poll(height).toBe(9)
    expect(events).toEqual([`online ${G1}`, 'height 1', 'height 9'])
    expect(host.cloud.devices.get(A1)).toMatchObject({ serial: G1, userId: 'anna', online: true })
    expect(first.connected).toBe(true)
  }

  test('naming it in a topology and reporting for it', async () => {
    const second = await link(ALEX, G2)
    await expect.poll(() => refused).toEqual([['in_use', A1]])
    await speak(second, 666)
    expect(refused).toEqual([
      ['in_use', A1],
      ['in_use', A1],
    ])
    await expectUnharmed()
    expect(second.connected).toBe(true)
  })

  test.each([G1, A1])('asking for MQTT credentials for %s', async (serial) => {
    const { status, json } = await credentials(ALEX, serial)
    expect([status, json.code, json.data]).toEqual([
      409,
      409003,
      expect.objectContaining({ error: 'DEVICE_IN_USE', device: serial, issues: [expect.anything()] }),
    ])
    expect(json.message).toContain(serial)
    // The aircraft is no controller, whoever asks.
    expect((await credentials(ANNA, serial)).status).toBe(serial === G1 ? 200 : 409)
    await expectUnharmed()
  })

  test('using MQTT credentials for its controller from before', async () => {
    await first.endAsync()
    await expect.poll(() => host.cloud.devices.get(G1)?.connected).toBe(false)
    const { data } = (await credentials(ALEX, G1)).json
    first = await connect(ANNA, G1)
    events = [`online ${G1}`, 'height 1']
    host.cloud.on('aircraft.online', () => void events.pop())
    await expect(connect(ALEX, G1, data)).rejects.toThrow()
    expect(refused).toEqual([['in_use', G1]])
    expect(host.cloud.devices.get(G1)).toMatchObject({ userId: 'anna', connected: true })
  })

  test.each([
    ['POST', 'binding'],
    ['DELETE', 'unbinding'],
  ])('%s %s', async (method, what) => {
    for (const serial of [G1, A1]) {
      const answers = [await api(ALEX, method, `/devices/${serial}/${what}`)]
      if (method === 'DELETE') answers.push(await api(WANDA, method, `/devices/${serial}/${what}`))
      for (const { status, json } of answers) expect([status, json.code]).toEqual([200, 409003])
    }
    await expectUnharmed()
  })

  test('asking as an airport', async () => {
    const second = await connect(ALEX, G2)
    const answered = new Promise<string>((resolve) =>
      second.once('message', (_, body) => resolve(String(body))),
    )
    await second.subscribeAsync(`thing/product/${G2}/requests_reply`)
    const devices = [{ sn: A1, device_binding_code: 'x', organization_id: 'x', device_callsign: 'x' }]
    const request = {
      tid: 't',
      bid: 'b',
      method: 'airport_organization_bind',
      data: { bind_devices: devices },
    }
    await second.publishAsync(`thing/product/${G2}/requests`, JSON.stringify(request), { qos: 1 })
    expect(JSON.parse(await answered)).toMatchObject({ data: { result: 0, output: { err_infos: [] } } })
    await expectUnharmed()
  })
})

describe('when the one who has it is done', () => {
  const leave = {
    'is closed in good order': async (first: MqttClient) => first.endAsync(),
    'is put out by the host': async () => host.cloud.devices.disconnect(A1, { revoke: true }),
    'logs out': async () => {
      for (const { id } of await host.cloud.sessions.list({ userId: 'anna' }))
        await host.cloud.sessions.end({ id })
    },
  }
  test.each(Object.entries(leave))(
    'as it %s, a colleague may have aircraft and controller',
    async (_, go) => {
      const first = await link(ANNA, G1)
      await speak(first, 1)
      const second = await link(ALEX, G2)
      await go(first)
      await expect.poll(() => events.at(-1)).toContain(`offline ${G1}`)
      await speak(second, 2)
      await expect.poll(height).toBe(2)
      expect(events.slice(-2)).toEqual([`online ${G2}`, 'height 2'])
      expect((await credentials(ALEX, G1)).status).toBe(200)
    },
  )

  test('a web account may unbind it', async () => {
    const first = await link(ANNA, G1)
    await first.endAsync()
    await expect.poll(() => host.cloud.devices.get(G1)?.connected).toBe(false)
    for (const serial of [G1, A1])
      expect((await api(WANDA, 'DELETE', `/devices/${serial}/unbinding`)).json.code).toBe(0)
  })
})
