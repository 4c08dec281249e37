import { phaseOf } from './lifetime.ts'
import type { AccessRequest, Claim, Decision, Pace } from './records.ts'

/**
 * How a request stands for one user's phone. `open`: the user may decide. `approved`, `denied`: this user did already. `used`:
 * somebody else decided. `opened_elsewhere`: somebody else has it open. `expired`: its time is over.
 */
export type Standing = 'open' | 'approved' | 'denied' | 'used' | 'opened_elsewhere' | 'expired'

/** A denial after the own approval counts: a user who pressed both wants nobody to be logged in. */
export const finalOf = (decision: Decision | null, withdrawal: Decision | null): Decision | null =>
  withdrawal !== null && withdrawal.user.id === decision?.user.id ? withdrawal : decision

export function standingFor(
  userId: string,
  { expiresAt }: Pick<AccessRequest, 'expiresAt'>,
  claim: Claim | null,
  decision: Pick<Decision, 'kind' | 'user'> | null,
  now: number,
): Standing {
  if (decision !== null) return decision.user.id === userId ? decision.kind : 'used'
  if (phaseOf(now, expiresAt) !== 'open') return 'expired'
  return claim !== null && claim.userId !== userId ? 'opened_elsewhere' : 'open'
}

/** What the controller is told, by the names of RFC 8628, section 3.5. `approved`: it picks the token up now. */
export type PollStatus = 'approved' | 'access_denied' | 'expired_token' | 'authorization_pending'

export function pollStatus(
  expiresAt: number,
  decision: Pick<Decision, 'kind'> | null,
  now: number,
): PollStatus {
  const phase = phaseOf(now, expiresAt)
  if (phase === 'over') return 'expired_token'
  if (decision !== null) return decision.kind === 'approved' ? 'approved' : 'access_denied'
  return phase === 'closing' ? 'expired_token' : 'authorization_pending'
}

/** How often the page asks. */
export const INTERVAL_MS = 2_000
/** RFC 8628: who asks too often has to wait 5 s longer from now on. */
const SLOWER_MS = 5_000
/** A page that asks every two seconds arrives now and then a little early. */
const TOLERANCE_MS = 500

/** @returns the pace from now on, and whether this question came too early */
export function paced(before: Pace | null, now: number): { readonly pace: Pace; readonly tooFast: boolean } {
  if (before === null) return { pace: { at: now, intervalMs: INTERVAL_MS }, tooFast: false }
  const tooFast = now - before.at < before.intervalMs - TOLERANCE_MS
  return { pace: { at: now, intervalMs: before.intervalMs + (tooFast ? SLOWER_MS : 0) }, tooFast }
}
