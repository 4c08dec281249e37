import type { GatewayOfflineReason } from '../events.ts'
import { createFleetSignals } from '../fleet-signals.ts'
import { isSilence } from '../health/lateness.ts'
import type { BrokerConnection, KickTarget, Principal } from '../ports/broker.ts'
import { scheduleTimeout } from '../ports/clock.ts'
import { createHandovers } from './handovers.ts'
import { createHolders } from './holders.ts'
import { createStandings, NOWHERE } from './holding.ts'
import { createRecollection } from './recollection.ts'
import { type GatewayRecord, NO_AIRCRAFT, viewOf } from './records.ts'
import type { Registry, RegistryParts } from './registry-contract.ts'
import { createReservations, holdOf } from './reservations.ts'
import { createRoster } from './roster.ts'
import { createTopologies } from './topologies.ts'

export type { Learned, Registry, RegistryParts } from './registry-contract.ts'

const FORGET_AFTER_MS = 24 * 3_600_000

export function createRegistry(parts: RegistryParts): Registry {
  const { devices, emit, clock, graceMs = 0, silenceMs = 0, schedule = scheduleTimeout } = parts
  const { missedSince = () => 0 } = parts
  const { elsewhere = NOWHERE, signals = createFleetSignals() } = parts
  const { reservations = createReservations({ clock, silenceMs, signals }) } = parts
  /**
   * Until this time gateways that were online before a restart count as online, so that no other gateway gets their
   * aircraft.
   */
  const awaitedUntil = clock.now() + holdOf(silenceMs)
  const common = { devices, emit, signals, clock, elsewhere, reservations, awaitedUntil }
  const standings = createStandings({ ...common, silenceMs })
  const handovers = createHandovers({ ...common, standings })
  const holders = createHolders({ ...common, standings, handovers })
  const roster = createRoster({ ...common, holders, handovers, standings })
  const recollection = createRecollection({ ...common, roster, holders })
  const learn = createTopologies({ ...common, roster, holders, recall: recollection.recall })
  const { gateways } = roster

  function drop(gateway: GatewayRecord, reason: GatewayOfflineReason): void {
    roster.goOffline(gateway, reason)
    roster.remove(gateway)
  }

  /** Offline after the grace. Time in which this process could not take connections does not count. */
  function waitForReturn(gateway: GatewayRecord, lostAt: number, ms: number, forgiven = 0): void {
    gateway.cancelGrace = schedule(() => {
      const missed = Math.min(missedSince(lostAt), graceMs)
      if (missed > forgiven) waitForReturn(gateway, lostAt, missed - forgiven, missed)
      else roster.goOffline(gateway, 'connection_lost')
    }, ms)
  }

  function reviewOne(aircraft: string): void {
    const one = holders.get(aircraft)
    if (one !== undefined) standings.review(one)
  }

  /** The record of this gateway in this workspace. A record of another workspace is dropped. */
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
      if (isNewUser) for (const one of gateway.links.values()) standings.review(one)
      for (const one of replaced) signals.emit('replaced', one)
    },

    disconnected(serial, connection, isDone = false) {
      const gateway = gateways.get(serial)
      if (gateway === undefined || !gateway.connections.has(connection.id)) return
      if (gateway.connections.size === 1 && !isDone && !gateway.ending) roster.reserve(gateway)
      gateway.connections.delete(connection.id)
      if (gateway.connections.size > 0) return
      if (isDone) roster.release(gateway)
      if (graceMs > 0 && !gateway.ending) {
        waitForReturn(gateway, clock.now(), graceMs)
      } else {
        roster.goOffline(gateway, 'connection_lost')
      }
    },

    ...recollection,

    learn(serial, topology) {
      const gateway = gateways.get(serial)
      if (gateway === undefined) return Promise.resolve({ refused: [], inUse: [] })
      const learned = gateway.queue.then(() => learn(gateway, topology))
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
      const isSilent = (at: number): boolean =>
        silenceMs > 0 && isSilence(now - at, silenceMs, () => missedSince(at))
      for (const gateway of [...gateways.values()]) {
        if (gateway.connections.size > 0 && !gateway.ending) roster.reserve(gateway)
        if (isSilent(gateway.lastSeenAt)) roster.goOffline(gateway, 'silence')
        for (const one of gateway.links.values())
          if (one.holder === gateway && isSilent(one.lastSeenAt)) handovers.offline(one, 'silence')
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
      // Devices may also be kept for this session after a lost connection, or for a gateway of another node. They
      // become free too. Other nodes need no message about this, because each of them gets the end of the session.
      if (target !== 'all' && 'sessionId' in target)
        for (const serial of reservations.freeSession(target.sessionId)) reviewOne(serial)
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
      // The device is a gateway of another node. Until now this node took it for an aircraft.
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

    isNamed: (serial) => [...(holders.get(serial)?.links.keys() ?? [])].some(({ online }) => online),
    access: (serial) => gateways.get(serial)?.access ?? NO_AIRCRAFT,
    silent: (serial) => gateways.get(serial)?.silent ?? NO_AIRCRAFT,
    gatewayOf: (aircraft) => holders.get(aircraft)?.holder?.serial ?? null,
    linkedTo: (aircraft) => [...(holders.get(aircraft)?.links.keys() ?? [])].map(({ serial }) => serial),
    get(serial) {
      const gateway = gateways.get(serial)
      return gateway === undefined ? null : viewOf(gateway, clock.now())
    },
    list: (workspaceId) =>
      [...gateways.values()]
        .filter((one) => workspaceId === undefined || one.workspaceId === workspaceId)
        .map((one) => viewOf(one, clock.now())),
    countOnline() {
      let count = 0
      for (const { online } of gateways.values()) if (online) count += 1
      return count
    },
    sessionsOf(serial) {
      const gateway = gateways.get(serial)
      const ids = new Set([gateway?.sessionId ?? ''])
      for (const { principal } of gateway?.connections.values() ?? []) ids.add(principal.sessionId)
      // Empty: an external broker did not say who is connected, and no login on this gateway is known.
      ids.delete('')
      return ids
    },
    sessionIds() {
      const ids = new Set<string>()
      for (const { connections } of gateways.values())
        for (const { principal } of connections.values())
          if (principal.kind === 'gateway' && principal.sessionId !== '') ids.add(principal.sessionId)
      return ids
    },
  }
}

/** Another pilot has logged in on the same gateway. */
const isOtherUser = ({ principal }: BrokerConnection, { userId }: Principal): boolean =>
  principal.userId !== '' && userId !== '' && principal.userId !== userId

/**
 * Whether the target covers all connections of the gateway. If a connection of another session is left, the gateway
 * stays online.
 */
function hangsOn(gateway: GatewayRecord, target: KickTarget): boolean {
  if ('gateway' in target) return gateway.serial === target.gateway
  const connections = [...gateway.connections.values()]
  if (connections.length === 0) return 'sessionId' in target && gateway.sessionId === target.sessionId
  return connections.every(({ principal }) =>
    'sessionId' in target
      ? principal.sessionId === target.sessionId
      : principal.credentialId === target.credentialId,
  )
}
