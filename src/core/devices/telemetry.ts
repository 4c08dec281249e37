import type { CloudEmitter } from '../events.ts'
import type { DeviceFields } from './fields/index.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The newest state of one device: its incremental reports put together. Each report makes a new object. */
export interface DeviceState {
  readonly workspaceId: string
  /** The gateway that sent the newest report. For a gateway: itself. */
  readonly gateway: string
  readonly serial: string
  /** When its newest report came; ms since the epoch. */
  readonly at: number
  /**
   * Every field that the device has reported (facts D5), by OSD or by `state`: which of the two brings a field differs between
   * models and firmware. The types say what DJI documents. The values are as the device sent them, and are not checked.
   */
  readonly osd: DeviceFields
  /** The same object, for fields that usually come by `state`, such as `firmware_version` or `live_capacity`. */
  readonly state: DeviceFields
}

/** One report. */
export interface Heard {
  readonly workspaceId: string
  readonly gateway: string
  readonly serial: string
  readonly at: number
  readonly data: Fields
  /** In a report from another node: which of these fields came by `state`. */
  readonly properties?: readonly string[]
}

/** @param data the fields of this report alone */
export type TelemetryListener = (state: DeviceState, data: Fields) => void

/** The newest state of every device, and the listeners to it. */
export interface Telemetry {
  /** Takes an OSD report. @returns false: the device has more fields than are kept, so some were left out */
  osd(heard: Heard): boolean
  /**
   * Takes a `state` report. @param isOnline false: the report is kept, and listeners get it when the device is online
   * @returns as `osd`
   */
  state(heard: Heard, isOnline?: boolean): boolean
  /** Takes the state that another node knows. Listeners do not get it, because the device may be offline. */
  restore(heard: Heard): void
  latest(serial: string): DeviceState | null
  /**
   * The fields that have come by OSD since the device came online; null: none. Fields that came by `state`, such as
   * keys of live streams, are not for everybody.
   */
  reported(serial: string): Fields | null
  /** Which of the fields in `data` have come by `state` alone. */
  propertiesIn(serial: string, data: Fields): readonly string[]
  list(workspaceId?: string): readonly DeviceState[]
  /** Calls the listener with every report, by OSD or by `state`. @returns how to stop */
  listen(listener: TelemetryListener): () => void
  /** A new flight begins: the next report replaces what is known instead of adding to it. */
  renew(serial: string): void
  forget(serial: string): void
  /** Forgets devices whose newest report came before this time, ms since the epoch. */
  prune(before: number): void
  /** Calls the listener when no more reports will come. @returns how to stop */
  onClose(listener: () => void): () => void
  close(): void
}

const NOTHING: Fields = Object.freeze({})
const NO_NAMES: readonly string[] = []

export function createTelemetry(): Telemetry {
  const states = new Map<string, DeviceState>()
  /** Bytes that are kept of each device. */
  const kept = new Map<string, number>()
  /** For each device: the fields that have come only by `state`. */
  const properties = new Map<string, Set<string>>()
  /** Devices whose next report replaces all earlier values. */
  const stale = new Set<string>()
  /** Devices that reported something before they were online. */
  const early = new Set<string>()
  const listeners = new Set<TelemetryListener>()
  const closing = new Set<() => void>()

  function baseOf(heard: Heard): DeviceState | undefined {
    const known = states.get(heard.serial)
    const isStale = stale.delete(heard.serial)
    // A workspace must not inherit the fields that a device had in another workspace.
    return isStale || known?.workspaceId !== heard.workspaceId ? undefined : known
  }

  /** @param names of the fields in `data` that came by `state` @param known all fields, with this report's */
  function label(
    { serial, data }: Heard,
    base: Fields | undefined,
    names: readonly string[],
    known: Fields,
  ): void {
    if (base === undefined) properties.delete(serial)
    let own = properties.get(serial)
    if (own === undefined && names.length === 0) return
    if (own === undefined) {
      own = new Set()
      properties.set(serial, own)
    }
    const byState = names.length === 0 ? null : new Set(names)
    for (const name of own) if (Object.hasOwn(data, name) && byState?.has(name) !== true) own.delete(name)
    // Only fields that were kept, so that the set cannot grow larger than they are.
    for (const name of names)
      if (Object.hasOwn(known, name) && (base === undefined || !Object.hasOwn(base, name))) own.add(name)
  }

  function take(heard: Heard, isOnline: boolean, names = heard.properties ?? NO_NAMES): boolean {
    const { workspaceId, gateway, serial, at, data } = heard
    if (!isOnline && !early.has(serial)) {
      early.add(serial)
      stale.add(serial)
    }
    const base = baseOf(heard)
    const room = roomBeside(base === undefined ? 0 : (kept.get(serial) ?? 0))
    // The type is what DJI documents. The value is not checked, because the check would cost time for every report.
    const fields: DeviceFields = merge(base?.osd ?? NOTHING, data, room)
    label(heard, base?.osd, names, fields)
    kept.set(serial, MAX_KEPT_BYTES - room.left)
    const state: DeviceState = { workspaceId, gateway, serial, at, osd: fields, state: fields }
    states.set(serial, state)
    if (isOnline) for (const listener of listeners) listener(state, data)
    return !room.exceeded
  }

  function forget(serial: string): void {
    states.delete(serial)
    kept.delete(serial)
    properties.delete(serial)
    stale.delete(serial)
    early.delete(serial)
  }

  return {
    osd: (heard) => take(heard, true),
    state: (heard, isOnline = true) => take(heard, isOnline, Object.keys(heard.data)),
    restore(heard) {
      if (states.has(heard.serial)) return
      take(heard, false)
      early.delete(heard.serial)
    },
    latest: (serial) => states.get(serial) ?? null,
    reported(serial) {
      const osd = states.get(serial)?.osd
      if (osd === undefined) return null
      const own = properties.get(serial)
      if (own === undefined || own.size === 0) return osd
      // Safe to assign by name: `merge` has left `__proto__` out.
      const fields: Record<string, unknown> = {}
      for (const name of Object.keys(osd)) if (!own.has(name)) fields[name] = osd[name]
      return Object.keys(fields).length === 0 ? null : fields
    },
    propertiesIn(serial, data) {
      const own = properties.get(serial)
      return own === undefined ? NO_NAMES : [...own].filter((name) => Object.hasOwn(data, name))
    },
    list: (workspaceId) =>
      [...states.values()].filter((one) => workspaceId === undefined || one.workspaceId === workspaceId),
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    renew(serial) {
      const state = states.get(serial)
      if (state === undefined) return
      // Values that came before the device was online belong to this flight, and listeners have not got them yet.
      if (early.delete(serial)) for (const listener of listeners) listener(state, state.osd)
      else stale.add(serial)
    },
    forget,
    prune(before) {
      for (const { serial, at } of [...states.values()]) if (at < before) forget(serial)
    },
    onClose(listener) {
      closing.add(listener)
      return () => void closing.delete(listener)
    },
    close() {
      for (const listener of [...closing]) listener()
      listeners.clear()
    },
  }
}

/** A device that comes online again starts without values, because it must not show an old battery or position. */
export function renewWhenOnline(on: CloudEmitter['on'], telemetry: Pick<Telemetry, 'renew'>): void {
  on('gateway.online', ({ gateway }) => telemetry.renew(gateway))
  on('aircraft.online', ({ aircraft }) => telemetry.renew(aircraft))
}

/** Objects inside objects are merged to this depth. Below it, the newer one replaces the older. */
const MAX_DEPTH = 4
/** An M3 series aircraft sends about 60. This limits how much a hostile device can make us keep. */
const MAX_FIELDS = 512
/** Memory for one device; some tens of KiB are usual. This limits how much a hostile device can make us keep. */
export const MAX_KEPT_BYTES = 256 * 1024

/*
 * The bytes that V8 needs for a value, measured on Node 20 and rounded up. A list of `{}` is four times as large in memory as its text, so a limit on the text would not be enough.
 */
const OBJECT = 96
const LIST = 48
const TEXT = 32
const NUMBER = 24
const SLOT = 8
/** A key that no other object has, with its hidden class. */
const KEY = 160

/** How much more may be kept of one device. */
export interface Room {
  left: number
  /** Something was left out. */
  exceeded: boolean
}

/** @param kept bytes that are kept already, as counted before */
export const roomBeside = (kept: number): Room => ({ left: MAX_KEPT_BYTES - kept, exceeded: false })

/**
 * Reports are incremental: fields that a report does not have keep their value (facts D5). Lists and plain values are
 * replaced. Neither argument is changed. A value for which there is no room is left out, and the older one stays.
 */
export function merge(base: Fields, report: Fields, room = roomBeside(0), depth = MAX_DEPTH): Fields {
  const merged: Record<string, unknown> = { ...base }
  let count = Object.keys(merged).length
  for (const key of Object.keys(report)) {
    const known = Object.hasOwn(merged, key)
    // JSON may have this as an own key. Assigned, it would change the prototype of the object.
    if (key === '__proto__') continue
    if (!known && count >= MAX_FIELDS) {
      room.exceeded = true
      continue
    }
    const value = report[key]
    const before = known ? merged[key] : undefined
    const isJoined = depth > 0 && isFields(value)
    const joined = isJoined && isFields(before) ? before : null
    const freed = !known || joined !== null ? 0 : bytesOf(before)
    const needed = joined !== null ? 0 : isJoined ? OBJECT : bytesOf(value)
    if (!fits(room, needed - freed + (known ? 0 : keyBytes(key)))) continue
    if (!known) count += 1
    merged[key] = isJoined ? merge(joined ?? {}, value, room, depth - 1) : value
  }
  return merged
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function fits(room: Room, bytes: number): boolean {
  if (bytes > room.left) {
    room.exceeded = true
    return false
  }
  room.left -= bytes
  return true
}

const WIDE = /[\u0100-\uffff]/

/** In memory, at most. Recursion is safe: messages are not nested deeper than `MAX_NESTING`. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return TEXT + value.length * (WIDE.test(value) ? 2 : 1)
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 30 ? SLOT : NUMBER
  if (typeof value !== 'object' || value === null) return SLOT
  let bytes = Array.isArray(value) ? LIST : OBJECT
  if (Array.isArray(value)) for (const one of value) bytes += bytesOf(one)
  else for (const key of Object.keys(value)) bytes += KEY + key.length + bytesOf((value as Fields)[key])
  return bytes
}

/** V8 reserves all smaller indexes when an object gets a small index as a key: one key `300` takes 4 KiB. */
const keyBytes = (key: string): number =>
  KEY + key.length + (/^\d{1,4}$/.test(key) ? (Number(key) + 16) * SLOT * 2 : 0)
