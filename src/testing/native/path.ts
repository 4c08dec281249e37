import type { Coordinates } from '../types.ts'

/** What OSD reports about the flight at this time (ms since the epoch). */
export type Flight = (now: number) => Record<string, unknown>

/** Meters of one degree of latitude. */
const DEGREE = 111_320

/**
 * A flight along straight lines, which begins at `start` (ms) and hovers at the end of the path. Meters per second,
 * meters above the ground. It calculates as if the earth were flat, which is exact enough for a path of a few
 * kilometers.
 */
export function alongPath(
  path: readonly Coordinates[],
  speed: number,
  height: number,
  start: number,
): Flight {
  const legs = path.slice(1).map((to, index) => legBetween(path[index] ?? to, to))
  return (now) => {
    let left = (Math.max(0, now - start) / 1000) * speed
    for (const leg of legs) {
      if (left < leg.length) return report(leg.at(left / leg.length), leg.heading, speed, height)
      left -= leg.length
    }
    const end = path.at(-1) ?? { latitude: 0, longitude: 0 }
    return report(end, legs.at(-1)?.heading ?? 0, 0, height)
  }
}

function legBetween(from: Coordinates, to: Coordinates) {
  const north = (to.latitude - from.latitude) * DEGREE
  const east = (to.longitude - from.longitude) * DEGREE * Math.cos((from.latitude * Math.PI) / 180)
  return {
    length: Math.hypot(north, east),
    heading: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360,
    at: (part: number): Coordinates => ({
      latitude: from.latitude + (to.latitude - from.latitude) * part,
      longitude: from.longitude + (to.longitude - from.longitude) * part,
    }),
  }
}

const report = (
  place: Coordinates,
  heading: number,
  speed: number,
  height: number,
): Record<string, unknown> => ({
  latitude: Number(place.latitude.toFixed(7)),
  longitude: Number(place.longitude.toFixed(7)),
  elevation: height,
  attitude_head: Number(heading.toFixed(1)),
  horizontal_speed: speed,
  vertical_speed: 0,
})
