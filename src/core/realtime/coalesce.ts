import type { Telemetry } from '../devices/telemetry.ts'
import type { DeviceModel } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Role } from '../ports/users.ts'
import { type Hub, type Peer, type Push, pushText } from './hub.ts'
import { browserOsd, pilotOsd } from './osd.ts'

export interface Coalescer {
  /** It is offline: what waits for the next tick would show it once more, as a ghost. */
  drop(workspaceId: string, serial: string): void
  /** Nothing is told of it until it is released, as often as it was held: that it is online is to be told first. */
  hold(serial: string): void
  release(serial: string): void
  stop(): void
}

export interface CoalescerParts {
  readonly telemetry: Pick<Telemetry, 'listen' | 'latest' | 'reported'>
  readonly hub: Pick<Hub, 'watchers'>
  readonly clock: Clock
  /** Of a gateway; null: not known. */
  readonly modelOf: (gateway: string) => DeviceModel | null
  /** Milliseconds between two pushes of one device. */
  readonly interval: number
  /** Returns how to cancel. */
  readonly schedule?: (run: () => void, ms: number) => () => void
}

/** More than this is waiting at a client: it is given nothing new before that is gone. Bytes; a tick of 100 devices. */
const SLOW = 32 * 1024

const ROLES: readonly Role[] = ['pilot', 'web']

interface Round {
  /** Serial numbers with news for everybody. */
  readonly dirty: Set<string>
  /** News that slow clients have missed. */
  readonly owed: Map<Peer, Set<string>>
  readonly cancel: () => void
}

export const scheduleTimeout = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

/**
 * Telemetry to watchers: the newest of each device, once a tick. Each workspace ticks at a time of its own, so that a
 * fleet is not told in one burst. What a slow client missed it gets when it has caught up, as
 * it is by then.
 */
export function createCoalescer(parts: CoalescerParts): Coalescer {
  const { telemetry, hub, clock, interval, schedule = scheduleTimeout } = parts
  const rounds = new Map<string, Round>()
  const held = new Map<string, number>()

  function roundOf(workspaceId: string): Round {
    let round = rounds.get(workspaceId)
    if (round === undefined) {
      const cancel = schedule(() => flush(workspaceId), untilTick(workspaceId, clock.now(), interval))
      round = { dirty: new Set(), owed: new Map(), cancel }
      rounds.set(workspaceId, round)
    }
    return round
  }

  /** What a browser, or a controller, is told of a device now. */
  function pushesOf(role: Role, serial: string, workspaceId: string): readonly Push[] {
    const state = telemetry.latest(serial)
    // Meanwhile unbound, and claimed by another workspace: none of this one's business any more.
    if (state?.workspaceId !== workspaceId) return []
    if (role === 'pilot') return pilotOsd(serial, state.osd)
    const osd = telemetry.reported(serial)
    if (osd === null) return []
    return browserOsd(serial, osd, state.gateway === serial ? { model: parts.modelOf(serial) } : null)
  }

  function flush(workspaceId: string): void {
    const round = rounds.get(workspaceId)
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
    if (hub.watchers(workspaceId) !== null) roundOf(workspaceId).dirty.add(serial)
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
