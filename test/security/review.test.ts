// What an adversarial reading found, each held by a test.
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import type { User, UserStore } from '../../src/core/ports/index.ts'
import { bareError } from '../../src/core/safe-logger.ts'
import { createPlatform } from '../../src/dji-cloud.ts'
import { createDjiCloud, memoryUsers } from '../../src/index.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { manualClock } from '../support/clock.ts'
import { startHost, type Variant } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { plainRequest } from '../support/plain-request.ts'
import { HOUR, WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const EXPRESS: Variant = { framework: 'express 5', mount: '', parser: 'none' }

async function host(more: DjiCloudOptions = {}, variant = EXPRESS) {
  const started = await startHost(variant, {
    users: testUsers(),
    broker: idleBroker(),
    logger: false,
    ...more,
  })
  closing.push(() => started.close())
  const post = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
    ask(started.url, `/manage/api/v1${path}`, { method: 'POST', body, headers })
  const logIn = async (username = 'amelia', flag = 2) => {
    const { json } = await post('/login', { username, password: PASSWORD, flag })
    return { 'x-auth-token': String(json.data?.['access_token']) }
  }
  return { ...started, post, logIn }
}

/** A store whose one user can be changed while logged in. */
function changing(): UserStore & { as: (user: User) => User } {
  const store = testUsers()
  const users = {
    as: (user: User): User => user,
    authenticate: store.authenticate,
    findById: async (id: string) => {
      const user = await store.findById(id)
      return user && users.as(user)
    },
  }
  return users
}

test("a workspace that cannot be told is not one's own", async () => {
  const { cloud, internals } = createPlatform({ users: testUsers(), broker: idleBroker(), logger: false })
  closing.push(cloud.close)
  const answer = await internals.http.handle(
    plainRequest({
      ...{
        method: 'POST',
        path: '/manage/api/v1/login',
        headers: {},
        host: 'localhost',
        address: '192.0.2.1',
      },
      readBody: async () => ({
        kind: 'parsed',
        value: { username: 'amelia', password: PASSWORD, flag: 2 },
      }),
    }),
  )
  const token = JSON.parse(String(answer?.body)).data.access_token
  for (const id of [undefined, null, '', WORKSPACE_B.id, [WORKSPACE_A.id]]) {
    await expect(internals.guard(token, { workspace: { id } })).rejects.toMatchObject({
      code: 'OTHER_WORKSPACE',
    })
  }
  await expect(internals.guard(token, { workspace: { id: WORKSPACE_A.id } })).resolves.toBeDefined()
  await expect(internals.guard(token, {})).resolves.toBeDefined()
})

test('the middleware passes on what the host found, also when it found nothing', async () => {
  const { url, logIn } = await host()
  expect((await ask(url, '/of/', { headers: await logIn() })).status).not.toBe(200)
})

test('a session does not outlive the role that it was opened with', async () => {
  const users = changing()
  const { post, logIn } = await host({ users })
  const headers = await logIn()
  users.as = (user) => ({ ...user, role: 'web' })
  const refused = await post('/token/refresh', {}, headers)
  expect([refused.status, refused.json.data]).toEqual([
    401,
    expect.objectContaining({ reason: 'role_changed' }),
  ])
  expect((await post('/mqtt/credentials', { gateway_sn: 'RCFAKE00000001' }, headers)).status).toBe(401)
})

test("a name that is not the account's own counts no good login as a bad one", async () => {
  const store = testUsers()
  const users: UserStore = {
    ...store,
    authenticate: ({ username, password }) =>
      store.authenticate({ username: username.split('@')[0] ?? '', password }),
  }
  const { post } = await host({ users })
  for (let login = 0; login < 15; login += 1) {
    expect((await post('/login', { username: 'amelia@example.com', password: PASSWORD })).status).toBe(200)
  }
})

test('a HEAD spends no token', async () => {
  const clock = manualClock()
  const { url, post, logIn } = await host({ clock })
  const headers = await logIn()
  clock.advance(13 * HOUR)
  await ask(url, '/pilot', { method: 'HEAD', headers })
  clock.advance(60_000)
  expect((await post('/token/refresh', {}, headers)).status).toBe(200)
})

test('a browser user is not given the licence', async () => {
  const license = { appId: '100001', appKey: 'fake', appLicense: 'ZmFrZSBsaWNlbnNlIGZvciB0ZXN0cyE=' }
  const { url, logIn } = await host({ license })
  expect((await ask(url, '/pilot/bootstrap', { headers: await logIn('wanda', 1) })).json.data).toMatchObject({
    license: null,
  })
  expect((await ask(url, '/pilot/bootstrap', { headers: await logIn() })).json.data).toMatchObject({
    license: { app_id: '100001' },
  })
})

test('ending sessions takes a filter that says something', async () => {
  const { cloud, logIn } = await host()
  await logIn()
  await expect(cloud.sessions.end({ userId: undefined } as never)).rejects.toThrow('userId')
  await expect(cloud.sessions.end({ userID: 'amelia' } as never)).rejects.toThrow('is not a filter')
  await expect(cloud.sessions.list({ user: 'amelia' } as never)).rejects.toThrow('is not a filter')
  expect(await cloud.sessions.list()).toHaveLength(1)
  expect(await cloud.sessions.end({})).toBe(1)
})

test('what drivers hang on their errors reaches no log', async () => {
  const logged: unknown[] = []
  const keep = (fields: object) => void logged.push(fields)
  const request = Object.assign(
    new Error('upstream said 500', {
      cause: Object.assign(new Error('socket'), { command: 'AUTH hunter2' }),
    }),
    { config: { data: 'hunter2' }, code: 'ERR_BAD' },
  )
  const { post } = await host({
    users: { authenticate: () => Promise.reject(request), findById: async () => null },
    logger: { debug: keep, info: keep, warn: keep, error: keep },
  })
  expect((await post('/login', { username: 'amelia', password: 'hunter2' })).status).toBe(503)
  const [entry] = logged.filter((fields) => 'err' in (fields as object)) as {
    err: Error & { code: string }
  }[]
  expect(entry?.err).toMatchObject({ message: 'upstream said 500', code: 'ERR_BAD' })
  const everything = JSON.stringify(logged, (_key, value: unknown) =>
    value instanceof Error ? { ...value, cause: value.cause } : value,
  )
  expect(everything).not.toContain('hunter2')
  expect(bareError('text')).toBe('text')
})

describe('what bites later is said at the start', () => {
  const warningsOf = async (options: DjiCloudOptions) => {
    const said: string[] = []
    const nothing = () => undefined
    const cloud = createDjiCloud({
      broker: idleBroker(),
      users: testUsers(),
      logger: {
        debug: nothing,
        info: nothing,
        error: nothing,
        warn: (_fields, message) => said.push(message),
      },
      ...options,
    })
    await cloud.close()
    return said.join('\n')
  }
  const license = { appId: '100001', appKey: 'fake', appLicense: 'ZmFrZSBsaWNlbnNlIGZvciB0ZXN0cyE=' }

  test('no licence, one that cannot be one, options that nobody reads', async () => {
    expect(await warningsOf({})).toContain('DJI_APP_ID')
    expect(await warningsOf({ license: { ...license, appLicense: 'your-license-here' } })).toContain(
      'bad base-64',
    )
    expect(await warningsOf({ license, mqtt: { port: 1 } })).toContain('mqtt.port does nothing')
    expect(await warningsOf({ license, mqtt: { anonymous: true } })).toContain('UNSAFE')
    expect(await warningsOf({ license })).toBe('')
  })

  test.each([
    ['express 5', "app.set('trust proxy', 1)"],
    ['koa 3', 'app.proxy = true'],
  ] as const)('%s: a proxy that the app does not trust, once', async (framework, remedy) => {
    const said: string[] = []
    const nothing = () => undefined
    const { url } = await host(
      {
        license,
        logger: {
          debug: nothing,
          info: nothing,
          error: nothing,
          warn: (_fields, message) => said.push(message),
        },
      },
      { ...EXPRESS, framework },
    )
    for (let request = 0; request < 3; request += 1)
      await ask(url, '/pilot', { headers: { 'x-forwarded-for': '192.0.2.7' } })
    expect(said).toEqual([expect.stringContaining(remedy)])
  })

  test('in production a broker that did not start is told on the terminal, though there is no logger', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const cloud = createDjiCloud({
      environment: 'production',
      secret: 'an obviously fake secret for these tests only',
      publicUrl: 'https://drones.example.com',
      mqtt: { url: 'ssl://mqtt.example.com:8883' },
      license,
      users: memoryUsers([]),
      broker: idleBroker({ start: () => Promise.reject(new Error('address in use')) }),
    })
    await expect(cloud.ready()).rejects.toThrow('address in use')
    await vi.waitFor(() => expect(said).toHaveBeenCalledWith(expect.stringContaining('address in use')), {
      timeout: 15_000,
    })
    said.mockRestore()
    await cloud.close()
  })
})
