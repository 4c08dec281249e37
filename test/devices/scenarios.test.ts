import { connectAsync, type IClientOptions } from 'mqtt'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryDevices, memorySessions } from '../../src/index.ts'
import type { VirtualPilot } from '../../src/testing/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { topo } from '../support/mqtt-broker.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import {
  A1,
  A2,
  agreements,
  G1,
  G2,
  ghosts,
  logIn,
  newPilot,
  type Watched,
  watchWorkspace,
} from './picture.ts'

const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const ALEX = { username: 'alex', password: 'obviously-fake-2', workspace: WORKSPACE_A }
const BERT = { username: 'bert', password: 'obviously-fake-3', workspace: WORKSPACE_B }
const WEBB = { username: 'webb', password: 'obviously-fake-4', workspace: WORKSPACE_A, role: 'web' as const }
const SECRET = 'an obviously fake secret for these tests only'

let host: TestCloud
let alpha: Watched
let bravo: Watched
let open: { close(): unknown }[]

const watch = async (user: typeof ANNA & { role?: 'web' }): Promise<Watched> => {
  const { url, cloud } = host
  const watched = await watchWorkspace({
    url,
    cloud,
    workspaceId: user.workspace.id,
    token: await logIn(url, user),
  })
  open.push(watched)
  return watched
}

const fly = async (
  user: typeof ANNA,
  gateway: string,
  aircraft: string | null,
  knobs = {},
): Promise<VirtualPilot> => {
  const pilot = newPilot(host.link, gateway, aircraft, { knobs })
  open.push(pilot)
  await pilot.login(user.username, user.password)
  await pilot.topologyAcknowledged()
  return pilot
}

const start = (more: Parameters<typeof startCloud>[0] = {}) =>
  startCloud({
    users: [ANNA, ALEX, BERT, WEBB],
    presence: { graceSeconds: 1 },
    telemetry: { intervalMs: 100 },
    ...more,
  })

beforeEach(async () => {
  open = []
  host = await start()
  alpha = await watch(ANNA)
  bravo = await watch(BERT)
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  await host.close()
})

// Stated in docs/devices.md. The middle one, because a busy machine delays some.
afterAll(() => {
  const sorted = agreements.sort((a, b) => a - b)
  expect(sorted[sorted.length >> 1] ?? 0).toBeLessThan(2_000)
})

describe('registry, topologies, pushes and host events agree', () => {
  test('on an aircraft that is switched on, off and on again', async () => {
    const pilot = await fly(ANNA, G1, null)
    await alpha.agrees(G1)
    pilot.plugAircraft({ serial: A1 })
    await alpha.agrees(G1, A1)
    pilot.unplugAircraft()
    await alpha.agrees(G1)
    expect(alpha.events.at(-1)).toBe(`aircraft.offline unlinked ${A1}`)
    pilot.plugAircraft({ serial: A2 })
    await alpha.agrees(G1, A2)
  })

  test('on the order: online, reports, offline, nothing; however it goes', async () => {
    const pilot = await fly(ANNA, G1, A1)
    const online = () => alpha.push(({ biz_code, data }) => biz_code === 'device_online' && data.sn === A1)
    const reported = () => alpha.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A1)
    // A gateway is answered ten topologies at once, then one a second: no more rounds than that.
    for (let round = 0; round < 4; round += 1) {
      await reported()
      pilot.unplugAircraft()
      await pilot.topologyAcknowledged()
      const back = online()
      pilot.plugAircraft({ serial: A1 })
      await back
    }
    await reported()
    await host.cloud.devices.disconnect(G1)
    await alpha.agrees(G1, A1)
    await reported()
    await pilot.logout()
    await alpha.agrees()
    // Whatever still waited would have come with the next ticks.
    const other = await fly(ALEX, G2, A2)
    await alpha.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A2)
    await alpha.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A2)
    await other.close()
    expect([ghosts(alpha.pushes, A1), ghosts(alpha.pushes, G1)]).toEqual([[], []])
    expect(alpha.events.filter((one) => one === `aircraft.offline unlinked ${A1}`)).toHaveLength(4)
  })

  test('on what a browser is told, the whole OSD of aircraft and controller, and nothing after offline', async () => {
    const browser = await watch(WEBB)
    const pilot = await fly(ANNA, G1, A1)
    const told = (serial: string) =>
      browser.push(({ biz_code, data }) => biz_code.endsWith('_osd') && data.sn === serial)
    const [aircraft, controller] = await Promise.all([told(A1), told(G1)])
    expect(aircraft).toMatchObject({
      biz_code: 'device_osd',
      data: { host: { mode_code: 3, battery: { capacity_percent: 95 }, position_state: { gps_number: 19 } } },
    })
    expect(controller).toMatchObject({
      biz_code: 'gateway_osd',
      data: { host: { capacity_percent: 88, wireless_link: { sdr_quality: 5 } } },
    })
    for (let round = 0; round < 3; round += 1) {
      await told(A1)
      pilot.unplugAircraft()
      await pilot.topologyAcknowledged()
      pilot.plugAircraft({ serial: A1 })
      await pilot.topologyAcknowledged()
    }
    await Promise.all([told(A1), told(G1)])
    await pilot.logout()
    await browser.agrees()
    await fly(ALEX, G2, A2)
    await told(A2)
    await told(A2)
    expect([ghosts(browser.pushes, A1), ghosts(browser.pushes, G1)]).toEqual([[], []])
    // What a controller tells as a property, and what it is told itself, is not a browser's.
    expect(JSON.stringify(browser.pushes)).not.toContain('live_capacity')
    expect(alpha.pushes.filter(({ data }) => Object.hasOwn(Object(data.host), 'battery'))).toEqual([])
    expect(bravo.pushes).toEqual([])
  })

  test('on a controller that is killed without a FIN, and on its return', async () => {
    const pilot = await fly(ANNA, G1, A1)
    await alpha.agrees(G1, A1)
    pilot.cutNetwork({ silent: true })
    // TCP says nothing for minutes: the minute of silence does, counted from the last word that was still on its way.
    const stop = host.cloud.on('device.osd', () => host.advance(61_000))
    host.advance(61_000)
    await alpha.agrees()
    stop()
    expect(alpha.events.slice(-2)).toEqual([
      `aircraft.offline silence ${A1}`,
      `gateway.offline silence ${G1}`,
    ])
    pilot.restoreNetwork()
    await alpha.agrees(G1, A1)
  })

  test('on a connection that is lost for longer than the grace; a shorter one is nothing', async () => {
    const pilot = await fly(ANNA, G1, A1)
    await alpha.agrees(G1, A1)
    const before = alpha.events.length
    pilot.cutNetwork()
    pilot.restoreNetwork()
    await pilot.connected()
    await pilot.topologyAcknowledged()
    await alpha.agrees(G1, A1)
    expect(alpha.events.length).toBe(before)
    pilot.cutNetwork()
    await alpha.agrees()
    expect(alpha.events.at(-1)).toBe(`gateway.offline connection_lost ${G1}`)
  })

  test('on a token that is revoked in flight', async () => {
    const pilot = await fly(ANNA, G1, A1)
    await alpha.agrees(G1, A1)
    const { sessionId } = host.cloud.devices.get(G1) ?? {}
    await host.cloud.sessions.end({ id: String(sessionId) })
    await alpha.agrees()
    expect(alpha.events.at(-1)).toBe(`gateway.offline forced ${G1}`)
    // Told to fetch the topologies, it is answered 401 and leaves the cloud.
    await pilot.waitFor('withdrawn', undefined, { since: 0 })
    expect(host.cloud.devices.get(G1)).toMatchObject({ online: false, connected: false })
    expect(pilot.native.ws).not.toBe('connected')
  })

  test('on a logout', async () => {
    const pilot = await fly(ANNA, G1, A1)
    await alpha.agrees(G1, A1)
    await pilot.logout()
    await alpha.agrees()
    expect(alpha.events.at(-1)).toBe(`gateway.offline logout ${G1}`)
  })

  test('on a controller that the host puts out: it comes back, unless its session went too', async () => {
    const pilot = await fly(ANNA, G1, A1)
    await alpha.agrees(G1, A1)
    await host.cloud.devices.disconnect(A1)
    await pilot.waitFor('mqtt.state', ({ state }) => state === 'connected')
    await alpha.agrees(G1, A1)
    expect(alpha.events).toContain(`gateway.offline forced ${G1}`)
    await host.cloud.devices.disconnect(G1, { revoke: true })
    await pilot.waitFor('mqtt.state', ({ state, reason }) => state === 'disconnected' && reason !== null)
    await alpha.agrees()
    await expect(host.cloud.devices.disconnect('RCFAKE00000099')).rejects.toMatchObject({
      code: 'DEVICE_UNKNOWN',
    })
  })

  test('on two workspaces side by side: neither hears of the other', async () => {
    const [one, two] = [await fly(ANNA, G1, A1), await fly(BERT, G2, A2)]
    await alpha.agrees(G1, A1)
    await bravo.agrees(G2, A2)
    await bravo.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A2)
    // The aircraft of another workspace is not taken over.
    two.plugAircraft({ serial: A1 })
    await two.topologyAcknowledged()
    await bravo.agrees(G2)
    await alpha.agrees(G1, A1)
    one.unplugAircraft()
    await alpha.agrees(G1)
    const serials = (watched: Watched) =>
      new Set(watched.pushes.map(({ data }) => data.gateway_sn ?? data.sn))
    expect([...serials(alpha)].filter((serial) => serial === G2 || serial === A2)).toEqual([])
    expect([...serials(bravo)].filter((serial) => serial === G1 || serial === A1)).toEqual([])
  })
})

describe('a restart of the host', () => {
  let options: Parameters<typeof startCloud>[0]

  /** Away and back: the same port, the same stores, nothing in memory. */
  async function restart(): Promise<void> {
    await host.close()
    host = await start(options)
    alpha = await watch(ANNA)
  }

  beforeEach(async () => {
    const { port } = new URL(host.cloud.mqttAddress('127.0.0.1'))
    const kept = { secret: SECRET, sessions: memorySessions(), devices: memoryDevices() }
    options = { ...kept, mqtt: { host: '127.0.0.1', port: Number(port) } }
    await Promise.all(open.splice(0).map((one) => one.close()))
    await restart()
  })

  test('shows nobody who is not there, and everybody who is', async () => {
    const stays = await fly(ANNA, G1, A1)
    const goes = await fly(ALEX, G2, A2)
    await alpha.agrees(G1, A1, G2, A2)
    // Both are away until the watcher has looked.
    for (const one of [stays, goes]) one.cutNetwork()
    await restart()
    await alpha.agrees()
    stays.restoreNetwork()
    await stays.connected()
    await alpha.agrees(G1, A1)
  })

  test('recalls the aircraft of a controller that reports on without a new topology', async () => {
    const connect = async () => {
      const body = { gateway_sn: G1 }
      const headers = { 'x-auth-token': await logIn(host.url, ANNA) }
      const { json } = await ask(host.url, '/manage/api/v1/mqtt/credentials', {
        method: 'POST',
        body,
        headers,
      })
      const { username, password } = json.data as Record<string, string>
      const client = await connectAsync(host.cloud.mqttAddress('127.0.0.1'), {
        ...{ username, password, clientId: G1, reconnectPeriod: 0, protocolVersion: 5 },
      } as IClientOptions)
      open.push({ close: () => client.endAsync(true) })
      return client
    }
    const before = await connect()
    await before.publishAsync(`sys/product/${G1}/status`, topo(A1), { qos: 1 })
    await alpha.agrees(G1, A1)
    await restart()
    const after = await connect()
    await alpha.agrees()
    await after.publishAsync(`thing/product/${A1}/osd`, '{"data":{"latitude":47,"longitude":8}}', { qos: 1 })
    await alpha.agrees(G1, A1)
    expect(host.cloud.devices.get(A1)?.model?.name).toBe('RC Pro Enterprise')
    // One that was never seen is online by its own word, and nothing is made up about it.
    await after.publishAsync(`thing/product/${A2}/osd`, '{"data":{}}', { qos: 1 }).catch(() => undefined)
    await alpha.agrees(G1, A1)
  })
})
