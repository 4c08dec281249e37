// "Continue as" acts on a cookie of the host, which the browser sends with requests of every site.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DjiCloudOptions, LoginOption } from '../../src/index.ts'
import { cookieOf, definePlugin, type RouteFacts } from '../../src/plugin.ts'
import { closing, start } from '../plugins/start.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { PILOT, WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'

const COOKIE = { cookie: 'sso=mia' }
const EVIL = 'https://evil.example'
const APP = 'https://app.example.com'

interface WithHeaders {
  readonly headers: Record<string, string | undefined>
}

/** The host's own login: a cookie names the user. */
const login = (more: Partial<LoginOption<WithHeaders>> = {}): LoginOption<WithHeaders> => ({
  label: 'Example SSO',
  loginUrl: '/sso',
  currentUser: ({ headers }) => cookieOf({ headers }, 'sso'),
  findById: (id) => ({ id, username: `Mia <b>"${id}"</b>`, workspace: WORKSPACE }),
  ...more,
})

const host = (more: DjiCloudOptions = {}) =>
  start({
    broker: idleBroker(),
    users: [{ ...PILOT, workspace: WORKSPACE }],
    login: login() as never,
    ...more,
  })

const own = (url: string) => ({ ...COOKIE, origin: url, 'x-dji-cloud': '1' })

const goOn = (url: string, headers: Record<string, string>, body: unknown = { flag: 2 }, from?: string) =>
  ask(url, '/pilot/continue', { method: 'POST', headers, body, from })

describe('"continue as"', () => {
  it('answers what a login answers, and is told with what let the user in', async () => {
    const cloud = await host()
    const told: unknown[] = []
    cloud.cloud.on('login.succeeded', (event) => told.push(event))
    const { status, json } = await goOn(cloud.url, own(cloud.url))
    expect([status, json.code]).toEqual([200, 0])
    expect(json.data).toMatchObject({ user_id: 'mia', user_type: 2, workspace_id: WORKSPACE.id })
    expect(told).toMatchObject([{ userId: 'mia', by: 'host', address: '127.0.0.1' }])
    const token = String(json.data?.['access_token'])
    const answer = await ask(cloud.url, '/manage/api/v1/users/current', {
      headers: { 'x-auth-token': token },
    })
    expect(answer.json.data).toMatchObject({ user_id: 'mia' })
  })

  it('makes a web session in a browser, for a user without a role', async () => {
    const cloud = await host()
    const { json } = await goOn(cloud.url, own(cloud.url), { flag: '1' })
    expect(json.data).toMatchObject({ user_type: 1, mqtt_username: null })
    const [session] = await cloud.cloud.sessions.list({ userId: 'mia' })
    expect(session?.role).toBe('web')
    const token = String(json.data?.['access_token'])
    const refreshed = await ask(cloud.url, '/manage/api/v1/token/refresh', {
      method: 'POST',
      headers: { 'x-auth-token': token },
    })
    expect(refreshed.json.data).toMatchObject({ user_type: 1 })
  })

  it('refuses a web user at a controller, and tells it', async () => {
    const findById: LoginOption['findById'] = (id) => ({
      id,
      username: 'Wim',
      role: 'web',
      workspace: WORKSPACE,
    })
    const cloud = await host({ login: login({ findById }) as never })
    const told: unknown[] = []
    cloud.cloud.on('login.failed', (event) => told.push(event))
    expect(await goOn(cloud.url, own(cloud.url))).toMatchObject({ status: 403, json: { code: 403002 } })
    expect(told).toMatchObject([{ username: 'Wim', reason: 'account_type' }])
  })

  it('refuses when nobody is logged in there, and when it is not whom the page has shown', async () => {
    const cloud = await host()
    const { cookie: _none, ...without } = own(cloud.url)
    expect(await goOn(cloud.url, without)).toMatchObject({ status: 403, json: { code: 403007 } })
    const shown = { flag: 2, user_id: 'somebody-else' }
    expect(await goOn(cloud.url, own(cloud.url), shown)).toMatchObject({ json: { code: 403007 } })
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it('takes the user of `users` by the id, where the option has no findById', async () => {
    const users = [{ ...PILOT, id: 'mia', workspace: WORKSPACE }]
    const { findById: _none, ...rest } = login()
    const cloud = await host({ users, login: rest as never })
    expect((await goOn(cloud.url, own(cloud.url))).json.data).toMatchObject({ username: PILOT.username })
    const stranger = { ...own(cloud.url), cookie: 'sso=nobody' }
    expect(await goOn(cloud.url, stranger)).toMatchObject({ json: { code: 403007 } })
  })

  it('is counted for the address: who guesses cookies is blocked, with words and a time', async () => {
    const perAddress = { attempts: 3, windowSeconds: 60 }
    const cloud = await host({ loginRateLimit: { perAddress } })
    const told: unknown[] = []
    cloud.cloud.on('login.throttled', (event) => told.push(event))
    for (let times = 0; times < 5; times += 1)
      expect((await goOn(cloud.url, own(cloud.url))).status).toBe(200)
    const { cookie: _none, ...without } = own(cloud.url)
    const guess = () => goOn(cloud.url, without, { flag: 2 }, '127.0.0.9')
    const statuses: number[] = []
    for (let times = 0; times < 4; times += 1) statuses.push((await guess()).status)
    expect(statuses).toEqual([403, 403, 403, 429])
    expect((await guess()).headers['retry-after']).toMatch(/^\d+$/)
    expect(told).toMatchObject([{ address: '127.0.0.9', username: '' }, { address: '127.0.0.9' }])
  })
})

describe('login CSRF', () => {
  it.each<[string, (url: string) => Record<string, string>]>([
    ['a form of another site', () => ({ origin: EVIL, 'content-type': 'application/x-www-form-urlencoded' })],
    ['a form without the header of ours', (url) => ({ origin: url, 'content-type': 'text/plain' })],
    ['a script of another origin', () => ({ origin: EVIL, 'x-dji-cloud': '1' })],
    ['a script of an origin that http.cors names', () => ({ origin: APP, 'x-dji-cloud': '1' })],
    ['a sandboxed frame', () => ({ origin: 'null', 'x-dji-cloud': '1' })],
    [
      'a browser that says cross-site',
      (url) => ({ origin: url, 'x-dji-cloud': '1', 'sec-fetch-site': 'cross-site' }),
    ],
    ['no browser at all', () => ({ 'x-dji-cloud': '1' })],
  ])('%s opens no session, and is told why', async (_name, headers) => {
    const cloud = await host({ http: { cors: { origins: [APP] } } })
    const answer = await ask(cloud.url, '/pilot/continue', {
      method: 'POST',
      headers: { ...COOKIE, ...headers(cloud.url) },
      body: '{"flag":2}',
    })
    expect(answer).toMatchObject({ status: 403, json: { code: 403006 } })
    expect(answer.json.message).toContain('page of this platform')
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it('a browser that asks first whether another origin may send our header gets no yes', async () => {
    const cloud = await host({ http: { cors: { origins: [APP] } } })
    const preflight = await ask(cloud.url, '/pilot/continue', {
      method: 'OPTIONS',
      headers: {
        origin: APP,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-dji-cloud',
      },
    })
    expect(preflight.headers['access-control-allow-headers']).not.toContain('x-dji-cloud,')
    expect(String(preflight.headers['access-control-allow-headers']).split(', ')).not.toContain('x-dji-cloud')
    expect(preflight.headers['access-control-allow-credentials']).toBeUndefined()
  })
})

describe.each(ENGINES.filter(hasEngine))('a hostile page in %s', (engine) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(engine)
  })
  afterAll(() => browser.close())

  it('opens no session with the cookie of the host, by form, script or frame', async () => {
    const cloud = await host()
    const arrived: [string, string | undefined][] = []
    cloud.server.prependListener('request', ({ url, method, headers }) => {
      if (url === '/pilot/continue') arrived.push([method ?? '', headers.cookie])
    })
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>evil</title><iframe name="sink"></iframe>')
    }).listen(0, '127.0.0.1')
    closing.push(evil)
    await once(evil, 'listening')
    const { port } = evil.address() as AddressInfo
    const { page } = browser
    // No SameSite: an older Chromium then sends it from everywhere, as it does with many a host's cookie.
    await page.goto(`${cloud.url}/pilot/login`)
    await page.evaluate(`void (document.cookie = 'sso=mia; path=/')`)
    await page.goto(`http://127.0.0.1:${port}/`)
    const target = JSON.stringify(`${cloud.url}/pilot/continue`)
    const script = (headers: string) =>
      `fetch(${target}, { method: 'POST', credentials: 'include', headers: ${headers}, body: '{"flag":2}' }).then((answer) => answer.status, () => 'refused')`
    expect(await page.evaluate(script(`{ 'x-dji-cloud': '1' }`))).toBe('refused')
    expect(await page.evaluate(script(`{ 'content-type': 'text/plain' }`))).toBe('refused')
    await page.evaluate(
      `new Promise((done) => {
        const frame = document.querySelector('iframe')
        frame.onload = () => done()
        const form = document.createElement('form')
        form.method = 'post'
        form.target = 'sink'
        form.action = ${target}
        document.body.appendChild(form)
        form.submit()
      })`,
    )
    // The cookie did arrive: what keeps the session closed is ours.
    expect(arrived.filter(([method, cookie]) => method === 'POST' && cookie === 'sso=mia').length).toBe(2)
    expect(await cloud.cloud.sessions.list()).toEqual([])
    await page.goto('about:blank')
  })
})

describe('fixation', () => {
  it('every "continue" makes a new session and token, whatever the request brings', async () => {
    const cloud = await host()
    const planted = await cloud.cloud.sessions.open(
      { id: 'mia', username: 'planted', role: 'pilot', workspace: WORKSPACE },
      { reason: 'test', source: 'host' },
    )
    const headers = {
      ...own(cloud.url),
      'x-auth-token': planted.token,
      authorization: `Bearer ${planted.token}`,
    }
    const tokens = [planted.token]
    for (let times = 0; times < 2; times += 1)
      tokens.push(String((await goOn(cloud.url, headers)).json.data?.['access_token']))
    expect(new Set(tokens).size).toBe(3)
    const sessions = await cloud.cloud.sessions.list({ userId: 'mia' })
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(3)
    expect(sessions.filter(({ id }) => id === planted.session.id)).toHaveLength(1)
  })
})

describe('a cookie of the host', () => {
  it('opens none of the rows that need a token', async () => {
    let rows: readonly RouteFacts[] = []
    let routes: () => readonly RouteFacts[] = () => []
    const plugin = definePlugin({
      id: 'list-of-rows',
      setup(context) {
        routes = context.routes
        return {}
      },
    })
    const cloud = await host({ plugins: [plugin] as never })
    rows = routes().filter(({ guard }) => guard === 'token')
    expect(rows.length).toBeGreaterThan(10)
    for (const { method, path } of rows) {
      const filled = path.replace(':workspace_id', WORKSPACE.id).replace(/:\w+\+?/g, 'TEST0000000001')
      const answer = await ask(cloud.url, filled, { method, headers: own(cloud.url) })
      expect([method, path, answer.status]).toEqual([method, path, 401])
    }
    for (const path of ['/token/refresh', '/token/verify'])
      expect(
        (await ask(cloud.url, `/manage/api/v1${path}`, { method: 'POST', headers: own(cloud.url) })).status,
      ).toBe(401)
  })
})

describe('the login page', () => {
  const pageOf = async (
    cloud: { url: string },
    path = '/pilot/login',
    headers: Record<string, string> = {},
  ) => (await ask(cloud.url, path, { headers })).text

  it('escapes the name, and says which service', async () => {
    const cloud = await host()
    const text = await pageOf(cloud, '/pilot', COOKIE)
    expect(text).toContain('Continue as Mia &lt;b&gt;&#34;mia&#34;&lt;/b&gt;')
    expect(text).not.toContain('<b>')
    expect(text).toContain('Example SSO')
    expect(text).toContain('id="login-form"')
  })

  it.each([
    ['a path', {}, '/sso?return_to=%2Fpilot%2Flogin'],
    ['a path with a query', { loginUrl: '/sso?a=1' }, '/sso?a=1&amp;return_to=%2Fpilot%2Flogin'],
    ['another parameter', { returnParameter: 'next' }, '/sso?next=%2Fpilot%2Flogin'],
    [
      'an address elsewhere gets the whole address',
      { loginUrl: 'https://sso.example.com/in' },
      'https://sso.example.com/in?return_to=https%3A%2F%2Fcloud.example.com%2Fpilot%2Flogin',
    ],
  ])('brings the browser back here: %s', async (_name, more, href) => {
    const cloud = await host({ login: login(more) as never, publicUrl: 'https://cloud.example.com' })
    expect(await pageOf(cloud)).toContain(`href="${href}"`)
  })

  it('takes no return address from anybody', async () => {
    const cloud = await host()
    const evil = encodeURIComponent(EVIL)
    const text = await pageOf(cloud, `/pilot/login?return_to=${evil}&next=${evil}&redirect=${evil}`)
    expect(text).not.toContain('evil.example')
    expect(text).toContain('href="/sso?return_to=%2Fpilot%2Flogin"')
  })

  it('has no form for passwords where nobody has one, or the option hides it', async () => {
    const cloud = await host({ login: login({ password: false }) as never })
    expect(await pageOf(cloud)).not.toContain('login-form')
    const alone = await start({ broker: idleBroker(), users: false, login: login() as never })
    expect(await pageOf(alone)).not.toContain('login-form')
    expect(alone.cloud.developmentLogin).toBeNull()
  })

  it('comes also while the host cannot say who the browser is', async () => {
    const currentUser = () => {
      throw new Error('the session store is down')
    }
    const cloud = await host({ login: login({ currentUser }) as never })
    const page = await pageOf(cloud)
    expect(page).toContain('Log in with Example SSO')
    expect(page).toContain('The login service cannot be reached now. Try again in a moment.')
    expect((await goOn(cloud.url, own(cloud.url))).status).toBe(503)
  })

  it('offers the way out of that login on a shared controller', async () => {
    const cloud = await host({ login: login({ logoutUrl: '/sso/out' }) as never })
    expect(await pageOf(cloud, '/pilot/login', COOKIE)).toContain(
      'href="/sso/out?return_to=%2Fpilot%2Flogin"',
    )
    expect(await pageOf(cloud)).not.toContain('/sso/out')
  })
})
