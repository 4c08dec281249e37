import type { AircraftView, GatewayView } from '../devices/records.ts'
import type { DeviceModel } from '../events.ts'
import type { DeviceRecord } from '../ports/devices.ts'

/**
 * A device of DJI's topology list, as in the page "Obtain Device Topology List" of the Cloud API, followed by the
 * fields that only the demo has. `device_online` contains the same.
 */
export interface TopologyDevice {
  readonly sn: string
  readonly device_callsign: string
  /** Text, although update_topo has numbers. */
  readonly device_model: {
    readonly key: string
    /** The demo's name for `key`. */
    readonly device_model_key: string
    readonly domain: string
    readonly type: string
    readonly sub_type: string
  }
  readonly online_status: boolean
  readonly user_id: string
  readonly user_callsign: string
  readonly icon_urls: { readonly normal_icon_url: string; readonly selected_icon_url: string }
  /** The name of its model; the key if the name is not known. */
  readonly model: string
  /** A user has bound it. False: it is only used. */
  readonly bound_status: boolean
  /** 0 aircraft, 2 controller, 3 dock. A number here, because the demo's map chooses an icon by it. */
  readonly domain: number
  /**
   * Only for an aircraft: a page in Pilot takes every device with its own controller in this field for its aircraft.
   */
  readonly gateway_sn?: string
}

export interface TopologyEntry {
  /** The aircraft. */
  readonly hosts: readonly TopologyDevice[]
  /** Its gateway. */
  readonly parents: readonly TopologyDevice[]
}

/** Drawings inside Pilot; the ones that DJI's page names. */
export const ICONS = {
  normal_icon_url: 'resource://pilot/drawable/tsa_aircraft_others_normal',
  selected_icon_url: 'resource://pilot/drawable/tsa_aircraft_others_pressed',
}

/** Facts that a view of a gateway does not have. */
export interface TopologyFacts {
  /** Null: the store has no record of it. */
  readonly record: (serial: string) => Pick<DeviceRecord, 'nickname' | 'boundBy'> | null
  /** The name of the user who is logged in on the gateway. */
  readonly callsign: string
}

/** @param aircraft null: the gateway itself */
export function topologyDevice(
  gateway: Pick<GatewayView, 'serial' | 'userId' | 'model' | 'online'>,
  aircraft: (Pick<AircraftView, 'serial' | 'online'> & { readonly model: DeviceModel | null }) | null,
  { record, callsign }: TopologyFacts,
): TopologyDevice {
  const { serial, model, online } = aircraft ?? gateway
  const key = model?.key ?? (aircraft === null ? '2-0-0' : '0-0-0')
  const [domain = '', type = '', sub_type = ''] = key.split('-')
  const known = record(serial)
  return {
    sn: serial,
    device_callsign: known?.nickname ?? model?.name ?? serial,
    device_model: { key, device_model_key: key, domain, type, sub_type },
    online_status: online,
    user_id: gateway.userId,
    user_callsign: callsign,
    icon_urls: ICONS,
    model: model?.name ?? key,
    bound_status: (known?.boundBy ?? null) !== null,
    domain: Number(domain),
    ...(aircraft === null ? {} : { gateway_sn: gateway.serial }),
  }
}

export const topologyEntry = (gateway: GatewayView, facts: TopologyFacts): TopologyEntry => ({
  hosts: gateway.aircraft.map((aircraft) => topologyDevice(gateway, aircraft, facts)),
  parents: [topologyDevice(gateway, null, facts)],
})
