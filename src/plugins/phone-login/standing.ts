import { type AccessRequest, type Claim, type Decision, deciderOf, type Pace } from './records.ts'

/**
 * How a request stands for one user's phone. `open`: the user may decide. `approved`, `denied`: this user did already. `used`:
 * somebody else decided. `opened_elsewhere`: somebody else has it open. `expired`: its time is over.
 */
export type Standing = 'open' | 'approved' | 'denied' | 'used' | 'opened_elsewhere' | 'expired'

export function standingFor(
  userId: string,
  { expiresAt }: Pick<AccessRequest, 'expiresAt'>,
  claim: Claim | null,
  decision: Decision | null,
  now: number,
): Standing {
  if (decision !== null) return deciderOf(decision) === userId ? decision.kind : 'used'
  if (now >= expiresAt) return 'expired'
  return claim !== null && claim.userId !== userId ? 'opened_elsewhere' : 'open'
}

/** How long the controller may still pick up an approval that came in the last moment. */
export const PICK_UP_MS = 30_000

export type Approval = Extract<Decision, { kind: 'approved' }>

/** What the controller is told, by the names of RFC 8628, section 3.5. */
export type PollResult =
  | { readonly status: 'approved'; readonly by: Approval }
  | { readonly status: 'access_denied' | 'expired_token' | 'authorization_pending' }

export function pollResult(expiresAt: number, decision: Decision | null, now: number): PollResult {
  if (decision !== null && now < expiresAt + PICK_UP_MS)
    return decision.kind === 'approved' ? { status: 'approved', by: decision } : { status: 'access_denied' }
  return { status: now < expiresAt ? 'authorization_pending' : 'expired_token' }
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
