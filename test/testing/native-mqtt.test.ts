import {
  createVirtualPilot,
  type Knobs,
  type VirtualPilot,
  type VirtualPilotOptions,
} from 'dji-cloud/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Platform, startPlatform } from './platform.ts'

const WORKSPACE = '11111111-2222-4333-8444-555555555555'
const GATEWAY = 'RCFAKE00000001'
const AIRCRAFT = '1581FAKE000000000001'
const STATUS = `sys/product/${GATEWAY}/status`

let platform: Platform
const pilots: VirtualPilot[] = []

beforeEach(async () => {
  platform = await startPlatform()
})
afterEach(async () => {
  await Promise.all(pilots.splice(0).map((pilot) => pilot.close()))
  await platform.stop()
})

function pilotWith(
  knobs: Partial<Knobs> = {},
  more: Partial<Pick<VirtualPilotOptions, 'aircraft' | 'services'>> = {},
): VirtualPilot {
  const fast = { osdIntervalMs: 20, mqttReconnectMs: 10, topoRetryMs: 50, ...knobs }
  const pilot = createVirtualPilot({ url: `${platform.http}/pilot`, knobs: fast, ...more })
  pilots.push(pilot)
  return pilot
}

function load(pilot: VirtualPilot, { registered = true } = {}): void {
  pilot.pageLoaded(pilot.url)
  pilot.call('platformVerifyLicense', ['fake', 'fake', 'RkFLRQ=='])
  if (registered) {
    pilot.call('platformSetWorkspaceId', [WORKSPACE])
    pilot.call('platformSetInformation', ['Platform', 'Workspace', ''])
  }
  loadThing(pilot)
}

const loadThing = (pilot: VirtualPilot): unknown =>
  pilot.call('platformLoadComponent', [
    'thing',
    JSON.stringify({
      host: platform.mqtt,
      username: 'someone',
      password: 'long-secret',
      connectCallback: 'cb',
    }),
  ])

const topics = (): string[] => platform.published.map(({ topic }) => topic)

describe('the link', () => {
  it.each([
    [5, 5],
    [4, 4],
  ] as const)(
    'connects with level %i, the serial number and exactly the credentials of thing',
    async (knob, level) => {
      const pilot = pilotWith({ mqttVersion: knob })
      load(pilot)
      await pilot.connected()
      expect(platform.connects).toEqual([
        { id: GATEWAY, username: 'someone', password: 'long-secret', version: level },
      ])
    },
  )

  it('waits for thingConnect where loading does not connect', async () => {
    const pilot = pilotWith({ autoConnect: false })
    load(pilot)
    expect(pilot.native.mqtt).toBe('idle')
    pilot.call('thingConnect', ['other', 'other-secret', 'cb'])
    await pilot.connected()
    expect(platform.connects[0]).toMatchObject({ username: 'other', password: 'other-secret' })
  })

  it('does not connect to an address without a scheme', () => {
    const pilot = pilotWith()
    load(pilot)
    pilot.call('platformLoadComponent', [
      'thing',
      JSON.stringify({ host: '127.0.0.1:1883', username: 'a', password: 'b' }),
    ])
    expect(pilot.native.mqtt).toBe('disconnected')
  })

  it('comes back by itself with the same credentials when it is cut, without a DISCONNECT', async () => {
    const pilot = pilotWith()
    load(pilot)
    await pilot.topologyAcknowledged()
    const cut = pilot.waitFor('mqtt.state', (event) => event.state === 'disconnected')
    pilot.cutNetwork()
    await cut
    await expect.poll(() => platform.ended).toEqual([{ id: GATEWAY, graceful: false }])
    pilot.restoreNetwork()
    await pilot.topologyAcknowledged()
    expect(platform.connects).toHaveLength(2)
    expect(platform.connects[1]).toEqual(platform.connects[0])
  })

  it('stays open and dead when the network vanishes silently', async () => {
    const pilot = pilotWith()
    load(pilot)
    await pilot.topologyAcknowledged()
    pilot.cutNetwork({ silent: true })
    const before = platform.published.length
    pilot.plugAircraft({ serial: '1581FAKE000000000002' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(platform.published).toHaveLength(before)
    expect(platform.ended).toEqual([])
    pilot.restoreNetwork()
    await pilot.topologyAcknowledged()
  })

  it('keeps trying while the broker refuses', async () => {
    platform.settings.password = 'another'
    const pilot = pilotWith()
    load(pilot)
    const refused = await pilot.waitFor('mqtt.state', (event) => event.state === 'disconnected')
    expect(refused.reason).toMatch(/not authori[sz]ed/i)
    platform.settings.password = 'long-secret'
    await pilot.connected()
  })

  it('says goodbye when thing is unloaded', async () => {
    const pilot = pilotWith()
    load(pilot)
    await pilot.topologyAcknowledged()
    pilot.call('platformUnloadComponent', ['thing'])
    await expect.poll(() => platform.ended).toEqual([{ id: GATEWAY, graceful: true }])
  })
})

describe('leaving the page', () => {
  it.each([
    ['drops MQTT without workspace and information', {}, false, 'idle'],
    ['keeps MQTT with them', {}, true, 'connected'],
    ['keeps MQTT where the knob says so', { dropMqttOnLeave: false }, false, 'connected'],
    ['forgets everything where native state is not kept', { keepNativeState: false }, true, 'idle'],
  ] as const)('%s', async (_, knobs, registered, state) => {
    const pilot = pilotWith(knobs)
    load(pilot, { registered })
    await pilot.connected()
    pilot.leavePage()
    expect(pilot.native.mqtt).toBe(state)
  })
})

describe('the topology', () => {
  it('is told at once and again until it is answered; OSD waits for the answer', async () => {
    platform.settings.answers = false
    const pilot = pilotWith()
    load(pilot)
    await pilot.waitFor('topology', (event) => event.state === 'unanswered')
    await pilot.waitFor('topology', (event) => event.state === 'unanswered')
    expect(topics().filter((topic) => topic.endsWith('/osd'))).toEqual([])
    platform.settings.answers = true
    await pilot.topologyAcknowledged()
    await pilot.waitFor('mqtt.out', (event) => event.topic === `thing/product/${AIRCRAFT}/osd`, { since: 0 })
    await expect.poll(topics).toContain(`thing/product/${GATEWAY}/osd`)
  })

  it('lets OSD through without an answer where the gate is off', async () => {
    platform.settings.answers = false
    const pilot = pilotWith({ osdGate: false })
    load(pilot)
    await expect.poll(topics).toContain(`thing/product/${AIRCRAFT}/osd`)
  })

  it('ignores a reply to something else', async () => {
    platform.settings.answers = false
    const pilot = pilotWith({ topoRetryMs: 10_000 })
    load(pilot)
    await pilot.waitFor('topology')
    const seen = pilot.waitFor('mqtt.in')
    platform.send(`${STATUS}_reply`, { tid: 'other', bid: 'other', data: { result: 0 } })
    await seen
    expect(pilot.native.topologyAcknowledged).toBe(false)
  })

  it.each([
    [
      'as captured',
      {},
      { domain: 2, type: 144, sub_type: 0, sub_devices: [{ sn: AIRCRAFT, domain: 0, type: 77, index: 'A' }] },
    ],
    [
      'with texts',
      { topoDomain: 'string', topoTypes: 'string' },
      { domain: '2', type: '144', sub_devices: [{ domain: '0', type: '77' }] },
    ],
  ] as const)('%s', async (_, knobs, data) => {
    const pilot = pilotWith(knobs)
    load(pilot)
    await pilot.topologyAcknowledged()
    expect(platform.published.find(({ topic }) => topic === STATUS)?.payload).toMatchObject({
      method: 'update_topo',
      data,
    })
  })

  it('leaves domain and index out, on the other status topic, where a RC Plus 2 is believed to', async () => {
    const pilot = pilotWith({ topoDomain: 'absent', topoTopic: 'thing' })
    load(pilot)
    await pilot.topologyAcknowledged()
    const told = platform.published.find(({ topic }) => topic === `thing/product/${GATEWAY}/status`)
      ?.payload as { data: { sub_devices: object[] } }
    expect(Object.keys(told.data)).not.toContain('domain')
    expect(Object.keys(told.data.sub_devices[0] ?? {})).not.toContain('index')
  })

  it.each([
    ['empty-array', { sub_devices: [] }],
    ['absent', {}],
  ] as const)('tells an unplugged aircraft by %s, and a plugged one again', async (topoOffline, part) => {
    const pilot = pilotWith({ topoOffline })
    load(pilot)
    await pilot.topologyAcknowledged()
    pilot.unplugAircraft()
    await pilot.topologyAcknowledged()
    const off = platform.published.filter(({ topic }) => topic === STATUS)[1]?.payload as {
      data: { sub_devices?: unknown }
    }
    expect({ sub_devices: off.data.sub_devices }).toEqual({ sub_devices: undefined, ...part })
    pilot.plugAircraft({ serial: '1581FAKE000000000009' })
    await pilot.topologyAcknowledged()
    const osd = pilot.waitFor(
      'mqtt.out',
      (event) => event.topic === 'thing/product/1581FAKE000000000009/osd',
      { since: 0 },
    )
    await osd
  })
})

describe('the rest of the conversation', () => {
  it('sends fields that do not change only now and then', async () => {
    const pilot = pilotWith()
    load(pilot)
    await expect
      .poll(() => topics().filter((topic) => topic === `thing/product/${AIRCRAFT}/osd`).length)
      .toBeGreaterThan(1)
    const [full, next] = platform.published
      .filter(({ topic }) => topic === `thing/product/${AIRCRAFT}/osd`)
      .map(({ payload }) => payload as { data: object })
    expect(full?.data).toHaveProperty('position_state')
    expect(next?.data).not.toHaveProperty('position_state')
    expect(next?.data).toHaveProperty('latitude')
  })

  it('stalls until config is answered where it blocks', async () => {
    const pilot = pilotWith({ configRequest: 'blocking' })
    load(pilot)
    await expect.poll(topics).toEqual([`thing/product/${GATEWAY}/requests`])
    const request = platform.published[0]?.payload as { tid: string; bid: string; method: string }
    expect(request.method).toBe('config')
    platform.send(`thing/product/${GATEWAY}/requests_reply`, {
      tid: request.tid,
      bid: request.bid,
      method: 'config',
      data: { result: 0, app_id: 'fake', app_key: 'fake', app_license: 'fake' },
    })
    await pilot.topologyAcknowledged()
  })

  it('stalls until state is answered where it expects that', async () => {
    const pilot = pilotWith({ stateReply: 'expected' })
    load(pilot)
    await expect.poll(topics).toEqual([`thing/product/${GATEWAY}/state`])
    platform.send(`thing/product/${GATEWAY}/state_reply`, { data: { result: 0 } })
    await pilot.topologyAcknowledged()
  })

  it('answers services and property/set with the same ids', async () => {
    const pilot = pilotWith({}, { aircraft: null })
    load(pilot)
    await pilot.topologyAcknowledged()
    platform.send(`thing/product/${GATEWAY}/services`, {
      tid: 't1',
      bid: 'b1',
      method: 'live_start_push',
      data: {},
    })
    platform.send(`thing/product/${GATEWAY}/property/set`, { tid: 't2', bid: 'b2', data: { silent_mode: 1 } })
    const find = (name: string): unknown =>
      platform.published.find(({ topic }) => topic === `thing/product/${GATEWAY}/${name}`)?.payload
    await expect
      .poll(() => find('services_reply'))
      .toMatchObject({ tid: 't1', bid: 'b1', method: 'live_start_push', data: { result: 613001 } })
    await expect
      .poll(() => find('property/set_reply'))
      .toMatchObject({ tid: 't2', data: { silent_mode: { result: 0 } } })
  })

  describe('of a service that it does not know', () => {
    const ask = async (pilot: ReturnType<typeof pilotWith>): Promise<readonly unknown[]> => {
      load(pilot)
      await pilot.topologyAcknowledged()
      for (const [tid, method] of [
        ['t1', 'fly_to_the_moon'],
        ['t2', 'toString'],
        ['t3', 'camera_photo_take'],
      ])
        platform.send(`thing/product/${GATEWAY}/services`, { tid, bid: 'b', method, data: {} })
      const replies = () =>
        platform.published
          .filter(({ topic }) => topic === `thing/product/${GATEWAY}/services_reply`)
          .map(({ payload }) => payload as { tid: string; data: { result: number } })
      await expect.poll(() => replies().some(({ tid }) => tid === 't3')).toBe(true)
      return replies().map(({ tid, data: { result } }) => `${tid}: ${result === 0 ? 'done' : 'refused'}`)
    }

    it('refuses it by default', async () => {
      expect(await ask(pilotWith({}))).toEqual(['t1: refused', 't2: refused', 't3: done'])
    })
    it('does not answer, by its knob', async () => {
      expect(await ask(pilotWith({ unknownService: 'silent' }))).toEqual(['t3: done'])
    })
    it('does it, by its knob', async () => {
      expect(await ask(pilotWith({ unknownService: 'accepted' }))).toEqual([
        't1: done',
        't2: done',
        't3: done',
      ])
    })
    it("leaves it to the test's own function", async () => {
      const services = (method: string) => (method === 'fly_to_the_moon' ? { result: 0 } : undefined)
      expect(await ask(pilotWith({}, { services }))).toEqual(['t1: done', 't2: refused', 't3: done'])
    })
  })

  it('publishes its will where it has one and is cut', async () => {
    const pilot = pilotWith({ mqttWill: 'status' })
    load(pilot)
    await pilot.topologyAcknowledged()
    pilot.cutNetwork()
    const last = (): unknown => platform.published.filter(({ topic }) => topic === STATUS)[1]?.payload
    await expect.poll(last).toMatchObject({ data: { sub_devices: [] } })
  })
})
