/**
 * The one rule of time for a code. The server and the page on the controller both use it, so that the page does not give up while
 * an approval still counts. It runs in Chromium 70.
 */

/** How long after its end an approval that came in time can be picked up; and how long the same page can ask again for a token that it lost. */
export const PICK_UP_MS = 30_000
/** A decision that was made in the last moment may still be on its way into the store. */
export const IN_FLIGHT_MS = 5_000

/**
 * `open`: a phone may decide. `settling`: none may any more, and a decision may still arrive. `closing`: one that came in time is
 * picked up. `over`: nothing comes any more.
 */
export type Phase = 'open' | 'settling' | 'closing' | 'over'

/** @param expiresAt the end of the code, by the same clock as `now` */
export function phaseOf(now: number, expiresAt: number): Phase {
  if (now < expiresAt) return 'open'
  if (now < expiresAt + IN_FLIGHT_MS) return 'settling'
  return now < expiresAt + PICK_UP_MS ? 'closing' : 'over'
}
