import type { Fleet, FleetAircraft, FleetDevice } from './fleet.ts'
import { type ModeWord, modeOf } from './modes.ts'

/** A report that is older than this is shown as old. Devices report every 2 s (facts D5). */
export const OLD_MS = 15_000
/** Percent. At this charge and below, the battery is shown as low. */
export const LOW_BATTERY = 20
/** Percent. An aircraft that flies with so little has to land now. */
const EMPTY_BATTERY = 10
/** With more aircraft than this, the page has a field to find one. */
const MANY = 8

/** One aircraft, as the page shows it. Null: not known. */
export interface FleetRow {
  readonly sn: string
  /** The model, or its key. */
  readonly model: string | null
  readonly nickname: string | null
  readonly online: boolean
  /** `none`: it has never reported. */
  readonly age: 'fresh' | 'old' | 'none'
  readonly ageMs: number | null
  readonly battery: number | null
  readonly low: boolean
  /** It flies, and its battery is almost empty, or was when it reported last. */
  readonly alarm: boolean
  readonly mode: ModeWord | null
  /** Meters. */
  readonly height: number | null
  /** m/s */
  readonly speed: number | null
  readonly place: { readonly latitude: number; readonly longitude: number } | null
  /** The controller or dock that has the aircraft, or had it last. */
  readonly controller: string | null
  readonly pilot: string | null
}

export interface OtherRow {
  readonly sn: string
  readonly name: string | null
  readonly online: boolean
  readonly pilot: string | null
}

export interface FleetView {
  /** The aircraft that match: those with an alarm first, then those that are online, then by name. */
  readonly rows: readonly FleetRow[]
  /** Devices that have no aircraft, such as a controller whose aircraft is switched off. */
  readonly others: readonly OtherRow[]
  readonly counts: {
    readonly alarm: number
    readonly online: number
    readonly flying: number
    readonly offline: number
  }
  readonly total: number
  /** How many devices the server has left out. */
  readonly leftOut: number
  readonly hasFilter: boolean
}

/**
 * @param now the server's clock, ms since the epoch
 * @param query words that all have to be in the name, model, serial number, controller or pilot
 */
export function viewOfFleet(fleet: Fleet, now: number, query: string): FleetView {
  const gateways: Record<string, FleetDevice> = {}
  for (const gateway of fleet.gateways) gateways[gateway.sn] = gateway
  const all = fleet.aircraft.map((one) => rowOf(one, gateways, now)).sort(byName)
  const busy: Record<string, true> = {}
  for (const { gateway_sn } of fleet.aircraft) if (gateway_sn !== null) busy[gateway_sn] = true
  const online = all.filter((row) => row.online)
  const words = wordsOf(query)
  return {
    rows: words.length === 0 ? all : all.filter((row) => matches(row, words)),
    others: fleet.gateways
      .filter(({ sn }) => busy[sn] === undefined)
      .map((one) => ({ sn: one.sn, name: nameOf(one), online: one.online, pilot: one.pilot || null }))
      .sort(byName),
    counts: {
      alarm: all.filter(({ alarm }) => alarm).length,
      online: online.length,
      flying: online.filter(({ age, mode }) => age === 'fresh' && isInAir(mode)).length,
      offline: fleet.aircraft_total - online.length,
    },
    total: all.length,
    leftOut: fleet.aircraft_total - all.length,
    hasFilter: all.length > MANY,
  }
}

const isInAir = (mode: ModeWord | null): boolean => mode !== null && mode !== 'ground'

function rowOf(one: FleetAircraft, gateways: Readonly<Record<string, FleetDevice>>, now: number): FleetRow {
  const ageMs = one.last_report_at === null ? null : Math.max(0, now - one.last_report_at)
  const gateway = one.gateway_sn === null ? undefined : gateways[one.gateway_sn]
  const { latitude, longitude, battery_percent: battery } = one
  const mode = modeOf(one.mode_code)
  return {
    sn: one.sn,
    model: one.model || one.model_key,
    nickname: one.nickname,
    online: one.online,
    age: ageMs === null ? 'none' : !one.online || ageMs > OLD_MS ? 'old' : 'fresh',
    ageMs,
    battery,
    low: battery !== null && battery <= LOW_BATTERY,
    alarm: one.online && isInAir(mode) && battery !== null && battery <= EMPTY_BATTERY,
    mode,
    height: one.elevation,
    speed: one.horizontal_speed,
    place: latitude === null || longitude === null ? null : { latitude, longitude },
    controller: gateway === undefined ? one.gateway_sn : nameOf(gateway) || gateway.sn,
    pilot: one.pilot || null,
  }
}

const nameOf = ({ nickname, model, model_key }: FleetDevice): string | null => nickname || model || model_key

const wordsOf = (query: string): readonly string[] =>
  query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')

function matches(row: FleetRow, words: readonly string[]): boolean {
  const text = [row.nickname, row.model, row.sn, row.controller, row.pilot].join('\n').toLowerCase()
  return words.every((word) => text.indexOf(word) >= 0)
}

interface Named {
  readonly sn: string
  readonly online: boolean
  readonly alarm?: boolean
  readonly name?: string | null
  readonly nickname?: string | null
  readonly model?: string | null
}

/** The order stays the same while aircraft fly. Only an alarm moves an aircraft. */
function byName(a: Named, b: Named): number {
  const name = (one: Named): string => one.nickname || one.name || one.model || ''
  const urgent = (one: Named): number => Number(one.alarm === true)
  return (
    urgent(b) - urgent(a) ||
    Number(b.online) - Number(a.online) ||
    name(a).localeCompare(name(b)) ||
    (a.sn < b.sn ? -1 : 1)
  )
}

/** Degrees with five digits: about a metre. */
export const placeText = ({ latitude, longitude }: NonNullable<FleetRow['place']>): string =>
  `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`

/** RFC 5870. */
export const geoLink = ({ latitude, longitude }: NonNullable<FleetRow['place']>): string =>
  `geo:${latitude.toFixed(6)},${longitude.toFixed(6)}`
