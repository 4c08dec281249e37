import type { RotationResult, Session, SessionFilter, StoredSession } from '../../core/ports/index.ts'

/** Not ended, and not expired. */
export const isLive = (session: Session, now: number): boolean =>
  session.endedAt === null && session.expiresAt > now

export const matches = (session: Session, filter: SessionFilter): boolean =>
  (filter.id === undefined || session.id === filter.id) &&
  (filter.userId === undefined || session.userId === filter.userId) &&
  (filter.workspaceId === undefined || session.workspaceId === filter.workspaceId)

/** The result for a caller that was not first. @param session its state after the attempt */
export function outcomeOfLoser(
  session: StoredSession | null,
  tokenId: string,
  now: number,
  graceMs: number,
): RotationResult {
  if (session === null || !isLive(session, now)) return { outcome: 'ended', session }
  const inGrace =
    session.spentTokenId === tokenId && session.spentAt !== null && now < session.spentAt + graceMs
  return { outcome: inGrace ? 'grace' : 'reused', session }
}
