import assert from 'node:assert/strict'
import { DAY, idsOf, newSession, opened, type SessionCase } from './session-data.ts'

/** The life of a session: create, get, list, end. */
export const lifeCases: Readonly<Record<string, SessionCase>> = {
  'returns a stored session unchanged, on every node': async (a, b) => {
    const session = await opened(a)
    assert.deepEqual(await a.get(session.id), session)
    assert.deepEqual(await b.get(session.id), session)
    const used = await opened(a, { role: 'web', spentTokenId: 'before', spentAt: session.createdAt - 1 })
    assert.deepEqual(await b.get(used.id), used)
  },

  'keeps the sign-in source and the data of the host until the session ends': async (a, b) => {
    const hostData = JSON.stringify({
      refresh: `r-${'x'.repeat(4000)}`,
      name: 'Amélie \u0000 "O\'Hara"',
      deep: [null, { a: 1 }],
    })
    const session = await opened(a, { signInSource: 'oidc', hostData })
    const { createdAt: now } = session
    assert.deepEqual(await b.get(session.id), session)
    const next = { tokenId: 'next', issuedAt: now + 1, expiresAt: now + DAY }
    const rotated = await b.rotate(session.id, session.tokenId, next, now + 1, 1000)
    assert.equal(rotated.session?.hostData, hostData)
    assert.equal(rotated.session?.signInSource, 'oidc')
    assert.deepEqual(await a.list({ id: session.id }, now), [rotated.session])
    await a.end(session.id, 'logout', now + 2)
    assert.equal((await b.get(session.id))?.hostData, hostData)
  },

  'finds no unknown session': async (a) => {
    const { id, tokenId, createdAt } = newSession()
    const next = { tokenId: 'next', issuedAt: createdAt, expiresAt: createdAt + DAY }
    assert.equal(await a.get(id), null)
    assert.deepEqual(await a.rotate(id, tokenId, next, createdAt, 1000), { outcome: 'ended', session: null })
    assert.equal(await a.end(id, 'logout', createdAt), false)
    assert.deepEqual(await a.list({ id }, createdAt), [])
    assert.equal(await a.get(id), null)
  },

  'ends a session once and for ever, on every node': async (a, b) => {
    const session = await opened(a)
    const now = session.createdAt + 1000
    assert.equal(await a.end(session.id, 'logout', now), true)
    assert.equal(await b.end(session.id, 'revoked', now + 1), false)
    // The reason is kept until the session would have expired, so that a refusal can name it.
    assert.deepEqual(await b.get(session.id), { ...session, endedAt: now, endReason: 'logout' })
  },

  'refreshes no token of an ended session': async (a, b) => {
    const session = await opened(a)
    const now = session.createdAt + 1000
    await a.end(session.id, 'revoked', now)
    const next = { tokenId: 'next', issuedAt: now, expiresAt: now + DAY }
    const answer = await b.rotate(session.id, session.tokenId, next, now, 1000)
    assert.equal(answer.outcome, 'ended')
    assert.equal(answer.session?.endReason, 'revoked')
    assert.equal((await a.get(session.id))?.tokenId, session.tokenId)
  },

  'refreshes no token after the latest end of the session': async (a) => {
    const session = await opened(a)
    const next = { tokenId: 'next', issuedAt: session.expiresAt, expiresAt: session.expiresAt + DAY }
    const answer = await a.rotate(session.id, session.tokenId, next, session.expiresAt, 1000)
    assert.equal(answer.outcome, 'ended')
    const before = await a.rotate(session.id, session.tokenId, next, session.expiresAt - 1, 1000)
    assert.equal(before.outcome, 'rotated')
  },

  'lists by user, by workspace, by id, and by all of them': async (a, b) => {
    const mine = await opened(a)
    const { userId, workspaceId, createdAt: now } = mine
    const alsoMine = await opened(b, { userId, workspaceId })
    const elsewhere = await opened(a, { userId })
    const colleague = await opened(a, { workspaceId })
    const listed = async (filter: Parameters<typeof a.list>[0]) => idsOf(await b.list(filter, now))

    assert.deepEqual(await listed({ userId }), idsOf([mine, alsoMine, elsewhere]))
    assert.deepEqual(await listed({ workspaceId }), idsOf([mine, alsoMine, colleague]))
    assert.deepEqual(await listed({ userId, workspaceId }), idsOf([mine, alsoMine]))
    assert.deepEqual(await listed({ id: mine.id }), [mine.id])
    assert.deepEqual(await listed({ id: mine.id, userId: 'nobody' }), [])
    assert.deepEqual(await listed({ id: mine.id, workspaceId: 'nowhere' }), [])
    assert.deepEqual(await listed({ userId: 'nobody' }), [])
    const everything = await listed({})
    for (const { id } of [mine, alsoMine, elsewhere, colleague]) assert.ok(everything.includes(id))
    assert.deepEqual(await b.list({ id: mine.id }, now), [mine])
  },

  'lists no session that has ended or has expired': async (a, b) => {
    const live = await opened(a)
    const { userId, createdAt: now } = live
    const ended = await opened(a, { userId })
    const short = await opened(a, { userId, expiresAt: now + DAY })
    await a.end(ended.id, 'logout', now)

    assert.deepEqual(idsOf(await b.list({ userId }, now)), idsOf([live, short]))
    assert.deepEqual(idsOf(await b.list({ userId }, short.expiresAt - 1)), idsOf([live, short]))
    assert.deepEqual(idsOf(await b.list({ userId }, short.expiresAt)), [live.id])
    assert.deepEqual(await b.list({ id: ended.id }, now), [])
  },
}
