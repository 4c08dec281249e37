import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Bus,
  type DeviceStore,
  type DjiCloudOptions,
  memoryBus,
  memoryDevices,
  memorySessions,
  redisBus,
  redisDevices,
  redisSessions,
  type SessionStore,
} from '../../src/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import { withRedis } from '../support/stores.ts'
import { A1, A2, G1, G2, G3, ghosts, logIn, newPilot, type Watched, watchWorkspace } from './picture.ts'

const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const ALEX = { username: 'alex', password: 'obviously-fake-2', workspace: WORKSPACE_A }
const BERT = { username: 'bert', password: 'obviously-fake-3', workspace: WORKSPACE_B }

const WEBB = { username: 'webb', password: 'obviously-fake-4', workspace: WORKSPACE_A, role: 'web' as const }

interface Stores {
  readonly sessions: SessionStore
  readonly devices: DeviceStore
  readonly bus: Bus
}

/** Two nodes of one app, each with a broker of its own. */
function twoNodes(makeStores: () => () => Stores): void {
  let one: TestCloud
  let two: TestCloud
  let there: Watched
  let here: Watched
  let open: { close(): unknown }[]
  let storesOf: () => Stores
  /** The first node speaks and nobody hears it. */
  let muted = false

  const start = (more: DjiCloudOptions = {}): Promise<TestCloud> =>
    startCloud({
      secret: 'an obviously fake secret for these tests only',
      users: [ANNA, ALEX, BERT, WEBB],
      presence: { graceSeconds: 1 },
      telemetry: { intervalMs: 100 },
      ...storesOf(),
      ...more,
    })

  const watch = async (host: TestCloud, user: typeof ANNA & { role?: 'web' } = ANNA): Promise<Watched> => {
    const { url, cloud } = host
    const token = await logIn(url, user)
    const watched = await watchWorkspace({ url, cloud, workspaceId: user.workspace.id, token })
    open.push(watched)
    return watched
  }

  const fly = async (host: TestCloud, user: typeof ANNA, gateway: string, aircraft: string | null) => {
    const pilot = newPilot(host.link, gateway, aircraft)
    open.push(pilot)
    await pilot.login(user.username, user.password)
    await pilot.topologyAcknowledged()
    return pilot
  }

  /** What a watcher of the node that does not have the gateway sees: everything but the host's events. */
  const sees = (watched: Watched, ...serials: string[]) => watched.shows(...serials)

  beforeEach(async () => {
    open = []
    storesOf = makeStores()
    muted = false
    const { bus, ...stores } = storesOf()
    const publish: Bus['publish'] = async (text) => void (muted || (await bus.publish(text)))
    one = await start({ ...stores, bus: { ...bus, publish } })
    two = await start()
    here = await watch(one)
    there = await watch(two)
  })
  afterEach(async () => {
    await Promise.all(open.map((each) => each.close()))
    await Promise.all([one.close(), two.close()])
  })

  test('who is at one node is shown and pushed at the other, and told to the host once', async () => {
    const pilot = await fly(one, ANNA, G1, A1)
    await here.agrees(G1, A1)
    await sees(there, G1, A1)
    expect(there.events).toEqual([])
    // Told by `state`, before the topology.
    const capacity = () => two.cloud.devices.getState(G1)?.osd['live_capacity']
    while (capacity() === undefined) await there.push(({ data }) => data.sn === A1)
    const push = await there.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A1)
    expect(push.data.host).toMatchObject({ latitude: expect.closeTo(47, 0), longitude: expect.closeTo(8, 0) })
    expect(
      two.cloud.devices
        .toGeoJSON(WORKSPACE_A.id)
        .features.map(({ id }) => id)
        .sort(),
    ).toEqual([A1, G1])
    for await (const report of two.cloud.devices.telemetry({ serial: A1 })) {
      expect(report).toMatchObject({ gateway: G1, workspaceId: WORKSPACE_A.id })
      break
    }
    pilot.unplugAircraft()
    await here.agrees(G1)
    await sees(there, G1)
  })

  test('after offline nothing is told of a device at the other node either', async () => {
    const pilot = await fly(one, ANNA, G1, A1)
    await sees(there, G1, A1)
    const reported = () => there.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A1)
    // A gateway is answered ten topologies at once, then one a second: no more rounds than that.
    for (let round = 0; round < 4; round += 1) {
      await reported()
      pilot.unplugAircraft()
      await sees(there, G1)
      pilot.plugAircraft({ serial: A1 })
      await sees(there, G1, A1)
    }
    await reported()
    await pilot.logout()
    await sees(there)
    await fly(one, ALEX, G2, A2)
    await there.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A2)
    expect([ghosts(there.pushes, A1), ghosts(there.pushes, G1)]).toEqual([[], []])
  })

  test('a browser at the other node is told the whole OSD too, and nothing after offline', async () => {
    const browser = await watch(two, WEBB)
    const pilot = await fly(one, ANNA, G1, A1)
    const told = (code: string, serial: string) =>
      browser.push(({ biz_code, data }) => biz_code === code && data.sn === serial)
    const [aircraft, controller] = await Promise.all([told('device_osd', A1), told('gateway_osd', G1)])
    expect(aircraft.data.host).toMatchObject({ mode_code: 3, battery: { capacity_percent: 95 } })
    expect(controller.data.host).toMatchObject({ capacity_percent: 88, wireless_link: { sdr_quality: 5 } })
    await pilot.logout()
    await sees(browser)
    await fly(one, ALEX, G2, A2)
    await told('device_osd', A2)
    expect([ghosts(browser.pushes, A1), ghosts(browser.pushes, G1)]).toEqual([[], []])
    expect(JSON.stringify(browser.pushes)).not.toContain('live_capacity')
    expect(two.cloud.devices.getState(G1)?.osd).toHaveProperty('live_capacity')
  })

  test('a command, and putting out, reach the node that has the gateway', async () => {
    const pilot = await fly(one, ANNA, G1, A1)
    await sees(there, G1, A1)
    await expect(
      two.cloud.devices.callService(A1, 'live_stop_push', { video_id: `${A1}/66-0-0/normal-0` }),
    ).resolves.toMatchObject({
      result: 0,
    })
    const down = pilot.waitFor('mqtt.in', ({ topic }) => topic === `thing/product/${G1}/drc/down`)
    await expect(two.cloud.devices.sendDrcCommand(A1, { method: 'heart_beat', seq: 5 })).resolves.toBe(5)
    expect(await down).toMatchObject({ payload: { method: 'heart_beat', data: {}, seq: 5 } })
    await expect(two.cloud.devices.sendDrcCommand(A1, { method: '' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await two.cloud.devices.disconnect(G1, { revoke: true })
    await pilot.waitFor('withdrawn', undefined, { since: 0 })
    await here.agrees()
    await sees(there)
  })

  test('a logout at one node closes what the session has at the other', async () => {
    const token = await logIn(one.url, ALEX)
    const { cloud, url } = two
    const watched = await watchWorkspace({ url, cloud, workspaceId: WORKSPACE_A.id, token })
    const closed = new Promise<number>((resolve) => watched.socket.once('close', resolve))
    const [session] = await one.cloud.sessions.list({ userId: 'alex' })
    await one.cloud.sessions.end({ id: session?.id ?? '' })
    expect(await closed).toBe(4401)
  })

  test('a controller that moves to the other node is never offline, and the aircraft goes with it', async () => {
    const first = await fly(one, ANNA, G1, A1)
    await sees(there, G1, A1)
    const pushes = there.pushes.length
    first.cutNetwork({ silent: true })
    await fly(two, ANNA, G1, A1)
    await there.agrees(G1, A1)
    // Both name the session of the new connection.
    expect(one.cloud.devices.get(G1)?.sessionId).toBe(two.cloud.devices.get(G1)?.sessionId)
    expect(two.cloud.devices.get(G1)).toMatchObject({ online: true, connected: true })
    expect(there.pushes.slice(pushes).filter(({ biz_code }) => biz_code === 'device_offline')).toEqual([])
  })

  describe('an aircraft with a controller at each node', () => {
    const holders = () => [one, two].map(({ cloud }) => cloud.devices.get(A1)?.serial)
    const moves = () => {
      const told: string[] = []
      for (const { cloud } of [one, two])
        cloud.on('aircraft.moved', ({ from, gateway }) => void told.push(`${from} ${gateway}`))
      return told
    }
    const offlineOf = (serial: string) =>
      [here, there].flatMap(({ pushes }) =>
        pushes.filter(({ biz_code, data }) => biz_code === 'device_offline' && data.sn === serial),
      )
    const spoken = (host: TestCloud, gateway: string) =>
      new Promise<void>((resolve) => {
        const stop = host.cloud.on('device.osd', (report) => {
          if (report.gateway !== gateway || report.serial !== A1) return
          stop()
          resolve()
        })
      })

    test('of one user: both speak, it stays online when the first goes, and goes with the second', async () => {
      const told = moves()
      const first = await fly(one, ANNA, G1, A1)
      await sees(there, G1, A1)
      const second = await fly(two, ANNA, G2, A1)
      await Promise.all([here, there].map((each) => sees(each, G1, G2, A1)))
      await Promise.all([spoken(one, G1), spoken(two, G2)])
      expect(holders()).toEqual([G1, G1])
      await first.logout()
      await Promise.all([here, there].map((each) => sees(each, G2, A1)))
      expect([holders(), told]).toEqual([[G2, G2], [`${G1} ${G2}`]])
      await spoken(two, G2)
      expect(offlineOf(A1)).toEqual([])
      await second.logout()
      await Promise.all([here, there].map((each) => sees(each)))
      // Once at each watcher.
      expect([offlineOf(A1).length, ghosts(here.pushes, A1), ghosts(there.pushes, A1)]).toEqual([2, [], []])
    })

    test('of one user: when the first one does not report any more, it is taken over', async () => {
      const told = moves()
      await fly(one, ANNA, G1, A1)
      await sees(there, G1, A1)
      await fly(two, ANNA, G2, A1)
      await sees(here, G1, G2, A1)
      muted = true
      // What the first node had said before has arrived by then.
      for (let report = 0; report < 5; report += 1) await spoken(two, G2)
      two.advance(7_000)
      await expect.poll(holders).toEqual([G2, G2])
      muted = false
      await spoken(one, G1)
      await spoken(two, G2)
      expect([holders(), told, offlineOf(A1)]).toEqual([[G2, G2], [`${G1} ${G2}`], []])
    })

    test('of two users: the second has nothing of naming it, until the first is gone', async () => {
      const refused = new Promise((resolve) =>
        two.cloud.on('mqtt.refused', ({ reason, serial }) => resolve([reason, serial])),
      )
      const first = await fly(one, ANNA, G1, A1)
      await sees(there, G1, A1)
      await fly(two, ALEX, G2, A1)
      expect(await refused).toEqual(['in_use', A1])
      await Promise.all([here, there].map((each) => sees(each, G1, G2, A1)))
      for (let report = 0; report < 5; report += 1) await spoken(one, G1)
      expect([holders(), offlineOf(A1)]).toEqual([[G1, G1], []])
      const taken = spoken(two, G2)
      await first.logout()
      await taken
      await Promise.all([here, there].map((each) => sees(each, G2, A1)))
      expect(holders()).toEqual([G2, G2])
    })

    test('that both nodes have had online without knowing of each other stays with the first', async () => {
      muted = true
      await fly(one, ANNA, G1, A1)
      await here.agrees(G1, A1)
      // For a minute after its start it would wait for the one that the store names.
      two.advance(61_000)
      await fly(two, ALEX, G2, A1)
      await there.agrees(G2, A1)
      // Not heard of for so long, the first node is asked what it has.
      two.advance(11_000)
      muted = false
      await expect.poll(holders, { timeout: 5_000 }).toEqual([G1, G1])
      await spoken(one, G1)
      expect(holders()).toEqual([G1, G1])
    })

    test('nobody gets credentials for what is live with another user at the other node', async () => {
      await fly(one, ANNA, G1, A1)
      await sees(there, G1, A1)
      for (const serial of [G1, A1]) {
        const answer = await ask(two.url, '/manage/api/v1/mqtt/credentials', {
          method: 'POST',
          body: { gateway_sn: serial },
          headers: { 'x-auth-token': await logIn(two.url, ALEX) },
        })
        expect([answer.status, answer.json.code, answer.json.data?.error]).toEqual([
          409,
          409003,
          'DEVICE_IN_USE',
        ])
      }
    })
  })

  test('a controller of one node is nobody’s aircraft at the other, and the other way round', async () => {
    const aircraftAt = (host: TestCloud, gateway: string) =>
      host.cloud.devices.get(gateway)?.aircraft.map(({ serial }) => serial)
    await fly(two, ALEX, G2, null)
    const refused = new Promise((resolve) => one.cloud.on('message.invalid', ({ reason }) => resolve(reason)))
    const pilot = await fly(one, ANNA, G1, G2)
    expect(await refused).toBe(`sub_devices: ${G2}: is a gateway`)
    expect(aircraftAt(one, G1)).toEqual([])
    // Nobody knows yet what it is: so it is believed, until it says so itself.
    pilot.plugAircraft({ serial: G3 })
    await expect.poll(() => aircraftAt(one, G1)).toEqual([G3])
    // So it is no controller, at any node and for anybody, until it is unbound.
    const answer = await ask(two.url, '/manage/api/v1/mqtt/credentials', {
      method: 'POST',
      headers: { 'x-auth-token': await logIn(two.url, ANNA) },
      body: { gateway_sn: G3 },
    })
    expect([answer.status, answer.json.code]).toEqual([409, 409003])
    await sees(there, G1, G2, G3)
  })

  test('a node that falls silent takes its controllers with it, and brings them back', async () => {
    await fly(one, ANNA, G1, A1)
    await sees(there, G1, A1)
    muted = true
    // Nothing of it for ten seconds. The survivor tells its host, who would not hear of it otherwise.
    two.advance(11_000)
    await sees(there)
    expect(there.events).toEqual([`aircraft.offline silence ${A1}`, `gateway.offline silence ${G1}`])
    muted = false
    await sees(there, G1, A1)
    expect(there.events.slice(2).sort()).toEqual([`aircraft.online ${A1}`, `gateway.online ${G1}`])
  })

  test('a node that stops leaves its controllers to the others: who is back within the grace was never offline', async () => {
    await fly(one, ANNA, G1, A1)
    await sees(there, G1, A1)
    const before = there.pushes.length
    await one.cloud.close()
    // The grace of a second begins now: with the clock set back it is long enough for a slow machine.
    two.advance(-15_000)
    // Still there for everybody, until the grace is over.
    await there.shows(G1, A1)
    await fly(two, ANNA, G1, A1)
    await there.agrees(G1, A1)
    two.advance(45_000)
    await there.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A1)
    expect(there.events.filter((event) => event.includes('offline'))).toEqual([])
    expect(there.pushes.slice(before).filter(({ biz_code }) => biz_code === 'device_offline')).toEqual([])
    expect(here.events.filter((event) => event.includes('offline'))).toEqual([])
  })

  test('and who is not back then is told as lost, once', async () => {
    await fly(one, ANNA, G1, A1)
    await sees(there, G1, A1)
    await one.cloud.close()
    expect(there.events).toEqual([])
    two.advance(2_000)
    await sees(there)
    expect(there.events).toEqual([
      `aircraft.offline connection_lost ${A1}`,
      `gateway.offline connection_lost ${G1}`,
    ])
    expect(ghosts(there.pushes, A1)).toEqual([])
    two.advance(10_000)
    await fly(two, ANNA, G2, null)
    await sees(there, G2)
    expect(there.events).toHaveLength(3)
  })

  test('an aircraft that did not come back with its controller is told as lost', async () => {
    await fly(one, ANNA, G1, A1)
    await sees(there, G1, A1)
    await one.cloud.close()
    // A slow machine takes longer than the grace to fly.
    two.advance(-15_000)
    await fly(two, ANNA, G1, null)
    two.advance(17_000)
    await sees(there, G1)
    expect(there.events.filter((event) => event.startsWith('gateway.offline'))).toEqual([])
    expect(there.events).toContainEqual(expect.stringMatching(`^aircraft.offline \\w+ ${A1}$`))
  })

  test('other workspaces hear nothing', async () => {
    const bravo = await watch(two, BERT)
    await fly(one, ANNA, G1, A1)
    await sees(there, G1, A1)
    await fly(one, BERT, G2, A2)
    await sees(bravo, G2, A2)
    expect(bravo.pushes.filter(({ data }) => data.sn === G1 || data.sn === A1)).toEqual([])
  })

  test('a node that comes later asks who is there', async () => {
    await fly(one, ANNA, G1, A1)
    await here.agrees(G1, A1)
    const third = await start()
    const late = await watch(third)
    open.push(third)
    await late.push(({ biz_code, data }) => biz_code === 'device_osd' && data.sn === A1)
    expect(third.cloud.devices.get(G1)).toMatchObject({
      online: true,
      aircraft: [{ serial: A1, online: true }],
    })
  })
}

describe('two nodes in one process', () => {
  twoNodes(() => {
    // The stores of the test's first node serve the second as well.
    const join = memoryBus()
    const shared = { sessions: memorySessions(), devices: memoryDevices() }
    return () => ({ ...shared, bus: join() })
  })
})

withRedis('two nodes over a real Redis', (redis) => {
  twoNodes(() => {
    const source = { url: redis().url, prefix: `${Math.random()}:` }
    return () => ({ sessions: redisSessions(source), devices: redisDevices(source), bus: redisBus(source) })
  })
})
