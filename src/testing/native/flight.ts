interface Place {
  readonly latitude: number
  readonly longitude: number
}

/** Meters of one degree of latitude. */
const DEGREE = 111_320
const RADIUS = 100
/**
 * After this many reports, all fields are sent again. The reports in between contain only what has changed (facts D5).
 */
const FULL_EVERY = 30

/**
 * A report of the aircraft, which flies a slow circle around home. `tick` counts reports from 0. Degrees, meters,
 * meters per second.
 */
export function aircraftOsd(tick: number, home: Place): Record<string, unknown> {
  const angle = (tick * 3 * Math.PI) / 180
  const north = RADIUS * Math.sin(angle)
  const east = RADIUS * Math.cos(angle)
  const moving = {
    latitude: round(home.latitude + north / DEGREE, 7),
    longitude: round(home.longitude + east / (DEGREE * Math.cos((home.latitude * Math.PI) / 180)), 7),
    height: round(450 + 5 * Math.sin(angle), 1),
    elevation: round(60 + 5 * Math.sin(angle), 1),
    attitude_head: round((((360 - tick * 3) % 360) + 360) % 360, 1),
    horizontal_speed: 5.2,
    vertical_speed: round(0.3 * Math.cos(angle), 2),
  }
  if (tick % FULL_EVERY !== 0) return moving
  return {
    ...moving,
    attitude_pitch: -1.2,
    attitude_roll: 0.4,
    mode_code: 3,
    position_state: { is_fixed: 2, quality: 5, gps_number: 19, rtk_number: 0 },
    battery: {
      capacity_percent: Math.max(20, 95 - Math.floor(tick / FULL_EVERY)),
      batteries: [{ index: 0, capacity_percent: 95 }],
    },
    cameras: [{ payload_index: '66-0-0', camera_mode: 0 }],
  }
}

/** A report of the controller: no attitude, no mode (facts D5). */
export function gatewayOsd(tick: number, home: Place): Record<string, unknown> {
  const moving = { capacity_percent: Math.max(10, 88 - Math.floor(tick / FULL_EVERY)) }
  if (tick % FULL_EVERY !== 0) return moving
  return {
    ...moving,
    latitude: home.latitude,
    longitude: home.longitude,
    height: 390.5,
    country: 'CH',
    wireless_link: { sdr_quality: 5, sdr_link_state: 1 },
  }
}

/** Sent once for each connection, and then only after a change (pushMode 1, facts D2). */
export const gatewayState = (): Record<string, unknown> => ({
  firmware_version: '02.01.0507',
  live_status: [],
  live_capacity: { available_video_number: 0, coexist_video_number_max: 0, device_list: [] },
  dongle_infos: [],
  cloud_control_auth: [],
})

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
