import { type DeviceValues, valuesOf } from '../devices/values.ts'
import type { Fleet, FleetDevice } from './fleet.ts'

/** A message of the WebSocket (facts E). */
export interface FleetPush {
  readonly biz_code: string
  /** The server's clock, ms since the epoch. */
  readonly timestamp: number
  readonly data: Readonly<Record<string, unknown>>
}

/** Null: it is not a message of this platform. */
export function readPush(text: unknown): FleetPush | null {
  if (typeof text !== 'string') return null
  try {
    const { biz_code, timestamp, data } = JSON.parse(text) as Partial<FleetPush>
    return typeof biz_code === 'string' && typeof timestamp === 'number' && isFields(data)
      ? { biz_code, timestamp, data }
      : null
  } catch {
    return null
  }
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

export interface Heard {
  readonly fleet: Fleet
  /** Something has changed, and the push does not contain all of it. Ask the server for the whole fleet. */
  readonly ask: boolean
}

/** The fleet after these messages, in the order in which they came. */
export function withPushes(fleet: Fleet, pushes: readonly FleetPush[]): Heard {
  const newest = new Map<string, FleetPush>()
  const gone = new Map<string, boolean>()
  let ask = false
  for (const push of pushes) {
    const serial = push.data['sn']
    if (typeof serial !== 'string') continue
    if (/_osd$/.test(push.biz_code) && isFields(push.data['host'])) newest.set(serial, push)
    else if (/^device_(?:online|offline|update_topo)$/.test(push.biz_code)) {
      ask = true
      if (push.biz_code === 'device_offline') gone.set(serial, true)
      if (push.biz_code === 'device_online') gone.delete(serial)
    }
  }
  const known = new Set<string>()
  const told = <Device extends FleetDevice>(device: Device): Device => {
    known.add(device.sn)
    const push = newest.get(device.sn)
    const after: Device = push === undefined ? device : { ...device, ...reported(device, push) }
    return gone.has(device.sn) ? { ...after, online: false } : after
  }
  const next = { ...fleet, aircraft: fleet.aircraft.map(told), gateways: fleet.gateways.map(told) }
  newest.forEach((_, serial) => {
    if (!known.has(serial)) ask = true
  })
  return { fleet: next, ask }
}

/**
 * Pushes come once a second. If the server knows a report that is newer than the last push by more than this, the
 * WebSocket is dead.
 */
const LATE_MS = 10_000

/**
 * Whether an answer of the server knows reports that should have come by the WebSocket long ago.
 * @param before what the page knew when it asked the server
 */
export function hasMissed(before: Fleet, after: Fleet): boolean {
  const known: Record<string, number | null> = {}
  // A page with the login of a pilot gets no push of a report without a position.
  for (const one of before.aircraft)
    if (one.online && one.latitude !== null) known[one.sn] = one.last_report_at
  return after.aircraft.some(({ sn, online, last_report_at: at }) => {
    const told = known[sn]
    return online && told !== undefined && told !== null && at !== null && at - told > LATE_MS
  })
}

/** The field of the OSD from which each value comes. */
const SOURCES: Readonly<Record<keyof DeviceValues, readonly string[]>> = {
  battery_percent: ['battery', 'capacity_percent'],
  mode_code: ['mode_code'],
  elevation: ['elevation'],
  horizontal_speed: ['horizontal_speed'],
  remain_flight_time: ['battery'],
  sdr_quality: ['wireless_link'],
  lte_quality: ['wireless_link'],
  latitude: ['latitude', 'longitude'],
  longitude: ['latitude', 'longitude'],
  attitude_head: ['attitude_head'],
}

/**
 * A value stays if its field is not in the message, because controllers and pages with the login of a pilot get
 * positions only.
 */
function reported(device: FleetDevice, { timestamp, data }: FleetPush): Partial<FleetDevice> {
  const host = data['host'] as Readonly<Record<string, unknown>>
  const values = valuesOf(host)
  const changed: Partial<Record<keyof DeviceValues, number | null>> = {}
  for (const name of Object.keys(SOURCES) as (keyof DeviceValues)[]) {
    if (SOURCES[name].some((field) => host[field] !== undefined)) changed[name] = values[name]
  }
  return { ...changed, last_report_at: Math.max(timestamp, device.last_report_at || 0) }
}
