import { expect, it } from 'vitest'
import { deviceSummary } from '../../../src/core/devices/summary.ts'
import type { DeviceSummary } from '../../../src/core/pages/situation.ts'

const SUBJECT = {
  serial: '1581FAKE000000000001',
  nickname: null,
  model: { key: '0-77-0', name: 'Mavic 3E' },
  online: true,
  lastSeenAt: 1_000,
}
const summaryOf = (osd: Record<string, unknown>): DeviceSummary => deviceSummary(SUBJECT, { osd, at: 2_000 })

it.each<[string, Record<string, unknown>, Partial<DeviceSummary>]>([
  ['the battery of a controller', { capacity_percent: 88 }, { battery_percent: 88 }],
  ['the battery of an aircraft', { battery: { capacity_percent: 61 } }, { battery_percent: 61 }],
  [
    'the lowest of several batteries',
    { battery: { batteries: [{ capacity_percent: 55 }, { capacity_percent: 52 }, {}] } },
    { battery_percent: 52 },
  ],
  ['an empty battery', { capacity_percent: 0 }, { battery_percent: 0 }],
  ['no battery', { battery: { batteries: [] } }, { battery_percent: null }],
  ['a battery that is none', { battery: 'full', capacity_percent: '88' }, { battery_percent: null }],
  ['a percentage beyond 100', { capacity_percent: 255 }, { battery_percent: null }],
  [
    'the link to the aircraft',
    { wireless_link: { sdr_quality: 4, '4g_quality': 65535 } },
    { sdr_quality: 4, lte_quality: null },
  ],
  ['no link', { wireless_link: null }, { sdr_quality: null, lte_quality: null }],
  [
    'what an aircraft does',
    { mode_code: 5, elevation: 61.5, horizontal_speed: 4.2, battery: { remain_flight_time: 900 } },
    { mode_code: 5, elevation: 61.5, horizontal_speed: 4.2, remain_flight_time: 900 },
  ],
  ['latitude and longitude 0: no fix', { latitude: 0, longitude: 0 }, { latitude: null, longitude: null }],
  ['a place', { latitude: 47.1, longitude: 8.2 }, { latitude: 47.1, longitude: 8.2 }],
])('has %s', (_, osd, expected) => {
  expect(summaryOf(osd)).toMatchObject(expected)
})

it('has no other field of a report, such as the key of a live stream', () => {
  const text = JSON.stringify(
    summaryOf({ live_status: [{ url: 'rtmp://live/fake-key' }], wireless_link: { dongle: 'fake-key' } }),
  )
  expect(text).not.toContain('fake-key')
})

it('has the time of the newest report or message', () => {
  const at = (lastSeenAt: number | null, reported: number | null) =>
    deviceSummary({ ...SUBJECT, lastSeenAt }, reported === null ? null : { osd: {}, at: reported })
      .last_report_at
  expect([at(1_000, 2_000), at(3_000, 2_000), at(1_000, null), at(null, null), at(0, null)]).toEqual([
    2_000,
    3_000,
    1_000,
    null,
    null,
  ])
})
