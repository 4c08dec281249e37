import { describe, expect, it } from 'vitest'
import type { Fleet, FleetAircraft, FleetDevice } from '../../../src/core/pages/fleet.ts'
import { askEvery, liveOf, pauseAfter } from '../../../src/core/pages/fleet-live.ts'
import { type FleetPush, hasMissed, readPush, withPushes } from '../../../src/core/pages/fleet-news.ts'
import { geoLink, placeText, viewOfFleet } from '../../../src/core/pages/fleet-view.ts'

const NOW = 1_000_000_000

const device = (sn: string, more: Partial<FleetDevice> = {}): FleetDevice => ({
  ...{
    sn,
    nickname: null,
    model: 'RC Plus',
    model_key: '2-119-0',
    online: true,
    last_report_at: NOW - 1_000,
  },
  ...{ battery_percent: null, mode_code: null, elevation: null, horizontal_speed: null },
  ...{ remain_flight_time: null, sdr_quality: null, lte_quality: null, latitude: null, longitude: null },
  ...{ attitude_head: null, pilot: '' },
  ...more,
})
const aircraft = (sn: string, more: Partial<FleetAircraft> = {}): FleetAircraft => ({
  ...device(sn, { model: 'Mavic 3E', model_key: '0-77-0' }),
  gateway_sn: null,
  ...more,
})
const fleet = (all: readonly FleetAircraft[], gateways: readonly FleetDevice[] = []): Fleet => ({
  ...{ now: NOW, aircraft: all, aircraft_total: all.length, gateways },
})
const rowOf = (more: Partial<FleetAircraft>, now = NOW) =>
  viewOfFleet(fleet([aircraft('A', more)]), now, '').rows[0]

describe('one aircraft', () => {
  it.each<[string, Partial<FleetAircraft>, object]>([
    ['reported a moment ago', {}, { age: 'fresh', ageMs: 1_000 }],
    ['reported 15 s ago', { last_report_at: NOW - 15_000 }, { age: 'fresh' }],
    ['reported longer ago', { last_report_at: NOW - 15_001 }, { age: 'old', ageMs: 15_001 }],
    ['is offline', { online: false }, { age: 'old', ageMs: 1_000 }],
    ['has never reported', { online: false, last_report_at: null }, { age: 'none', ageMs: null }],
    ['reported by a clock ahead', { last_report_at: NOW + 500 }, { age: 'fresh', ageMs: 0 }],
    ['20 %', { battery_percent: 20 }, { battery: 20, low: true }],
    ['21 %', { battery_percent: 21 }, { battery: 21, low: false }],
    ['flies with 10 %', { mode_code: 3, battery_percent: 10 }, { alarm: true }],
    ['flies with 11 %', { mode_code: 3, battery_percent: 11 }, { alarm: false }],
    ['stands with 0 %', { mode_code: 0, battery_percent: 0 }, { low: true, alarm: false }],
    ['0 %, and nobody knows what it does', { battery_percent: 0 }, { alarm: false }],
    ['flies, and no battery told', { mode_code: 3 }, { alarm: false }],
    [
      'flew with 0 % when it reported last',
      { mode_code: 3, battery_percent: 0, last_report_at: NOW - 60_000 },
      { age: 'old', alarm: true },
    ],
    ['flew with 0 %, and is offline', { mode_code: 3, battery_percent: 0, online: false }, { alarm: false }],
    ['no battery told', {}, { battery: null, low: false }],
    ['lands', { mode_code: 10 }, { mode: 'landing' }],
    ['a mode that nobody knows', { mode_code: 99 }, { mode: null }],
    ['0 m, 0 m/s', { elevation: 0, horizontal_speed: 0 }, { height: 0, speed: 0 }],
    ['at the equator', { latitude: 0, longitude: 8 }, { place: { latitude: 0, longitude: 8 } }],
    ['half a position', { latitude: 47 }, { place: null }],
    ['a model without a name', { model: null }, { model: '0-77-0' }],
    ['nothing at all', { model: null, model_key: null }, { model: null, controller: null, pilot: null }],
  ])('%s', (_, given, expected) => expect(rowOf(given)).toMatchObject(expected))

  it.each<[string, readonly FleetDevice[], string]>([
    ['its nickname', [device('G', { nickname: 'Post 3' })], 'Post 3'],
    ['its model', [device('G')], 'RC Plus'],
    ['its serial number', [device('G', { model: null, model_key: null })], 'G'],
    ['its serial number, if it is not known', [], 'G'],
  ])('has its controller: %s', (_, gateways, expected) => {
    const one = aircraft('A', { gateway_sn: 'G', pilot: 'ada' })
    expect(viewOfFleet(fleet([one], gateways), NOW, '').rows[0]).toMatchObject({
      controller: expected,
      pilot: 'ada',
    })
  })

  it('has its position as text and as a link', () => {
    const place = { latitude: 47.3769, longitude: -8.54172345 }
    expect(placeText(place)).toBe('47.37690, -8.54172')
    expect(geoLink(place)).toBe('geo:47.376900,-8.541723')
  })
})

describe('all aircraft', () => {
  const all = [
    aircraft('3', { nickname: 'Swift', online: false }),
    aircraft('1', { nickname: 'Kite', mode_code: 3, pilot: 'Ada' }),
    aircraft('2', { nickname: 'Heron', mode_code: 0, gateway_sn: 'G' }),
    aircraft('4', { model: null, model_key: null, last_report_at: NOW - 60_000, mode_code: 3 }),
  ]
  const gateways = [device('G', { nickname: 'Post 3' }), device('FREE'), device('OFF', { online: false })]
  const shown = (query: string) => viewOfFleet(fleet(all, gateways), NOW, query)

  it('are sorted: online first, then by name', () => {
    expect(shown('').rows.map(({ sn }) => sn)).toEqual(['4', '2', '1', '3'])
  })

  it('are sorted: a battery alarm before everything else, and it is counted', () => {
    const empty = aircraft('5', { nickname: 'Zebra', mode_code: 3, battery_percent: 4 })
    const view = viewOfFleet(fleet([...all, empty]), NOW, '')
    expect(view.rows.map(({ sn }) => sn)).toEqual(['5', '4', '2', '1', '3'])
    expect(view.counts.alarm).toBe(1)
  })

  it('are counted. What has not reported for long does not count as flying', () => {
    expect(shown('').counts).toEqual({ alarm: 0, online: 3, flying: 1, offline: 1 })
    expect(shown('kite')).toMatchObject({ total: 4, counts: { online: 3, flying: 1, offline: 1 } })
  })

  it.each([
    ['kite', ['1']],
    ['  KITE  ', ['1']],
    ['mavic', ['2', '1', '3']],
    ['mavic ada', ['1']],
    ['post 3', ['2']],
    ['nobody', []],
  ])('that match “%s”', (query, serials) => {
    expect(shown(query).rows.map(({ sn }) => sn)).toEqual(serials)
  })

  it('leave the devices without an aircraft, those that are online first', () => {
    expect(shown('').others.map(({ sn }) => sn)).toEqual(['FREE', 'OFF'])
  })

  it('have a filter if there are more than eight', () => {
    const many = (count: number) =>
      fleet(Array.from({ length: count }, (_, index) => aircraft(String(index))))
    expect(viewOfFleet(many(8), NOW, '').hasFilter).toBe(false)
    expect(viewOfFleet(many(9), NOW, '').hasFilter).toBe(true)
  })

  it('may be more than the server sends', () => {
    expect(viewOfFleet({ ...fleet(all), aircraft_total: 10 }, NOW, '')).toMatchObject({
      ...{ total: 4, leftOut: 6 },
      counts: { online: 3, offline: 7 },
    })
  })
})

const push = (biz_code: string, data: object, timestamp = NOW + 5_000): FleetPush => ({
  ...{ biz_code, timestamp },
  data: data as FleetPush['data'],
})

describe('a push', () => {
  const flying = aircraft('A', { battery_percent: 50, elevation: 10, latitude: 47, longitude: 8 })
  const before = fleet([flying, aircraft('B')], [device('G')])
  const told = (...pushes: FleetPush[]) => withPushes(before, pushes)

  it('of an OSD changes the values, and the time of the last report', () => {
    const host = { battery: { capacity_percent: 49 }, mode_code: 3, elevation: 12.5, horizontal_speed: 4 }
    const { fleet: now, ask } = told(push('device_osd', { sn: 'A', host }))
    expect(ask).toBe(false)
    expect(now.aircraft[0]).toMatchObject({
      ...{ battery_percent: 49, mode_code: 3, elevation: 12.5, horizontal_speed: 4 },
      ...{ latitude: 47, longitude: 8, last_report_at: NOW + 5_000 },
    })
    expect(now.aircraft[1]).toEqual(before.aircraft[1])
  })

  it('that has a position and nothing else leaves the rest as it was', () => {
    const { fleet: now } = told(push('device_osd', { sn: 'A', host: { latitude: 46, longitude: 9 } }))
    expect(now.aircraft[0]).toMatchObject({ latitude: 46, longitude: 9, battery_percent: 50, elevation: 10 })
  })

  it('without a fix takes the position away', () => {
    const { fleet: now } = told(push('device_osd', { sn: 'A', host: { latitude: 0, longitude: 0 } }))
    expect(now.aircraft[0]).toMatchObject({ latitude: null, longitude: null })
  })

  it('of a controller changes the controller; only the newest of several counts', () => {
    const osd = (percent: number) => push('gateway_osd', { sn: 'G', host: { capacity_percent: percent } })
    expect(told(osd(80), osd(79)).fleet.gateways[0]).toMatchObject({ battery_percent: 79 })
  })

  it('that a device is gone shows at once, and asks for the rest', () => {
    const { fleet: now, ask } = told(push('device_offline', { sn: 'A', online_status: false }))
    expect([now.aircraft[0]?.online, now.aircraft[1]?.online, ask]).toEqual([false, true, true])
  })

  it.each([
    ['a device that is back', push('device_online', { sn: 'A' })],
    ['a new topology', push('device_update_topo', { sn: 'G' })],
    ['the OSD of a device that is not known', push('device_osd', { sn: 'NEW', host: { latitude: 1 } })],
  ])('of %s asks for the whole fleet', (_, news) => expect(told(news).ask).toBe(true))

  it('of a plugin, or without a serial number, changes nothing', () => {
    for (const other of [push('weather', { sn: 'A' }), push('device_osd', { host: {} })])
      expect(told(other)).toEqual({ fleet: before, ask: false })
  })

  it.each([
    ['{"biz_code":"a","timestamp":1,"data":{}}', true],
    ['{"biz_code":"a","data":{}}', false],
    ['{"biz_code":"a","timestamp":1,"data":null}', false],
    ['null', false],
    ['not JSON', false],
    [new Uint8Array(3), false],
  ])('is read from %s: %s', (text, isPush) => expect(readPush(text) !== null).toBe(isPush))
})

describe('a WebSocket that is dead without having closed', () => {
  const at = (last_report_at: number, more: Partial<FleetAircraft> = {}) =>
    fleet([aircraft('A', { last_report_at, latitude: 47, longitude: 8, ...more })])
  it.each<[string, Fleet, Fleet, boolean]>([
    ['the server knows much more', at(NOW), at(NOW + 10_001), true],
    ['the server knows a little more', at(NOW), at(NOW + 10_000), false],
    ['the device was offline', at(NOW, { online: false }), at(NOW + 20_000), false],
    ['the device is gone', at(NOW), at(NOW + 20_000, { online: false }), false],
    ['the device has no position', at(NOW, { latitude: null }), at(NOW + 20_000), false],
    ['the device is new', fleet([]), at(NOW + 20_000), false],
  ])('%s', (_, before, after, missed) => expect(hasMissed(before, after)).toBe(missed))
})

describe('the connection of the page', () => {
  const facts = { now: NOW, socket: 'closed', closedSince: NOW - 4_000, failingSince: null } as const
  it.each([
    ['open', { ...facts, socket: 'open' }, { kind: 'live' }],
    ['closed a moment ago', { ...facts, closedSince: NOW - 3_999 }, { kind: 'connecting' }],
    ['closed', facts, { kind: 'lost', since: NOW - 4_000 }],
    ['opening for long', { ...facts, socket: 'opening' }, { kind: 'lost', since: NOW - 4_000 }],
    ['open, and no answers', { ...facts, socket: 'open', failingSince: 7 }, { kind: 'away', since: 7 }],
  ] as const)('%s', (_, given, expected) => expect(liveOf(given)).toEqual(expected))

  it('is tried again later after each failure, and not by all pages at the same moment', () => {
    expect([0, 1, 2, 5, 50].map((failed) => pauseAfter(failed, 1))).toEqual([1e3, 2e3, 4e3, 30e3, 30e3])
    expect(pauseAfter(0, 0)).toBe(500)
  })

  it('asks more often while it is not live', () => {
    expect(askEvery({ kind: 'live' })).toBeGreaterThan(askEvery({ kind: 'lost', since: 0 }))
  })
})
