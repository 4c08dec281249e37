/** A value that a device sent. It can have any shape. */
type Fields = Readonly<Record<string, unknown>>

/** The only fields that controllers get in `device_osd` (facts E). */
const POSITION = [
  'latitude',
  'longitude',
  'height',
  'attitude_head',
  'elevation',
  'horizontal_speed',
  'vertical_speed',
] as const

type Position = Partial<Record<(typeof POSITION)[number], number>>

/** @returns the fields that can be shown; null: none. Latitude and longitude 0 mean "no fix"; `is_fixed` 0 does not (facts D5). */
export function positionOf(osd: Fields): Position | null {
  const position: Position = {}
  for (const name of POSITION) {
    const value = osd[name]
    if (typeof value === 'number' && Number.isFinite(value)) position[name] = value
  }
  if (!isPlace(position)) {
    delete position.latitude
    delete position.longitude
  }
  return Object.keys(position).length > 0 ? position : null
}

const isPlace = ({ latitude, longitude }: Position): boolean =>
  latitude !== undefined &&
  longitude !== undefined &&
  !(latitude === 0 && longitude === 0) &&
  Math.abs(latitude) <= 90 &&
  Math.abs(longitude) <= 180

/** The values of a device that the pages show. Null: the device has not reported it. */
export interface DeviceValues {
  /** 0 to 100. Of several batteries: the lowest. */
  readonly battery_percent: number | null
  /** For an aircraft: what it is doing, see `AircraftMode`. */
  readonly mode_code: number | null
  /** For an aircraft: meters above the place of takeoff. */
  readonly elevation: number | null
  /** For an aircraft: m/s. */
  readonly horizontal_speed: number | null
  /** For an aircraft: how many seconds its battery will last. */
  readonly remain_flight_time: number | null
  /** For a controller: its radio link to the aircraft, 0 (worst) to 5. */
  readonly sdr_quality: number | null
  /** For a controller: its mobile link to the aircraft (4G), 0 (worst) to 5. */
  readonly lte_quality: number | null
  /** Degrees. */
  readonly latitude: number | null
  readonly longitude: number | null
  /** Degrees from true north. */
  readonly attitude_head: number | null
}

/** Reads an OSD (facts D5). The server uses it, and so do the pages for OSD that arrives by the WebSocket. */
export function valuesOf(osd: Fields): DeviceValues {
  const place = positionOf(osd)
  const link = fieldsIn(osd['wireless_link'])
  const battery = fieldsIn(osd['battery'])
  return {
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
 * A controller reports one percentage (facts D5). An aircraft reports one for all batteries, or one for each. Then the
 * lowest is used, because it decides when the aircraft has to land.
 */
function batteryOf(osd: Fields, battery: Fields): number | null {
  const own = within(battery['capacity_percent'] ?? osd['capacity_percent'], 0, 100)
  if (own !== null) return own
  const each = battery['batteries']
  if (!Array.isArray(each)) return null
  let lowest: number | null = null
  for (const one of each as readonly unknown[]) {
    const percent = within(fieldsIn(one)['capacity_percent'], 0, 100)
    if (percent !== null && (lowest === null || percent < lowest)) lowest = percent
  }
  return lowest
}

/** A number outside the range means "none": a link quality of 65535 was seen (facts D5). */
const within = (value: unknown, least: number, most: number): number | null =>
  typeof value === 'number' && value >= least && value <= most ? value : null

const fieldsIn = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
