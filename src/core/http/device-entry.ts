import { modelOfKey } from '../devices/models.ts'
import { type Payload, payloadsOf } from '../devices/payloads.ts'
import type { GatewayView } from '../devices/records.ts'
import type { DeviceState } from '../devices/telemetry.ts'
import type { DeviceRecord } from '../ports/index.ts'
import { ICONS } from '../realtime/topology.ts'
import { demoTime } from './demo-time.ts'

/** A device with the field names that front ends of DJI's demo read. */
export interface DeviceEntry {
  readonly device_sn: string
  readonly device_name: string
  readonly device_desc: string
  readonly nickname: string
  readonly workspace_id: string
  readonly workspace_name: string
  readonly domain: number | null
  readonly type: number | null
  readonly sub_type: number | null
  /** Whether it is online. */
  readonly status: boolean
  /** Whether a user has bound it. False: it was only used. */
  readonly bound_status: boolean
  /**
   * `2026-01-31 13:05:09` in the server's time zone; empty: nobody has bound it. It is text, because front ends sort it
   * as text.
   */
  readonly bound_time: string
  /** When it was last seen, in the same form; empty: never. */
  readonly login_time: string
  readonly user_id: string
  readonly firmware_version: string
  /** Always 1: no update is offered. This platform has no firmware updates. */
  readonly firmware_status: number
  readonly firmware_progress: number
  readonly thing_version: string
  readonly control_source: string
  readonly icon_url: typeof ICONS
  /** For a gateway: its aircraft. For an aircraft: empty. */
  readonly child_device_sn: string
  /** For an aircraft: its gateway. For a gateway: empty. */
  readonly parent_sn: string
  readonly payloads_list: readonly Payload[]
  /** The aircraft of a gateway: one device, not a list. */
  readonly children: DeviceEntry | null
}

export interface EntryFacts {
  readonly records: ReadonlyMap<string, DeviceRecord>
  readonly workspaceName: string
  readonly latest: (serial: string) => DeviceState | null
}

/** @param view the view of this gateway, or of the aircraft's gateway; null: it was not seen since the start */
export function deviceEntry(record: DeviceRecord, view: GatewayView | null, facts: EntryFacts): DeviceEntry {
  const { serial, nickname, boundAt, boundBy } = record
  const isGateway = view?.serial === serial
  const live = isGateway ? view : view?.aircraft.find((aircraft) => aircraft.serial === serial)
  const model = live?.model ?? modelOfKey(record.model)
  const [domain, type, subType] = model?.key.split('-').map(Number) ?? []
  const latest = facts.latest(serial)
  const firmware = latest?.state['firmware_version']
  const child = isGateway ? childOf(view, facts.records) : null
  return {
    device_sn: serial,
    device_name: model?.name ?? model?.key ?? serial,
    device_desc: '',
    nickname: nickname ?? model?.name ?? serial,
    workspace_id: record.workspaceId,
    workspace_name: facts.workspaceName,
    domain: domain ?? null,
    type: type ?? null,
    sub_type: subType ?? null,
    status: live?.online ?? false,
    bound_status: boundBy !== null,
    bound_time: demoTime(boundAt),
    login_time: demoTime(live?.lastSeenAt ?? record.lastSeenAt),
    user_id: view?.userId || boundBy || '',
    firmware_version: typeof firmware === 'string' ? firmware : '',
    ...{ firmware_status: 1, firmware_progress: 0, thing_version: '', control_source: '', icon_url: ICONS },
    child_device_sn: child?.serial ?? '',
    parent_sn: isGateway ? '' : (view?.serial ?? ''),
    payloads_list: latest === null ? [] : payloadsOf(latest),
    children: child === null ? null : deviceEntry(child, view, facts),
  }
}

/** The entry has room for one aircraft. An online aircraft is preferred. */
function childOf(view: GatewayView, records: ReadonlyMap<string, DeviceRecord>): DeviceRecord | null {
  const ordered = [...view.aircraft].sort((a, b) => Number(b.online) - Number(a.online))
  for (const { serial } of ordered) {
    const record = records.get(serial)
    if (record !== undefined) return record
  }
  return null
}
