// Who has left loses access: how soon, and what happens while nobody can be asked.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MEMBERS, type Member } from '../../examples/oidc/directory.ts'
import { memorySessions, memoryShared } from '../../src/index.ts'
import { WORKSPACE } from '../support/cloud.ts'
import { WORKSPACE_B } from '../support/sessions.ts'
import { startForgedProvider } from './forged-provider.ts'
import { createJar } from './jar.ts'
import { closing, goOn, logIn, openPlatform, openStage, refresh, type StageOptions, verify } from './stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DUE = 15 * MINUTE

const members = [...MEMBERS]
afterEach(() => {
  MEMBERS.splice(0, MEMBERS.length, ...members)
  vi.useRealTimers()
})
const leave = (login: string): void =>
  void MEMBERS.splice(
    MEMBERS.findIndex((one) => one.login === login),
    1,
  )
const change = (login: string, more: Partial<Member>): void => {
  const index = MEMBERS.findIndex((one) => one.login === login)
  MEMBERS[index] = { ...MEMBERS[index]!, ...more }
}

/** A pilot who has logged in, and the requests that the token endpoint gets from now on. */
async function openSession(options: StageOptions = {}) {
  const stage = await openStage(options)
  const asked: string[] = []
  const tokens: string[] = []
  stage.provider.provider.on('grant.success', ({ oidc, body }) => {
    asked.push(String(oidc.params?.['grant_type']))
    const { access_token, refresh_token, id_token } = body as Record<string, string>
    tokens.push(...[access_token, refresh_token, id_token].map(String))
  })
  stage.provider.provider.on('grant.error', (_context, error) => asked.push(error.message))
  const { jar } = await logIn(stage.base)
  const { token } = await goOn(stage.base, jar)
  asked.length = 0
  const { sessions } = stage.cloud.cloud
  return { ...stage, jar, token, tokens, asked, recheck: () => sessions.recheck({ signInSource: 'oidc' }) }
}

/** A session at a provider that can be made to answer anything. */
async function openForgedSession(
  more: Parameters<typeof openPlatform>[1] = {},
  refreshToken: string | null = 'r-1',
) {
  const forged = await startForgedProvider()
  closing.push(forged)
  if (refreshToken !== null) forged.bends.more = { refresh_token: refreshToken }
  const stage = await openPlatform(forged.issuer, {
    ...more,
    oidc: { clientSecret: undefined, ...more.oidc },
  })
  const jar = createJar()
  await jar.follow(`${stage.base}/oidc/login`)
  const { token } = await goOn(stage.base, jar)
  expect(token).not.toBe('')
  forged.asked.length = 0
  return {
    forged,
    ...stage,
    jar,
    token,
    recheck: () => stage.cloud.cloud.sessions.recheck({ signInSource: 'oidc' }),
  }
}

describe('a user who is taken out of the directory', () => {
  it('loses access at the first look after 12 minutes, and no look comes later than 15', async () => {
    const { base, cloud, token, told, recheck } = await openSession()
    leave('ada')
    cloud.advance(DUE * 0.8 - 1_000)
    expect(await recheck()).toBe(0)
    cloud.advance(1_000)
    expect(await recheck()).toBe(1)
    expect(told.at(-1)).toMatchObject({ name: 'session.ended', reason: 'user_gone', userId: 'oidc:m-1001' })
    expect((await refresh(base, token)).status).toBe(401)
  })

  it('loses access without a request of anybody: the platform looks every three minutes', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { cloud, told } = await openSession()
    leave('ada')
    cloud.advance(DUE)
    vi.advanceTimersByTime(3 * MINUTE)
    await expect.poll(() => told.at(-1)).toMatchObject({ name: 'session.ended', reason: 'user_gone' })
  })

  it('does not come in again, with the cookie of before', async () => {
    const { base, cloud, jar, recheck } = await openSession({ oidc: { checkSeconds: 300 } })
    leave('ada')
    cloud.advance(4 * MINUTE)
    await recheck()
    expect((await goOn(base, jar)).code).toBe(403007)
  })
})

describe('a user whose groups change', () => {
  const toUser = ({ name, groups }: { readonly [claim: string]: unknown }) => {
    const has = (group: string) => (groups as string[]).includes(group)
    if (has('harbour-pilots')) return { username: String(name), workspace: WORKSPACE }
    if (has('hill-pilots')) return { username: String(name), workspace: WORKSPACE_B }
    return has('harbour-office')
      ? { username: String(name), workspace: WORKSPACE, role: 'web' as const }
      : null
  }

  it.each([
    ['another workspace', ['hill-pilots'], 'workspace_changed'],
    ['another role', ['harbour-office'], 'role_changed'],
    ['nothing', [], 'user_gone'],
  ])('into those of %s is logged out within 15 minutes', async (_name, groups, reason) => {
    const { cloud, told, recheck } = await openSession({ oidc: { toUser } })
    change('ada', { groups })
    cloud.advance(DUE)
    expect(await recheck()).toBe(1)
    expect(told.at(-1)).toMatchObject({ reason })
  })

  it('keeps the session, with the new name, if rights are the same', async () => {
    const { base, cloud, token } = await openSession({ oidc: { toUser } })
    change('ada', { name: 'Ada Married' })
    cloud.advance(DUE)
    expect((await refresh(base, token)).json.data).toMatchObject({ username: 'Ada Married' })
  })

  it('whom toUser gives another id is not taken for the one who has the session', async () => {
    let id = 'one'
    const { cloud, recheck } = await openSession({
      oidc: { toUser: () => ({ id, username: 'x', workspace: WORKSPACE }) },
    })
    id = 'other'
    cloud.advance(DUE)
    expect(await recheck()).toBe(1)
  })
})

describe('refresh tokens that are valid once', () => {
  const provider = { rotateRefreshToken: true, ttl: { RefreshToken: 86_400, Grant: 86_400 } }

  it('are followed from check to check', async () => {
    const { cloud, recheck, asked } = await openSession({ provider })
    for (let round = 0; round < 4; round += 1) {
      cloud.advance(DUE)
      expect(await recheck()).toBe(0)
    }
    expect(asked).toEqual(Array(4).fill('refresh_token'))
  })

  it('are used by one at a time, whoever asks: several sessions of one login, at two nodes', async () => {
    const shared = memoryShared()
    const sessions = memorySessions()
    const cloud = { secret: 'an obviously fake secret of two nodes', shared, sessions }
    const one = await openSession({ provider, cloud })
    const other = await openPlatform(one.provider.issuer, { cloud })
    const second = await goOn(one.base, one.jar, 1)
    for (let round = 0; round < 3; round += 1) {
      one.cloud.advance(DUE)
      other.cloud.advance(DUE)
      await Promise.all([
        one.recheck(),
        other.cloud.cloud.sessions.recheck(),
        verify(one.base, one.token),
        verify(other.base, second.token),
      ])
    }
    expect(one.asked).toEqual(Array(3).fill('refresh_token'))
    expect(await one.cloud.cloud.sessions.list()).toHaveLength(2)
  })

  it('are in no session, cookie, log or event, and no other token is', async () => {
    const sessions = memorySessions()
    const kept: unknown[] = []
    const shared = memoryShared()
    const spied = {
      ...shared,
      put(...given: Parameters<typeof shared.put>) {
        kept.push(given)
        return shared.put(...given)
      },
    }
    const { cloud, told, logs, jar, recheck, tokens } = await openSession({
      provider,
      cloud: { sessions, shared: spied },
    })
    cloud.advance(DUE)
    await recheck()
    kept.push(await sessions.list({}, 0))
    leave('ada')
    cloud.advance(DUE)
    await recheck()
    const all = JSON.stringify([kept, told, logs.lines, [...(jar.cookies.get('127.0.0.1') ?? [])]])
    expect(kept.length).toBeGreaterThan(3)
    expect(all).toContain('oidc:m-1001')
    // The login and one check: access, refresh and ID token.
    expect(tokens).toHaveLength(6)
    for (const secret of [...tokens, 'harbour-pilots']) {
      expect(secret.length).toBeGreaterThan(10)
      expect(all).not.toContain(secret)
    }
  })
})

describe('while the provider does not answer', () => {
  it('what it said last counts for 12 hours, and then nobody is let in', async () => {
    const { forged, cloud, base, token, recheck } = await openForgedSession()
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    await forged.close()
    closing.splice(0, 1)
    cloud.advance(11 * HOUR)
    expect(await recheck()).toBe(0)
    expect((await refresh(base, token)).status).toBe(200)
    expect(cloud.cloud.health()).toMatchObject({ plugins: { oidc: { status: 'degraded' } } })
    cloud.advance(HOUR)
    expect(await recheck()).toBe(1)
  })

  it('it is asked once a minute, and not with each request', async () => {
    const { forged, cloud, base, token } = await openForgedSession()
    forged.bends.token = () => ({ status: 503, body: {} })
    cloud.advance(DUE)
    for (let times = 0; times < 5; times += 1) expect((await verify(base, token)).status).toBe(200)
    expect(forged.asked.filter((one) => one === 'refresh_token')).toHaveLength(1)
    cloud.advance(MINUTE)
    forged.bends.token = () => null
    await verify(base, token)
    expect(forged.asked.filter((one) => one === 'refresh_token')).toHaveLength(2)
    expect(cloud.cloud.health().plugins).toMatchObject({ oidc: { status: 'up' } })
  })

  it('a shared store that does not answer ends no session', async () => {
    const shared = memoryShared()
    let isDown = false
    const broken = {
      ...shared,
      get: (key: string) => (isDown ? Promise.reject(new Error('ECONNREFUSED')) : shared.get(key)),
    }
    const { base, token, recheck, cloud } = await openSession({ cloud: { shared: broken } })
    isDown = true
    await expect(recheck()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect((await refresh(base, token)).status).toBe(503)
    isDown = false
    expect(await cloud.cloud.sessions.list()).toHaveLength(1)
  })
})

describe('what the provider answers to a refresh token', () => {
  it.each(['invalid_grant', 'interaction_required', 'login_required'])(
    '%s ends the session',
    async (error) => {
      const { forged, cloud, recheck } = await openForgedSession()
      forged.bends.token = () => ({ status: 400, body: { error, error_description: 'User disabled' } })
      cloud.advance(DUE)
      expect(await recheck()).toBe(1)
    },
  )

  it.each<[string, { readonly status: number; readonly body: unknown }]>([
    ['a fault of the registration', { status: 401, body: { error: 'invalid_client' } }],
    ['too many requests', { status: 429, body: { error: 'slow_down' } }],
    ['nonsense', { status: 200, body: 'hello' }],
    ['an error of a proxy', { status: 502, body: {} }],
  ])('%s ends no session', async (_name, answer) => {
    const { forged, cloud, recheck } = await openForgedSession()
    forged.bends.token = () => answer
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
  })

  it('another user ends the session', async () => {
    // The host takes both for one user: only what the provider was asked about can tell.
    const toUser = () => ({ id: 'm-1', username: 'Fay Forged', workspace: WORKSPACE })
    const { forged, cloud, recheck } = await openForgedSession({ oidc: { toUser } })
    const other = <Claims extends object>(claims: Claims) => ({ ...claims, sub: 'somebody-else' })
    forged.bends.claims = other
    forged.bends.userInfo = other
    cloud.advance(DUE)
    expect(await recheck()).toBe(1)
  })

  it('an answer without an ID token is enough: claims come from the userinfo endpoint', async () => {
    const { forged, cloud, base, token } = await openForgedSession()
    forged.bends.more = { id_token: undefined }
    forged.bends.userInfo = (claims) => ({ ...claims, name: 'Fay Renamed' })
    cloud.advance(DUE)
    expect((await refresh(base, token)).json.data).toMatchObject({ username: 'Fay Renamed' })
  })
})

describe('without a refresh token', () => {
  it('toUser is asked every 15 minutes with what was said at the login', async () => {
    let isIn = true
    const toUser = ({ name }: { readonly [claim: string]: unknown }) =>
      isIn ? { username: String(name), workspace: WORKSPACE } : null
    const { cloud, recheck, forged } = await openForgedSession({ oidc: { toUser } }, null)
    isIn = false
    expect(await recheck()).toBe(0)
    cloud.advance(DUE)
    expect(await recheck()).toBe(1)
    expect(forged.asked).toEqual([])
  })

  it('the user logs in again after 12 hours', async () => {
    const { cloud, recheck, base, token } = await openForgedSession({}, null)
    cloud.advance(12 * HOUR - 1_000)
    expect(await recheck()).toBe(0)
    expect((await refresh(base, token)).status).toBe(200)
    cloud.advance(1_000)
    expect(await recheck()).toBe(1)
  })

  it('a toUser that fails changes nothing until it can tell', async () => {
    let mood: 'fails' | 'no' | 'yes' = 'yes'
    const toUser = () => {
      if (mood === 'fails') throw new Error('the table is locked')
      return mood === 'no' ? null : { username: 'Fay', workspace: WORKSPACE }
    }
    const { cloud, recheck } = await openForgedSession({ oidc: { toUser } }, null)
    mood = 'fails'
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    mood = 'no'
    cloud.advance(MINUTE)
    expect(await recheck()).toBe(1)
  })
})

describe('without a shared store', () => {
  it('a restart forgets the refresh token: what was said at the login counts for 12 hours', async () => {
    const sessions = memorySessions()
    const secret = 'an obviously fake secret over a restart'
    const before = await openSession({ cloud: { sessions, secret } })
    const after = await openPlatform(before.provider.issuer, { cloud: { sessions, secret } })
    expect((await refresh(after.base, before.token)).status).toBe(200)
    leave('ada')
    after.cloud.advance(12 * HOUR - 1_000)
    expect(await after.cloud.cloud.sessions.recheck()).toBe(0)
    after.cloud.advance(1_000)
    expect(await after.cloud.cloud.sessions.recheck()).toBe(1)
  })
})

it('a session that other code opened for this source, without its data, has nobody who vouches for it', async () => {
  const { cloud } = await openStage()
  const ada = { id: 'oidc:m-1001', username: 'Ada', role: 'pilot', workspace: WORKSPACE } as const
  for (const data of [
    undefined,
    { grant: 'x' },
    { grant: 'x', at: Date.now(), person: { id: 'other', username: 'x' } },
  ])
    await expect(
      cloud.cloud.sessions.open(ada, { reason: 'test', source: 'oidc', data }),
    ).rejects.toMatchObject({
      code: 'USER_REFUSED',
    })
})
