import type { Entry, State } from './types.ts'

/** What can be set: the name of the field in the page, and its unit. */
export const FIELDS = [
  { name: 'battery', unit: '%' },
  { name: 'height', unit: 'm' },
  { name: 'speed', unit: 'm/s' },
  { name: 'controllerBattery', unit: '%' },
] as const
export type ReadingName = (typeof FIELDS)[number]['name']
export type ReadingValues = Partial<Record<ReadingName, number>>

/** What an entry says of the readings: only OSD does. Reports are incremental, so most say little. */
export function readingsIn(
  entry: Entry,
  { gateway, aircraft }: Pick<State, 'gateway' | 'aircraft'>,
): ReadingValues {
  if (entry.type !== 'mqtt.out') return {}
  const { data } = (entry['payload'] || {}) as { readonly data?: Readonly<Record<string, unknown>> }
  if (data === undefined || data === null) return {}
  if (entry['topic'] === `thing/product/${gateway.serial}/osd`)
    return given({ controllerBattery: data['capacity_percent'] })
  if (aircraft === null || entry['topic'] !== `thing/product/${aircraft.serial}/osd`) return {}
  const battery = data['battery'] as { readonly capacity_percent?: unknown } | undefined
  return given({
    battery: battery?.capacity_percent,
    height: data['elevation'],
    speed: data['horizontal_speed'],
  })
}

function given(values: Readonly<Partial<Record<ReadingName, unknown>>>): ReadingValues {
  const found: ReadingValues = {}
  for (const { name } of FIELDS) {
    const value = values[name]
    if (typeof value === 'number') found[name] = value
  }
  return found
}
