import type { CloudEmitter } from '../events.ts'
import { type Fields, MAX_KEPT_BYTES, merge, type Room, roomBeside } from './merge.ts'

/** The newest that is known of one device, its incremental reports put together. Replaced, never changed. */
export interface DeviceState {
  readonly workspaceId: string
  /** The gateway that spoke; of a gateway, itself. */
  readonly gateway: string
  readonly serial: string
  /** When its newest OSD came; ms since the epoch. */
  readonly at: number
  /** Fields of OSD (facts D5). */
  readonly osd: Fields
  /** Properties told by `state`, such as `firmware_version` or `live_capacity`. */
  readonly state: Fields
}

export interface Heard {
  readonly workspaceId: string
  readonly gateway: string
  readonly serial: string
  readonly at: number
  readonly data: Fields
}

/** @param data of this report alone */
export type TelemetryListener = (state: DeviceState, data: Fields) => void

/** The newest of every device, and who wants to hear of it. */
export interface Telemetry {
  /** False: this is more than is kept of one device; some of it was left out. */
  osd(heard: Heard): boolean
  state(heard: Heard): boolean
  latest(serial: string): DeviceState | null
  list(workspaceId?: string): readonly DeviceState[]
  /** Told of every OSD report. @returns how to stop */
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

export function createTelemetry(): Telemetry {
  const states = new Map<string, DeviceState>()
  /** Bytes that are kept of each. */
  const kept = new Map<string, number>()
  const stale = new Set<string>()
  const listeners = new Set<TelemetryListener>()
  const closing = new Set<() => void>()

  function baseOf(heard: Heard): DeviceState | undefined {
    const known = states.get(heard.serial)
    if (known === undefined) return undefined
    // Another workspace must not inherit the fields of the one before.
    return stale.delete(heard.serial) || known.workspaceId !== heard.workspaceId ? undefined : known
  }

  /** Puts a report together with what is known. */
  function take(heard: Heard, base: DeviceState | undefined, into: 'osd' | 'state'): [Fields, Room] {
    const room = roomBeside(base === undefined ? 0 : (kept.get(heard.serial) ?? 0))
    const fields = merge(base?.[into] ?? NOTHING, heard.data, room)
    kept.set(heard.serial, MAX_KEPT_BYTES - room.left)
    return [fields, room]
  }

  function forget(serial: string): void {
    states.delete(serial)
    kept.delete(serial)
    stale.delete(serial)
  }

  return {
    osd(heard) {
      const { workspaceId, gateway, serial, at, data } = heard
      const base = baseOf(heard)
      const [osd, room] = take(heard, base, 'osd')
      const state: DeviceState = { workspaceId, gateway, serial, at, osd, state: base?.state ?? NOTHING }
      states.set(serial, state)
      for (const listener of listeners) listener(state, data)
      return !room.exceeded
    },
    state(heard) {
      const { workspaceId, gateway, serial } = heard
      const base = baseOf(heard)
      const [state, room] = take(heard, base, 'state')
      states.set(serial, {
        workspaceId,
        gateway,
        serial,
        at: base?.at ?? 0,
        osd: base?.osd ?? NOTHING,
        state,
      })
      return !room.exceeded
    },
    latest: (serial) => states.get(serial) ?? null,
    list: (workspaceId) =>
      [...states.values()].filter((one) => workspaceId === undefined || one.workspaceId === workspaceId),
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    renew(serial) {
      if (states.has(serial)) stale.add(serial)
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
