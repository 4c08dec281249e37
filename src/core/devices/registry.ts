import type { GatewayOfflineReason } from '../events.ts'
import type { Topology } from '../mqtt/messages.ts'
import { NOWHERE } from './elsewhere.ts'
import { createHolders } from './holders.ts'
import { hangsOn, isOtherUser } from './kick-target.ts'
import { deviceModel } from './models.ts'
import type { GatewayRecord } from './records.ts'
import type { Learned, Registry, RegistryParts } from './registry-contract.ts'
import { registryQueries } from './registry-queries.ts'
import { createReservations, holdOf } from './reservations.ts'
import { createRoster } from './roster.ts'
import { createTopologyClaims } from './topology-claims.ts'

export type { Learned, Recollection, Registry, RegistryParts } from './registry-contract.ts'

const UNKNOWN_MODEL = deviceModel(0, 0, 0)
const FORGET_AFTER_MS = 24 * 3_600_000

const scheduleTimeout = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

export function createRegistry(parts: RegistryParts): Registry {
  const { devices, emit, clock, graceMs = 0, silenceMs = 0, schedule = scheduleTimeout } = parts
  const { elsewhere = NOWHERE, onAccess = () => undefined, onLinks = () => undefined } = parts
  const { reservations = createReservations({ clock, silenceMs }), onFreed = () => undefined } = parts
  const holders = createHolders({ emit, clock, silenceMs, elsewhere, reservations, onAccess })
  const roster = createRoster({ emit, clock, holders, reservations, onFreed })
  const { gateways } = roster
  /** Who was there before a restart has this long to come back, before others may have its aircraft. */
  const awaitedUntil = clock.now() + holdOf(silenceMs)
  const { recollect } = parts
  const claims = { devices, gateways, elsewhere, reservations, recollect, clock, awaitedUntil }
  const { claim } = createTopologyClaims(claims)

  async function take(gateway: GatewayRecord, topology: Topology): Promise<Learned> {
    const { own, refused } = await claim(gateway, topology)
    // The connection may have ended while the store was asked: nobody is brought online by an old message.
    if (gateways.get(gateway.serial) !== gateway || gateway.connections.size === 0 || gateway.ending)
      return { refused, inUse: [] }
    gateway.lastSeenAt = clock.now()
    if (topology.model !== null) roster.setModel(gateway, topology.model)
    roster.goOnline(gateway)
    const before = [...gateway.links.keys()]
    for (const serial of before) {
      if (!own.some((device) => device.serial === serial)) holders.unlink(gateway, serial, 'unlinked')
    }
    for (const device of own) holders.link(gateway, device)
    const named = new Set(own.map(({ serial }) => serial))
    if (before.length !== named.size || before.some((serial) => !named.has(serial))) onLinks(gateway.serial)
    return { refused, inUse: [...named].filter((serial) => gateway.silent.has(serial)) }
  }

  function drop(gateway: GatewayRecord, reason: GatewayOfflineReason): void {
    roster.goOffline(gateway, reason)
    roster.remove(gateway)
  }

  function reviewOne(aircraft: string): void {
    const one = holders.get(aircraft)
    if (one !== undefined) holders.review(one)
  }

  /** The record of this gateway in this workspace; one of another workspace ends. */
  function recordOf(serial: string, workspaceId: string): GatewayRecord {
    const known = gateways.get(serial)
    if (known?.workspaceId === workspaceId) return known
    if (known !== undefined) drop(known, 'forced')
    return roster.add(serial, workspaceId)
  }

  return {
    connected(serial, connection) {
      const { principal } = connection
      const gateway = recordOf(serial, principal.workspaceId)
      gateway.cancelGrace?.()
      gateway.cancelGrace = null
      gateway.ending = false
      const isNewUser = gateway.userId !== principal.userId
      gateway.sessionId = principal.sessionId
      gateway.userId = principal.userId
      gateway.lastSeenAt = clock.now()
      const replaced = [...gateway.connections.values()].filter((one) => isOtherUser(one, principal))
      gateway.connections.set(connection.id, connection)
      roster.reserve(gateway)
      if (isNewUser) for (const one of gateway.links.values()) holders.review(one)
      for (const one of replaced) parts.onReplaced?.(one)
    },

    disconnected(serial, connection, isDone = false) {
      const gateway = gateways.get(serial)
      if (gateway === undefined || !gateway.connections.has(connection.id)) return
      if (gateway.connections.size === 1 && !isDone && !gateway.ending) roster.reserve(gateway)
      gateway.connections.delete(connection.id)
      if (gateway.connections.size > 0) return
      if (isDone) roster.release(gateway)
      if (graceMs > 0 && !gateway.ending) {
        gateway.cancelGrace = schedule(() => roster.goOffline(gateway, 'connection_lost'), graceMs)
      } else {
        roster.goOffline(gateway, 'connection_lost')
      }
    },

    recall(serial, workspaceId, { model, nickname, userId, aircraft }) {
      if (gateways.has(serial)) return
      const gateway = roster.add(serial, workspaceId)
      gateway.model = model
      gateway.nickname = nickname
      gateway.userId = userId ?? ''
      gateway.awaitedUntil = awaitedUntil
      for (const one of aircraft) if (!gateways.has(one.serial)) holders.recall(gateway, one)
    },

    resume(view) {
      if (gateways.has(view.serial)) return
      const gateway = roster.add(view.serial, view.workspaceId)
      const { model, nickname, userId, online, onlineSince } = view
      // Its silence counts from now on: while the platform was away nobody could report.
      Object.assign(gateway, {
        model,
        nickname,
        userId,
        online,
        onlineSince,
        returning: online,
        awaitedUntil,
      })
      for (const one of view.aircraft) holders.resume(gateway, one)
      for (const { serial } of view.linked)
        holders.recall(gateway, { serial, model: UNKNOWN_MODEL, nickname: null, holds: false })
    },

    endReturn() {
      for (const gateway of gateways.values()) {
        // Those that are connected have told something, or are silent: `sweep` looks after them.
        if (gateway.connections.size > 0 || gateway.cancelGrace !== null) continue
        const isMissing = gateway.returning || [...gateway.links.values()].some((one) => one.returning)
        if (isMissing) roster.goOffline(gateway, 'connection_lost')
      }
    },

    learn(serial, topology) {
      const gateway = gateways.get(serial)
      if (gateway === undefined) return Promise.resolve({ refused: [], inUse: [] })
      const learned = gateway.queue.then(() => take(gateway, topology))
      gateway.queue = learned.catch(() => undefined)
      return learned
    },

    seen(serial, who, isOsd = false) {
      const gateway = gateways.get(serial)
      if (gateway === undefined || gateway.connections.size === 0 || gateway.ending) return false
      const now = clock.now()
      gateway.lastSeenAt = now
      if ((!gateway.online || gateway.returning) && (gateway.model !== null || isOsd))
        roster.goOnline(gateway)
      return who === serial ? gateway.online : holders.reported(gateway, who)
    },

    isOpen(serial) {
      const gateway = gateways.get(serial)
      return gateway !== undefined && gateway.connections.size > 0 && !gateway.ending
    },

    sweep() {
      const now = clock.now()
      const isSilent = (at: number): boolean => silenceMs > 0 && now - at > silenceMs
      for (const gateway of [...gateways.values()]) {
        if (gateway.connections.size > 0 && !gateway.ending) roster.reserve(gateway)
        if (isSilent(gateway.lastSeenAt)) roster.goOffline(gateway, 'silence')
        for (const one of gateway.links.values())
          if (one.holder === gateway && isSilent(one.lastSeenAt)) holders.offline(one, 'silence')
        if (!gateway.online && gateway.connections.size === 0 && now - gateway.lastSeenAt > FORGET_AFTER_MS)
          roster.remove(gateway)
      }
      reservations.sweep()
      holders.reviewAll()
    },

    takeOffline(target, reason) {
      const ended: string[] = []
      for (const gateway of gateways.values()) {
        if (target !== 'all' && !hangsOn(gateway, target)) continue
        gateway.ending = true
        roster.goOffline(gateway, reason)
        ended.push(gateway.serial)
      }
      // Also what only waits for it, here for another node's or after a lost connection.
      if (target !== 'all' && 'sessionId' in target) {
        // Every node hears of the end of a session by itself.
        for (const serial of reservations.freeSession(target.sessionId)) reviewOne(serial)
      }
      return ended
    },

    forget(serial, workspaceId) {
      const gateway = gateways.get(serial)
      if (gateway?.workspaceId === workspaceId) drop(gateway, 'forced')
      reservations.free(serial, workspaceId)
      holders.erase(serial, workspaceId, 'unlinked')
    },

    handOver(serial) {
      const gateway = gateways.get(serial)
      if (gateway !== undefined) roster.giveUp(gateway)
      // A gateway of another node, and taken for an aircraft here.
      else if (elsewhere.isGateway(serial)) holders.wipe(serial)
      else holders.giveUp(serial)
    },

    takeUp(serial, view) {
      const gateway = gateways.get(serial)
      return gateway !== undefined && holders.takeUp(gateway, view)
    },

    rename(serial, nickname) {
      const one = gateways.get(serial) ?? holders.get(serial)
      if (one === undefined || one.nickname === nickname) return false
      one.nickname = nickname
      return true
    },

    review(aircraft) {
      for (const serial of aircraft) reviewOne(serial)
    },
    ...registryQueries({ gateways, holders, clock }),
  }
}
