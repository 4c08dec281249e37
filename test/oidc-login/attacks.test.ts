// Each test is named after an attack, and fails without its defence (scripts/defences.ts, row oidc).
import { describe, expect, it } from 'vitest'
import { memoryShared } from '../../src/index.ts'
import { ask } from '../support/http.ts'
import { startForgedProvider } from './forged-provider.ts'
import { createJar, type Jar } from './jar.ts'
import { closing, comeBack, goOn, logIn, noticeOf, openPlatform, openStage, type Stage } from './stage.ts'

const FAILED = 'The login did not work'
const EXPIRED = 'The login took too long'

/** A platform that trusts a provider which can be made to lie. */
async function openForged(more: Parameters<typeof openPlatform>[1] = {}) {
  const forged = await startForgedProvider()
  closing.push(forged)
  const stage = await openPlatform(forged.issuer, {
    ...more,
    oidc: { clientSecret: undefined, ...more.oidc },
  })
  return { forged, ...stage }
}

/** Where a login at the forged provider ends: it asks nobody. */
async function wayOf(base: string, jar = createJar()) {
  const { reply, trail } = await jar.follow(`${base}/oidc/login`)
  const callback = trail.find((one) => one.includes('/oidc/callback')) ?? ''
  return { jar, callback, page: reply.text }
}

const userCookies = (jar: Jar): string[] =>
  [...jar.cookies.values()].flatMap((own) => [...own.keys()]).filter((name) => name.includes('-user'))

/** Nobody is known in this browser, and no session was opened. */
async function expectNobody({ base, cloud }: Pick<Stage, 'base' | 'cloud'>, jar: Jar): Promise<void> {
  expect(userCookies(jar)).toEqual([])
  expect((await goOn(base, jar)).code).toBe(403007)
  expect(await cloud.cloud.sessions.list()).toEqual([])
}

describe('login CSRF', () => {
  it("an attacker's answer logs nobody in, in a browser that has begun no login", async () => {
    const stage = await openStage()
    const { callback } = await comeBack(stage.base)
    const victim = createJar()
    const { reply } = await victim.follow(callback)
    expect(noticeOf(reply.text)).toContain(EXPIRED)
    await expectNobody(stage, victim)
  })

  it('the state of another browser is refused, told, and does not end the login that was begun here', async () => {
    const stage = await openStage()
    const attacker = await comeBack(stage.base)
    const victim = await comeBack(stage.base, { login: 'ada' })
    const { reply } = await victim.jar.follow(attacker.callback)
    expect(noticeOf(reply.text)).toContain(FAILED)
    await expectNobody(stage, victim.jar)
    expect(stage.told).toMatchObject([{ name: 'login.failed', reason: 'sign_in', by: 'oidc' }])
    const own = await victim.jar.follow(victim.callback)
    expect(own.reply.text).toContain('Continue as Ada Example')
  })

  it.each(['', '&state=', '&state=x&state=y'])(
    'an answer without a state of its own is refused: "%s"',
    async (state) => {
      const stage = await openStage()
      const { jar, callback } = await comeBack(stage.base)
      const without = callback.replace(/&state=[^&]*/, state)
      expect(noticeOf((await jar.follow(without)).reply.text)).toContain(FAILED)
      await expectNobody(stage, jar)
    },
  )
})

describe('session fixation', () => {
  it('a browser that was somebody before is who has just logged in, with a new login', async () => {
    const stage = await openStage({
      oidc: { toUser: ({ name, sub }) => ({ username: String(name), id: sub, workspace }) },
    })
    const attacker = await logIn(stage.base, { login: 'ben', password: 'another-fake-password' })
    const victim = createJar()
    const planted = new Map(attacker.jar.cookies.get('127.0.0.1'))
    victim.cookies.set('127.0.0.1', new Map(planted))
    const { page } = await logIn(stage.base, { jar: victim })
    expect(page).toContain('Continue as Ada Example')
    const own = victim.cookies.get('127.0.0.1')!
    for (const [name, value] of planted) expect(own.get(name)).not.toBe(value)
    const sessions = [await goOn(stage.base, victim), await goOn(stage.base, victim)]
    expect(sessions.map(({ data }) => data['user_id'])).toEqual(['m-1001', 'm-1001'])
    expect(new Set(sessions.map(({ token }) => token)).size).toBe(2)
  })

  it('with https, a subdomain or plain http cannot plant a cookie: __Host-, Secure, the whole host, no domain', async () => {
    const { cloud, forged } = await openForged({ cloud: { publicUrl: 'https://cloud.example.com/drones' } })
    const { headers } = await ask(cloud.url, '/oidc/login')
    const [cookie = ''] = [headers['set-cookie'] ?? []].flat()
    expect(cookie).toMatch(/^__Host-dji-cloud-oidc-login-1-[0-9a-f]{8}=/)
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/', 'Max-Age=600'])
      expect(cookie.split('; ')).toContain(attribute)
    expect(cookie).not.toMatch(/domain/i)
    // The same content under a name that others can set is not read.
    const { callback } = await fromThere(forged.issuer, String(headers.location))
    const [pair = ''] = cookie.split(';')
    const answer = async (name: string) =>
      (await ask(cloud.url, `/oidc/callback${new URL(callback).search}`, { headers: { cookie: name } }))
        .headers.location
    expect(await answer(pair.replace('__Host-', ''))).toBe('/drones/pilot/login?reason=sign_in_expired')
    expect(await answer(pair)).toBe('/drones/pilot/login')
  })
})

/** What the provider sends the browser back to. */
async function fromThere(issuer: string, location: string) {
  const { pathname, search } = new URL(location)
  const reply = await ask(issuer, `${pathname}${search}`)
  return { callback: String(reply.headers.location) }
}

describe('open redirect', () => {
  const EVIL = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/elsewhere/../..//evil.example',
  ]

  it.each(EVIL)('of the login: %s', async (evil) => {
    const { base } = await openForged()
    const { reply, trail } = await createJar().follow(
      `${base}/oidc/login?return_to=${encodeURIComponent(evil)}`,
    )
    expect(reply.status).toBe(200)
    expect(trail.at(-1)).toBe(`${base}/pilot/login`)
    expect(trail.slice(1).join(' ')).not.toContain('evil.example')
  })

  it.each(EVIL)('of the logout: %s', async (evil) => {
    const { base } = await openForged()
    const { jar, page } = await wayOf(base)
    const out = new URL(signOutOf(page), `${base}/pilot/login`)
    out.searchParams.set('return_to', evil)
    const { trail } = await jar.follow(out.href)
    expect(trail.at(-1)).toBe(`${base}/pilot/login?reason=signed_out`)
  })

  it('of the way back from a logout: an address that was not sealed here is not taken', async () => {
    const { base } = await openForged()
    for (const state of [...EVIL, 'x'.repeat(80)]) {
      const { trail } = await createJar().follow(`${base}/oidc/signed-out?state=${encodeURIComponent(state)}`)
      expect(trail.at(-1)).toBe(`${base}/pilot/login?reason=signed_out`)
    }
  })

  it('the provider is never sent a return address from outside', async () => {
    const { base, forged } = await openForged()
    const reply = await createJar().ask(
      `${base}/oidc/login?redirect_uri=https://evil.example&return_to=https://evil.example`,
    )
    const target = new URL(String(reply.headers.location))
    expect(target.origin).toBe(forged.issuer)
    expect(target.searchParams.getAll('redirect_uri')).toEqual([`${base}/oidc/callback`])
  })
})

const signOutOf = (page: string): string =>
  (/href="([^"]*\/oidc\/logout[^"]*)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&')

describe('a replayed callback', () => {
  it('is refused and told, although the browser still has its cookie and the provider takes the code again', async () => {
    const stage = await openForged()
    stage.forged.bends.isCareless = true
    const jar = createJar()
    const start = await jar.ask(`${stage.base}/oidc/login`)
    const { callback } = await fromThere(stage.forged.issuer, String(start.headers.location))
    const kept = new Map(jar.cookies.get('127.0.0.1'))
    expect((await jar.follow(callback)).reply.text).toContain('Continue as Fay Forged')

    const again = createJar()
    again.cookies.set('127.0.0.1', new Map(kept))
    const { reply } = await again.follow(callback)
    expect(noticeOf(reply.text)).toContain('was finished in another window')
    await expectNobody(stage, again)
    expect(stage.forged.asked.filter((one) => one === 'authorization_code')).toHaveLength(1)
    expect(stage.told).toMatchObject([{ name: 'login.failed', reason: 'sign_in' }])
  })

  it('finds no cookie in the browser that has used it', async () => {
    const { base } = await openStage()
    const { jar, callback } = await logIn(base)
    expect([...(jar.cookies.get('127.0.0.1')?.keys() ?? [])]).toEqual(['dji-cloud-oidc-user'])
    // The way back of the browser: who has just logged in reads no warning, and the code goes nowhere.
    const back = await jar.follow(callback)
    expect([back.url, noticeOf(back.reply.text)]).toEqual([`${base}/pilot/login`, ''])
    jar.cookies.clear()
    expect(noticeOf((await jar.follow(callback)).reply.text)).toContain(EXPIRED)
  })

  it('ten at once: one of them logs in', async () => {
    const { base, forged } = await openForged()
    forged.bends.isCareless = true
    const jar = createJar()
    const start = await jar.ask(`${base}/oidc/login`)
    const { callback } = await fromThere(forged.issuer, String(start.headers.location))
    const cookies = new Map(jar.cookies.get('127.0.0.1'))
    const ends = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const one = createJar()
        one.cookies.set('127.0.0.1', new Map(cookies))
        return (await one.ask(callback)).headers.location
      }),
    )
    expect(ends.filter((end) => end === '/pilot/login')).toHaveLength(1)
  })

  it('a HEAD of a link checker uses up neither the code nor the login', async () => {
    const { base } = await openStage()
    const { jar, callback } = await comeBack(base)
    await jar.ask(callback, { method: 'HEAD' })
    expect((await jar.follow(callback)).reply.text).toContain('Continue as Ada Example')
  })
})

describe('a provider that lies, or another one that answers in its place', () => {
  it.each<[string, (bends: Awaited<ReturnType<typeof startForgedProvider>>['bends']) => void]>([
    [
      'mixed-up issuer: iss is of another provider',
      (bends) => (bends.back = (back) => back.set('iss', 'https://evil.example')),
    ],
    ['mixed-up issuer: iss is missing', (bends) => (bends.back = (back) => back.delete('iss'))],
    [
      'mixed-up issuer: the ID token is of another provider',
      (bends) => (bends.claims = (claims) => ({ ...claims, iss: 'https://evil.example' })),
    ],
    ['wrong nonce', (bends) => (bends.claims = (claims) => ({ ...claims, nonce: 'of-another-login' }))],
    ['missing nonce', (bends) => (bends.claims = ({ nonce: _nonce, ...claims }) => claims)],
    ['wrong audience', (bends) => (bends.claims = (claims) => ({ ...claims, aud: 'another-client' }))],
    [
      'several audiences, issued to another client',
      (bends) => (bends.claims = (claims) => ({ ...claims, aud: ['dji-cloud', 'other'], azp: 'other' })),
    ],
    ['wrong signature: an unknown key', (bends) => (bends.key = 'stranger')],
    ['wrong signature: none', (bends) => (bends.key = 'none')],
    ['wrong signature: the public key as a secret', (bends) => (bends.key = 'public')],
    [
      'an ID token that has expired',
      (bends) => (bends.claims = (claims) => ({ ...claims, exp: Number(claims['iat']) - 120 })),
    ],
    ['no ID token', (bends) => (bends.more = { id_token: undefined })],
    [
      'the userinfo of another user',
      (bends) => (bends.userInfo = (claims) => ({ ...claims, sub: 'somebody-else' })),
    ],
    ['two codes', (bends) => (bends.back = (back) => back.append('code', 'x'))],
  ])('%s', async (_name, bend) => {
    const stage = await openForged()
    expect((await wayOf(stage.base)).page).toContain('Continue as Fay Forged')
    bend(stage.forged.bends)
    const { jar, page } = await wayOf(stage.base)
    expect(noticeOf(page)).toContain(FAILED)
    await expectNobody(stage, jar)
    expect(stage.told).toContainEqual(expect.objectContaining({ name: 'login.failed', reason: 'sign_in' }))
  })

  it('metadata of another issuer than the one that was configured is not used', async () => {
    const stage = await openForged()
    stage.forged.bends.metadata = (metadata) => ({ ...metadata, issuer: 'https://evil.example' })
    const again = await openPlatform(stage.forged.issuer)
    const { page } = await wayOf(again.base)
    expect(noticeOf(page)).toContain(FAILED)
    expect(again.cloud.cloud.health()).toMatchObject({
      status: 'degraded',
      plugins: { oidc: { status: 'down' } },
    })
  })
})

describe('PKCE', () => {
  it('PKCE missing: every login has a challenge of its own, S256, and a code without its verifier is worth nothing', async () => {
    const { base, provider } = await openStage()
    const begun = await Promise.all([0, 1].map(() => createJar().ask(`${base}/oidc/login`)))
    const sent = begun.map(({ headers }) => new URL(String(headers.location)).searchParams)
    for (const parameters of sent) {
      expect(parameters.get('code_challenge_method')).toBe('S256')
      expect(parameters.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    }
    for (const name of ['code_challenge', 'state', 'nonce'])
      expect(new Set(sent.map((parameters) => parameters.get(name))).size).toBe(2)
    // Somebody who sees the code go by, and even knows the secret of the client.
    const { callback } = await comeBack(base)
    const stolen = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('dji-cloud:an-obviously-fake-client-secret').toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(callback).searchParams.get('code') ?? '',
        redirect_uri: `${base}/oidc/callback`,
      }),
    })
    expect([stolen.status, await stolen.json()]).toMatchObject([400, { error: 'invalid_grant' }])
  })
})

describe('hostile text', () => {
  it('in an error of the provider gets onto no page, and as one short line into the log', async () => {
    const hostile = `<script>alert(1)</script>\r\nadmin logged in ${'x'.repeat(5000)}`
    const stage = await openForged()
    stage.forged.bends.back = (back) => {
      back.delete('code')
      back.set('error', hostile)
      back.set('error_description', hostile)
      back.set('error_uri', 'javascript:alert(1)')
    }
    const { page, jar } = await wayOf(stage.base)
    expect(noticeOf(page)).toContain(FAILED)
    expect(page).not.toContain('alert(1)')
    expect(page).not.toContain('admin logged in')
    await expectNobody(stage, jar)
    const said = stage.logs.lines.filter(({ message }) => message.includes('did not succeed'))
    expect(said).toHaveLength(1)
    for (const value of Object.values(said[0]?.fields ?? {})) {
      expect(String(value).length).toBeLessThanOrEqual(200)
      expect(String(value)).not.toMatch(/[\r\n]/)
    }
  })

  it('without a login in this browser, not even an error is believed', async () => {
    const { base, told } = await openForged()
    const { reply } = await createJar().follow(`${base}/oidc/callback?error=access_denied&state=x`)
    expect(noticeOf(reply.text)).toContain(EXPIRED)
    expect(told).toEqual([])
  })

  it('in a name is escaped', async () => {
    const { base, forged } = await openForged()
    forged.bends.userInfo = (claims) => ({ ...claims, name: '"><script>hostile()</script>' })
    const { page } = await wayOf(base)
    expect(page).toContain('Continue as &#34;&gt;&lt;script&gt;hostile()')
    expect(page).not.toContain('<script>hostile()')
  })
})

describe('a cookie of ours', () => {
  it.each<[string, (value: string) => string]>([
    ['changed', (value) => `${value.slice(0, -2)}${value.endsWith('AA') ? 'BB' : 'AA'}`],
    ['cut', (value) => value.slice(0, 20)],
    ['empty', () => ''],
    ['no base64', () => '%%%'],
  ])('that was %s says nothing', async (_name, change) => {
    const stage = await openForged()
    const { jar } = await wayOf(stage.base)
    const own = jar.cookies.get('127.0.0.1')!
    own.set('dji-cloud-oidc-user', change(own.get('dji-cloud-oidc-user') ?? ''))
    expect((await goOn(stage.base, jar)).code).toBe(403007)
  })

  it('of one kind is none of another, and of another platform is none of this', async () => {
    const shared = memoryShared()
    const secret = 'an obviously fake secret of one platform'
    const stage = await openForged({ cloud: { secret, shared } })
    const jar = createJar()
    await jar.ask(`${stage.base}/oidc/login`)
    const own = jar.cookies.get('127.0.0.1')!
    own.set('dji-cloud-oidc-user', own.get('dji-cloud-oidc-login-1') ?? '')
    expect((await goOn(stage.base, jar)).code).toBe(403007)

    const { jar: known } = await wayOf(stage.base)
    const twin = await openPlatform(stage.forged.issuer, { cloud: { secret, shared } })
    const stranger = await openPlatform(stage.forged.issuer, {
      cloud: { secret: 'an obviously fake secret of another', shared },
    })
    // Another store: a logout may have been lost with the record.
    const forgetful = await openPlatform(stage.forged.issuer, { cloud: { secret } })
    expect((await goOn(forgetful.base, known)).code).toBe(403007)
    expect((await goOn(twin.base, known)).status).toBe(200)
    expect((await goOn(stranger.base, known)).code).toBe(403007)
  })

  it('opens no row that needs a token, and no session without the header of our page', async () => {
    const stage = await openForged()
    const { jar } = await wayOf(stage.base)
    expect((await jar.ask(`${stage.base}/oidc/api/v1/status`)).status).toBe(401)
    expect((await jar.ask(`${stage.base}/manage/api/v1/users/current`)).status).toBe(401)
    const bare = await jar.ask(`${stage.base}/pilot/continue`, { method: 'POST', body: { flag: 2 } })
    expect(bare.json.code).toBe(403006)
  })

  it('says who it is for ten minutes, also if somebody keeps it', async () => {
    const stage = await openForged()
    const { jar } = await wayOf(stage.base)
    stage.cloud.advance(10 * 60_000 - 1_000)
    expect((await goOn(stage.base, jar)).status).toBe(200)
    stage.cloud.advance(1_000)
    expect((await goOn(stage.base, jar)).code).toBe(403007)
  })
})

describe('logging others out', () => {
  it('a link of another page does not: the address is of this login', async () => {
    const stage = await openStage()
    const { jar } = await logIn(stage.base)
    const other = await logIn(stage.base)
    const foreign = new URL(signOutOf(other.page), `${stage.base}/pilot/login`).href
    for (const link of [`${stage.base}/oidc/logout`, `${stage.base}/oidc/logout?proof=x`, foreign]) {
      const { url } = await jar.follow(link)
      expect(url).toBe(`${stage.base}/pilot/login`)
      expect((await goOn(stage.base, jar)).status).toBe(200)
    }
  })
})

const workspace = { id: '5a5a5a5a-0000-4000-8000-0000000000f1', name: 'Harbour' }
