import { networkOf } from '../../../core/access/network.ts'
import { LruMap } from '../../../core/lru-map.ts'
import type { BrokerLimits } from './options.ts'

/** The place of one connection, from accept to close. */
export interface Ticket {
  /** Call it when the connection has sent something. Connections that have sent nothing are closed first. */
  spoke(): void
  /** A balancer has named the address of the client. */
  move(address: string): void
  /**
   * Call it when the client is accepted. The connection leaves the waiting room and takes a place among the
   * connections.
   * @param replaces it takes the place of a connection that is about to be closed
   * @returns false: there is no place, and the connection stays in the waiting room
   */
  admit(replaces: boolean): boolean
  /** Call it when the connection is closed. Can be called again. */
  leave(): void
}

export interface Limiter {
  /** @param drop closes the connection, because another one needs its place @returns null: there is no place */
  enter(address: string, drop: () => void): Ticket | null
}

type Limits = Pick<BrokerLimits, 'connections' | 'connectionsPerAddress' | 'unauthenticated'>

/**
 * Limits the number of connections. Connections whose client is not accepted yet are in a waiting room, and take no
 * places of controllers. So a flood of connections that never send CONNECT does not lock controllers out.
 */
export function createLimiter(limits: Limits): Limiter {
  const room = createWaitingRoom(limits.unauthenticated)
  /** Connections whose client was accepted, by network. */
  const inside = new Map<string, number>()
  let all = 0

  return {
    enter(address, drop) {
      let network = networkOf(address)
      let waiting: Waiting | null = room.enter(network, drop)
      if (waiting === null) return null
      let admitted = false
      return {
        spoke: () => waiting?.spoke(),
        move(to) {
          network = networkOf(to)
          waiting?.move(network)
        },
        admit(replaces) {
          if (waiting === null || waiting.dropped()) return false
          const here = inside.get(network) ?? 0
          const full = all >= limits.connections || here >= limits.connectionsPerAddress
          if (full && !replaces) return false
          waiting.leave()
          waiting = null
          admitted = true
          all += 1
          inside.set(network, here + 1)
          room.welcome(network)
          return true
        },
        leave() {
          waiting?.leave()
          waiting = null
          if (!admitted) return
          admitted = false
          all -= 1
          const here = (inside.get(network) ?? 1) - 1
          if (here === 0) inside.delete(network)
          else inside.set(network, here)
        },
      }
    },
  }
}

/** A connection in the waiting room. */
export interface Waiting {
  spoke(): void
  move(network: string): void
  /** Another connection got its place. */
  dropped(): boolean
  /** Removes the connection from the waiting room. Can be called again. */
  leave(): void
}

export interface WaitingRoom {
  /**
   * A new connection always gets a place: if the room is full, another connection is closed. Null: the room has no
   * places at all.
   */
  enter(network: string, drop: () => void): Waiting | null
  /**
   * A client of this network was accepted. From now on connections of unknown networks are closed before those of this
   * network.
   */
  welcome(network: string): void
}

/** How many networks are remembered; they take about 1 MiB. */
const MOST_KNOWN = 10_000
/** When known networks hold more than this share of the room, they are treated like all others. */
const KNOWN_SHARE = 0.25

interface Group {
  readonly silent: Set<Entry>
  readonly talking: Set<Entry>
}

interface Entry {
  network: string
  silent: boolean
  gone: boolean
  dropped: boolean
  readonly drop: () => void
}

const sizeOf = ({ silent, talking }: Group): number => silent.size + talking.size

/**
 * The connections whose client is not accepted yet, by network. If the room is full, the network with most connections
 * loses the one that has been silent longest, and the new connection takes its place. So an address that opens many
 * connections only closes its own. Networks from which clients were accepted keep their places as long as other
 * connections can be closed.
 * @param size number of places
 */
export function createWaitingRoom(size: number): WaitingRoom {
  const groups = new Map<string, Group>()
  const known = new LruMap<string, true>(MOST_KNOWN, (network) => countKnown(network, -1))
  let held = 0
  let heldByKnown = 0

  function put(entry: Entry): void {
    const group = groups.get(entry.network) ?? { silent: new Set(), talking: new Set() }
    groups.set(entry.network, group)
    group[entry.silent ? 'silent' : 'talking'].add(entry)
    held += 1
    if (known.has(entry.network)) heldByKnown += 1
  }

  function take(entry: Entry): void {
    const group = groups.get(entry.network)
    if (group === undefined || !(group.silent.delete(entry) || group.talking.delete(entry))) return
    if (sizeOf(group) === 0) groups.delete(entry.network)
    held -= 1
    if (known.has(entry.network)) heldByKnown -= 1
  }

  function largest(fits: (network: string) => boolean): Group | null {
    let found: Group | null = null
    for (const [network, group] of groups) {
      if (fits(network) && (found === null || sizeOf(group) > sizeOf(found))) found = group
    }
    return found
  }

  function makeWay(): void {
    const strangers = heldByKnown <= size * KNOWN_SHARE ? largest((network) => !known.has(network)) : null
    const group = strangers ?? largest(() => true)
    const entry = group?.silent.values().next().value ?? group?.talking.values().next().value
    if (entry === undefined) return
    entry.gone = true
    entry.dropped = true
    take(entry)
    entry.drop()
  }

  /** A network has become known (1), or is forgotten (-1). */
  function countKnown(network: string, sign: 1 | -1): void {
    const group = groups.get(network)
    if (group !== undefined) heldByKnown += sign * sizeOf(group)
  }

  return {
    enter(network, drop) {
      if (size < 1) return null
      if (held >= size) makeWay()
      const entry: Entry = { network, silent: true, gone: false, dropped: false, drop }
      put(entry)
      return {
        spoke() {
          if (entry.gone || !entry.silent) return
          take(entry)
          entry.silent = false
          put(entry)
        },
        move(to) {
          if (entry.gone) return
          take(entry)
          entry.network = to
          put(entry)
        },
        dropped: () => entry.dropped,
        leave() {
          if (entry.gone) return
          entry.gone = true
          take(entry)
        },
      }
    },
    welcome(network) {
      if (!known.has(network)) countKnown(network, 1)
      known.set(network, true)
    },
  }
}
