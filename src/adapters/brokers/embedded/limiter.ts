import { networkOf } from '../../../core/access/network.ts'
import type { BrokerLimits } from './options.ts'
import { createWaitingRoom, type Waiting } from './waiting-room.ts'

/** One connection's place, from its first moment to its end. */
export interface Ticket {
  /** It has sent something. Those that have not make way first. */
  spoke(): void
  /** A balancer has said for whom it speaks. */
  move(address: string): void
  /**
   * It was found to be a controller: it gives its place among the strangers back and takes one of the controllers'.
   * @param replaces it takes over from a connection that is about to be closed
   * @returns false when there is none: it stays a stranger
   */
  admit(replaces: boolean): boolean
  /** It is gone. Can be called again. */
  leave(): void
}

export interface Limiter {
  /** @param drop closes it: its place is needed. @returns null when strangers may not wait at all */
  enter(address: string, drop: () => void): Ticket | null
}

type Limits = Pick<BrokerLimits, 'connections' | 'connectionsPerAddress' | 'unauthenticated'>

/**
 * Who may be connected. Strangers wait in a room of their own (`waiting-room.ts`) and use up nothing of the room of
 * controllers, so that a flood of connections that never say who they are keeps no controller out.
 */
export function createLimiter(limits: Limits): Limiter {
  const room = createWaitingRoom(limits.unauthenticated)
  /** Controllers by network. */
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
