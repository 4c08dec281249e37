import type { DeviceModel } from '../events.ts'
import type { DeviceSummary } from '../pages/situation.ts'
import { positionOf } from '../realtime/coalesce.ts'
import type { DeviceState, Fields } from './telemetry.ts'

/** What the registry and the device store know of it. */
export interface SummarySubject {
  readonly serial: string
  readonly nickname: string | null
  readonly model: DeviceModel | null
  readonly online: boolean
  /** ms since the epoch; 0 or null: never. */
  readonly lastSeenAt: number | null
}

/** @param state of the same workspace as the reader; null: nothing is known */
export function deviceSummary(
  { serial, nickname, model, online, lastSeenAt }: SummarySubject,
  state: Pick<DeviceState, 'osd' | 'at'> | null,
): DeviceSummary {
  // Sent by a device, so of any shape.
  const osd: Fields = state?.osd ?? {}
  const place = positionOf(osd)
  const link = fieldsIn(osd['wireless_link'])
  const battery = fieldsIn(osd['battery'])
  const seenAt = Math.max(state?.at ?? 0, lastSeenAt ?? 0)
  return {
    sn: serial,
    nickname,
    model: model?.name ?? null,
    model_key: model?.key ?? null,
    online,
    last_report_at: seenAt === 0 ? null : seenAt,
    battery_percent: batteryOf(osd, battery),
    mode_code: within(osd['mode_code'], 0, 255),
    elevation: place?.elevation ?? null,
    horizontal_speed: place?.horizontal_speed ?? null,
    remain_flight_time: within(battery['remain_flight_time'], 0, 86_400),
    sdr_quality: within(link['sdr_quality'], 0, 5),
    lte_quality: within(link['4g_quality'], 0, 5),
    latitude: place?.latitude ?? null,
    longitude: place?.longitude ?? null,
    attitude_head: place?.attitude_head ?? null,
  }
}

/**
 * A controller tells its own percentage (facts D5). An aircraft tells one for all batteries, or one for each: the lowest of
 * those decides when it has to land.
 */
function batteryOf(osd: Fields, battery: Fields): number | null {
  const own = within(battery['capacity_percent'] ?? osd['capacity_percent'], 0, 100)
  if (own !== null) return own
  const each = battery['batteries']
  if (!Array.isArray(each)) return null
  const told = each.flatMap((one: unknown) => within(fieldsIn(one)['capacity_percent'], 0, 100) ?? [])
  return told.length === 0 ? null : Math.min(...told)
}

/** A number outside the range means "none": a link quality of 65535 was seen (facts D5). */
const within = (value: unknown, least: number, most: number): number | null =>
  typeof value === 'number' && value >= least && value <= most ? value : null

const fieldsIn = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
