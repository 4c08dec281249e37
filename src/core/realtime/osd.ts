import type { Fields } from '../devices/merge.ts'
import { positionOf } from '../devices/position.ts'
import type { DeviceModel } from '../events.ts'
import type { Push } from './hub.ts'

/** `device_osd` of facts E, for controllers: seven fields, of aircraft and gateways alike. Empty: nothing that could be shown. */
export function pilotOsd(serial: string, osd: Fields): readonly Push[] {
  const host = positionOf(osd)
  return host === null ? [] : [{ biz_code: 'device_osd', data: { host, sn: serial } }]
}

/**
 * A dock reports in three parts, and the demo's front end sorts them by a field that only one of them has: `mode_code`,
 * `wireless_link`, `job_number`. Put together, it would take all for the first (facts G).
 */
const DOCK_LINK = [
  'drc_state',
  'flighttask_prepare_capacity',
  'flighttask_step_code',
  'media_file_detail',
  'sdr',
  'wireless_link',
]
const DOCK_WORK = [
  'acc_time',
  'activation_time',
  'backup_battery',
  'drone_battery_maintenance_info',
  'electric_supply_voltage',
  'job_number',
  'maintain_status',
  'working_current',
  'working_voltage',
]

/**
 * The whole OSD as DJI's demo tells it to browsers (facts G).
 * @param osd every field that has come by OSD
 * @param gateway null: it is an aircraft
 */
export function browserOsd(
  serial: string,
  osd: Fields,
  gateway: { readonly model: DeviceModel | null } | null,
): readonly Push[] {
  if (gateway === null) return [{ biz_code: 'device_osd', data: { host: osd, sn: serial } }]
  if (gateway.model?.key.startsWith('3-') !== true)
    return [{ biz_code: 'gateway_osd', data: { host: osd, sn: serial } }]
  return dockParts(osd).map((host) => ({ biz_code: 'dock_osd', data: { host, sn: serial } }))
}

function dockParts(osd: Fields): readonly Fields[] {
  const [basic, link, work]: [Record<string, unknown>, Record<string, unknown>, Record<string, unknown>] = [
    {},
    {},
    {},
  ]
  for (const name of Object.keys(osd)) {
    const part = DOCK_LINK.includes(name) ? link : DOCK_WORK.includes(name) ? work : basic
    part[name] = osd[name]
  }
  return [basic, link, work].filter((part) => Object.keys(part).length > 0)
}
