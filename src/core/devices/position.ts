import type { Fields } from './merge.ts'

/** The fields of `device_osd` (facts E); the rest of OSD is not pushed. */
const POSITION = [
  'latitude',
  'longitude',
  'height',
  'attitude_head',
  'elevation',
  'horizontal_speed',
  'vertical_speed',
] as const

export type Position = Partial<Record<(typeof POSITION)[number], number>>

/**
 * What can be shown of an OSD; null: nothing. Latitude and longitude 0 mean that there is no fix, while `is_fixed` 0 does
 * not (facts D5).
 */
export function positionOf(osd: Fields): Position | null {
  const position: Position = {}
  let found = false
  for (const name of POSITION) {
    const value = osd[name]
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    position[name] = value
    found = true
  }
  if (!isPlace(position)) {
    delete position.latitude
    delete position.longitude
    found = Object.keys(position).length > 0
  }
  return found ? position : null
}

const isPlace = ({ latitude, longitude }: Position): boolean =>
  latitude !== undefined &&
  longitude !== undefined &&
  !(latitude === 0 && longitude === 0) &&
  Math.abs(latitude) <= 90 &&
  Math.abs(longitude) <= 180
