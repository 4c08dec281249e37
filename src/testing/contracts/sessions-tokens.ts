import assert from 'node:assert/strict'
import { GRACE, MINUTE, nextToken, opened, type SessionCase } from './session-data.ts'

/** Token rotation, grace time, reuse, and the gateway to which a credential is bound. */
export const tokenCases: Readonly<Record<string, SessionCase>> = {
  'rotates: the next token replaces the spent one': async (a, b) => {
    const session = await opened(a)
    const now = session.createdAt + MINUTE
    const next = nextToken(now)
    const expected = {
      ...session,
      tokenId: next.tokenId,
      tokenIssuedAt: next.issuedAt,
      tokenExpiresAt: next.expiresAt,
      spentTokenId: session.tokenId,
      spentAt: now,
    }
    const answer = await a.rotate(session.id, session.tokenId, next, now, GRACE)
    assert.deepEqual(answer, { outcome: 'rotated', session: expected })
    assert.deepEqual(await b.get(session.id), expected)
  },

  'gives the same next token for a spent one within the grace time, and not a millisecond longer': async (
    a,
    b,
  ) => {
    const session = await opened(a)
    const now = session.createdAt + MINUTE
    const next = nextToken(now)
    await a.rotate(session.id, session.tokenId, next, now, GRACE)
    const again = (at: number) => b.rotate(session.id, session.tokenId, nextToken(at), at, GRACE)

    for (const at of [now, now + GRACE - 1]) {
      const answer = await again(at)
      assert.equal(answer.outcome, 'grace')
      assert.equal(answer.session?.tokenId, next.tokenId)
    }
    const late = await again(now + GRACE)
    assert.equal(late.outcome, 'reused')
    assert.equal(late.session?.id, session.id)
    // The caller ends the session. Until then the newest token is valid.
    assert.equal((await a.get(session.id))?.tokenId, next.tokenId)
  },

  'gives no grace time if that is 0': async (a) => {
    const session = await opened(a)
    const now = session.createdAt + MINUTE
    await a.rotate(session.id, session.tokenId, nextToken(now), now, 0)
    const answer = await a.rotate(session.id, session.tokenId, nextToken(now), now, 0)
    assert.equal(answer.outcome, 'reused')
  },

  'treats a token that never belonged to the session as reused': async (a) => {
    const session = await opened(a)
    const now = session.createdAt + MINUTE
    const answer = await a.rotate(session.id, 'made-up', nextToken(now), now, GRACE)
    assert.equal(answer.outcome, 'reused')
    assert.deepEqual(await a.get(session.id), session)
  },

  'rotates again and again, and knows only the last spent token': async (a, b) => {
    const session = await opened(a)
    let { tokenId } = session
    for (let turn = 1; turn <= 5; turn += 1) {
      const now = session.createdAt + turn * MINUTE
      const next = nextToken(now)
      const answer = await (turn % 2 === 0 ? a : b).rotate(session.id, tokenId, next, now, GRACE)
      assert.equal(answer.outcome, 'rotated')
      tokenId = next.tokenId
    }
    const now = session.createdAt + 5 * MINUTE
    const first = await a.rotate(session.id, session.tokenId, nextToken(now), now, GRACE)
    assert.equal(first.outcome, 'reused')
    const standing = await b.get(session.id)
    assert.equal(standing?.tokenId, tokenId)
    assert.equal(standing?.expiresAt, session.expiresAt)
  },

  'binds a credential to the first gateway that uses it': async (a, b) => {
    const [mine, other] = [await opened(a), await opened(a)]
    assert.equal(await a.bindGateway(mine.id, 'credential-1', 'RCFAKE00000001'), 'RCFAKE00000001')
    assert.equal(await b.bindGateway(mine.id, 'credential-1', 'RCFAKE00000002'), 'RCFAKE00000001')
    assert.equal(await b.bindGateway(mine.id, 'credential-1', 'RCFAKE00000001'), 'RCFAKE00000001')
    // Another credential of the session is not bound. The same credential name in another session is not bound either.
    assert.equal(await b.bindGateway(mine.id, 'credential-2', 'RCFAKE00000002'), 'RCFAKE00000002')
    assert.equal(await b.bindGateway(other.id, 'credential-1', 'RCFAKE00000003'), 'RCFAKE00000003')
    assert.deepEqual(await a.get(mine.id), mine)
  },
}
