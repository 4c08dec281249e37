import { modelOfKey } from '../devices/models.ts'
import type { GatewayView } from '../devices/records.ts'
import type { DeviceState } from '../devices/telemetry.ts'
import type { DeviceRecord } from '../ports/index.ts'

/** A device as the demo's front ends read it (facts G, steps 7 and 12). Times in ms. */
export interface DeviceEntry {
  readonly device_sn: string
  readonly device_name: string
  readonly nickname: string
  readonly workspace_id: string
  readonly domain: number | null
  readonly type: number | null
  readonly sub_type: number | null
  /** Online. */
  readonly status: boolean
  /** Asked for by a user, not merely used. */
  readonly bound_status: boolean
  readonly bound_time: number | null
  /** When it was last seen. */
  readonly login_time: number | null
  readonly user_id: string
  readonly firmware_version: string
  /** Of a gateway: its aircraft. Of an aircraft: empty. */
  readonly child_device_sn: string
  readonly children: readonly DeviceEntry[]
}

/** @param view of the gateway that it is, or that speaks for it; null: nobody has seen it since the start */
export function deviceEntry(
  record: DeviceRecord,
  view: GatewayView | null,
  records: ReadonlyMap<string, DeviceRecord>,
  latest: (serial: string) => DeviceState | null,
): DeviceEntry {
  const { serial, nickname, boundAt, boundBy } = record
  const isGateway = view?.serial === serial
  const live = isGateway ? view : view?.aircraft.find((aircraft) => aircraft.serial === serial)
  const model = live?.model ?? modelOfKey(record.model)
  const [domain, type, subType] = model?.key.split('-').map(Number) ?? []
  const firmware = latest(serial)?.state['firmware_version']
  const children = (isGateway ? view.aircraft : []).flatMap((aircraft) => {
    const child = records.get(aircraft.serial)
    return child === undefined ? [] : [deviceEntry(child, view, records, latest)]
  })
  return {
    device_sn: serial,
    device_name: model?.name ?? model?.key ?? serial,
    nickname: nickname ?? model?.name ?? serial,
    workspace_id: record.workspaceId,
    domain: domain ?? null,
    type: type ?? null,
    sub_type: subType ?? null,
    status: live?.online ?? false,
    bound_status: boundBy !== null,
    bound_time: boundAt,
    login_time: live?.lastSeenAt ?? record.lastSeenAt,
    user_id: view?.userId || boundBy || '',
    firmware_version: typeof firmware === 'string' ? firmware : '',
    child_device_sn: isGateway ? (view.aircraft[0]?.serial ?? '') : '',
    children,
  }
}
