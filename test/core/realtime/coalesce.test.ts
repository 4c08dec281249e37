import { beforeEach, describe, expect, it, test } from 'vitest'
import { deviceModel } from '../../../src/core/devices/models.ts'
import { createTelemetry } from '../../../src/core/devices/telemetry.ts'
import { silentLogger } from '../../../src/core/ports/logger.ts'
import { createAnnouncer } from '../../../src/core/realtime/announcer.ts'
import { createCoalescer, untilTick } from '../../../src/core/realtime/coalesce.ts'
import { createHub, type Peer } from '../../../src/core/realtime/hub.ts'
import { manualClock } from '../../support/clock.ts'
import { sessionOf } from '../../support/sessions.ts'

const clock = manualClock()
const W1 = sessionOf(clock.now(), { workspaceId: 'W1' })
const BROWSER = { ...W1, role: 'web' } as const
let hub: ReturnType<typeof createHub>
let telemetry: ReturnType<typeof createTelemetry>
let timers: (() => void)[]
let coalescer: ReturnType<typeof createCoalescer>
let late: number
let waits: number[]

beforeEach(() => {
  hub = createHub(clock)
  telemetry = createTelemetry()
  timers = []
  late = 0
  waits = []
  coalescer = createCoalescer({
    ...{ telemetry, hub, clock, interval: 500 },
    modelOf: (gateway) => (gateway === 'D1' ? deviceModel(3, 2, 0) : null),
    lateness: () => late,
    schedule: (run, ms) => {
      expect(ms).toBeGreaterThan(0)
      waits.push(ms)
      timers.push(run)
      return () => undefined
    },
  })
})

const tick = () => {
  for (const run of timers.splice(0)) run()
}

interface Seen extends Peer {
  bufferedAmount: number
  readonly writes: Uint8Array[][]
  readonly texts: unknown[]
  readonly closed: number[]
  heights(): string[]
  /** Code, serial number and host of all that was written. */
  told(): [string, string, object][]
}

function peer(session = W1): Seen {
  const seen: Seen = {
    bufferedAmount: 0,
    writes: [],
    texts: [],
    closed: [],
    send: (text) => void seen.texts.push(JSON.parse(String(text))),
    sendAll: (messages) => void seen.writes.push([...messages]),
    close: (code) => void seen.closed.push(code),
    heights: () =>
      seen.writes.flat().map((message) => {
        const { data } = JSON.parse(Buffer.from(message).toString())
        return `${data.sn} ${data.host.height}`
      }),
    told: () =>
      seen.writes.flat().map((message) => {
        const { biz_code, data } = JSON.parse(Buffer.from(message).toString())
        return [biz_code, data.sn, data.host]
      }),
  }
  hub.join(session, seen)
  return seen
}

const report = (serial: string, height: number, workspaceId = 'W1') =>
  telemetry.osd({ workspaceId, gateway: 'G1', serial, at: 1, data: { height } })

describe('a tick', () => {
  it('tells the newest of each device, serialised once for all, in one write', () => {
    const [one, two] = [peer(), peer()]
    report('A1', 1)
    report('A2', 1)
    report('A1', 2)
    expect(timers).toHaveLength(1)
    tick()
    expect(one.heights()).toEqual(['A1 2', 'A2 1'])
    expect(one.writes).toHaveLength(1)
    expect(two.writes[0]?.[0]).toBe(one.writes[0]?.[0])
    tick()
    expect(one.writes).toHaveLength(1)
    expect(JSON.parse(Buffer.from(one.writes[0]?.[0] ?? []).toString())).toEqual({
      ...{ biz_code: 'device_osd', version: '1.0', timestamp: clock.now() },
      data: { sn: 'A1', host: { height: 2 } },
    })
  })

  it('does not wait for a timer that is late: a report after its time is told at once, with those before it', () => {
    const one = peer()
    report('A1', 1)
    clock.advance((waits[0] ?? 0) - 1)
    report('A2', 1)
    expect(one.writes).toEqual([])
    clock.advance(1)
    report('A1', 2)
    expect(one.heights()).toEqual(['A1 2', 'A2 1'])
    // The timer that comes late finds nothing to tell.
    tick()
    expect(one.writes).toHaveLength(1)
  })

  it('comes later while the process is late, at most two seconds, so that all workspaces get fewer pushes', () => {
    peer()
    for (const ms of [0, 1_000, 60_000]) {
      late = ms
      report('A1', ms + 1)
      tick()
    }
    const [usual = 0, stretched = 0, most = 0] = waits
    expect(usual).toBeLessThanOrEqual(500)
    expect([stretched - usual, most - usual]).toEqual([1_000, 2_000])
  })

  it('is each workspace’s own', () => {
    const [mine, theirs] = [peer(), peer({ ...W1, workspaceId: 'W2' })]
    report('A1', 1)
    report('B1', 1, 'W2')
    report('C1', 1, 'W3')
    expect(timers).toHaveLength(2)
    tick()
    expect([mine.heights(), theirs.heights()]).toEqual([['A1 1'], ['B1 1']])
  })

  it('tells nothing of a device that meanwhile belongs to another workspace', () => {
    const mine = peer()
    report('A1', 1)
    report('A1', 2, 'W2')
    tick()
    expect(mine.writes).toEqual([])
  })
})

describe('a browser', () => {
  const osd = (serial: string, data: object, gateway = 'G1') =>
    telemetry.osd({ workspaceId: 'W1', gateway, serial, at: 1, data: data as Record<string, unknown> })
  const state = (serial: string, data: object, gateway = 'G1') =>
    telemetry.state({ workspaceId: 'W1', gateway, serial, at: 1, data: data as Record<string, unknown> })

  it('is told the whole OSD, put together, where a controller is told seven fields', () => {
    const [browser, pilot] = [peer(BROWSER), peer()]
    osd('A1', { height: 1, mode_code: 3, battery: { capacity_percent: 81, landing_power: 8 } })
    osd('A1', { latitude: 0, longitude: 0, battery: { capacity_percent: 80 } })
    osd('G1', { capacity_percent: 62, height: 3 })
    expect(timers).toHaveLength(1)
    tick()
    const battery = { capacity_percent: 80, landing_power: 8 }
    expect(browser.told()).toEqual([
      ['device_osd', 'A1', { height: 1, mode_code: 3, battery, latitude: 0, longitude: 0 }],
      ['gateway_osd', 'G1', { capacity_percent: 62, height: 3 }],
    ])
    expect(browser.writes).toHaveLength(1)
    expect(pilot.told()).toEqual([
      ['device_osd', 'A1', { height: 1 }],
      ['device_osd', 'G1', { height: 3 }],
    ])
  })

  it('is told nothing that came as a property alone, so nothing before the first OSD', () => {
    const [browser, pilot] = [peer(BROWSER), peer()]
    state('A1', { wireless_link_topo: { secret_code: [1, 2, 3] }, height: 5 })
    tick()
    expect([browser.told(), pilot.heights()]).toEqual([[], ['A1 5']])
    osd('A1', { mode_code: 3 })
    tick()
    expect(browser.told()).toEqual([['device_osd', 'A1', { mode_code: 3 }]])
  })

  it('is told of a dock in the three parts in which it reports', () => {
    const browser = peer(BROWSER)
    osd('D1', { mode_code: 0, job_number: 9, wireless_link: { sdr_quality: 5 }, latitude: 1 }, 'D1')
    osd('D1', { acc_time: 7, unheard_of: 1 }, 'D1')
    tick()
    expect(browser.told()).toEqual([
      ['dock_osd', 'D1', { mode_code: 0, latitude: 1, unheard_of: 1 }],
      ['dock_osd', 'D1', { wireless_link: { sdr_quality: 5 } }],
      ['dock_osd', 'D1', { job_number: 9, acc_time: 7 }],
    ])
  })

  it('of another workspace is told nothing', () => {
    const theirs = peer({ ...BROWSER, workspaceId: 'W2' })
    osd('A1', { mode_code: 3 })
    tick()
    expect([theirs.writes, timers]).toEqual([[], []])
    const mine = peer(BROWSER)
    osd('A1', { mode_code: 4 })
    telemetry.osd({ workspaceId: 'W2', gateway: 'G2', serial: 'A1', at: 2, data: { mode_code: 5 } })
    tick()
    expect(mine.writes).toEqual([])
    expect(theirs.told()).toEqual([['device_osd', 'A1', { mode_code: 5 }]])
  })

  it('that is slow gets the newest of what it missed, as a controller does', () => {
    const browser = peer(BROWSER)
    browser.bufferedAmount = 1_000_000
    for (const mode_code of [1, 2]) {
      osd('G1', { mode_code })
      tick()
    }
    browser.bufferedAmount = 0
    tick()
    expect(browser.told()).toEqual([['gateway_osd', 'G1', { mode_code: 2 }]])
  })
})

describe.each([
  ['a controller', W1],
  ['a browser', BROWSER],
])('nothing after offline, for %s', (_, session) => {
  const offline = (serial: string, name: 'aircraft.offline' | 'gateway.offline' = 'aircraft.offline') =>
    createAnnouncer({
      ...{ hub, telemetry: coalescer, view: () => null, record: async () => null },
      callsigns: async () => new Map(),
      logger: silentLogger,
    })({
      ...{ name, workspaceId: 'W1', gateway: 'G1' },
      ...(name === 'aircraft.offline' ? { aircraft: serial } : {}),
    })

  it('a pending tick is not told of a device that went', () => {
    const mine = peer(session)
    for (const serial of ['A1', 'A2', 'G1']) report(serial, 1)
    offline('A1')
    offline('G1', 'gateway.offline')
    expect(mine.texts.map((one) => (one as { data: { sn: string } }).data.sn)).toEqual(['A1', 'G1', 'G1'])
    tick()
    expect(mine.heights()).toEqual(['A2 1'])
  })

  it('nor is a slow client of what it missed', () => {
    const slow = peer(session)
    slow.bufferedAmount = 1_000_000
    report('A1', 1)
    tick()
    offline('A1')
    slow.bufferedAmount = 0
    tick()
    expect(slow.writes).toEqual([])
    report('A1', 2)
    tick()
    expect(slow.heights()).toEqual(['A1 2'])
  })

  it('of another workspace’s device of that number nothing is dropped', () => {
    const theirs = peer({ ...session, workspaceId: 'W2' })
    report('A1', 1, 'W2')
    offline('A1')
    tick()
    expect(theirs.heights()).toEqual(['A1 1'])
  })
})

test('what is held is told with the tick after its release, once for all holds', () => {
  const mine = peer()
  coalescer.hold('A1')
  coalescer.hold('A1')
  report('A1', 1)
  report('A2', 1)
  tick()
  coalescer.release('A1')
  tick()
  expect(mine.heights()).toEqual(['A2 1'])
  coalescer.release('A1')
  tick()
  expect(mine.heights()).toEqual(['A2 1', 'A1 1'])
  tick()
  expect(timers).toEqual([])
})

test('workspaces tick at times of their own, at most an interval away', () => {
  const at = Array.from({ length: 100 }, (_, index) =>
    untilTick(`workspace-${index * 7919}`, clock.now(), 500),
  )
  expect(Math.min(...at)).toBeGreaterThan(0)
  expect(Math.max(...at)).toBeLessThanOrEqual(500)
  for (const from of [0, 125, 250, 375])
    expect(at.filter((ms) => ms > from && ms <= from + 125).length).toBeGreaterThan(10)
  const [first, later] = [untilTick('W', 1_000, 500), untilTick('W', 1_001, 500)]
  expect((first - later + 500) % 500).toBe(1)
})

describe('a slow client', () => {
  it('gets nothing while it is slow, and afterwards the newest of what it missed, once', () => {
    const [slow, fast] = [peer(), peer()]
    slow.bufferedAmount = 1_000_000
    for (let height = 1; height <= 5; height += 1) {
      report('A1', height)
      if (height === 1) report('A2', 1)
      tick()
    }
    expect(slow.writes).toEqual([])
    expect(fast.heights()).toEqual(['A1 1', 'A2 1', 'A1 2', 'A1 3', 'A1 4', 'A1 5'])
    slow.bufferedAmount = 0
    // Nobody reports any more: it is told all the same.
    tick()
    expect(slow.heights()).toEqual(['A1 5', 'A2 1'])
    expect(fast.writes).toHaveLength(5)
    tick()
    expect(timers).toEqual([])
  })

  it('is told of every change of the topology, until so much waits that it is cut off', () => {
    const slow = peer()
    slow.bufferedAmount = 1_000_000
    const push = { biz_code: 'device_online', data: { sn: 'A1' } } as const
    hub.push('W1', push)
    expect(slow.texts).toMatchObject([push])
    slow.bufferedAmount = 5_000_000
    hub.push('W1', push)
    expect([slow.texts.length, slow.closed, hub.size]).toEqual([1, [1013], 0])
  })

  it('that leaves is owed nothing', () => {
    const gone = peer()
    gone.bufferedAmount = 1_000_000
    report('A1', 1)
    tick()
    hub.closeAll()
    tick()
    tick()
    expect([timers, gone.writes, gone.closed]).toEqual([[], [], [1001]])
  })
})

describe('a socket', () => {
  it('ends with its session: ended, or too old', () => {
    const [ended, old, other] = [
      peer({ ...W1, id: 'S1' }),
      peer({ ...W1, id: 'S2', expiresAt: clock.now() + 1_000 }),
      peer({ ...W1, id: 'S3' }),
    ]
    expect(hub.closeSession('S1')).toBe(1)
    hub.sweep()
    expect([ended.closed, old.closed]).toEqual([[4401], []])
    clock.advance(1_000)
    hub.sweep()
    expect([old.closed, other.closed, [...hub.sessionIds()]]).toEqual([[4401], [], ['S3']])
  })
})
