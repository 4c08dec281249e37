// Providers that take a refresh token once: a fault during a check must not log out a pilot who may stay.
import { describe, expect, it } from 'vitest'
import { pluginStore } from '../../src/core/plugins/shared.ts'
import { memoryShared } from '../../src/index.ts'
import { createCheck } from '../../src/plugins/oidc-login/grants.ts'
import { createRecords } from '../../src/plugins/oidc-login/records.ts'
import { createSeal } from '../../src/plugins/oidc-login/sealed.ts'
import { recordLogs } from '../support/logs.ts'
import { startForgedProvider } from './forged-provider.ts'
import { createJar } from './jar.ts'
import { closing, goOn, openPlatform } from './stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DUE = 15 * MINUTE
const LOST = /Its answer to an earlier request was lost/

/** What happens with the next answer of the token endpoint, after the provider has used up the refresh token. */
type Fault = 'none' | 'lost' | 'no JSON' | 'wrong signature'

async function openSession(more: Parameters<typeof openPlatform>[1] = {}) {
  const forged = await startForgedProvider()
  closing.push(forged)
  let valid = 'r-1'
  let count = 1
  const state = { fault: 'none' as Fault, isGone: false }
  forged.bends.more = { refresh_token: valid }
  const stage = await openPlatform(forged.issuer, {
    ...more,
    oidc: { clientSecret: undefined, ...more.oidc },
  })
  const jar = createJar()
  await jar.follow(`${stage.base}/oidc/login`)
  const { token } = await goOn(stage.base, jar)
  expect(token).not.toBe('')
  const sent: string[] = []
  forged.bends.token = (form) => {
    sent.push(String(form.get('refresh_token')))
    if (state.isGone || form.get('refresh_token') !== valid)
      return { status: 400, body: { error: 'invalid_grant' } }
    count += 1
    valid = `r-${count}`
    forged.bends.more = { ...forged.bends.more, refresh_token: valid }
    const { fault } = state
    state.fault = 'none'
    forged.bends.key = fault === 'wrong signature' ? 'stranger' : 'own'
    if (fault === 'lost') return { status: 502, body: {} }
    return fault === 'no JSON' ? { status: 200, body: 'hello' } : null
  }
  return {
    ...{ forged, state, sent, jar, token },
    ...stage,
    recheck: () => stage.cloud.cloud.sessions.recheck({ signInSource: 'oidc' }),
  }
}

describe('a fault after the provider has used up the refresh token', () => {
  it('an outage of the userinfo endpoint: the new token is kept, and the next check uses it', async () => {
    const { forged, cloud, recheck, sent } = await openSession()
    forged.bends.userInfo = () => ({ status: 503, body: {} })
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    forged.bends.userInfo = (claims) => claims
    cloud.advance(MINUTE)
    expect(await recheck()).toBe(0)
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    expect(sent).toEqual(['r-1', 'r-2', 'r-3'])
  })

  it('an ID token with a wrong signature: nothing in it is believed, and the new refresh token is kept', async () => {
    const { state, cloud, recheck, sent } = await openSession()
    state.fault = 'wrong signature'
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    cloud.advance(MINUTE)
    expect(await recheck()).toBe(0)
    expect(sent).toEqual(['r-1', 'r-2'])
  })

  it.each<Fault>(['lost', 'no JSON'])(
    'an answer that is %s: the refusal of the old token is no word about the user',
    async (fault) => {
      const { state, cloud, recheck, sent, logs, told } = await openSession()
      state.fault = fault
      cloud.advance(DUE)
      expect(await recheck()).toBe(0)
      cloud.advance(MINUTE)
      expect(await recheck()).toBe(0)
      expect(logs.lines.filter(({ message }) => LOST.test(message))).toMatchObject([{ level: 'warn' }])
      // The token is not sent again, and the login lasts no longer than what the provider said last.
      cloud.advance(12 * HOUR - DUE - MINUTE - 1_000)
      expect(await recheck()).toBe(0)
      cloud.advance(1_000)
      expect(await recheck()).toBe(1)
      expect(told.at(-1)).toMatchObject({ reason: 'user_gone' })
      expect(sent).toEqual(['r-1', 'r-1'])
    },
  )

  it('a refusal of a token that was never used ends the session, also after another clear answer', async () => {
    const { forged, state, cloud, recheck } = await openSession()
    const { token } = forged.bends
    forged.bends.token = () => ({ status: 429, body: { error: 'slow_down' } })
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    forged.bends.token = token
    state.isGone = true
    cloud.advance(MINUTE)
    expect(await recheck()).toBe(1)
  })
})

it('a logout while a check runs is not undone by it', async () => {
  const { forged, cloud, recheck, jar, base } = await openSession({ oidc: { checkSeconds: 300 } })
  const page = (await jar.ask(`${base}/pilot/login`)).text
  const path = (/href="([^"]*\/oidc\/logout[^"]*)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&')
  const kept = new Map(jar.cookies.get('127.0.0.1'))
  let out: Promise<unknown> | undefined
  forged.bends.userInfo = async (claims) => {
    out ??= jar.ask(new URL(path, `${base}/pilot/login`).href)
    await out
    return claims
  }
  cloud.advance(4 * MINUTE)
  expect(await recheck()).toBe(0)
  expect(out).toBeDefined()
  jar.cookies.set('127.0.0.1', kept)
  expect((await goOn(base, jar)).code).toBe(403007)
})

it('a userinfo endpoint that answers about another user ends the session', async () => {
  const { forged, cloud, recheck } = await openSession()
  forged.bends.userInfo = (claims) => ({ ...claims, sub: 'somebody-else' })
  cloud.advance(DUE)
  expect(await recheck()).toBe(1)
})

it('an answer of endless length ends at 1 MiB, and no session', async () => {
  const { forged, cloud, recheck, logs } = await openSession()
  forged.bends.userInfo = (claims) => ({ ...claims, more: 'x'.repeat(2 ** 20) })
  cloud.advance(DUE)
  expect(await recheck()).toBe(0)
  expect(logs.lines.at(-1)?.message).toContain('an answer of the provider is longer than 1 MiB')
})

it('a provider without refresh tokens is said once, with what to do', async () => {
  const forged = await startForgedProvider()
  closing.push(forged)
  const { base, logs } = await openPlatform(forged.issuer, { oidc: { clientSecret: undefined } })
  for (let times = 0; times < 2; times += 1) await createJar().follow(`${base}/oidc/login`)
  const said = logs.lines.filter(({ message }) => message.includes('gave no refresh token'))
  expect(said).toMatchObject([{ level: 'warn', message: expect.stringContaining("Add 'offline_access'") }])
})

it('the store knows that the provider is asked before it is, and the new token before anything else is asked', async () => {
  const rules = { checkMs: DUE, maxAgeMs: 12 * HOUR }
  const { logger } = recordLogs()
  const seal = createSeal([new Uint8Array(32)], 24 * HOUR, () => 0)
  const store = pluginStore(memoryShared(), 'oidc', 'grants')
  const records = createRecords({ ...{ store, seal, rules, logger }, now: () => 0 })
  const person = { id: 'oidc:f-1', username: 'Fay' }
  const told = { own: { sub: 'f-1' }, more: {}, idToken: null }
  const seen: unknown[] = []
  const check = createCheck({
    ...{ records, rules, logger },
    now: () => 1,
    toPerson: async () => person,
    provider: {
      prepare: async () => undefined,
      async refresh(_token, _known, onNewToken) {
        seen.push(await records.read('g'))
        await onNewToken('r-2')
        seen.push(await records.read('g'))
        return { ...told, refreshToken: 'r-2' }
      },
    },
  })
  await check('g', {
    ...told,
    person,
    refreshToken: 'r-1',
    askedAt: null,
    isOver: false,
    confirmedAt: 0,
    dueAt: 0,
  })
  expect(seen).toMatchObject([
    { refreshToken: 'r-1', askedAt: 1 },
    { refreshToken: 'r-2', askedAt: null },
  ])
})

describe('a store that fails', () => {
  const breakable = () => {
    const shared = memoryShared()
    const state = { isDown: false }
    const put: typeof shared.put = (...given) =>
      state.isDown ? Promise.reject(new Error('ECONNREFUSED')) : shared.put(...given)
    return { state, shared: { ...shared, put } }
  }

  it('before the provider is asked: nobody is asked, and the session stays', async () => {
    const { state, shared } = breakable()
    const { cloud, recheck, sent } = await openSession({ cloud: { shared } })
    cloud.advance(DUE)
    state.isDown = true
    await expect(recheck()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(sent).toEqual([])
    state.isDown = false
    expect(await recheck()).toBe(0)
    expect(sent).toEqual(['r-1'])
  })

  it('after the provider has answered: this process keeps the new token, uses it, and writes it later', async () => {
    const { state, shared } = breakable()
    const { forged, cloud, recheck, sent } = await openSession({ cloud: { shared } })
    const { token } = forged.bends
    forged.bends.token = (form) => {
      state.isDown = true
      return token(form)
    }
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    forged.bends.token = token
    state.isDown = false
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    expect(sent).toEqual(['r-1', 'r-2', 'r-3'])
  })
})

describe('an answer without an ID token', () => {
  it('a group that the userinfo endpoint does not send any more is gone', async () => {
    const { forged, cloud, recheck, told } = await openSession()
    forged.bends.more = { ...forged.bends.more, id_token: undefined }
    cloud.advance(DUE)
    expect(await recheck()).toBe(0)
    forged.bends.userInfo = ({ groups: _gone, ...claims }) => claims
    cloud.advance(DUE)
    expect(await recheck()).toBe(1)
    expect(told.at(-1)).toMatchObject({ reason: 'user_gone' })
  })

  it('what the last ID token said stays, and if the userinfo endpoint is not asked, all of it', async () => {
    const claims: Record<string, unknown>[] = []
    const toUser = (given: Record<string, unknown>) => {
      claims.push(given)
      return { username: 'Fay', workspace: { id: '5a5a5a5a-0000-4000-8000-0000000000f1', name: 'Harbour' } }
    }
    const forgedClaims = { department: 'crew', groups: ['of-the-id-token'] }
    for (const userInfo of [true, false]) {
      const { forged, cloud, recheck } = await openSession({ oidc: { toUser, userInfo } })
      // One check with an ID token, one without.
      forged.bends.claims = (own) => ({ ...own, ...forgedClaims })
      cloud.advance(DUE)
      expect(await recheck()).toBe(0)
      forged.bends.more = { ...forged.bends.more, id_token: undefined }
      cloud.advance(DUE)
      expect(await recheck()).toBe(0)
      // The ID token is signed: it wins over the userinfo endpoint, in both.
      for (const one of claims.slice(-2)) expect(one).toMatchObject(forgedClaims)
      expect('name' in (claims.at(-1) ?? {})).toBe(userInfo)
    }
  })
})
