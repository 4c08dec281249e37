import type { Clock } from '../../plugin.ts'
import { PICK_UP_MS } from './lifetime.ts'
import type { Decision, Opening, Shelves } from './records.ts'

/** A login service that is slow may take this long to say who the user is. */
const OPENING_MS = 15_000

/** What opens, checks and ends sessions for a controller's page. */
export interface Doors {
  /** Null: the user may not be logged in any more. Rejects if it cannot be told now. */
  open(approval: Decision): Promise<Opening | null>
  /** Whether the token of this session is still good. */
  isOpen(opening: Opening): Promise<boolean>
  close(opening: Opening): Promise<void>
}

/** `waits`: another poll is opening the session. Null: there is nothing to pick up any more. */
export type PickedUp =
  | { readonly status: 'opened'; readonly opening: Opening; readonly isFirst: boolean }
  | { readonly status: 'refused' | 'waits' }
  | null

export interface PickUpParts {
  readonly shelves: Shelves
  readonly clock: Clock
  readonly keptMs: number
}

/**
 * Hands over the session of an approval. There is one session for each approval. If its token was lost on the way, the page that has both
 * secrets of the request can ask again for a while, and gets the same one.
 */
export function createPickUp({ shelves, clock, keptMs }: PickUpParts) {
  const { turns, openings, withdrawals } = shelves

  async function again(id: string, doors: Doors): Promise<PickedUp> {
    const [turn, opening] = await Promise.all([turns.get(id), openings.get(id)])
    const now = clock.now()
    if (opening === null) return turn !== null && now < turn.at + OPENING_MS ? { status: 'waits' } : null
    const isGood = now < opening.at + PICK_UP_MS && (await doors.isOpen(opening))
    return isGood ? { status: 'opened', opening, isFirst: false } : null
  }

  /**
   * Who withdraws an approval writes that first and looks for the session then. So here it is the other way round, and one of both sees the other.
   * @returns whether the session may stay
   */
  async function keep(id: string, opening: Opening): Promise<boolean> {
    await openings.put(id, opening, keptMs)
    return (await withdrawals.get(id)) === null
  }

  return {
    again,

    async first(id: string, approval: Decision, doors: Doors): Promise<PickedUp> {
      if (!(await turns.putNew(id, { at: clock.now() }, keptMs))) return again(id, doors)
      let opening: Opening | null = null
      try {
        opening = await doors.open(approval)
        if (opening !== null && (await keep(id, opening))) return { status: 'opened', opening, isFirst: true }
      } catch (error) {
        // Nobody could withdraw it, and the controller gets nothing of it: it must not stay.
        await leave(id, opening, doors).catch(() => undefined)
        throw error
      }
      await leave(id, opening, doors)
      return { status: 'refused' }
    },
  }

  /** The next poll may try again. If the store is down for this too, a new code is needed. */
  async function leave(id: string, opening: Opening | null, doors: Doors): Promise<void> {
    if (opening !== null) await doors.close(opening)
    await openings.take(id)
    await turns.take(id)
  }
}
