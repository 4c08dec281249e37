import type { AircraftView, GatewayView } from '../devices/records.ts'
import type { CloudEmitter, DeviceModel } from '../events.ts'
import type { Coalescer } from './coalesce.ts'
import type { Hub } from './hub.ts'

/** A device of DJI's topology list, as the page "Obtain Device Topology List" of the Cloud API has it. */
export interface TopologyDevice {
  readonly sn: string
  readonly device_callsign: string
  /** Texts, although update_topo has numbers. */
  readonly device_model: {
    readonly key: string
    readonly domain: string
    readonly type: string
    readonly sub_type: string
  }
  readonly online_status: boolean
  readonly user_id: string
  readonly user_callsign: string
  readonly icon_urls: { readonly normal_icon_url: string; readonly selected_icon_url: string }
}

export interface TopologyEntry {
  /** The aircraft. */
  readonly hosts: readonly TopologyDevice[]
  /** Its gateway. */
  readonly parents: readonly TopologyDevice[]
}

/** Drawings that Pilot brings along; these are the ones of DJI's page. */
export const ICONS = {
  normal_icon_url: 'resource://pilot/drawable/tsa_aircraft_others_normal',
  selected_icon_url: 'resource://pilot/drawable/tsa_aircraft_others_pressed',
}

/**
 * @param nickname as given by the pilots; null: none
 * @param callsign of whoever is logged in on the gateway
 */
export function topologyEntry(
  gateway: GatewayView,
  nickname: (serial: string) => string | null,
  callsign: string,
): TopologyEntry {
  const device = (
    {
      serial,
      model,
      online,
    }: Pick<AircraftView, 'serial' | 'online'> & { readonly model: DeviceModel | null },
    unknown: string,
  ): TopologyDevice => {
    const key = model?.key ?? unknown
    const [domain = '', type = '', sub_type = ''] = key.split('-')
    return {
      sn: serial,
      device_callsign: nickname(serial) ?? model?.name ?? serial,
      device_model: { key, domain, type, sub_type },
      online_status: online,
      user_id: gateway.userId,
      user_callsign: callsign,
      icon_urls: ICONS,
    }
  }
  return {
    hosts: gateway.aircraft.map((aircraft) => device(aircraft, '0-0-0')),
    parents: [device(gateway, '2-0-0')],
  }
}

/** The events of which a workspace's sockets are told. */
export const TOPOLOGY_EVENTS = [
  'gateway.online',
  'gateway.offline',
  'gateway.updated',
  'aircraft.online',
  'aircraft.offline',
] as const

export type TopologyEventName = (typeof TOPOLOGY_EVENTS)[number]

/** What is pushed of them needs no more than this. */
export interface TopologyNews {
  readonly name: TopologyEventName
  readonly workspaceId: string
  readonly gateway: string
  readonly aircraft?: string
}

/**
 * Tells a workspace's sockets who came and went. Pilot fetches the topologies again on each of these (facts E), so the
 * push needs no more than the serial numbers.
 */
export function pushTopologyNews(
  hub: Pick<Hub, 'push'>,
  { name, workspaceId, gateway, aircraft }: TopologyNews,
  telemetry: Pick<Coalescer, 'drop'>,
): void {
  // Before the push: after `device_offline` nothing is told of it.
  if (name.endsWith('.offline')) telemetry.drop(workspaceId, aircraft ?? gateway)
  const data = aircraft === undefined ? { sn: gateway } : { sn: aircraft, gateway_sn: gateway }
  if (name.endsWith('.online')) hub.push(workspaceId, { biz_code: 'device_online', data })
  if (name.endsWith('.offline')) hub.push(workspaceId, { biz_code: 'device_offline', data })
  if (name === 'gateway.updated' || aircraft !== undefined)
    hub.push(workspaceId, { biz_code: 'device_update_topo', data: { sn: gateway } })
}

/** Calls with each of these events. @returns how to stop */
export function onTopologyNews(on: CloudEmitter['on'], listener: (news: TopologyNews) => void): () => void {
  const stops = TOPOLOGY_EVENTS.map((name) =>
    on(name, (event) => {
      const { workspaceId, gateway } = event
      const aircraft = 'aircraft' in event ? { aircraft: event.aircraft } : {}
      listener({ name, workspaceId, gateway, ...aircraft })
    }),
  )
  return () => {
    for (const stop of stops) stop()
  }
}
