/** What the page knows about its own connections. Times are ms since the epoch, by the clock of the browser. */
export interface LiveFacts {
  readonly now: number
  readonly socket: 'open' | 'opening' | 'closed'
  /** The time since which the WebSocket is not open. */
  readonly closedSince: number
  /** The time since which the server does not answer; null: it answered last time, or was not asked yet. */
  readonly failingSince: number | null
}

/** `lost`: the page asks the server every few seconds, so its values come late. `away`: it gets no values. */
export type LiveState =
  | { readonly kind: 'live' | 'connecting' }
  | { readonly kind: 'lost' | 'away'; readonly since: number }

/** The page shows nothing about a lost connection that comes back within this time. */
const PATIENCE_MS = 4_000

export function liveOf({ now, socket, closedSince, failingSince }: LiveFacts): LiveState {
  if (failingSince !== null) return { kind: 'away', since: failingSince }
  if (socket === 'open') return { kind: 'live' }
  return now - closedSince < PATIENCE_MS ? { kind: 'connecting' } : { kind: 'lost', since: closedSince }
}

const FIRST_MS = 1_000
const LONGEST_MS = 30_000

/**
 * Milliseconds until the next try to open the WebSocket.
 * @param failed how many tries have failed in a row
 * @param random 0 to 1, so that not all pages connect at the same moment after a restart of the server
 */
export const pauseAfter = (failed: number, random: number): number =>
  Math.round(Math.min(FIRST_MS * 2 ** Math.min(failed, 10), LONGEST_MS) * (0.5 + random / 2))

const LIVE_MS = 15_000
const BLIND_MS = 5_000

/**
 * How often to ask for the whole fleet. The page also asks while it is live, because not every value comes by the
 * WebSocket.
 */
export const askEvery = (live: LiveState): number => (live.kind === 'live' ? LIVE_MS : BLIND_MS)
