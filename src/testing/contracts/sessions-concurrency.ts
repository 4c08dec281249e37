import assert from 'node:assert/strict'
import type { SessionStore } from '../../core/ports/index.ts'
import { GRACE, MINUTE, nextToken, opened, type SessionCase } from './session-data.ts'

const AT_ONCE = 200

/** Starts the same work on both nodes in turn, without waiting for an answer in between. */
const atOnce = <Answer>(
  [a, b]: readonly [SessionStore, SessionStore],
  work: (store: SessionStore, index: number) => Promise<Answer>,
): Promise<Answer[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index % 2 === 0 ? a : b, index)))

export const concurrencyCases: Readonly<Record<string, SessionCase>> = {
  [`of ${AT_ONCE} refreshes of one token at once, one rotates and all get its successor`]: async (a, b) => {
    const session = await opened(a)
    const now = session.createdAt + MINUTE
    const answers = await atOnce([a, b], (store) =>
      store.rotate(session.id, session.tokenId, nextToken(now), now, GRACE),
    )
    const won = answers.filter(({ outcome }) => outcome === 'rotated')
    assert.equal(won.length, 1)
    assert.equal(answers.filter(({ outcome }) => outcome === 'grace').length, AT_ONCE - 1)
    const successor = won[0]?.session?.tokenId
    assert.deepEqual(new Set(answers.map((answer) => answer.session?.tokenId)), new Set([successor]))
    assert.equal((await b.get(session.id))?.tokenId, successor)

    const late = await atOnce([a, b], (store) =>
      store.rotate(session.id, session.tokenId, nextToken(now), now + GRACE, GRACE),
    )
    assert.deepEqual(new Set(late.map(({ outcome }) => outcome)), new Set(['reused']))
  },

  [`of ${AT_ONCE} calls that end a session at once, one ends it`]: async (a, b) => {
    const session = await opened(a)
    const answers = await atOnce([a, b], (store, index) =>
      store.end(session.id, index % 3 === 0 ? 'logout' : 'revoked', session.createdAt + index),
    )
    assert.equal(answers.filter(Boolean).length, 1)
    const winner = answers.indexOf(true)
    assert.equal((await a.get(session.id))?.endedAt, session.createdAt + winner)
  },

  'a refresh and an end at once leave the session ended': async (a, b) => {
    for (let round = 0; round < 20; round += 1) {
      const session = await opened(a)
      const now = session.createdAt + MINUTE
      const [answer, ended] = await Promise.all([
        a.rotate(session.id, session.tokenId, nextToken(now), now, GRACE),
        b.end(session.id, 'revoked', now),
      ])
      assert.equal(ended, true)
      assert.ok(answer.outcome === 'rotated' || answer.outcome === 'ended')
      const standing = await a.get(session.id)
      assert.equal(standing?.endReason, 'revoked')
      assert.equal(standing?.spentTokenId, answer.outcome === 'rotated' ? session.tokenId : null)
    }
  },

  [`of ${AT_ONCE} gateways that use one credential at once, one gets it`]: async (a, b) => {
    const session = await opened(a)
    const answers = await atOnce([a, b], (store, index) =>
      store.bindGateway(session.id, 'credential-1', `RCFAKE${String(index).padStart(8, '0')}`),
    )
    assert.equal(new Set(answers).size, 1)
    assert.equal(await b.bindGateway(session.id, 'credential-1', 'RCFAKE99999999'), answers[0])
  },
}
