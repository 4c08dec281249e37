import type { Fields, Telemetry } from '../devices/telemetry.ts'
import { positionOf } from '../devices/values.ts'
import type { DeviceModel } from '../events.ts'
import { type Clock, type Schedule, scheduleTimeout } from '../ports/clock.ts'
import type { Role } from '../ports/users.ts'
import { type Hub, type Peer, type Push, pushText } from './hub.ts'

/** Pushes telemetry to the sockets of each workspace: the newest report of each device, once per tick. */
export interface Coalescer {
  /**
   * The device is offline. Its report that waits for the next tick is dropped, because it would show the device as
   * online again.
   */
  drop(workspaceId: string, serial: string): void
  /** Pushes nothing of this device until `release` was called as often as `hold`: `device_online` has to come first. */
  hold(serial: string): void
  release(serial: string): void
  stop(): void
}

export interface CoalescerParts {
  readonly telemetry: Pick<Telemetry, 'listen' | 'latest' | 'reported'>
  readonly hub: Pick<Hub, 'watchers'>
  readonly clock: Clock
  /** The model of a gateway; null: not known. */
  readonly modelOf: (gateway: string) => DeviceModel | null
  /** Milliseconds between two pushes of one device. */
  readonly interval: number
  /** How late the process is, ms. Ticks are that much further apart, so that all workspaces get fewer pushes in the same way. Default: in time. */
  readonly lateness?: () => number
  readonly schedule?: Schedule
}

/**
 * A client with more unsent bytes than this gets nothing new until they are sent. It is about one tick of 100 devices.
 */
const SLOW = 32 * 1024

/** However late the process is, ticks are at most this much further apart. ms. */
const MAX_STRETCH_MS = 2_000

const ROLES: readonly Role[] = ['pilot', 'web']

/** The data for the next tick of a workspace. */
interface Round {
  /** When its tick is; ms since the epoch. */
  readonly due: number
  /** Devices whose reports all clients get. */
  readonly dirty: Set<string>
  /** Devices that slow clients have missed. */
  readonly owed: Map<Peer, Set<string>>
  readonly cancel: () => void
}

/**
 * Each workspace has its own tick, so that not all workspaces are served at the same moment. A slow client gets what it
 * has missed when it has caught up: the newest state at that time.
 */
export function createCoalescer(parts: CoalescerParts): Coalescer {
  const { telemetry, hub, clock, interval, lateness = () => 0, schedule = scheduleTimeout } = parts
  const rounds = new Map<string, Round>()
  const held = new Map<string, number>()

  function roundOf(workspaceId: string): Round {
    let round = rounds.get(workspaceId)
    if (round === undefined) {
      const now = clock.now()
      const wait = untilTick(workspaceId, now, interval) + Math.min(lateness(), MAX_STRETCH_MS)
      const cancel = schedule(() => flush(workspaceId), wait)
      round = { due: now + wait, dirty: new Set(), owed: new Map(), cancel }
      rounds.set(workspaceId, round)
    }
    return round
  }

  function pushesOf(role: Role, serial: string, workspaceId: string): readonly Push[] {
    const state = telemetry.latest(serial)
    // The device may have been released and claimed by another workspace since its report.
    if (state?.workspaceId !== workspaceId) return []
    if (role === 'pilot') return pilotOsd(serial, state.osd)
    const osd = telemetry.reported(serial)
    if (osd === null) return []
    return browserOsd(serial, osd, state.gateway === serial ? { model: parts.modelOf(serial) } : null)
  }

  function flush(workspaceId: string): void {
    const round = rounds.get(workspaceId)
    round?.cancel()
    rounds.delete(workspaceId)
    const audience = hub.watchers(workspaceId)
    if (round === undefined || audience === null) return
    for (const serial of held.keys()) if (round.dirty.delete(serial)) roundOf(workspaceId).dirty.add(serial)
    for (const role of ROLES) tell(workspaceId, round, role, audience[role])
  }

  function tell(workspaceId: string, round: Round, role: Role, peers: ReadonlySet<Peer>): void {
    if (peers.size === 0) return
    const texts = new Map<string, readonly Uint8Array[]>()
    const textsOf = (serial: string): readonly Uint8Array[] => {
      let own = texts.get(serial)
      if (own === undefined) {
        own = pushesOf(role, serial, workspaceId).map((push) => Buffer.from(pushText(push, clock.now())))
        texts.set(serial, own)
      }
      return own
    }
    const messagesOf = (serials: Iterable<string>): Uint8Array[] => {
      const messages: Uint8Array[] = []
      for (const serial of serials) messages.push(...textsOf(serial))
      return messages
    }
    const forAll = messagesOf(round.dirty)
    for (const peer of peers) {
      const owed = round.owed.get(peer)
      if (peer.bufferedAmount > SLOW) {
        const missed = new Set([...(owed ?? []), ...round.dirty])
        if (missed.size > 0) roundOf(workspaceId).owed.set(peer, missed)
      } else if (owed === undefined) {
        if (forAll.length > 0) peer.sendAll(forAll)
      } else {
        for (const serial of round.dirty) owed.add(serial)
        const missed = messagesOf(owed)
        if (missed.length > 0) peer.sendAll(missed)
      }
    }
  }

  const stopListening = telemetry.listen(({ workspaceId, serial }) => {
    if (hub.watchers(workspaceId) === null) return
    const round = roundOf(workspaceId)
    round.dirty.add(serial)
    // With more messages than the process can handle, Node reads sockets for seconds before it runs a timer.
    if (clock.now() >= round.due) flush(workspaceId)
  })

  return {
    drop(workspaceId, serial) {
      const round = rounds.get(workspaceId)
      round?.dirty.delete(serial)
      for (const owed of round?.owed.values() ?? []) owed.delete(serial)
    },
    hold: (serial) => void held.set(serial, (held.get(serial) ?? 0) + 1),
    release(serial) {
      const times = held.get(serial) ?? 0
      if (times > 1) held.set(serial, times - 1)
      else held.delete(serial)
    },
    stop() {
      stopListening()
      for (const { cancel } of rounds.values()) cancel()
      rounds.clear()
    },
  }
}

/** Milliseconds to the next tick of a workspace: more than 0, at most the interval. */
export function untilTick(workspaceId: string, now: number, interval: number): number {
  let hash = 0
  for (let at = 0; at < workspaceId.length; at += 1) hash = (hash * 31 + workspaceId.charCodeAt(at)) >>> 0
  return interval - ((now + hash) % interval)
}

/** `device_osd` of facts E, for controllers. It is the same for aircraft and gateways. */
function pilotOsd(serial: string, osd: Fields): readonly Push[] {
  const host = positionOf(osd)
  return host === null ? [] : [{ biz_code: 'device_osd', data: { host, sn: serial } }]
}

/**
 * The whole OSD in the form that DJI's demo sends to browsers (facts G).
 * @param osd every field that has come by OSD
 * @param gateway null: the device is an aircraft
 */
function browserOsd(
  serial: string,
  osd: Fields,
  gateway: { readonly model: DeviceModel | null } | null,
): readonly Push[] {
  if (gateway === null) return [{ biz_code: 'device_osd', data: { host: osd, sn: serial } }]
  if (gateway.model?.key.startsWith('3-') !== true)
    return [{ biz_code: 'gateway_osd', data: { host: osd, sn: serial } }]
  return dockParts(osd).map((host) => ({ biz_code: 'dock_osd', data: { host, sn: serial } }))
}

/**
 * A dock reports in three parts. The demo's front end tells them apart by a field that only one part has: `mode_code`,
 * `wireless_link`, `job_number`. If the parts were put together, the front end would read all of it as the first part
 * (facts G).
 */
const DOCK_LINK = [
  'drc_state',
  'flighttask_prepare_capacity',
  'flighttask_step_code',
  'media_file_detail',
  'sdr',
  'wireless_link',
]
const DOCK_WORK = [
  'acc_time',
  'activation_time',
  'backup_battery',
  'drone_battery_maintenance_info',
  'electric_supply_voltage',
  'job_number',
  'maintain_status',
  'working_current',
  'working_voltage',
]

function dockParts(osd: Fields): readonly Fields[] {
  const basic: Record<string, unknown> = {}
  const link: Record<string, unknown> = {}
  const work: Record<string, unknown> = {}
  for (const name of Object.keys(osd)) {
    const part = DOCK_LINK.includes(name) ? link : DOCK_WORK.includes(name) ? work : basic
    part[name] = osd[name]
  }
  return [basic, link, work].filter((part) => Object.keys(part).length > 0)
}
