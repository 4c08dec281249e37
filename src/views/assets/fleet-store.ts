import type { Fleet } from '../../core/pages/fleet.ts'
import { type FleetPush, hasMissed, withPushes } from '../../core/pages/fleet-news.ts'

/** What the page knows of the fleet: the last answer of the server, and what came by the WebSocket since then. */
export interface FleetStore {
  push(push: FleetPush): void
  /** Call it when the server is asked: pushes that come from then on are newer than the answer. */
  asking(): void
  /** @returns whether the answer knows reports that should have come by the WebSocket before */
  take(answer: Fleet): boolean
  /** Null: the server has not answered yet. */
  fleet(): Fleet | null
  /** A push has told of a change that only the whole fleet shows. */
  wantsAnswer(): boolean
  /** The server's clock now, ms since the epoch. */
  serverNow(): number
}

export function createFleetStore(): FleetStore {
  let known: Fleet | null = null
  let takenAt = 0
  let wanted = false
  /** Pushes that `known` does not have yet. */
  let waiting: FleetPush[] = []
  /** Pushes since the server was asked; null: it has answered. */
  let meanwhile: FleetPush[] | null = null

  function settle(): void {
    if (known === null || waiting.length === 0) return
    const { fleet, ask } = withPushes(known, waiting)
    known = fleet
    wanted = wanted || ask
    waiting = []
  }

  return {
    push(push) {
      if (known !== null) waiting.push(push)
      if (meanwhile !== null) meanwhile.push(push)
    },
    asking() {
      settle()
      wanted = false
      meanwhile = []
    },
    take(answer) {
      settle()
      const missed = known !== null && hasMissed(known, answer)
      known = answer
      takenAt = Date.now()
      waiting = meanwhile || []
      meanwhile = null
      settle()
      return missed
    },
    fleet() {
      settle()
      return known
    },
    wantsAnswer: () => wanted,
    serverNow: () => (known === null ? Date.now() : known.now + Date.now() - takenAt),
  }
}
