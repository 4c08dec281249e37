import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express5 from 'express'
import express4 from 'express4'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { type DjiCloudExpress, djiCloud as forExpress } from '../../src/express.ts'
import {
  type CloudEvents,
  customUsers,
  type DjiCloud,
  type DjiCloudOptions,
  type OpenedSession,
  type User,
} from '../../src/index.ts'
import { djiCloud as forKoa } from '../../src/koa.ts'
import { WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_B } from '../support/sessions.ts'

const API = '/manage/api/v1'
const GATEWAY = '5YSZKFAKE0001'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Started {
  readonly cloud: DjiCloud
  readonly url: string
  /** What was told, in order. */
  readonly told: unknown[]
  advance(ms: number): void
}

async function serve(
  make: (options: DjiCloudOptions) => { cloud: DjiCloud; listener: RequestListener },
): Promise<Started> {
  let ahead = 0
  const { cloud, listener } = make({
    users,
    mqtt: { host: '127.0.0.1', port: 0 },
    logger: false,
    clock: { now: () => Date.now() + ahead },
  })
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    await cloud.close()
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  await cloud.ready()
  const told: unknown[] = []
  const note =
    <Name extends 'login.succeeded' | 'login.failed' | 'session.ended'>(name: Name) =>
    (event: CloudEvents[Name]) => {
      const { at, address, ...rest } = event
      told.push({ name, address, ...rest })
    }
  for (const name of ['login.succeeded', 'login.failed', 'session.ended'] as const) cloud.on(name, note(name))
  return {
    cloud,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    advance(ms) {
      ahead += ms
    },
  }
}

/** The host's own users. A disabled one is not found, as the port says. */
const table = new Map<string, User & { disabled?: boolean }>()
afterEach(() => table.clear())
const add = (id: string, more: Partial<User> = {}): User => {
  const user: User = { id, username: `${id}-name`, role: 'pilot', workspace: WORKSPACE, ...more }
  table.set(id, user)
  return user
}
const disable = (id: string): string => {
  table.set(id, { ...(table.get(id) as User), disabled: true })
  return id
}
const find = (id: string): User | null => {
  const user = table.get(id)
  return user === undefined || user.disabled === true ? null : user
}
const users = customUsers({
  authenticate: ({ username, password }) =>
    password === 'right' ? find(username.replace('-name', '')) : null,
  findById: find,
})

type Framework = 'express 5' | 'express 4' | 'koa 3' | 'koa 2'

/** `/feed` has its token in the query and answers refusals as text; `/broken` has handlers that throw. */
function withGuards(framework: Framework) {
  return (options: DjiCloudOptions) => {
    if (framework.startsWith('express')) {
      const app = (framework === 'express 4' ? express4 : express5)()
      const cloud = forExpress(options)
      app.use(cloud)
      const feed = cloud.requireAuth({
        role: 'pilot',
        workspace: (request) => request.query['workspace'],
        token: (request) => request.query['token'],
        onError: (error, _request, response) => response.type('text').send(`${error.status} ${error.code}`),
      })
      app.get(
        '/feed',
        feed as never,
        (request: express5.Request, response: express5.Response) => void response.json(request.dji),
      )
      const broken = cloud.requireAuth({ onError: () => Promise.reject(new Error('no words')) })
      app.get(
        '/broken',
        broken as never,
        (_request: express5.Request, response: express5.Response) => void response.json({ let: 'in' }),
      )
      const unread = cloud.requireAuth({
        token: () => {
          throw new Error('no token here')
        },
      })
      app.get(
        '/unread',
        unread as never,
        (_request: express5.Request, response: express5.Response) => void response.json({ let: 'in' }),
      )
      app.use(((error, _request, response, _next) => {
        response.status(500).json({ host_error: error.message })
      }) as express5.ErrorRequestHandler)
      return { cloud, listener: app as RequestListener }
    }
    const app = new ((framework === 'koa 2' ? Koa2 : Koa3) as typeof Koa3)()
    const cloud = forKoa(options)
    app.silent = true
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        ctx.status = 500
        ctx.body = { host_error: (error as Error).message }
      }
    })
    app.use(cloud)
    const guards: Readonly<Record<string, Koa3.Middleware>> = {
      '/feed': cloud.requireAuth({
        role: 'pilot',
        workspace: (ctx) => ctx.query['workspace'],
        token: (ctx) => ctx.query['token'],
        onError: (error, ctx) => {
          ctx.body = `${ctx.status} ${error.code}`
        },
      }),
      '/broken': cloud.requireAuth({ onError: () => Promise.reject(new Error('no words')) }),
      '/unread': cloud.requireAuth({
        token: () => {
          throw new Error('no token here')
        },
      }),
    }
    app.use((ctx) =>
      guards[ctx.path]?.(ctx as never, async () => {
        ctx.body = ctx.state.dji
      }),
    )
    return { cloud, listener: app.callback() }
  }
}

describe.each<Framework>(['express 5', 'express 4', 'koa 3', 'koa 2'])('requireAuth on %s', (framework) => {
  it('takes the token from elsewhere, asks for role and workspace, and answers in another format', async () => {
    const { cloud, url } = await serve(withGuards(framework))
    add('pia')
    add('wanda', { role: 'web' })
    const pilot = await cloud.sessions.open('pia', { reason: 'test' })
    const web = await cloud.sessions.open('wanda', { reason: 'test' })
    const feed = async (query: string, headers = {}) => {
      const { status, text } = await ask(url, `/feed?${query}`, { headers })
      return `${status} ${text}`
    }
    const { status, json } = await ask(url, `/feed?token=${pilot.token}&workspace=${WORKSPACE.id}`)
    expect([status, json['userId']]).toEqual([200, 'pia'])
    expect(await feed('')).toBe('401 401 TOKEN_MISSING')
    expect(await feed('token=x')).toBe('401 401 TOKEN_INVALID')
    // A list is no token, even if both are good.
    expect(await feed(`token=${pilot.token}&token=${pilot.token}`)).toBe('401 401 TOKEN_MISSING')
    // Where the host says where the token is, the header does not count.
    expect(await feed('', { 'x-auth-token': pilot.token })).toBe('401 401 TOKEN_MISSING')
    expect(await feed(`token=${web.token}&workspace=${WORKSPACE.id}`)).toBe('403 403 ROLE_REQUIRED')
    expect(await feed(`token=${pilot.token}&workspace=${WORKSPACE_B.id}`)).toBe('403 403 OTHER_WORKSPACE')
    expect(await feed(`token=${pilot.token}`)).toBe('403 403 OTHER_WORKSPACE')
  })

  it('never lets a request pass whose refusal or token cannot be made out', async () => {
    const { url } = await serve(withGuards(framework))
    expect((await ask(url, '/broken')).json).toEqual({ host_error: 'no words' })
    expect((await ask(url, '/unread')).json).toEqual({ host_error: 'no token here' })
  })

  it('a session of the host is as good as a login', async () => {
    const { cloud, url, told } = await serve(withGuards(framework))
    add('pia')
    const login = await ask(url, `${API}/login`, {
      method: 'POST',
      body: { username: 'pia-name', password: 'right', flag: 2 },
    })
    const opened = await cloud.sessions.open('pia', {
      reason: 'kiosk',
      address: '192.0.2.7',
      hostname: '127.0.0.1',
    })
    expect(opened.mqtt).toMatchObject({ host: login.json.data?.['mqtt_addr'], clientId: null })
    const current = await ask(url, `${API}/users/current`, { headers: { 'x-auth-token': opened.token } })
    const { access_token, expires_at, mqtt_username, mqtt_password, ...same } = login.json.data ?? {}
    expect(current.json.data).toMatchObject(same)
    expect(opened.expiresAt).toBeGreaterThanOrEqual(Number(expires_at))
    const refreshed = await ask(url, `${API}/token/refresh`, {
      method: 'POST',
      headers: { 'x-auth-token': opened.token },
    })
    expect(refreshed.json.code).toBe(0)
    const common = { name: 'login.succeeded', userId: 'pia', username: 'pia-name', workspaceId: WORKSPACE.id }
    expect(told).toEqual([
      { ...common, address: '127.0.0.1', sessionId: expect.any(String), by: null, challenge: null },
      { ...common, address: '192.0.2.7', sessionId: opened.session.id, by: 'kiosk', challenge: null },
    ])
  })
})

const plain = () => serve(withGuards('express 5'))

describe('sessions.open', () => {
  it('takes the record of the host, and gives what the option users has', async () => {
    const { cloud } = await plain()
    add('7', { workspace: { ...WORKSPACE, name: 'The new name' } })
    const record = {
      id: 7,
      username: 'as the host writes it',
      passport: 'not ours',
      workspace: { id: WORKSPACE.id },
    }
    const { user, session } = await cloud.sessions.open(record, { reason: 'test' })
    expect(user).toMatchObject({ id: '7', username: '7-name', workspace: { name: 'The new name' } })
    expect(session).toMatchObject({ userId: '7', workspaceId: WORKSPACE.id })
  })

  it.each<[string, (given: User) => unknown, object, string, object]>([
    ['an unknown id', () => 'nobody', {}, 'USER_REFUSED', { username: 'nobody', reason: 'user_gone' }],
    ['a disabled user', () => disable('pia'), {}, 'USER_REFUSED', { username: 'pia', reason: 'user_gone' }],
    [
      'a record in another workspace',
      (pia) => ({ ...pia, workspace: WORKSPACE_B }),
      {},
      'USER_REFUSED',
      { username: 'pia-name', reason: 'workspace_changed' },
    ],
    [
      'a record with another role',
      (pia) => ({ ...pia, role: 'web' }),
      {},
      'USER_REFUSED',
      { username: 'pia-name', reason: 'role_changed' },
    ],
    [
      'a pilot where browsers log in',
      () => 'pia',
      { flag: 1 },
      'ACCOUNT_TYPE',
      { username: 'pia-name', reason: 'account_type' },
    ],
    [
      'a controller of another workspace',
      () => 'pia',
      { gateway: 'FAKEOTHER0001' },
      'OTHER_WORKSPACE',
      { username: 'pia-name', reason: 'gateway' },
    ],
    [
      'a controller for a web user',
      () => add('wanda', { role: 'web' }),
      { gateway: GATEWAY },
      'ROLE_REQUIRED',
      { username: 'wanda-name', reason: 'account_type' },
    ],
  ])(
    '%s: refused, told as a failed login, and no session is left',
    async (_name, given, more, code, event) => {
      const { cloud, told } = await plain()
      add('bea', { workspace: WORKSPACE_B })
      await cloud.sessions.open('bea', { reason: 'test', gateway: 'FAKEOTHER0001' })
      told.length = 0
      const who = given(add('pia'))
      const refused = cloud.sessions.open(who as never, { reason: 'kiosk', address: '192.0.2.7', ...more })
      await expect(refused).rejects.toMatchObject({ code })
      expect(told).toEqual([{ name: 'login.failed', address: '192.0.2.7', by: 'kiosk', ...event }])
      expect((await cloud.sessions.list()).map(({ userId }) => userId)).toEqual(['bea'])
    },
  )

  it('a store that is down is no failed login', async () => {
    const down = customUsers({ authenticate: () => null, findById: () => Promise.reject(new Error('away')) })
    const { cloud, told } = await serve((options) => withGuards('express 5')({ ...options, users: down }))
    await expect(cloud.sessions.open('pia', { reason: 'kiosk' })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    expect(told).toEqual([])
  })

  it('gives the credentials of one controller, the same as the page gets, and holds it for the workspace', async () => {
    const { cloud, url } = await plain()
    add('pia')
    const opened: OpenedSession = await cloud.sessions.open('pia', {
      reason: 'kiosk',
      gateway: GATEWAY,
      hostname: '127.0.0.1',
    })
    const asked = await ask(url, `${API}/mqtt/credentials`, {
      method: 'POST',
      headers: { 'x-auth-token': opened.token },
      body: { gateway_sn: GATEWAY },
    })
    expect(asked.json.data).toEqual({
      host: opened.mqtt?.host,
      username: opened.mqtt?.username,
      password: opened.mqtt?.password,
      client_id: GATEWAY,
      expires_at: opened.mqtt?.expiresAt,
    })
    add('bea', { workspace: WORKSPACE_B })
    const other = await cloud.sessions.open('bea', { reason: 'kiosk' })
    const taken = await ask(url, `${API}/mqtt/credentials`, {
      method: 'POST',
      headers: { 'x-auth-token': other.token },
      body: { gateway_sn: GATEWAY },
    })
    expect(taken.status).toBe(403)
  })

  it('a web user gets no MQTT credentials, as at a login', async () => {
    const { cloud } = await plain()
    add('wanda', { role: 'web' })
    expect((await cloud.sessions.open('wanda', { reason: 'service', flag: 1 })).mqtt).toBeNull()
  })
})

describe('sessions.verify', () => {
  it('tells session and user of a good token', async () => {
    const { cloud } = await plain()
    const pia = add('pia')
    const { token, session } = await cloud.sessions.open('pia', { reason: 'test' })
    expect(await cloud.sessions.verify(token)).toEqual({ valid: true, session, user: pia })
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['nothing', ''],
    ['a list', ['x']],
    ['an object', {}],
    ['nonsense', 'nonsense'],
    ['three parts', 'eyJhbGciOiJub25lIn0.e30.'],
    ['a very long text', 'x'.repeat(100_000)],
    ['control characters', '\u0000\u0007.\ud800.'],
  ])('says why and never rejects: %s', async (_name, token) => {
    const { cloud } = await plain()
    const isText = typeof token === 'string' && token !== ''
    expect(await cloud.sessions.verify(token as never)).toEqual({
      ...{ valid: false, reason: isText ? 'unknown' : 'missing', canRefresh: false, endReason: null },
    })
  })

  it('knows expired, replaced and ended tokens, and MQTT passwords are none', async () => {
    const { cloud, url, advance } = await plain()
    add('pia')
    const { token, session, mqtt } = await cloud.sessions.open('pia', { reason: 'test' })
    expect(await cloud.sessions.verify(mqtt?.password)).toMatchObject({ reason: 'unknown' })
    advance(13 * 3_600_000)
    expect(await cloud.sessions.verify(token)).toMatchObject({ reason: 'expired', canRefresh: true })
    await ask(url, `${API}/token/refresh`, { method: 'POST', headers: { 'x-auth-token': token } })
    advance(60_000)
    expect(await cloud.sessions.verify(token)).toMatchObject({ reason: 'replaced', canRefresh: false })
    await cloud.sessions.end({ id: session.id })
    expect(await cloud.sessions.verify(token)).toMatchObject({ reason: 'ended', endReason: 'revoked' })
  })

  it.each<[string, () => void, string]>([
    ['disabled', () => void disable('pia'), 'user_gone'],
    ['moved to another workspace', () => add('pia', { workspace: WORKSPACE_B }), 'workspace_changed'],
    ['given another role', () => add('pia', { role: 'web' }), 'role_changed'],
  ])('ends the session of a user who was %s', async (_name, change, endReason) => {
    const { cloud, told } = await plain()
    add('pia')
    const { token, session } = await cloud.sessions.open('pia', { reason: 'test' })
    change()
    expect(await cloud.sessions.verify(token)).toEqual({
      valid: false,
      reason: 'ended',
      canRefresh: false,
      endReason,
    })
    expect(told).toContainEqual(
      expect.objectContaining({ name: 'session.ended', sessionId: session.id, reason: endReason }),
    )
  })
})

describe('without a framework', () => {
  it('sessions.require gives the caller, and asks for role and workspace', async () => {
    const { cloud } = await plain()
    add('pia')
    const { token, session } = await cloud.sessions.open('pia', { reason: 'test' })
    const caller = await cloud.sessions.require(token, { role: 'pilot', workspaceId: WORKSPACE.id })
    expect(caller).toMatchObject({ userId: 'pia', sessionId: session.id })
    expect(caller.devices.list()).toEqual([])
    const code = (demand: object) =>
      cloud.sessions.require(token, demand).catch((error: { code: string }) => error.code)
    expect(await code({ role: 'web' })).toBe('ROLE_REQUIRED')
    expect(await code({ workspaceId: WORKSPACE_B.id })).toBe('OTHER_WORKSPACE')
    // A value that has got lost gives no access.
    expect(await code({ workspaceId: undefined })).toBe('OTHER_WORKSPACE')
    await expect(cloud.sessions.require(null)).rejects.toMatchObject({ code: 'TOKEN_MISSING', status: 401 })
  })

  it('the guard of dji-cloud/express takes the requests of node:http', async () => {
    const { cloud, url } = await serve((options) => {
      const own: DjiCloudExpress = forExpress(options)
      const guard = own.requireAuth({
        token: ({ url: address = '' }) => new URL(address, 'http://localhost').searchParams.get('token'),
      })
      return {
        cloud: own,
        listener: (request, response) => guard(request, response, () => response.end('in')),
      }
    })
    add('pia')
    const { token } = await cloud.sessions.open('pia', { reason: 'test' })
    expect((await ask(url, `/?token=${token}`)).text).toBe('in')
    expect((await ask(url, '/')).json.code).toBe(401001)
  })

  it('a token for an address ends when it is told to, and not later than its session lets it', async () => {
    const { cloud, advance } = await plain()
    add('pia')
    const { session } = await cloud.sessions.open('pia', { reason: 'test' })
    const short = cloud.sessions.shortLivedToken(session, Date.now() + 60_000)
    expect((await cloud.sessions.verify(short)).valid).toBe(true)
    expect(() => cloud.sessions.shortLivedToken(session, session.tokenExpiresAt + 1_000)).toThrow(
      /cannot end after/,
    )
    advance(61_000)
    expect(await cloud.sessions.verify(short)).toMatchObject({ reason: 'expired' })
  })

  it('the reasons of verify are typed', () => {
    type Verified = Awaited<ReturnType<DjiCloud['sessions']['verify']>>
    expectTypeOf<Extract<Verified, { valid: false }>['reason']>().toEqualTypeOf<
      'missing' | 'unknown' | 'expired' | 'replaced' | 'ended'
    >()
    expectTypeOf<Extract<Verified, { valid: true }>['user']>().toEqualTypeOf<User>()
  })
})
