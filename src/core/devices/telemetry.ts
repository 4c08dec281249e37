import type { CloudEmitter } from '../events.ts'
import type { DeviceFields } from './fields/index.ts'
import { type Fields, MAX_KEPT_BYTES, merge, roomBeside } from './merge.ts'

/** The newest that is known of one device, its incremental reports put together. Replaced, never changed. */
export interface DeviceState {
  readonly workspaceId: string
  /** The gateway that spoke last; of a gateway, itself. */
  readonly gateway: string
  readonly serial: string
  /** When its newest report came; ms since the epoch. */
  readonly at: number
  /**
   * Every field that it has told (facts D5). A field is the same whether it came by OSD or by `state`: which of the two a
   * device takes differs between models and firmware. The types say what DJI documents; the values are as the device sent
   * them, and nobody has checked them.
   */
  readonly osd: DeviceFields
  /** The same object, for what is usually told by `state`, such as `firmware_version` or `live_capacity`. */
  readonly state: DeviceFields
}

export interface Heard {
  readonly workspaceId: string
  readonly gateway: string
  readonly serial: string
  readonly at: number
  readonly data: Fields
  /** From another node: which of these fields came by `state`. */
  readonly properties?: readonly string[]
}

/** @param data of this report alone */
export type TelemetryListener = (state: DeviceState, data: Fields) => void

/** The newest of every device, and who wants to hear of it. */
export interface Telemetry {
  /** False: this is more than is kept of one device; some of it was left out. */
  osd(heard: Heard): boolean
  /** @param isOnline false: kept, and told to nobody before the device is there */
  state(heard: Heard, isOnline?: boolean): boolean
  /** As another node knows it. Told to nobody: the device may not be there. */
  restore(heard: Heard): void
  latest(serial: string): DeviceState | null
  /** The fields of a device that have come by OSD since it is online; null: none. What came by `state` alone is not for everybody. */
  reported(serial: string): Fields | null
  /** Which of these fields of a device have come by `state` alone. */
  propertiesIn(serial: string, data: Fields): readonly string[]
  list(workspaceId?: string): readonly DeviceState[]
  /** Told of every report, by OSD or by `state`. @returns how to stop */
  listen(listener: TelemetryListener): () => void
  /** What is known of it no longer says anything about the next flight: the next report starts afresh. */
  renew(serial: string): void
  forget(serial: string): void
  /** Forgets what was last heard before this time, ms since the epoch. */
  prune(before: number): void
  /** Called when nothing more will come. @returns how to stop */
  onClose(listener: () => void): () => void
  close(): void
}

const NOTHING: Fields = Object.freeze({})
const NO_NAMES: readonly string[] = []

export function createTelemetry(): Telemetry {
  const states = new Map<string, DeviceState>()
  /** Bytes that are kept of each. */
  const kept = new Map<string, number>()
  /** Of each: the fields that have come by `state` alone. */
  const properties = new Map<string, Set<string>>()
  const stale = new Set<string>()
  /** Told something before they were online. */
  const early = new Set<string>()
  const listeners = new Set<TelemetryListener>()
  const closing = new Set<() => void>()

  function baseOf(heard: Heard): DeviceState | undefined {
    const known = states.get(heard.serial)
    const isStale = stale.delete(heard.serial)
    // Another workspace must not inherit the fields of the one before.
    return isStale || known?.workspaceId !== heard.workspaceId ? undefined : known
  }

  /** @param names of those in `data` that come by `state` @param known with this report: no more names than fields */
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
    for (const name of names)
      if (Object.hasOwn(known, name) && (base === undefined || !Object.hasOwn(base, name))) own.add(name)
  }

  /** Puts a report together with what is known. False: some of it was left out. */
  function take(heard: Heard, isOnline: boolean, names = heard.properties ?? NO_NAMES): boolean {
    const { workspaceId, gateway, serial, at, data } = heard
    if (!isOnline && !early.has(serial)) {
      early.add(serial)
      stale.add(serial)
    }
    const base = baseOf(heard)
    const room = roomBeside(base === undefined ? 0 : (kept.get(serial) ?? 0))
    // What DJI documents: not checked, since each report would have to pay for it.
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
      // `merge` has left `__proto__` out.
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
      // What it told on its way here is of this flight, and nobody has heard of it yet.
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

/** A device that comes online anew starts with nothing: an old battery or position would be a lie. */
export function renewWhenOnline(on: CloudEmitter['on'], telemetry: Pick<Telemetry, 'renew'>): void {
  on('gateway.online', ({ gateway }) => telemetry.renew(gateway))
  on('aircraft.online', ({ aircraft }) => telemetry.renew(aircraft))
}
