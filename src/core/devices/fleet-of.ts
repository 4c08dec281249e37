import { type Fleet, type FleetAircraft, type FleetDevice, MOST_DEVICES } from '../pages/fleet.ts'
import type { DeviceRecord } from '../ports/devices.ts'
import { modelOfKey } from './models.ts'
import { type AircraftView, type GatewayView, isGatewayRecord } from './records.ts'
import { deviceSummary } from './summary.ts'
import type { DeviceState } from './telemetry.ts'

export interface FleetFacts {
  readonly now: number
  /** Gateways of the workspace that were seen since the start. */
  readonly gateways: readonly GatewayView[]
  /** All records of the workspace. */
  readonly records: readonly DeviceRecord[]
  /** The newest values of a device; null: there are none for this workspace. */
  readonly stateOf: (serial: string) => Pick<DeviceState, 'osd' | 'at'> | null
  /** User names by session. */
  readonly pilots: ReadonlyMap<string, string>
}

/** Every device of a workspace: devices that were seen since the start, and devices that are only in the store. */
export function fleetOf({ now, gateways, records, stateOf, pilots }: FleetFacts): Fleet {
  const pilotOf = (gateway: GatewayView): string =>
    gateway.online ? (pilots.get(gateway.sessionId) ?? '') : ''
  const ofView = (view: GatewayView | AircraftView, pilot: string): FleetDevice => ({
    ...deviceSummary(view, stateOf(view.serial)),
    pilot,
  })
  const seen = gateways.flatMap((gateway) =>
    gateway.aircraft.map(
      (one): FleetAircraft => ({ ...ofView(one, pilotOf(gateway)), gateway_sn: gateway.serial }),
    ),
  )
  const known = new Set([...seen.map(({ sn }) => sn), ...gateways.map(({ serial }) => serial)])
  const rest = records.filter(({ serial }) => !known.has(serial))
  const isAircraft = (record: DeviceRecord): boolean =>
    !isGatewayRecord(record) && (record.gateway !== null || record.model !== null)
  const ofRecord = (record: DeviceRecord): FleetDevice => {
    const { serial, nickname, lastSeenAt } = record
    const subject = { serial, nickname, model: modelOfKey(record.model), online: false, lastSeenAt }
    return { ...deviceSummary(subject, stateOf(serial)), pilot: '' }
  }
  const aircraft = [
    ...seen,
    ...rest
      .filter(isAircraft)
      .map((record): FleetAircraft => ({ ...ofRecord(record), gateway_sn: record.gateway })),
  ]
  const others = [
    ...gateways.map((gateway) => ofView(gateway, pilotOf(gateway))),
    ...rest.filter((record) => !isAircraft(record)).map(ofRecord),
  ]
  return {
    now,
    aircraft: [...aircraft].sort(byPresence).slice(0, MOST_DEVICES),
    aircraft_total: aircraft.length,
    gateways: others.sort(byPresence).slice(0, MOST_DEVICES),
  }
}

/**
 * Online devices come first, then those that were seen last. So the devices that are cut off are those that were not
 * seen for the longest time.
 */
const byPresence = (a: FleetDevice, b: FleetDevice): number =>
  Number(b.online) - Number(a.online) || (b.last_report_at ?? 0) - (a.last_report_at ?? 0)
