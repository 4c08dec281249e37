import { describe, expect, it } from 'vitest'
import { createDjiCloud, customUsers, type DjiCloudOptions } from '../../src/index.ts'
import {
  cookieOf,
  definePlugin,
  type PluginContext,
  type RecheckFilter,
  route,
  type SignInSource,
  type SourceUser,
  type User,
} from '../../src/plugin.ts'
import { WORKSPACE } from '../support/cloud.ts'
import { type Ask, ask as send } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { closing, start } from './start.ts'

const SECRET = 'obviously-fake-secret-of-a-source'

/** A login elsewhere: the cookie `sso` says who the browser is. */
function elsewhere(more: Partial<SignInSource> = {}) {
  const users = new Map<string, SourceUser>([
    ['mia', { id: 'mia', username: 'Mia', workspace: WORKSPACE }],
    ['web', { id: 'web', username: 'Wim', role: 'web', workspace: WORKSPACE }],
  ])
  const asked: unknown[][] = []
  const source: SignInSource = {
    id: 'elsewhere',
    label: 'Example SSO',
    currentUser(request) {
      const id = cookieOf(request, 'sso')
      return id === null ? null : { id, data: { refresh: SECRET } }
    },
    findById(id, data) {
      asked.push([id, data])
      return users.get(id)
    },
    startUrl: ({ path }) => `/sso?back=${encodeURIComponent(path)}`,
    ...more,
  }
  const plugin = definePlugin({
    id: 'test-sso',
    setup: (context) => ({
      signIn: [source],
      routes: [
        route({
          method: 'GET',
          path: '/test-sso/who',
          guard: 'public',
          async handle({ request }) {
            const found = await context.signedInUser(request)
            const page = '/phone/approve?code=x'
            const out = found === null ? null : context.signOutLink(request, found.source.id, page)
            return { found, links: context.signInLinks(request, page), out }
          },
        }),
        route({
          method: 'POST',
          path: '/test-sso/in',
          guard: 'browser',
          async handle({ request }) {
            const found = await context.signedInUser(request)
            if (found === null) return null
            const { user, source: of, data } = found
            const why = { reason: 'test', source: of.id, data }
            return (await context.sessions.open({ ...user, role: user.role ?? 'pilot' }, why)).token
          },
        }),
      ],
    }),
  })
  return { plugin, users, asked }
}

function ask(address: string, { token, headers, ...more }: Ask & { readonly token?: string } = {}) {
  const { origin, pathname } = new URL(address)
  const all = { ...headers, ...(token === undefined ? {} : { 'x-auth-token': token }) }
  return send(origin, pathname, { ...more, headers: all })
}

const own = (url: string) => ({ origin: new URL(url).origin, 'x-dji-cloud': '1' })

describe('the part signIn', () => {
  it('says who a browser is, and what to offer to somebody whom nobody knows', async () => {
    const { plugin } = elsewhere()
    const cloud = await start({ plugins: [plugin] })
    const who = async (cookie?: string) =>
      (await ask(`${cloud.url}/test-sso/who`, cookie === undefined ? {} : { headers: { cookie } })).json.data
    expect(await who()).toEqual({
      found: null,
      links: [{ id: 'elsewhere', label: 'Example SSO', href: '/sso?back=%2Fphone%2Fapprove%3Fcode%3Dx' }],
      out: null,
    })
    expect(await who('sso=mia')).toMatchObject({
      found: {
        user: { id: 'mia', username: 'Mia', role: null, workspace: WORKSPACE },
        source: { id: 'elsewhere', label: 'Example SSO' },
        data: { refresh: SECRET },
      },
    })
    expect(await who('sso=nobody')).toMatchObject({ found: null })
  })

  it('says where the login of its source ends, if the source does', async () => {
    const out = async (more: Partial<SignInSource>) => {
      const cloud = await start({ plugins: [elsewhere(more).plugin] })
      return (await ask(`${cloud.url}/test-sso/who`, { headers: { cookie: 'sso=mia' } })).json.data?.['out']
    }
    expect(await out({})).toBeNull()
    expect(await out({ signOutUrl: ({ path }) => `/bye?back=${encodeURIComponent(path)}` })).toBe(
      '/bye?back=%2Fphone%2Fapprove%3Fcode%3Dx',
    )
  })

  it('a session of its user is asked about at the source, with the data, until the source says no', async () => {
    const { plugin, users, asked } = elsewhere()
    const logs = recordLogs()
    const cloud = await start({ plugins: [plugin], logger: logs.logger })
    const told: unknown[] = []
    cloud.cloud.on('login.succeeded', (event) => told.push(event))
    cloud.cloud.on('session.ended', (event) => told.push(event))
    const headers = { ...own(cloud.url), cookie: 'sso=mia' }
    const token = (await ask(`${cloud.url}/test-sso/in`, { method: 'POST', headers })).json
      .data as unknown as string
    const api = `${cloud.url}/manage/api/v1`
    const authed = { method: 'POST' as const, token, body: {} }
    expect((await ask(`${api}/token/verify`, authed)).json.data).toMatchObject({
      user: { id: 'mia', username: 'Mia', role: 'pilot' },
      workspace: WORKSPACE,
    })
    const refreshed = await ask(`${api}/token/refresh`, authed)
    expect(refreshed.json.data).toMatchObject({ username: 'Mia' })
    expect(asked).toEqual([0, 1, 2, 3].map(() => ['mia', { refresh: SECRET }]))

    // Nothing but the source sees the data again.
    const listed = await cloud.cloud.sessions.list({ userId: 'mia' })
    expect(listed).toMatchObject([{ username: 'Mia', signInSource: 'elsewhere' }])
    expect(JSON.stringify([listed, told, logs.lines, refreshed.json])).not.toContain(SECRET)
    expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).not.toContain(SECRET)

    users.delete('mia')
    const next = (refreshed.json.data as unknown as { access_token: string }).access_token
    const refused = await ask(`${api}/users/current`, { token: next })
    expect(refused).toMatchObject({ status: 401, json: { data: { reason: 'user_gone' } } })
    expect(told).toMatchObject([{ by: 'test' }, { reason: 'user_gone' }])
  })

  it('a source that is not there opens no session, and no user of the same id takes its place', async () => {
    const users = customUsers({
      authenticate: () => null,
      findById: (id) => ({ id, username: id, workspace: WORKSPACE }),
    })
    const cloud = await start({ users })
    const mia = { id: 'mia', username: 'mia', role: 'pilot', workspace: WORKSPACE } as const
    const opened = cloud.cloud.sessions.open(mia, { reason: 'test', source: 'elsewhere' })
    await expect(opened).rejects.toMatchObject({ code: 'USER_REFUSED' })
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it('findById of the option users gets the data of the session, and works without it', async () => {
    const asked: unknown[][] = []
    const users = customUsers({
      authenticate: () => null,
      findById(...given) {
        asked.push(given)
        return { id: given[0], username: 'Pia', workspace: WORKSPACE }
      },
    })
    const cloud = await start({ users })
    const pia = { id: 'pia', username: 'Pia', role: 'pilot', workspace: WORKSPACE } as const
    for (const data of [{ ticket: 7 }, undefined]) {
      const { token } = await cloud.cloud.sessions.open(pia, { reason: 'test', data })
      expect((await ask(`${cloud.url}/manage/api/v1/users/current`, { token })).status).toBe(200)
    }
    // By sessions.open, and by the request.
    expect(asked).toEqual([
      ['pia', { ticket: 7 }, 'pilot'],
      ['pia', { ticket: 7 }, 'pilot'],
      ['pia', undefined, 'pilot'],
      ['pia', undefined, 'pilot'],
    ])
    const large = cloud.cloud.sessions.open(pia, { reason: 'test', data: 'x'.repeat(5000) })
    await expect(large).rejects.toMatchObject({ code: 'INVALID_INPUT', message: /4096 bytes/ })
  })

  it('a source that fails is a 503 and a log line, unless another one knows', async () => {
    const broken = elsewhere({
      currentUser: () => {
        throw new Error('the service is down')
      },
    })
    const logs = recordLogs()
    const cloud = await start({ plugins: [broken.plugin], logger: logs.logger })
    expect(await ask(`${cloud.url}/test-sso/who`)).toMatchObject({ status: 503 })
    expect(JSON.stringify(logs.lines)).toContain('did not say who a browser is')
  })

  it.each<[string, Partial<SignInSource>, RegExp]>([
    ['no id', { currentUser: () => ({ name: 'mia' }) as never }, /currentUser\(\)/],
    [
      'another user',
      { findById: () => ({ id: 'other', username: 'x', workspace: WORKSPACE }) },
      /another user/,
    ],
    [
      'a wrong workspace',
      { findById: (id) => ({ id, username: 'x', workspace: { id: '7', name: 'x' } }) },
      /workspace\.id needs a UUID/,
    ],
    ['too much data', { currentUser: () => ({ id: 'mia', data: 'x'.repeat(5000) }) }, /4096 bytes/],
  ])('%s is refused with words in the log', async (_name, more, words) => {
    const { plugin } = elsewhere(more)
    const logs = recordLogs()
    const cloud = await start({ plugins: [plugin], logger: logs.logger })
    const answer = await ask(`${cloud.url}/test-sso/who`, { headers: { cookie: 'sso=mia' } })
    expect(answer.status).toBe(503)
    expect(
      logs.lines.map(({ fields }) => String((fields['err'] as Error | undefined)?.message)).join(),
    ).toMatch(words)
  })

  it('a plugin that learns that a user has gone ends the sessions at once, and those of no other source', async () => {
    const { plugin, users } = elsewhere()
    let recheck: (filter: RecheckFilter) => Promise<number> = async () => 0
    const watcher = definePlugin({
      id: 'watcher',
      setup(context) {
        recheck = context.sessions.recheck
        return {}
      },
    })
    const cloud = await start({ plugins: [plugin, watcher] })
    const { sessions } = cloud.cloud
    const mia = { id: 'mia', username: 'Mia', role: 'pilot', workspace: WORKSPACE } as const
    await sessions.open(mia, { reason: 'test', source: 'elsewhere' })
    users.delete('mia')
    expect(await recheck({ signInSource: 'another' })).toBe(0)
    expect(await sessions.list()).toHaveLength(1)
    expect(await recheck({ signInSource: 'elsewhere' })).toBe(1)
    expect(await sessions.list()).toEqual([])
  })

  it('a login that a plugin refuses is told as every failed login is', async () => {
    const watcher = definePlugin({
      id: 'watcher',
      setup: (context) => ({
        routes: [
          route({
            method: 'GET',
            path: '/watcher/fail',
            guard: 'public',
            handle({ request: { address } }) {
              context.reportFailedLogin({
                source: 'elsewhere',
                reason: 'not_allowed',
                username: 'Eve',
                address,
              })
            },
          }),
        ],
      }),
    })
    const cloud = await start({ plugins: [watcher] })
    const told: unknown[] = []
    cloud.cloud.on('login.failed', (event) => told.push(event))
    await ask(`${cloud.url}/watcher/fail`)
    expect(told).toEqual([
      {
        ...{ at: expect.any(Number), address: '127.0.0.1', username: 'Eve' },
        ...{ reason: 'not_allowed', by: 'elsewhere' },
      },
    ])
  })

  it.each([
    ['sign_in_refused', 'but you may not use this platform'],
    ['sign_in_cancelled', 'was cancelled'],
    ['sign_in_expired', 'took too long'],
    ['sign_in_unavailable', 'cannot be reached now'],
    ['sign_in_failed', 'did not work'],
  ])('the login page says why a login elsewhere sent the browser back: %s', async (reason, words) => {
    const cloud = await start({ plugins: [elsewhere().plugin] })
    const page = async (language: string) =>
      (await send(cloud.url, `/pilot/login?reason=${reason}`, { headers: { 'accept-language': language } }))
        .text
    expect(await page('en')).toContain(words)
    expect(await page('zh')).toMatch(/id="reason" role="status">[^<]*[\u4e00-\u9fff]/)
  })

  it.each(['toString', '__proto__', '<b>'])('no other reason gets onto the page: %s', async (reason) => {
    const cloud = await start()
    const { status, text } = await send(cloud.url, `/pilot/login?reason=${encodeURIComponent(reason)}`)
    expect(status).toBe(200)
    expect(text).toContain('id="reason" role="status" hidden>')
  })

  it('is asked for its user by a plugin, with the data that it gave', async () => {
    const { plugin, asked } = elsewhere()
    const asker = definePlugin({
      id: 'asker',
      setup: (context) => ({ api: { find: context.findUser, byId: (id: string) => context.findUser(id) } }),
    })
    const cloud = await start({ plugins: [plugin, asker] })
    const { find, byId } = Object(cloud.cloud.plugins)['asker'] as {
      readonly find: PluginContext['findUser']
      readonly byId: (id: string) => Promise<User | null>
    }
    const data = { refresh: SECRET }
    expect(await find({ id: 'mia', source: 'elsewhere', role: 'web', data })).toMatchObject({
      ...{ id: 'mia', username: 'Mia', role: 'web' },
    })
    expect(asked.at(-1)).toEqual(['mia', data])
    expect(await find({ id: 'nobody', source: 'elsewhere', role: 'web' })).toBeNull()
    expect(await find({ id: 'mia', source: 'gone', role: 'web' })).toBeNull()
    // The option `users` has nobody of this id.
    expect(await find({ id: 'mia', source: null, role: 'web' })).toBeNull()
    expect(await byId('mia')).toBeNull()
  })

  it('a row that acts on a cookie answers only scripts of our own pages', async () => {
    const { plugin } = elsewhere()
    const cloud = await start({ plugins: [plugin] })
    const post = (headers: Record<string, string>) =>
      ask(`${cloud.url}/test-sso/in`, { method: 'POST', headers: { cookie: 'sso=mia', ...headers } })
    for (const headers of [{}, { origin: cloud.url }, { ...own(cloud.url), origin: 'https://evil.example' }])
      expect(await post(headers as Record<string, string>)).toMatchObject({
        status: 403,
        json: { code: 403006 },
      })
    expect((await post(own(cloud.url))).status).toBe(200)
    expect(await cloud.cloud.sessions.list({ userId: 'mia' })).toHaveLength(1)
  })

  it.each<[string, () => string]>([
    [
      'throws',
      () => {
        throw new Error('no route')
      },
    ],
    ['gives a script', () => 'javascript:alert(1)'],
    ['gives nothing', () => undefined as never],
  ])(
    'a source whose address %s is left out, with a log line, and the page comes',
    async (_name, startUrl) => {
      const logs = recordLogs()
      const cloud = await start({ plugins: [elsewhere({ startUrl }).plugin], logger: logs.logger })
      const page = await ask(`${cloud.url}/pilot/login`)
      expect(page.status).toBe(200)
      expect(page.text).toContain('login-form')
      expect(page.text).not.toContain('Log in with Example SSO')
      expect(JSON.stringify(logs.lines)).toContain('gave no address')
    },
  )

  const faultsOf = (options: DjiCloudOptions): string => {
    try {
      closing.push(createDjiCloud({ broker: idleBroker(), logger: false, ...options }))
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  it('two sources of one id are a fault that names both plugins', () => {
    const [one, two] = [elsewhere().plugin, { ...elsewhere().plugin, id: 'other-sso' }]
    const words = faultsOf({ plugins: [one, two as unknown as typeof one] })
    expect(words).toContain('has the sign-in source elsewhere, which the plugin test-sso has already')
  })
  it('a plugin that needs a login says so at the start, and starts with one', () => {
    const phone = definePlugin({ id: 'phone', needs: ['signIn'], setup: () => ({}) })
    expect(faultsOf({ plugins: [phone] })).toMatch(
      /plugins\.phone: needs a login that knows who a browser is; give the option login/,
    )
    expect(faultsOf({ plugins: [phone, elsewhere().plugin] })).toBe('')
  })
  it('a source without a label is a fault', () => {
    expect(faultsOf({ plugins: [elsewhere({ label: '' }).plugin] })).toMatch(/elsewhere, which needs a label/)
  })
})
