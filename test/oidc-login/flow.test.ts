import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { memorySessions, memoryShared } from '../../src/index.ts'
import { WORKSPACE } from '../support/cloud.ts'
import { VARIANTS } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { createJar } from './jar.ts'
import {
  closing,
  comeBack,
  EXPRESS,
  freePort,
  goOn,
  logIn,
  noticeOf,
  openPlatform,
  openStage,
  refresh,
} from './stage.ts'

const NATIVE = {
  application_type: 'native',
  client_id: 'dji-cloud',
  client_secret: 'an-obviously-fake-client-secret',
  grant_types: ['authorization_code', 'refresh_token'],
} as const
/** The client of the example, registered for these paths on any loopback port. */
const clientAt = (...paths: readonly string[]) => ({
  clients: [
    {
      ...NATIVE,
      redirect_uris: paths.map((path) => `http://127.0.0.1${path}`),
      post_logout_redirect_uris: paths.map(
        (path) => `http://127.0.0.1${path.replace(/callback$/, 'signed-out')}`,
      ),
    },
  ],
})

const FRAMEWORKS = VARIANTS.filter(({ parser }) => parser === 'before')

describe.each(FRAMEWORKS.map((variant) => [`${variant.framework}${variant.mount}`, variant] as const))(
  'in %s',
  (_name, variant) => {
    it('a pilot logs in at the provider, and nobody types a password here', async () => {
      const { base, cloud, told } = await openStage({
        variant,
        provider: clientAt(`${variant.mount}/oidc/callback`),
      })
      const { text } = await ask(cloud.url, `${variant.mount}/pilot/login`)
      expect(text).toContain('Log in with Example Login')
      expect(text).not.toContain('login-form')
      const { jar, page, url } = await logIn(base)
      expect(url).toBe(`${base}/pilot/login`)
      expect(page).toContain('Continue as Ada Example')
      const { status, data, token } = await goOn(base, jar)
      expect(status).toBe(200)
      expect(data).toMatchObject({ user_id: 'oidc:m-1001', username: 'Ada Example', user_type: 2 })
      expect(data).toMatchObject({ workspace_id: WORKSPACE.id })
      expect(told).toMatchObject([
        { name: 'login.succeeded', by: 'oidc', userId: 'oidc:m-1001', address: '127.0.0.1' },
      ])
      expect((await refresh(base, token)).json.data).toMatchObject({ username: 'Ada Example' })
    })
  },
)

describe('who comes in', () => {
  it('is decided by toUser: groups become role and workspace, and the id of the provider is kept apart', async () => {
    const workspace = { id: '5a5a5a5a-0000-4000-8000-0000000000f1', name: 'Office', description: 'On land' }
    const { base, told } = await openStage({
      oidc: {
        toUser: ({ sub, preferred_username, groups }) =>
          (groups as string[]).includes('harbour-office')
            ? { id: `staff-${sub}`, username: `${preferred_username}`, role: 'web', workspace }
            : null,
      },
    })
    const { jar } = await logIn(base, { login: 'eva', password: 'a-third-fake-password' })
    expect(await goOn(base, jar, 2)).toMatchObject({ status: 403, code: 403002 })
    const { data } = await goOn(base, jar, 1)
    expect(data).toMatchObject({
      user_id: 'staff-m-1003',
      username: 'eva',
      user_type: 1,
      workspace_id: workspace.id,
    })
    expect(told).toMatchObject([{ reason: 'account_type' }, { name: 'login.succeeded' }])
  })

  it('who is refused reads why, and is asked at the provider who it is the next time', async () => {
    const { base, told } = await openStage()
    const { jar, page, url } = await logIn(base, { login: 'ben', password: 'another-fake-password' })
    expect(url).toBe(`${base}/pilot/login?reason=sign_in_refused`)
    expect(noticeOf(page)).toContain('you may not use this platform')
    expect(page).toContain('Log in with Example Login')
    expect(told).toMatchObject([{ name: 'login.failed', reason: 'not_allowed', username: 'ben', by: 'oidc' }])
    // Ben is still logged in there: without the question he would come back at once, for ever.
    const again = await jar.follow(`${base}/oidc/login`)
    expect(again.url).toContain('/interaction/')
  })

  it('who cancels reads that', async () => {
    const { base, told } = await openStage()
    const { page } = await logIn(base, { form: { cancel: 'yes' } })
    expect(noticeOf(page)).toContain('was cancelled')
    expect(told).toEqual([])
  })

  it.each<[string, () => unknown, RegExp]>([
    ['throws', () => Promise.reject(new Error('the table is locked')), /the table is locked/],
    ['returns no name', () => ({ id: 'x' }), /username is missing/],
    [
      'returns a wrong workspace',
      () => ({ username: 'x', workspace: { id: '7', name: 'x' } }),
      /workspace\.id/,
    ],
    [
      'returns too much',
      () => ({ username: 'x', workspace: { ...WORKSPACE, description: 'x'.repeat(3000) } }),
      /shorten/,
    ],
  ])(
    'a toUser that %s lets nobody in: the log names the fault, the page asks to try again',
    async (_name, toUser, words) => {
      const { base, logs } = await openStage({ oidc: { toUser: toUser as never } })
      const { page, jar } = await logIn(base)
      expect(noticeOf(page)).toContain('The login did not work')
      expect((await goOn(base, jar)).code).toBe(403007)
      const told = logs.lines.filter(({ message }) => message.startsWith('The function toUser() failed'))
      expect(told.map(({ fields }) => String((fields['err'] as Error).message)).join()).toMatch(words)
    },
  )

  it('claims of a thousand groups are kept, and those that nobody can keep are refused with words in the log', async () => {
    const groupsOf = (count: number) => ({
      async findAccount(_context: unknown, sub: string) {
        const groups = ['harbour-pilots', ...Array.from({ length: count }, () => crypto.randomUUID())]
        return { accountId: sub, claims: () => ({ sub, name: 'Ada Example', groups }) }
      },
    })
    const many = await openStage({ provider: groupsOf(900) })
    expect((await logIn(many.base)).page).toContain('Continue as Ada Example')
    const tooMany = await openStage({ provider: groupsOf(2_000) })
    expect(noticeOf((await logIn(tooMany.base)).page)).toContain('The login did not work')
    expect(tooMany.logs.lines.at(-1)?.message).toContain('let the provider send fewer of them')
  })

  it('works beside names and passwords of ours, and with a second provider', async () => {
    const stage = await openStage({ cloud: { users: [{ username: 'pia', password: 'a fake password' }] } })
    const { text } = await ask(stage.cloud.url, '/pilot/login')
    expect(text).toContain('login-form')
    expect(text).toContain('href="../oidc/login?return_to=%2Fpilot%2Flogin"')
  })

  it('the languages of the controller go to the provider, and what else the host wants', async () => {
    const { base } = await openStage({
      oidc: { authorizationParams: { prompt: 'consent', acr_values: 'mfa' } },
    })
    const headers = { 'accept-language': 'zh-CN,zh;q=0.9,<script>;q=0.8,en;q=0.7' }
    const { headers: sent } = await createJar().ask(`${base}/oidc/login`, { headers })
    const { searchParams } = new URL(String(sent.location))
    expect(Object.fromEntries(searchParams)).toMatchObject({
      ui_locales: 'zh-CN zh en',
      prompt: 'consent',
      acr_values: 'mfa',
    })
  })
})

describe('the address that the browser comes back to', () => {
  it('is that of publicUrl, behind a proxy that takes a prefix off', async () => {
    const proxyPort = await freePort()
    const publicUrl = `http://127.0.0.1:${proxyPort}/fleet`
    const stage = await openStage({
      cloud: { publicUrl },
      provider: clientAt('/fleet/oidc/callback'),
    })
    const behind = new URL(stage.cloud.url)
    const proxy = createServer((request, response) => {
      const forwarded = httpRequest(
        {
          port: behind.port,
          path: request.url?.replace('/fleet', ''),
          method: request.method,
          headers: { ...request.headers, host: behind.host },
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        },
      )
      request.pipe(forwarded)
    }).listen(proxyPort, '127.0.0.1')
    await once(proxy, 'listening')
    closing.push(proxy)
    expect((proxy.address() as AddressInfo).port).toBe(proxyPort)

    const page = (await createJar().ask(`${publicUrl}/pilot/login`)).text
    expect(page).toContain('href="/fleet/oidc/login?return_to=%2Ffleet%2Fpilot%2Flogin"')
    const { jar, url } = await logIn(publicUrl)
    expect(url).toBe(`${publicUrl}/pilot/login`)
    expect((await goOn(publicUrl, jar)).status).toBe(200)
  })

  it('is the option redirectUri, where a proxy has another path for it', async () => {
    const { base, cloud } = await openStage({
      oidc: { redirectUri: 'http://127.0.0.1/way/in' },
      provider: clientAt('/way/in'),
    })
    const jar = createJar()
    const { headers } = await jar.ask(`${base}/oidc/login`)
    expect(new URL(String(headers.location)).searchParams.get('redirect_uri')).toBe('http://127.0.0.1/way/in')
    let { reply, url } = await jar.follow(String(headers.location))
    const form = new URLSearchParams({ login: 'ada', password: 'a-fake-password' })
    reply = await jar.ask(url, { method: 'POST', body: form })
    while (reply.status >= 300 && !url.includes('/way/in')) {
      url = new URL(String(reply.headers.location), url).href
      if (!url.includes('/way/in')) reply = await jar.ask(url)
    }
    const page = await jar.follow(`${cloud.url}/oidc/callback${new URL(url).search}`)
    expect(page.reply.text).toContain('Continue as Ada Example')
  })

  it('leads on to the page where the login began', async () => {
    const { base } = await openStage()
    const start = `${base}/oidc/login?return_to=${encodeURIComponent('/pilot/login?from=phone')}`
    const { url } = await logIn(base, { start })
    expect(url).toBe(`${base}/pilot/login?from=phone`)
    const refused = await logIn(base, { start, login: 'ben', password: 'another-fake-password' })
    expect(refused.url).toBe(`${base}/pilot/login?from=phone&reason=sign_in_refused`)
  })
})

describe('the logout', () => {
  const signOutOf = (page: string): string =>
    (/href="([^"]*\/oidc\/logout[^"]*)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&')

  it('ends the login of the browser, here and at the provider, and comes back', async () => {
    const { base, cloud, provider, told } = await openStage()
    const { jar, page, url } = await logIn(base)
    const { token } = await goOn(base, jar)
    const kept = new Map(jar.cookies.get('127.0.0.1'))
    expect(page).toContain('Not Ada Example? Log out of Example Login')
    const asked = await jar.follow(new URL(signOutOf(page), url).href)
    expect(asked.url.startsWith(`${provider.issuer}/session/end`)).toBe(true)
    const { searchParams } = new URL(asked.url)
    expect(searchParams.get('post_logout_redirect_uri')).toBe(`${base}/oidc/signed-out`)
    expect(searchParams.get('id_token_hint')?.split('.')).toHaveLength(3)

    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.reply.text)?.[1] ?? ''
    const back = await jar.follow(`${provider.issuer}/session/end/confirm`, {
      method: 'POST',
      body: new URLSearchParams({ xsrf, logout: 'yes' }),
    })
    expect(back.url).toBe(`${base}/pilot/login?reason=signed_out`)
    expect(noticeOf(back.reply.text)).toBe('You are logged out.')
    expect(back.reply.text).toContain('Log in with Example Login')
    expect((await goOn(base, jar)).code).toBe(403007)
    // The next pilot is asked who it is.
    const next = await jar.follow(`${base}/oidc/login`)
    expect(next.url).toContain('/interaction/')
    // A copy of the cookie is worth nothing.
    jar.cookies.set('127.0.0.1', kept)
    expect((await goOn(base, jar)).code).toBe(403007)

    // A controller that was let in with a borrowed phone flies on, until the provider says no: its refresh token ended with its login.
    expect((await refresh(base, token)).status).toBe(200)
    cloud.advance(15 * 60_000)
    expect(await cloud.cloud.sessions.recheck()).toBe(1)
    expect(told.at(-1)).toMatchObject({ name: 'session.ended', reason: 'user_gone' })
  })

  it('at a provider that has none ends the login here, and the next login asks who it is', async () => {
    const { base } = await openStage({
      provider: { features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } } },
    })
    const { jar, page, url } = await logIn(base)
    const out = await jar.follow(new URL(signOutOf(page), url).href)
    expect(out.url).toBe(`${base}/pilot/login?reason=signed_out`)
    const { headers } = await jar.ask(`${base}/oidc/login`)
    expect(new URL(String(headers.location)).searchParams.get('prompt')).toBe('login')
    // A tap that led to no login does not change that; a login does.
    const again = await jar.ask(`${base}/oidc/login`)
    expect(new URL(String(again.headers.location)).searchParams.get('prompt')).toBe('login')
    await logIn(base, { jar })
    const later = await jar.ask(`${base}/oidc/login`)
    expect(new URL(String(later.headers.location)).searchParams.get('prompt')).toBe(null)
  })

  it('that is not confirmed at the provider gives the next pilot no login of the one before', async () => {
    const { base } = await openStage()
    const { jar, page, url } = await logIn(base)
    await jar.ask(new URL(signOutOf(page), url).href)
    const { headers } = await jar.ask(`${base}/oidc/login`)
    expect(new URL(String(headers.location)).searchParams.get('prompt')).toBe('login')
  })

  it('while the store is down goes to the provider all the same, and the log says what is left', async () => {
    const shared = memoryShared()
    let isDown = false
    const put: typeof shared.put = (...given) =>
      isDown ? Promise.reject(new Error('ECONNREFUSED')) : shared.put(...given)
    const { base, logs } = await openStage({ cloud: { shared: { ...shared, put } } })
    const { jar, page, url } = await logIn(base)
    isDown = true
    const { headers } = await jar.ask(new URL(signOutOf(page), url).href)
    expect(headers.location).toContain('/session/end')
    expect(logs.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('A logout could not be stored'),
    })
    expect((await goOn(base, jar)).code).toBe(403007)
    const next = await jar.ask(`${base}/oidc/login`)
    expect(new URL(String(next.headers.location)).searchParams.get('prompt')).toBe('login')
  })

  it('while the provider is down ends the login here; its address is known, so that the browser is sent there', async () => {
    const stage = await openStage()
    const { jar, page, url } = await logIn(stage.base)
    await stage.provider.close()
    closing.splice(0, 1)
    const { headers } = await jar.ask(new URL(signOutOf(page), url).href)
    expect(headers.location).toContain('/session/end')
    expect((await goOn(stage.base, jar)).code).toBe(403007)
  })
})

describe('several nodes', () => {
  it('share a login: begun at one, finished at the next, continued at the third; a callback is used once on all', async () => {
    const shared = memoryShared()
    const sessions = memorySessions()
    const secret = 'an obviously fake secret of three nodes'
    const first = await openStage({ cloud: { secret, shared, sessions } })
    const node = () =>
      openPlatform(first.provider.issuer, { cloud: { secret, shared, sessions }, variant: EXPRESS })
    const [second, third] = [await node(), await node()]
    const at = (url: string, base: string) => url.replace(first.base, base)
    const { jar, callback } = await comeBack(first.base)
    const cookies = new Map(jar.cookies.get('127.0.0.1'))
    // The balancer sends the browser elsewhere: the address that it sees stays the same.
    const host = new URL(first.base).host
    const { headers } = await jar.ask(at(callback, second.base), { headers: { host } })
    expect(headers.location).toBe('/pilot/login')
    const answer = await jar.ask(`${third.base}/pilot/continue`, {
      method: 'POST',
      body: { flag: 2 },
      headers: { origin: third.base, 'x-dji-cloud': '1' },
    })
    expect(answer.json.data).toMatchObject({ username: 'Ada Example' })
    jar.cookies.set('127.0.0.1', cookies)
    const again = await jar.ask(at(callback, third.base), { headers: { host } })
    expect(again.headers.location).toBe('/pilot/login?reason=sign_in_expired')
  })
})

describe('several tabs of one browser', () => {
  it('can each end the login that they have begun, in any order', async () => {
    const { base } = await openStage()
    const first = await comeBack(base)
    // Otherwise the provider knows the user already, and sends the browser through at once.
    first.jar.cookies.delete('localhost')
    const second = await comeBack(base, { jar: first.jar })
    expect(second.callback).not.toBe(first.callback)
    for (const { callback } of [second, first])
      expect((await first.jar.follow(callback)).reply.text).toContain('Continue as Ada Example')
    expect([...(first.jar.cookies.get('127.0.0.1')?.keys() ?? [])]).toEqual(['dji-cloud-oidc-user'])
  })

  it('take no more than three places in its cookies: the oldest login has to be begun again', async () => {
    const { base, cloud } = await openStage()
    const jar = createJar()
    const ways = []
    for (let tab = 0; tab < 4; tab++) {
      ways.push(await comeBack(base, { jar }))
      jar.cookies.delete('localhost')
      cloud.advance(1_000)
    }
    const own = [...(jar.cookies.get('127.0.0.1') ?? [])].filter(([name]) => name.includes('-login-'))
    expect(own).toHaveLength(3)
    expect(own.reduce((sum, [name, value]) => sum + name.length + value.length, 0)).toBeLessThan(3_000)
    const ends = []
    for (const { callback } of ways.reverse()) ends.push((await jar.follow(callback)).reply.text)
    expect(ends.map((page) => page.includes('Continue as Ada Example'))).toEqual([true, true, true, true])
    expect(noticeOf(ends[3]!)).toBe('')
  })
})
