import { randomUUID } from 'node:crypto'
import type { NextToken, Session, SessionStore, StoredSession } from '../../core/ports/index.ts'

/** A case. `a` and `b` are two nodes with the same data, or the same store twice. */
export type SessionCase = (a: SessionStore, b: SessionStore) => Promise<void>

export const MINUTE = 60_000
export const DAY = 1440 * MINUTE
export const GRACE = 30_000

/** A new session with ids that no other test uses. */
export function newSession(more: Partial<StoredSession> = {}): StoredSession {
  const createdAt = more.createdAt ?? Date.now()
  return {
    id: randomUUID(),
    userId: randomUUID(),
    username: 'Amélie "the pilot" O\'Hara',
    workspaceId: randomUUID(),
    role: 'pilot',
    createdAt,
    expiresAt: createdAt + 30 * DAY,
    tokenId: randomUUID(),
    tokenIssuedAt: createdAt,
    tokenExpiresAt: createdAt + DAY / 2,
    spentTokenId: null,
    spentAt: null,
    endedAt: null,
    endReason: null,
    signInSource: null,
    hostData: null,
    ...more,
  }
}

export const nextToken = (now: number): NextToken => ({
  tokenId: randomUUID(),
  issuedAt: now,
  expiresAt: now + DAY / 2,
})

/** A new session that is in the store. */
export async function opened(store: SessionStore, more?: Partial<StoredSession>): Promise<StoredSession> {
  const session = newSession(more)
  await store.create(session)
  return session
}

export const idsOf = (sessions: readonly Session[]): string[] => sessions.map(({ id }) => id).sort()
