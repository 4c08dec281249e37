import type { EndReason, Session } from '../ports/sessions.ts'
import type { TokenReading } from './tokens.ts'

/** The token situations of the access flow: none, valid, and the ways in which a token is no longer good. */
export type TokenStatus =
  | { readonly kind: 'none' }
  /** `superseded`: replaced by a refresh a moment ago. Requests that are still on their way with it are accepted. */
  | { readonly kind: 'valid'; readonly session: Session; readonly superseded: boolean }
  | { readonly kind: 'refreshable'; readonly session: Session }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'spent'; readonly session: Session }
  | { readonly kind: 'ended'; readonly reason: EndReason | 'unknown' }

export interface SituationRules {
  /** ms for which an expired token can still be refreshed */
  readonly refreshWindowMs: number
  /** ms for which a spent token is still honoured */
  readonly refreshGraceMs: number
}

/**
 * The state of a token: a pure function of its claims, its session and the time (ms).
 * @param session the session in the store; null if there is none
 */
export function situationOf(
  reading: TokenReading,
  session: Session | null,
  now: number,
  rules: SituationRules,
): TokenStatus {
  if (reading.kind === 'missing') return { kind: 'none' }
  if (reading.kind === 'invalid') return { kind: 'invalid' }
  const { claims } = reading
  if (session === null) return { kind: 'ended', reason: 'unknown' }
  if (claims.sid !== session.id || claims.sub !== session.userId || claims.wid !== session.workspaceId)
    return { kind: 'invalid' }
  const ended = session.endedAt !== null
  // A session that ends by its age is ended in the store a moment early.
  if (ended && session.endReason !== 'expired')
    return { kind: 'ended', reason: session.endReason ?? 'unknown' }
  if (ended || now >= session.expiresAt) return { kind: 'expired' }

  const current = claims.jti === session.tokenId
  const withinGrace =
    claims.jti === session.spentTokenId &&
    session.spentAt !== null &&
    now < session.spentAt + rules.refreshGraceMs
  if (!current && !withinGrace) return { kind: 'spent', session }

  const expiresAt = claims.exp * 1000
  if (now < expiresAt) return { kind: 'valid', session, superseded: !current }
  return now < expiresAt + rules.refreshWindowMs ? { kind: 'refreshable', session } : { kind: 'expired' }
}
