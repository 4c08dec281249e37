import type { DeviceModel } from '../events.ts'
import type { GatewayView } from './records.ts'
import type { DeviceState } from './telemetry.ts'
import { positionOf } from './values.ts'

/**
 * A device on the map, in the form of RFC 7946: longitude, then latitude, in degrees, and the height in metres if the
 * device reports it.
 */
export interface DeviceFeature {
  readonly type: 'Feature'
  readonly id: string
  readonly geometry: { readonly type: 'Point'; readonly coordinates: readonly number[] } | null
  readonly properties: {
    readonly kind: 'gateway' | 'aircraft'
    readonly gateway: string
    readonly model: DeviceModel | null
    readonly online: boolean
    /** Degrees from north. */
    readonly heading: number | null
    /** m/s */
    readonly speed: number | null
    /** When its newest OSD came, ms since the epoch; null: no OSD has come yet. */
    readonly at: number | null
  }
}

/** Devices for a map: a GeoJSON FeatureCollection (RFC 7946). */
export interface DeviceCollection {
  readonly type: 'FeatureCollection'
  readonly features: readonly DeviceFeature[]
}

/** Every gateway and aircraft of these views. The geometry is null if the position is not known. */
export function geoJsonOf(
  gateways: readonly GatewayView[],
  latest: (serial: string) => DeviceState | null,
): DeviceCollection {
  const features = gateways.flatMap((gateway) => [
    featureOf('gateway', gateway.serial, gateway, latest),
    ...gateway.aircraft.map((aircraft) => featureOf('aircraft', gateway.serial, aircraft, latest)),
  ])
  return { type: 'FeatureCollection', features }
}

function featureOf(
  kind: 'gateway' | 'aircraft',
  gateway: string,
  device: { readonly serial: string; readonly model: DeviceModel | null; readonly online: boolean },
  latest: (serial: string) => DeviceState | null,
): DeviceFeature {
  const state = latest(device.serial)
  const position = state === null ? null : positionOf(state.osd)
  const { latitude, longitude, height } = position ?? {}
  const place = latitude === undefined || longitude === undefined ? null : [longitude, latitude]
  return {
    type: 'Feature',
    id: device.serial,
    geometry:
      place === null
        ? null
        : { type: 'Point', coordinates: height === undefined ? place : [...place, height] },
    properties: {
      kind,
      gateway,
      model: device.model,
      online: device.online,
      heading: position?.attitude_head ?? null,
      speed: position?.horizontal_speed ?? null,
      at: state === null || state.at === 0 ? null : state.at,
    },
  }
}
