import { describe, expect, test } from 'vitest'
import { memorySessions } from '../../../src/adapters/sessions/memory.ts'
import { createKeyRing } from '../../../src/core/access/keys.ts'
import { createSessionService, type SessionHolder } from '../../../src/core/access/sessions.ts'
import { createTokenCodec } from '../../../src/core/access/tokens.ts'
import type { CloudEventName } from '../../../src/core/events.ts'
import type { SessionStore, StoredSession, User } from '../../../src/core/ports/index.ts'
import { manualClock } from '../../support/clock.ts'
import { DAY, HOUR, WORKSPACE_A, WORKSPACE_B } from '../../support/sessions.ts'

const AMELIA: User = { id: 'u1', username: 'amelia', role: 'pilot', workspace: WORKSPACE_A }
const RULES = {
  accessTtlMs: 12 * HOUR,
  refreshWindowMs: 7 * DAY,
  refreshGraceMs: 30_000,
  sessionTtlMs: 30 * DAY,
  sessionsPerUser: 1_000,
}

function setUp(
  more: {
    readonly store?: Partial<SessionStore>
    readonly user?: () => User | null
    readonly findUser?: (holder: SessionHolder) => Promise<User | null>
  } = {},
) {
  const clock = manualClock()
  const events: CloudEventName[] = []
  const ended: string[] = []
  let ids = 0
  const store = { ...memorySessions(), ...more.store }
  const service = createSessionService({
    store,
    findUser: more.findUser ?? (async () => (more.user === undefined ? AMELIA : more.user())),
    tokens: createTokenCodec(createKeyRing([], ['an obviously fake secret for these tests only'])),
    rules: RULES,
    inUse: () => new Set(),
    clock,
    randomId: () => `id-${++ids}`,
    emit: (name) => void events.push(name),
    sessionEnd: { run: async ({ reason }) => void ended.push(reason) },
  })
  return { clock, events, ended, service }
}

const refusal = (name: string, status = 401) => expect.objectContaining({ code: name, status })

describe('sessions', () => {
  test('one request asks the store for its session once, also if it needs the user', async () => {
    const memory = memorySessions()
    const asked: string[] = []
    const get: SessionStore['get'] = async (id) => {
      asked.push(id)
      return memory.get(id)
    }
    const { service } = setUp({ store: { ...memory, get } })
    const { token, session } = await service.open(AMELIA, null)
    await service.userOf(await service.require(token))
    expect(asked).toEqual([session.id])
    await service.end(session, 'logout')
    await expect(service.require(token)).rejects.toEqual(refusal('SESSION_ENDED'))
    expect(asked).toEqual([session.id, session.id])
  })

  test('a login gives a token that holds for its time, then asks for a refresh, then for a login', async () => {
    const { service, clock } = setUp()
    const { token, session } = await service.open(AMELIA, '192.0.2.1')
    await expect(service.require(token)).resolves.toMatchObject({
      id: session.id,
      workspaceId: WORKSPACE_A.id,
    })
    clock.advance(12 * HOUR)
    await expect(service.require(token)).rejects.toEqual(refusal('TOKEN_EXPIRED_REFRESHABLE'))
    clock.advance(7 * DAY)
    await expect(service.require(token)).rejects.toEqual(refusal('TOKEN_EXPIRED'))
    await expect(service.refresh(token, null)).rejects.toEqual(refusal('TOKEN_EXPIRED'))
  })

  test('a refresh replaces the token; the old one holds for the grace, then is spent', async () => {
    const { service, clock, events } = setUp()
    const first = await service.open(AMELIA, null)
    clock.advance(HOUR)
    const second = await service.refresh(first.token, null)
    expect(second.token).not.toBe(first.token)
    await expect(service.require(second.token)).resolves.toBeDefined()
    await expect(service.require(first.token)).resolves.toBeDefined()
    clock.advance(RULES.refreshGraceMs)
    await expect(service.require(first.token)).rejects.toEqual(refusal('TOKEN_SPENT'))
    // Showing a spent token is harmless; refreshing it is not.
    await expect(service.require(second.token)).resolves.toBeDefined()
    expect(events).toEqual(['login.succeeded', 'token.refreshed'])
  })

  test('two hundred refreshes of one token at once: one successor, nobody logged out', async () => {
    const { service, events } = setUp()
    const { token } = await service.open(AMELIA, null)
    const answers = await Promise.all(Array.from({ length: 200 }, () => service.refresh(token, null)))
    expect(new Set(answers.map((answer) => answer.token)).size).toBe(1)
    expect(events.filter((name) => name === 'token.refreshed')).toHaveLength(1)
  })

  test('three pages that refresh one after the other inside the grace all get in, in any order', async () => {
    const { service, clock } = setUp()
    const first = await service.open(AMELIA, null)
    const second = await service.refresh(first.token, null)
    clock.advance(1_000)
    const third = await service.refresh(second.token, null)
    const late = await service.refresh(first.token, null)
    expect([third.token, late.token]).toEqual([second.token, second.token])
    clock.advance(RULES.refreshGraceMs)
    expect((await service.refresh(second.token, null)).token).not.toBe(second.token)
  })

  test('a session that a lost store had already ended still loses what hangs on it', async () => {
    let asked = 0
    const end = async () => {
      asked += 1
      if (asked === 1) throw new Error('lost after it was done')
      return false
    }
    const { service, ended } = setUp({ store: { end } })
    const { session } = await service.open(AMELIA, null)
    await expect(service.end(session, 'logout')).rejects.toEqual(refusal('STORE_UNAVAILABLE', 503))
    await service.end(session, 'logout')
    await service.end(session, 'logout')
    expect(ended).toEqual(['logout'])
  })

  test('a spent token refreshed after the grace ends the session, and with it the newer token', async () => {
    const { service, clock, events, ended } = setUp()
    const first = await service.open(AMELIA, null)
    const second = await service.refresh(first.token, null)
    clock.advance(RULES.refreshGraceMs)
    await expect(service.refresh(first.token, '192.0.2.66')).rejects.toEqual(refusal('TOKEN_SPENT'))
    await expect(service.require(second.token)).rejects.toEqual(refusal('SESSION_ENDED'))
    expect(ended).toEqual(['reused'])
    expect(events).toContain('token.reused')
  })

  test('one theft is told once, however often and at once the token is shown', async () => {
    const { service, clock, events } = setUp()
    const first = await service.open(AMELIA, null)
    await service.refresh(first.token, null)
    clock.advance(RULES.refreshGraceMs)
    const show = () =>
      Promise.allSettled(Array.from({ length: 100 }, () => service.refresh(first.token, null)))
    await show()
    await show()
    expect(events.filter((name) => name === 'token.reused' || name === 'session.ended')).toEqual([
      'token.reused',
      'session.ended',
    ])
  })

  test('a theft is told also when the store ended the session and its answer was lost', async () => {
    const memory = memorySessions()
    let lost = true
    const end: SessionStore['end'] = async (...args) => {
      const ended = await memory.end(...args)
      if (!lost) return ended
      lost = false
      throw new Error('away')
    }
    // What the store says of the session is from before its end, as with a replica that lags.
    const { service, clock, events } = setUp({
      store: { ...memory, end, get: async (id) => sessions.get(id) ?? memory.get(id) },
    })
    const sessions = new Map<string, StoredSession>()
    const first = await service.open(AMELIA, null)
    await service.refresh(first.token, null)
    const session = await memory.get(first.session.id)
    if (session !== null) sessions.set(session.id, session)
    clock.advance(RULES.refreshGraceMs)
    await expect(service.refresh(first.token, null)).rejects.toEqual(refusal('STORE_UNAVAILABLE', 503))
    await expect(service.refresh(first.token, null)).rejects.toEqual(refusal('TOKEN_SPENT'))
    expect(events.filter((name) => name === 'token.reused')).toHaveLength(1)
  })

  test('a theft is told once when another request got no answer of the store, or gets none after that', async () => {
    const memory = memorySessions()
    let calls = 0
    let loseFirst: (error: Error) => void = () => undefined
    const first = new Promise<boolean>((_resolve, reject) => {
      loseFirst = reject
    })
    const end: SessionStore['end'] = (...args) => {
      calls += 1
      return calls === 1 ? first : memory.end(...args)
    }
    const { service, events, ended } = setUp({ store: { ...memory, end } })
    const { session } = await service.open(AMELIA, null)
    const late = service.end(session, 'reused')
    expect(await service.end(session, 'reused')).toBe(true)
    loseFirst(new Error('no answer'))
    await expect(late).rejects.toEqual(refusal('STORE_UNAVAILABLE', 503))
    expect(await service.end(session, 'reused')).toBe(false)
    expect(events.filter((name) => name === 'session.ended')).toHaveLength(1)
    expect(ended).toEqual(['reused'])
  })

  test('what another node has ended after this one got no answer is closed here, and told there', async () => {
    const memory = memorySessions()
    let away = true
    const end: SessionStore['end'] = async (...args) => {
      if (away) throw new Error('away')
      return memory.end(...args)
    }
    const here = setUp({ store: { ...memory, end } })
    const there = setUp({ store: memory })
    const { session } = await here.service.open(AMELIA, null)
    await expect(here.service.end(session, 'reused')).rejects.toEqual(refusal('STORE_UNAVAILABLE', 503))
    away = false
    there.clock.advance(1)
    expect(await there.service.end(session, 'reused')).toBe(true)
    expect(await here.service.end(session, 'reused')).toBe(false)
    expect([here.events.includes('session.ended'), here.ended]).toEqual([false, ['reused']])
    expect([there.events.includes('session.ended'), there.ended]).toEqual([true, ['reused']])
  })

  test('no refresh moves the absolute end', async () => {
    const { service, clock } = setUp()
    let { token } = await service.open(AMELIA, null)
    for (let day = 0; day < 29; day += 1) {
      clock.advance(DAY)
      token = (await service.refresh(token, null)).token
    }
    clock.advance(DAY)
    await expect(service.refresh(token, null)).rejects.toEqual(refusal('TOKEN_EXPIRED'))
  })

  test.each([
    ['deleted', () => null, 'user_gone'],
    ['moved to another workspace', () => ({ ...AMELIA, workspace: WORKSPACE_B }), 'workspace_changed'],
  ])('a user who was %s is logged out at the next refresh', async (_name, user, reason) => {
    const { service, ended } = setUp({ user })
    const { token } = await service.open(AMELIA, null)
    await expect(service.refresh(token, null)).rejects.toEqual(refusal('SESSION_ENDED'))
    expect(ended).toEqual([reason])
  })

  describe('looked up again', () => {
    const of = (id: string, signInSource: string | null = null) => ({
      user: { ...AMELIA, id },
      record: { signInSource, hostData: null },
    })
    async function several(findUser: (id: string) => User | null) {
      const asked: string[] = []
      const made = setUp({
        findUser: async ({ userId }) => {
          asked.push(userId)
          return findUser(userId)
        },
      })
      for (const { user, record } of [of('u1'), of('u2', 'oidc'), of('u3', 'oidc'), of('u4', 'other')])
        await made.service.open(user, null, null, record)
      return { ...made, asked }
    }
    const known = (id: string): User => ({ ...AMELIA, id })

    test('a user who is gone or changed is logged out at once, the others stay', async () => {
      const { service, ended } = await several((id) =>
        id === 'u2' ? null : id === 'u3' ? { ...known(id), workspace: WORKSPACE_B } : known(id),
      )
      await expect(service.recheck()).resolves.toBe(2)
      expect(ended.sort()).toEqual(['user_gone', 'workspace_changed'])
      expect((await service.list()).map(({ userId }) => userId).sort()).toEqual(['u1', 'u4'])
    })

    test('only the users of one source, or of one id, are asked about', async () => {
      const { service, asked } = await several(known)
      await expect(service.recheck({ signInSource: 'oidc' })).resolves.toBe(0)
      expect(asked.splice(0).sort()).toEqual(['u2', 'u3'])
      await service.recheck({ userId: 'u4' })
      expect(asked).toEqual(['u4'])
    })

    test('one user who cannot be looked up keeps nobody else in, and is told', async () => {
      const { service } = await several((id) => {
        if (id === 'u1') throw new Error('the directory is down')
        return null
      })
      await expect(service.recheck()).rejects.toEqual(refusal('STORE_UNAVAILABLE', 503))
      expect((await service.list()).map(({ userId }) => userId)).toEqual(['u1'])
    })

    test('a misspelled filter is refused', async () => {
      const { service } = await several(known)
      await expect(service.recheck({ source: 'oidc' } as never)).rejects.toThrow('"source" is not a filter')
      await expect(service.recheck({ signInSource: undefined } as never)).rejects.toThrow('needs a text')
    })
  })

  test('ending is done once, however many ask', async () => {
    const { service, events } = setUp()
    const { session } = await service.open(AMELIA, null)
    const answers = await Promise.all([service.end(session, 'logout'), service.end(session, 'revoked')])
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(events.filter((name) => name === 'session.ended')).toHaveLength(1)
  })

  test('a workspace can be logged out as a whole', async () => {
    const { service } = setUp()
    const sessions = [await service.open(AMELIA, null), await service.open(AMELIA, null)]
    const stranger = await service.open({ ...AMELIA, id: 'u2', workspace: WORKSPACE_B }, null)
    await expect(service.endAll({ workspaceId: WORKSPACE_A.id })).resolves.toBe(2)
    for (const { token } of sessions)
      await expect(service.require(token)).rejects.toEqual(refusal('SESSION_ENDED'))
    await expect(service.require(stranger.token)).resolves.toBeDefined()
  })

  test('a store that cannot be reached is a 503, never a login and never a logout', async () => {
    const broken = { get: () => Promise.reject(new Error('connection refused')) }
    const { service, ended } = setUp({ store: broken })
    const { token } = await service.open(AMELIA, null)
    await expect(service.require(token)).rejects.toEqual(refusal('STORE_UNAVAILABLE', 503))
    await expect(service.refresh(token, null)).rejects.toEqual(refusal('STORE_UNAVAILABLE', 503))
    expect(ended).toEqual([])
  })
})
