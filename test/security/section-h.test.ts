// The weaknesses of DJI's published demo (facts H), row by row: each test is named after one and fails when its
// defence is taken away. How that was checked is said in SECURITY.md.
import { readFile } from 'node:fs/promises'
import jwt from 'jsonwebtoken'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyRing } from '../../src/core/access/keys.ts'
import { hashPassword } from '../../src/core/access/passwords.ts'
import { routeTable } from '../../src/core/http/table.ts'
import { parseOptions } from '../../src/core/options/parse.ts'
import { createPlatform } from '../../src/dji-cloud.ts'
import { createDjiCloud, type DjiCloud, memoryUsers } from '../../src/index.ts'
import type { AnyPlugin, PluginRoute } from '../../src/plugin.ts'
import { phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { badgeReader } from '../support/badge-reader.ts'
import { manualClock } from '../support/clock.ts'
import { hashed } from '../support/hashed.ts'
import { type Host, startHost } from '../support/hosts.ts'
import { type Ask, ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { DAY, WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'

const GATEWAY = 'RCFAKE00000001'
const LICENSE = {
  appId: '100001',
  appKey: 'fake-app-key-of-these-tests',
  appLicense: 'fake-license-of-these-tests',
}
const VARIANT = { framework: 'express 5', mount: '', parser: 'none' } as const

const lines: string[] = []
const record = (fields: object, message: string) => void lines.push(`${message} ${flat(fields)}`)
const logger = { debug: record, info: record, warn: record, error: record }
/** Everything that any serialiser might print of a logged object, errors included. */
const flat = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Error ? { ...part, message: part.message, stack: part.stack, cause: part.cause } : part,
  )

describe('the weaknesses of the demo, row by row', () => {
  const clock = manualClock()
  let host: Host
  let cloud: DjiCloud

  beforeAll(async () => {
    host = await startHost(VARIANT, {
      clock,
      users: testUsers(),
      logger,
      license: LICENSE,
      mqtt: { port: 0, host: '127.0.0.1' },
    })
    cloud = host.cloud
    await cloud.ready()
  })
  afterAll(() => host.close())

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(host.url, `/manage/api/v1${path}`, { method: 'POST', body, headers })
  const get = (path: string, more?: Ask) => ask(host.url, path, more)
  const logIn = async (username = 'amelia') =>
    (await post('/login', { username, password: PASSWORD })).json.data ?? {}
  const as = (data: Record<string, unknown>) => ({ 'x-auth-token': String(data.access_token) })
  const credentials = async (data: Record<string, unknown>, gateway: string) =>
    (await post('/mqtt/credentials', { gateway_sn: gateway }, as(data))).json.data as Record<string, string>
  const connect = ({ username = '', password = '' }: Record<string, string>, clientId = GATEWAY) =>
    connectAsync(cloud.mqttAddress('127.0.0.1'), {
      username,
      password,
      clientId,
      reconnectPeriod: 0,
      protocolVersion: 5,
    })
  /** A production configuration with one thing changed. */
  const production = (more: object) => () =>
    parseOptions(
      {
        environment: 'production',
        secret: 'an obviously fake secret for these tests only',
        publicUrl: 'https://drones.example.com',
        mqtt: { url: 'ssl://mqtt.example.com:8883' },
        license: LICENSE,
        users: testUsers(),
        ...more,
      },
      {},
    )

  test('H1 passwords are stored as salted scrypt hashes, and a plain one cannot go into production', async () => {
    const [first, second] = [await hashPassword('tango'), await hashPassword('tango')]
    expect(first).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/)
    expect(first).not.toBe(second)
    for (const part of first.split('$'))
      expect(Buffer.from(part, 'base64').toString('latin1')).not.toContain('tango')
    expect(production({})).not.toThrow()
    expect(production({ users: [{ username: 'a', password: 'b', workspace: WORKSPACE_A }] })).toThrow(
      'plain password',
    )
  })

  test('H2 there is no default account outside development, and no form comes filled in', async () => {
    expect(production({ users: undefined })).toThrow('users')
    const [one, two] = [
      createDjiCloud({ broker: idleBroker(), logger: false }),
      createDjiCloud({ broker: idleBroker(), logger: false }),
    ]
    expect(one.developmentLogin?.password).not.toBe(two.developmentLogin?.password)
    await Promise.all([one.close(), two.close()])
    expect((await get('/pilot')).text).not.toMatch(/<input[^>]*\svalue=/)
  })

  test('H3 an unknown name and a wrong password differ neither in the answer nor in the work done', async () => {
    const users = memoryUsers([{ username: 'amelia', password: PASSWORD, workspace: WORKSPACE_A }], {
      ln: 13,
      r: 8,
      p: 1,
    })
    const work = (username: string) =>
      hashed(async () => void (await users.authenticate({ username, password: 'wrong' })))
    await work('amelia')
    expect([await work('amelia'), await work('nobody')]).toEqual([1, 1])
    const wrong = await post('/login', { username: 'amelia', password: 'x' })
    expect((await post('/login', { username: 'nobody', password: 'x' })).text).toBe(wrong.text)
  })

  test('H4 logins are limited, the answer says for how long, and the host hears of it', async () => {
    const heard: string[] = []
    const stop = [
      cloud.on('login.failed', () => heard.push('failed')),
      cloud.on('login.throttled', () => heard.push('throttled')),
    ]
    const answers = []
    for (let guess = 0; guess < 11; guess += 1)
      answers.push(await post('/login', { username: 'victim', password: `guess-${guess}` }))
    expect(answers.slice(0, 10).map(({ json }) => json.code)).toEqual(Array(10).fill(403001))
    expect([answers[10]?.status, answers[10]?.json.code]).toEqual([200, 429001])
    expect(Number(answers[10]?.headers['retry-after'])).toBeGreaterThan(0)
    expect(heard).toEqual([...Array(10).fill('failed'), 'throttled'])
    for (const off of stop) off()
  })

  test('H5 a token is refreshed only inside its window, once, with the rights of today, and can be revoked', async () => {
    const data = await logIn()
    const fresh = (await post('/token/refresh', {}, as(data))).json.data ?? {}
    clock.advance(60_000)
    // Used twice: somebody has a copy. The whole session ends.
    expect((await post('/token/refresh', {}, as(data))).status).toBe(401)
    expect((await post('/token/verify', {}, as(fresh))).json.data).toMatchObject({
      status: 'ended',
      reason: 'reused',
    })
    const late = await logIn()
    clock.advance(8 * DAY)
    expect((await post('/token/refresh', {}, as(late))).json.data).toMatchObject({ status: 'expired' })
  })

  test('H6 an unsigned token, or one with another algorithm, is not a token', async () => {
    const data = await logIn()
    const [head = '', body = ''] = String(data.access_token).split('.')
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString())
    const none = `${Buffer.from(JSON.stringify({ alg: 'none', kid })).toString('base64url')}.${body}.`
    expect((await post('/token/verify', {}, { 'x-auth-token': none })).json.data).toMatchObject({
      status: 'invalid',
    })
    expect((await post('/token/refresh', {}, { 'x-auth-token': none })).status).toBe(401)
  })

  test('H7 there is no built-in secret, purposes have keys of their own, and issuer and audience are checked', async () => {
    expect(production({ secret: undefined })).toThrow('DJI_CLOUD_SECRET')
    const other = createPlatform({ broker: idleBroker(), users: testUsers(), logger: false })
    await expect(other.internals.guard(String((await logIn()).access_token), {})).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    })
    await other.cloud.close()
    const claims = {
      sub: 'amelia',
      sid: 's',
      wid: WORKSPACE_A.id,
      jti: 'j',
      iat: 1,
      exp: 2_000_000_000,
      iss: 'dji-cloud',
      aud: 'dji-cloud:access',
    }
    const demo = jwt.sign(claims, 'CloudApiSample')
    expect((await post('/token/verify', {}, { 'x-auth-token': demo })).json.data).toMatchObject({
      status: 'invalid',
    })
    const keys = createKeyRing([], ['an obviously fake secret for these tests only'])
    expect(keys.signing('mqtt').sign.equals(keys.signing('access').sign)).toBe(false)
  })

  test('H8, H17, H20 no token, password, licence or payload reaches a log or an event', async () => {
    const events: string[] = []
    const names = [
      'login.succeeded',
      'login.failed',
      'token.refreshed',
      'token.reused',
      'session.ended',
      'mqtt.refused',
      'gateway.online',
      'message.invalid',
    ] as const
    const stop = names.map((name) => cloud.on(name, (event) => events.push(flat(event))))
    const first = await logIn()
    const second = (await post('/token/refresh', {}, as(first))).json.data ?? {}
    const mqtt = await credentials(second, GATEWAY)
    const client = await connect(mqtt)
    await client.publishAsync(`thing/product/${GATEWAY}/state`, '{"device_secret":"payload-secret"', {
      qos: 1,
    })
    await client.endAsync()
    await connect({ username: GATEWAY, password: 'wrong-mqtt-password' }).catch(() => undefined)
    await post('/login', { username: 'amelia', password: 'wrong-login-password' })
    await post('/login', { username: 'amelia' })
    await get(`/api/v1/ws?x-auth-token=${second.access_token}`)
    await post('/logout', {}, as(second))
    for (const off of stop) off()
    const written = `${lines.join('\n')}\n${events.join('\n')}`
    expect(events.length).toBeGreaterThan(3)
    for (const secret of [
      first.access_token,
      second.access_token,
      first.mqtt_password,
      mqtt.password,
      PASSWORD,
      'wrong-mqtt-password',
      'wrong-login-password',
      'payload-secret',
      LICENSE.appKey,
      LICENSE.appLicense,
    ]) {
      expect(written).not.toContain(String(secret))
    }
  })

  test('H9 an MQTT password is for its own session only, and dies with it', async () => {
    const [mine, theirs] = [await logIn(), await logIn('bert')]
    expect(mine.mqtt_password).not.toBe(theirs.mqtt_password)
    const mqtt = await credentials(mine, GATEWAY)
    const client = await connect(mqtt)
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    await post('/logout', {}, as(mine))
    await closed
    await expect(connect(mqtt)).rejects.toThrow()
  })

  test('H10, H11, H12 nothing of another workspace can be read, bound or used: every route with a workspace in it', async () => {
    const services = { options: parseOptions({}, {}), assets: {} }
    // The table is all that is looked at: no handler runs.
    const routes = routeTable(services as never, { jwks: null })
    const scoped = routes.filter(({ path }) => path.includes(':workspace_id'))
    const mine = await logIn()
    for (const { method, path } of scoped) {
      const address = path.replace(':workspace_id', WORKSPACE_B.id).replace(/:\w+/g, GATEWAY)
      expect({
        address,
        status: (await get(address, { method, headers: as(mine), body: {} })).status,
      }).toEqual({ address, status: 403 })
    }
    for (const { guard, path } of scoped) expect({ path, guard }).toEqual({ path, guard: 'token' })
    await credentials(mine, 'RCFAKE0000MINE')
    expect(
      (await post('/mqtt/credentials', { gateway_sn: 'RCFAKE0000MINE' }, as(await logIn('bert')))).status,
    ).toBe(403)
  })

  test('H13 roles: a pilot and a browser user are not the same', async () => {
    const pilot = await logIn()
    expect((await get('/web-only', { headers: as(pilot) })).status).toBe(403)
    const web = (await post('/login', { username: 'wanda', password: PASSWORD, flag: 1 })).json.data ?? {}
    expect((await post('/mqtt/credentials', { gateway_sn: GATEWAY }, as(web))).json.code).toBe(403004)
  })

  test('H14 each gateway has its own MQTT credentials and may touch its own topics only', async () => {
    const data = await logIn()
    const [one, two] = [await credentials(data, 'RCFAKE00000011'), await credentials(data, 'RCFAKE00000022')]
    expect(one.password).not.toBe(two.password)
    await expect(connect({ username: two.username ?? '', password: one.password ?? '' })).rejects.toThrow()
    const [first, second] = [await connect(one, 'RCFAKE00000011'), await connect(two, 'RCFAKE00000022')]
    const stolen: string[] = []
    second.on('message', (topic) => stolen.push(topic))
    await second.subscribeAsync('thing/product/RCFAKE00000011/#').catch(() => undefined)
    await second.subscribeAsync('#').catch(() => undefined)
    await first.publishAsync('thing/product/RCFAKE00000011/osd', '{}', { qos: 1 })
    await expect(second.publishAsync('thing/product/RCFAKE00000011/osd', '{}', { qos: 1 })).rejects.toThrow()
    expect(stolen).toEqual([])
    await first.endAsync()
    second.end(true)
  })

  test('H15 production wants encrypted MQTT, and times are in the unit that the standard says', async () => {
    expect(production({ mqtt: { url: 'tcp://mqtt.example.com:1883' } })).toThrow('not encrypted')
    const { access_token } = await logIn()
    const { exp = 0, iat = 0 } = jwt.decode(String(access_token)) as jwt.JwtPayload
    expect(exp - iat).toBe(43_200)
    expect(iat).toBe(Math.floor(clock.now() / 1000))
  })

  test('H16 no other origin is let in, and a WebSocket needs a token whatever its origin', async () => {
    const origin = { origin: 'https://evil.example' }
    for (const path of ['/pilot', '/manage/api/v1/workspaces/current']) {
      const headers = { ...origin, ...as(await logIn()) }
      expect((await get(path, { headers })).headers).not.toHaveProperty('access-control-allow-origin')
    }
    const preflight = await get('/manage/api/v1/login', {
      method: 'OPTIONS',
      headers: { ...origin, 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(405)
    expect(() => parseOptions({ http: { cors: ['*'] } }, {})).toThrow('never *')
  })

  test('H18 the text of an unexpected error stays inside', async () => {
    const broken = await startHost(VARIANT, {
      broker: idleBroker(),
      logger: false,
      users: {
        authenticate: () => Promise.reject(new Error('password of the database is hunter2')),
        findById: async () => null,
      },
    })
    const { status, text, headers } = await ask(broken.url, '/manage/api/v1/login', {
      method: 'POST',
      body: { username: 'a', password: 'b' },
    })
    expect(status).toBe(503)
    expect(headers['retry-after']).toBe('5')
    expect(text).not.toContain('hunter2')
    await broken.close()
  })

  test('H19 what is open to everybody is these routes and no others', () => {
    const table = routeTable({ options: parseOptions({}, {}), assets: {} } as never, { jwks: { keys: [] } })
    const guardedBy = (wanted: string) =>
      table.filter(({ guard }) => guard === wanted).map(({ method, path }) => `${method} ${path}`)
    // Only for scripts of our own pages: it trusts a cookie of the host.
    expect(guardedBy('browser')).toEqual(['POST /pilot/continue'])
    expect(guardedBy('public').sort()).toEqual([
      'GET /.well-known/jwks.json',
      'GET /api/v1/ws',
      'GET /pilot',
      'GET /pilot/assets/:hash/:name',
      'GET /pilot/fleet',
      'GET /pilot/home',
      'GET /pilot/login',
      'POST /manage/api/v1/login',
      'POST /manage/api/v1/login/challenge',
      'POST /manage/api/v1/login/challenge/cancel',
      'POST /manage/api/v1/token/refresh',
    ])
  })

  test('H19 of the login by phone, these are open to everybody, and answer only a page of this platform', async () => {
    const rows: PluginRoute[] = []
    const plugin: AnyPlugin = phoneLogin()
    const setup: AnyPlugin['setup'] = (context) => {
      const parts = plugin.setup(context)
      rows.push(...(parts.routes ?? []))
      return parts
    }
    const open = await startHost(VARIANT, {
      ...{ broker: idleBroker(), users: testUsers(), logger: false },
      plugins: [badgeReader(), { ...plugin, setup }],
    })
    expect(rows.map(({ method, path, guard }) => `${method} ${path} ${guard}`).sort()).toEqual([
      'GET /phone-login public',
      'POST /phone-login/api/v1/codes browser',
      'POST /phone-login/api/v1/decision browser',
      'POST /phone-login/api/v1/lookup browser',
      'POST /phone-login/api/v1/token browser',
    ])
    for (const { path } of rows.filter(({ method }) => method === 'POST')) {
      const { status, json } = await ask(open.url, path, { method: 'POST', body: {} })
      expect({ path, status, code: json.code }).toEqual({ path, status: 403, code: 403006 })
    }
    await open.close()
  })

  test('H21 the licence is shown to nobody but the holder of a valid token', async () => {
    for (const path of ['/pilot', '/pilot/login', '/pilot/home', '/pilot/fleet', '/pilot/bootstrap']) {
      const { text } = await get(path)
      expect(text).not.toContain(LICENSE.appLicense)
      expect(text).not.toContain(LICENSE.appKey)
    }
    expect((await get('/pilot', { headers: as(await logIn()) })).text).toContain(LICENSE.appLicense)
    for (const file of ['embedded', 'embedded-assets']) {
      const sent = await readFile(new URL(`../../src/views/${file}.gen.ts`, import.meta.url), 'utf8')
      expect(sent).not.toMatch(/console\.(log|info|debug)/)
    }
  })

  test('H22 no store or broker has a default address or password', () => {
    expect(JSON.stringify(parseOptions({}, {}))).not.toMatch(/:\/\/|password/i)
  })

  test('H23 there is a threat model, and a way to report a hole', async () => {
    const text = await readFile(new URL('../../SECURITY.md', import.meta.url), 'utf8')
    expect(text).toMatch(/## Reporting/)
    expect(text).toMatch(/## Threat model/)
  })
})
