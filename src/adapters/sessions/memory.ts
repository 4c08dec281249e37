import { thisProcessAlone } from '../../core/options/processes.ts'
import type { SessionFilter, SessionStore, StoredSession } from '../../core/ports/index.ts'
import { createGroups } from '../shared/groups.ts'
import { isLive, matches, outcomeOfLoser } from './outcome.ts'

/** Sessions of one process, for development and tests. A restart logs everybody out. */
export function memorySessions(): SessionStore {
  const sessions = new Map<string, StoredSession>()
  const bindings = new Map<string, Map<string, string>>()
  /** Ids by user: the limit on the sessions of a user asks for them at a login. */
  const byUser = createGroups<string>()
  let creations = 0

  function candidates({ id, userId }: SessionFilter): Iterable<string> {
    if (id !== undefined) return [id]
    return userId === undefined ? sessions.keys() : byUser.of(userId)
  }

  /** Removes sessions that nobody can use any more. Runs now and then, so that the memory does not grow. */
  function sweep(now: number): void {
    for (const [id, session] of sessions) {
      if (session.expiresAt > now) continue
      sessions.delete(id)
      bindings.delete(id)
      byUser.remove(session.userId, id)
    }
  }

  return thisProcessAlone<SessionStore>({
    async create(session) {
      creations += 1
      if (creations % 256 === 0) sweep(session.createdAt)
      sessions.set(session.id, session)
      byUser.add(session.userId, session.id)
    },
    async get(id) {
      return sessions.get(id) ?? null
    },
    async rotate(id, tokenId, next, now, graceMs) {
      const session = sessions.get(id) ?? null
      if (session === null || !isLive(session, now) || session.tokenId !== tokenId)
        return outcomeOfLoser(session, tokenId, now, graceMs)
      const rotated: StoredSession = {
        ...session,
        tokenId: next.tokenId,
        tokenIssuedAt: next.issuedAt,
        tokenExpiresAt: next.expiresAt,
        spentTokenId: tokenId,
        spentAt: now,
      }
      sessions.set(id, rotated)
      return { outcome: 'rotated', session: rotated }
    },
    async end(id, reason, now) {
      const session = sessions.get(id)
      if (session === undefined || session.endedAt !== null) return false
      sessions.set(id, { ...session, endedAt: now, endReason: reason })
      return true
    },
    async list(filter, now) {
      return [...candidates(filter)]
        .flatMap((id) => sessions.get(id) ?? [])
        .filter((session) => isLive(session, now) && matches(session, filter))
    },
    async bindGateway(sessionId, credentialId, gateway) {
      let bound = bindings.get(sessionId)
      if (bound === undefined) {
        bound = new Map()
        bindings.set(sessionId, bound)
      }
      const standing = bound.get(credentialId)
      if (standing !== undefined) return standing
      bound.set(credentialId, gateway)
      return gateway
    },
  })
}
