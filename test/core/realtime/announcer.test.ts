import { beforeEach, describe, expect, it } from 'vitest'
import { deviceModel } from '../../../src/core/devices/models.ts'
import type { GatewayView } from '../../../src/core/devices/records.ts'
import type { DeviceRecord } from '../../../src/core/ports/devices.ts'
import { silentLogger } from '../../../src/core/ports/logger.ts'
import type { TopologyNews } from '../../../src/core/realtime/announcer.ts'
import { createAnnouncer } from '../../../src/core/realtime/announcer.ts'
import type { Push } from '../../../src/core/realtime/hub.ts'

const record = (serial: string, more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  ...{
    serial,
    workspaceId: 'W1',
    model: null,
    nickname: null,
    boundBy: null,
    boundAt: null,
    claimedBy: null,
  },
  ...{ lastSeenAt: null, gateway: null, aircraft: [], liveUser: null, onlineSince: null },
  ...more,
})
const VIEW: GatewayView = {
  ...{ serial: 'G1', workspaceId: 'W1', sessionId: 'S1', userId: 'U1', model: deviceModel(2, 144, 0) },
  ...{ online: true, onlineSince: 1, connected: true, awaitingReconnect: false, lastSeenAt: 1, linked: [] },
  nickname: null,
  aircraft: [
    {
      ...{ serial: 'A1', model: deviceModel(0, 77, 1), online: true },
      ...{ onlineSince: 1, handovers: 0, lastSeenAt: 1, nickname: null, controllerIndex: 'A' },
    },
  ],
}

let told: string[]
let pushes: Push[]
let asked: { serial: string; answer: (record: DeviceRecord | null) => void; fail: (error: Error) => void }[]
let timers: (() => void)[]
let isWatched: boolean
let breaks: number
let throws: boolean
let view: GatewayView | null
let warned: object[]
let failed: object[]
let announce: (news: TopologyNews) => void

beforeEach(() => {
  breaks = 0
  throws = false
  failed = []
  ;[told, pushes, asked, timers, warned, isWatched, view] = [[], [], [], [], [], true, VIEW]
  const none = new Set<never>()
  announce = createAnnouncer({
    hub: {
      watchers: () => (isWatched ? { web: none, pilot: none } : null),
      push(workspaceId, push) {
        if (breaks > 0) {
          breaks -= 1
          throw new Error('broken')
        }
        pushes.push(push)
        told.push(`${workspaceId} ${push.biz_code} ${String(push.data['sn'])}`)
      },
    },
    telemetry: {
      drop: (_, serial) => void told.push(`drop ${serial}`),
      hold: (serial) => void told.push(`hold ${serial}`),
      release: (serial) => void told.push(`release ${serial}`),
    },
    view: () => view,
    record(serial) {
      if (throws) throw new Error('not an async function')
      return new Promise((answer, fail) => {
        asked.push({ serial, answer, fail })
      })
    },
    callsigns: async ([id = '']) => new Map([[id, 'amelia']]),
    logger: {
      ...silentLogger,
      warn: (fields) => void warned.push(fields as object),
      error: (fields) => void failed.push(fields as object),
    },
    schedule(run, ms) {
      expect(ms).toBe(1_000)
      timers.push(run)
      return () => void timers.splice(timers.indexOf(run), 1)
    },
  })
})

const settled = () => new Promise((resolve) => setImmediate(resolve))
const news = (name: TopologyNews['name'], aircraft?: string, workspaceId = 'W1'): TopologyNews => ({
  ...{ name, workspaceId, gateway: 'G1' },
  ...(aircraft === undefined ? {} : { aircraft }),
})

describe('device_online', () => {
  it('carries the whole aircraft, named and bound as the store says when it came', async () => {
    announce(news('aircraft.online', 'A1'))
    // By the time that the store answers it may look otherwise.
    view = null
    asked[0]?.answer(record('A1', { nickname: 'Number one', boundBy: 'U1' }))
    await settled()
    expect(pushes).toEqual([
      {
        biz_code: 'device_online',
        data: {
          ...{ sn: 'A1', gateway_sn: 'G1', online_status: true, bound_status: true, domain: 0 },
          ...{ device_callsign: 'Number one', model: 'Mavic 3T', user_id: 'U1', user_callsign: 'amelia' },
          device_model: { key: '0-77-1', device_model_key: '0-77-1', domain: '0', type: '77', sub_type: '1' },
          icon_urls: {
            normal_icon_url: expect.stringContaining('resource://pilot/'),
            selected_icon_url: expect.stringContaining('resource://pilot/'),
          },
        },
      },
      { biz_code: 'device_update_topo', data: { sn: 'G1' } },
    ])
    expect(timers).toEqual([])
  })

  it('of a controller names no controller', async () => {
    announce(news('gateway.online'))
    asked[0]?.answer(null)
    await settled()
    expect(pushes[0]?.data).toMatchObject({
      ...{ sn: 'G1', domain: 2, model: 'RC Pro Enterprise', device_callsign: 'RC Pro Enterprise' },
      ...{ bound_status: false, online_status: true },
    })
    expect(pushes[0]?.data).not.toHaveProperty('gateway_sn')
    expect(pushes).toHaveLength(1)
  })

  it('of a device that nothing is known of has every field all the same', async () => {
    view = null
    announce(news('aircraft.online', 'A9'))
    asked[0]?.answer(null)
    await settled()
    expect(pushes[0]?.data).toMatchObject({
      ...{ sn: 'A9', gateway_sn: 'G1', device_callsign: 'A9', model: '0-0-0', domain: 0, user_id: '' },
      ...{ online_status: true, bound_status: false },
    })
  })

  it.each([
    ['fails', () => asked[0]?.fail(new Error('gone'))],
    ['does not answer', () => timers[0]?.()],
  ])('waits for nobody when the store %s, and says so', async (_, happens) => {
    announce(news('aircraft.online', 'A1'))
    happens()
    await settled()
    expect(pushes[0]?.data).toMatchObject({ sn: 'A1', device_callsign: 'Mavic 3T', bound_status: false })
    expect(warned).toMatchObject([{ serial: 'A1' }])
    // Late, and of no use any more.
    asked[0]?.answer(record('A1', { nickname: 'late' }))
    await settled()
    expect([pushes.length, warned.length, timers.length]).toEqual([2, 1, 0])
  })
})

describe('the order', () => {
  it('is that of what happened, whatever the store answers first; reports wait for their device', async () => {
    announce(news('gateway.online'))
    announce(news('aircraft.online', 'A1'))
    announce(news('aircraft.offline', 'A1'))
    announce(news('gateway.updated'))
    expect(told.splice(0)).toEqual(['hold G1', 'hold A1', 'drop A1'])
    asked[1]?.answer(null)
    await settled()
    expect(told).toEqual([])
    asked[0]?.answer(null)
    await settled()
    expect(told).toEqual([
      ...['release G1', 'W1 device_online G1'],
      ...['release A1', 'W1 device_online A1', 'W1 device_update_topo G1'],
      ...['W1 device_offline A1', 'W1 device_update_topo G1'],
      'W1 device_update_topo G1',
    ])
    // Nothing waits any more: at once.
    announce(news('gateway.offline'))
    expect(told.slice(-2)).toEqual(['drop G1', 'W1 device_offline G1'])
  })

  it('goes on with a store of the host that throws instead of rejecting', async () => {
    throws = true
    announce(news('gateway.online'))
    await settled()
    expect(told).toEqual(['hold G1', 'release G1', 'W1 device_online G1'])
    expect(warned).toMatchObject([{ serial: 'G1' }])
  })

  it('goes on after a push that failed, and nothing is held for ever', async () => {
    breaks = 1
    announce(news('gateway.online'))
    announce(news('aircraft.online', 'A1'))
    for (const { answer } of asked) answer(null)
    await settled()
    expect(told.filter((one) => !one.startsWith('hold'))).toEqual([
      ...['release G1', 'release A1', 'W1 device_online A1', 'W1 device_update_topo G1'],
    ])
    expect(failed).toMatchObject([{ workspaceId: 'W1' }])
  })

  it('of one workspace holds up no other', async () => {
    announce(news('gateway.online'))
    announce(news('gateway.online', undefined, 'W2'))
    asked[1]?.answer(null)
    await settled()
    expect(told.filter((one) => one.startsWith('W'))).toEqual(['W2 device_online G1'])
    asked[0]?.answer(null)
    await settled()
  })
})

it('says of what went whose it was, and that it is gone', () => {
  announce(news('aircraft.offline', 'A1'))
  announce(news('gateway.offline'))
  expect(pushes).toEqual([
    { biz_code: 'device_offline', data: { sn: 'A1', gateway_sn: 'G1', online_status: false } },
    { biz_code: 'device_update_topo', data: { sn: 'G1' } },
    { biz_code: 'device_offline', data: { sn: 'G1', online_status: false } },
  ])
})

it('asks no store while nobody listens', () => {
  isWatched = false
  announce(news('aircraft.online', 'A1'))
  announce(news('aircraft.offline', 'A1'))
  expect([asked, pushes, told]).toEqual([[], [], ['drop A1']])
})
