import { describe, expect, it } from 'vitest'
import { alongPath } from '../../src/testing/native/path.ts'

/** Metres of one degree of latitude. */
const DEGREE = 111_320
const place = (north: number, east: number) => ({
  latitude: north / DEGREE,
  longitude: east / DEGREE,
})

describe('a flight along a path', () => {
  // 100 m to the north, then 50 m to the east, at 10 m/s.
  const flight = alongPath([place(0, 0), place(100, 0), place(100, 50)], 10, 60, 1_000)

  it.each([
    ['before it begins', 0, 0, 0, 0, 10],
    ['on the first leg', 6_000, 50, 0, 0, 10],
    ['at the corner', 11_000, 100, 0, 90, 10],
    ['on the second leg', 13_000, 100, 20, 90, 10],
    ['where it ends', 16_000, 100, 50, 90, 0],
    ['an hour later', 3_600_000, 100, 50, 90, 0],
  ])('%s', (_when, now, north, east, heading, speed) => {
    const { latitude, longitude, ...rest } = flight(now) as { latitude: number; longitude: number }
    expect(latitude * DEGREE).toBeCloseTo(north, 0)
    expect(longitude * DEGREE).toBeCloseTo(east, 0)
    expect(rest).toMatchObject({ attitude_head: heading, horizontal_speed: speed, elevation: 60 })
  })

  it('of one place is a hover', () => {
    expect(alongPath([place(10, 10)], 5, 30, 0)(5_000)).toMatchObject({ horizontal_speed: 0, elevation: 30 })
  })
})
