import type { StoredSession } from '../../src/core/ports/index.ts'

export const WORKSPACE_A = { id: '0a0a0a0a-0000-4000-8000-00000000000a', name: 'Alpha', description: 'First' }
export const WORKSPACE_B = {
  id: '0b0b0b0b-0000-4000-8000-00000000000b',
  name: 'Bravo',
  description: 'Second',
}

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** A live session in the middle of its life. */
export const sessionOf = (now: number, more: Partial<StoredSession> = {}): StoredSession => ({
  id: 'session-1',
  userId: 'user-1',
  username: 'amelia',
  workspaceId: WORKSPACE_A.id,
  role: 'pilot',
  createdAt: now - DAY,
  expiresAt: now + 29 * DAY,
  tokenId: 'token-2',
  tokenIssuedAt: now - HOUR,
  tokenExpiresAt: now + 11 * HOUR,
  spentTokenId: 'token-1',
  spentAt: now - HOUR,
  endedAt: null,
  endReason: null,
  signInSource: null,
  hostData: null,
  ...more,
})
