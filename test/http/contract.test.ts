import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { manualClock } from '../support/clock.ts'
import { type Host, startHost, VARIANTS } from '../support/hosts.ts'
import { type Ask, ask, type Reply } from '../support/http.ts'
import { type IdleBroker, idleBroker } from '../support/idle-broker.ts'
import { DAY, HOUR, WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'

const GATEWAY = 'RCFAKE00000001'

/** One contract, every way to mount it. */
describe.each(VARIANTS)('HTTP contract: $framework, mounted at "$mount", body parser: $parser', (variant) => {
  const { mount, parser } = variant
  const clock = manualClock()
  let host: Host
  let broker: IdleBroker

  beforeAll(async () => {
    broker = idleBroker()
    host = await startHost(variant, {
      clock,
      broker,
      users: testUsers(),
      logger: false,
      platformName: 'Fleet',
    })
    await host.cloud.ready()
  })
  afterAll(() => host.close())

  const api = (path: string, more?: Ask): Promise<Reply> =>
    ask(host.url, `${mount}/manage/api/v1${path}`, more)
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    api(path, { method: 'POST', body, headers })
  const logIn = async (username = 'amelia', flag = 2): Promise<string> => {
    const { json } = await post('/login', { username, password: PASSWORD, flag })
    return String(json.data?.access_token)
  }
  const as = (token: string) => ({ 'x-auth-token': token })

  describe('pages', () => {
    test('without a token the access link is the login page, never cached', async () => {
      const page = await ask(host.url, `${mount}/pilot`)
      expect(page.status).toBe(200)
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(page.headers['cache-control']).toBe('no-store')
      expect(page.text).toContain('"page":"login"')
    })

    test('with a valid token it is the main page, with the plan in it', async () => {
      const page = await ask(host.url, `${mount}/pilot`, { headers: as(await logIn()) })
      expect(page.text).toContain('"page":"home"')
      expect(page.text).toContain(`"id":"${WORKSPACE_A.id}"`)
      expect(page.text).toContain(`"api_host":"${host.url}${mount}/"`)
      expect(page.text).toContain(`"ws_host":"${host.url.replace('http', 'ws')}${mount}/api/v1/ws"`)
    })

    test('with a token that has expired it is refreshed, then the main page', async () => {
      const token = await logIn()
      clock.advance(13 * HOUR)
      const page = await ask(host.url, `${mount}/pilot`, { headers: as(token) })
      expect(page.text).toContain('"page":"home"')
      const next = /"access_token":"([^"]+)"/.exec(page.text)?.[1] ?? ''
      expect(next).not.toBe(token)
      expect((await post('/token/verify', {}, as(next))).status).toBe(200)
    })

    test.each([
      ['forged', async () => 'a.b.c', 'invalid'],
      [
        'ended',
        async () => {
          const token = await logIn()
          await post('/logout', {}, as(token))
          return token
        },
        'signed_out',
      ],
      [
        'long expired',
        async () => {
          const token = await logIn()
          clock.advance(9 * DAY)
          return token
        },
        'expired',
      ],
    ])('with a token that is %s it is the login page, saying why', async (_name, make, reason) => {
      const page = await ask(host.url, `${mount}/pilot`, { headers: as(await make()) })
      expect(page.status).toBe(200)
      expect(page.text).toContain('"page":"login"')
      expect(page.text).toContain(`"reason":"${reason}"`)
    })

    test('the main page without a token holds no plan: its script fetches that', async () => {
      const page = await ask(host.url, `${mount}/pilot/home`)
      expect(page.text).toContain('"bootstrap":null')
      expect((await ask(host.url, `${mount}/pilot/bootstrap`)).json.code).toBe(401001)
      expect(
        (await ask(host.url, `${mount}/pilot/bootstrap`, { headers: as(await logIn()) })).json.data,
      ).toMatchObject({
        platform_name: 'Fleet',
      })
    })

    test('nothing runs without the nonce, nothing frames the page, and every nonce is new', async () => {
      const pages = [await ask(host.url, `${mount}/pilot`), await ask(host.url, `${mount}/pilot`)]
      const nonces = pages.map(({ headers, text }) => {
        const policy = String(headers['content-security-policy'])
        expect(policy).toContain("default-src 'none'")
        expect(policy).toContain("frame-ancestors 'none'")
        expect(policy).not.toContain('unsafe')
        const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
        const scripts = text.match(/<script\b[^>]*>/g) ?? []
        expect(scripts.length).toBeGreaterThan(0)
        for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`)
        expect(text).not.toMatch(/<[^>]+\s(?:on\w+|style)=/)
        return nonce
      })
      expect(nonces[0]).not.toBe(nonces[1])
    })

    test('assets live under addresses that change with their content, and may be kept for ever', async () => {
      const { text } = await ask(host.url, `${mount}/pilot`)
      // As a browser has it: relative to the page.
      const addresses = [...text.matchAll(/(?:src|href)="([^"]*\/pilot\/assets\/[^"]+)"/g)].map(
        (match) => new URL(match[1] ?? '', `${host.url}${mount}/pilot`).pathname,
      )
      expect(addresses.length).toBeGreaterThanOrEqual(2)
      for (const address of addresses) {
        const asset = await ask(host.url, address)
        expect(asset.status).toBe(200)
        expect(asset.headers['cache-control']).toContain('immutable')
        expect(asset.text.length).toBeGreaterThan(50)
      }
      for (const [accepted, encoding] of [
        ['gzip, deflate, br', 'gzip'],
        ['deflate, gzip;q=0.5', 'gzip'],
        ['br', undefined],
        ['gzip;q=0', undefined],
        ['', undefined],
      ] as const) {
        const asset = await ask(host.url, addresses.at(-1) ?? '', {
          headers: { 'accept-encoding': accepted },
        })
        expect({ accepted, encoding: asset.headers['content-encoding'] }).toEqual({ accepted, encoding })
        expect(asset.text).toBe((await ask(host.url, addresses.at(-1) ?? '')).text)
      }
      const stale = (addresses[0] ?? '').replace(/assets\/[^/]+/, 'assets/000000000000')
      expect((await ask(host.url, stale)).status).toBe(404)
    })
  })

  describe('login', () => {
    test('answers what front ends of the demo expect', async () => {
      const { status, json } = await post('/login', { username: 'amelia', password: PASSWORD, flag: 2 })
      expect(status).toBe(200)
      expect(json).toMatchObject({
        code: 0,
        message: 'success',
        data: {
          user_id: 'amelia',
          username: 'amelia',
          user_type: 2,
          workspace_id: WORKSPACE_A.id,
          expires_at: Math.floor(clock.now() / 1000) + 43_200,
          mqtt_addr: 'tcp://127.0.0.1:1883',
        },
      })
      for (const key of ['access_token', 'mqtt_username', 'mqtt_password'])
        expect(json.data?.[key]).toEqual(expect.any(String))
    })

    test('takes the flag as a string, and Pilot when there is none', async () => {
      expect((await post('/login', { username: 'amelia', password: PASSWORD, flag: '2' })).status).toBe(200)
      expect((await post('/login', { username: 'amelia', password: PASSWORD })).status).toBe(200)
    })

    test('a wrong password and an unknown name get the same answer, and it is not a 401', async () => {
      const wrong = await post('/login', { username: 'amelia', password: 'nope' })
      const unknown = await post('/login', { username: 'nobody', password: 'nope' })
      expect(wrong.status).toBe(200)
      expect(wrong.json.code).toBe(403001)
      expect(unknown.text).toBe(wrong.text)
      const own = await api('/login', {
        method: 'POST',
        body: { username: 'amelia', password: 'nope' },
        headers: { 'x-dji-cloud-status': 'http' },
      })
      expect([own.status, own.text]).toEqual([403, wrong.text])
    })

    test('a browser user is not let in on a controller', async () => {
      expect((await post('/login', { username: 'wanda', password: PASSWORD, flag: 2 })).json.code).toBe(
        403002,
      )
      const { json } = await post('/login', { username: 'wanda', password: PASSWORD, flag: 1 })
      expect(json.data).toMatchObject({ user_type: 1, mqtt_password: null })
    })

    test.each<[string, unknown, readonly string[]]>([
      ['no fields', {}, ['username', 'password']],
      ['no password', { username: 'amelia' }, ['password']],
      ['an empty name', { username: '', password: 'x' }, ['username']],
      ['a number as the name', { username: 7, password: 'x' }, ['username']],
      ['an unknown flag', { username: 'a', password: 'x', flag: 4 }, ['flag']],
      ['a list', [], ['body']],
      ['a NUL in the name', { username: 'amelia\0', password: 'x' }, ['username']],
      ['a name without end', { username: 'a'.repeat(300), password: 'x' }, ['username']],
    ])('%s: a 400 that names the field', async (_name, body, fields) => {
      const { status, json } = await post('/login', body)
      expect(status).toBe(400)
      expect(json.code).toBe(400002)
      expect(((json.data?.issues ?? []) as { field: string }[]).map(({ field }) => field)).toEqual(fields)
    })
  })

  describe('bad input', () => {
    // A parser that ran before us answers for itself: same status, its own words.
    const ours = parser !== 'before'

    test('malformed JSON', async () => {
      const { status, json } = await api('/login', {
        method: 'POST',
        body: '{"username":',
        headers: { 'content-type': 'application/json' },
      })
      expect(status).toBe(400)
      expect(json).toMatchObject(ours ? { code: 400001 } : { host_error: true })
    })

    test('bytes that are not UTF-8', async () => {
      const body = Buffer.concat([
        Buffer.from('{"username":"'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('","password":"x"}'),
      ])
      const { status, json } = await api('/login', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      // Parsers of hosts replace such bytes; then it is just an unknown user.
      expect([status, json.code]).toEqual(ours ? [400, json.code] : [200, 403001])
    })

    test('another content type', async () => {
      const { status, json } = await api('/login', {
        method: 'POST',
        body: '<login/>',
        headers: { 'content-type': 'application/xml' },
      })
      expect(status).toBe(415)
      expect(json.code).toBe(415001)
    })

    test('2 MB', async () => {
      const body = JSON.stringify({ username: 'a', password: 'x'.repeat(2_000_000) })
      const { status, json } = await api('/login', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      expect(status).toBe(413)
      if (ours) expect(json).toMatchObject({ code: 413001, data: { limit: 102_400 } })
    })

    test('the wrong method', async () => {
      const answer = await api('/login')
      expect(answer.status).toBe(405)
      expect(answer.headers['allow']).toBe('POST')
    })

    test('HEAD is GET without a body', async () => {
      const answer = await ask(host.url, `${mount}/pilot`, { method: 'HEAD' })
      expect(answer.status).toBe(200)
      expect(answer.text).toBe('')
    })

    test('doubled slashes and a slash at the end mean nothing', async () => {
      const headers = as(await logIn())
      for (const path of ['//manage//api/v1/workspaces/current', '/manage/api/v1/workspaces/current/']) {
        expect((await ask(host.url, `${mount}${path}`, { headers })).status).toBe(200)
      }
    })

    test("what is below our paths and not ours is the host's", async () => {
      expect((await api('/unknown')).json).toEqual({ host_404: true })
      expect((await ask(host.url, `${mount}/pilot/%E0%A4%A`)).json).toEqual({ host_404: true })
    })
  })

  describe('tokens', () => {
    test('verify says who and where', async () => {
      const { json } = await post('/token/verify', {}, as(await logIn()))
      expect(json.data).toEqual({
        status: 'valid',
        expires_at: Math.floor(clock.now() / 1000) + 43_200,
        user: { id: 'amelia', username: 'amelia', role: 'pilot' },
        workspace: WORKSPACE_A,
      })
    })

    test('each situation has its own 401', async () => {
      const token = await logIn()
      expect((await post('/token/verify', {})).json).toMatchObject({
        code: 401001,
        data: { status: 'none', can_refresh: false },
      })
      expect((await post('/token/verify', {}, as('nonsense'))).json).toMatchObject({
        code: 401002,
        data: { status: 'invalid' },
      })
      clock.advance(13 * HOUR)
      expect((await post('/token/verify', {}, as(token))).json).toMatchObject({
        code: 401004,
        data: { status: 'refreshable', can_refresh: true },
      })
      clock.advance(8 * DAY)
      expect((await post('/token/verify', {}, as(token))).json).toMatchObject({
        code: 401003,
        data: { status: 'expired', can_refresh: false },
      })
    })

    test('refresh answers like login, and spends the old token', async () => {
      const token = await logIn()
      const { status, json } = await post('/token/refresh', {}, as(token))
      expect(status).toBe(200)
      expect(json.data).toMatchObject({
        username: 'amelia',
        workspace_id: WORKSPACE_A.id,
        mqtt_addr: 'tcp://127.0.0.1:1883',
      })
      expect(json.data?.access_token).not.toBe(token)
      clock.advance(60_000)
      expect((await post('/token/verify', {}, as(token))).json).toMatchObject({
        code: 401005,
        data: { status: 'spent' },
      })
    })

    test('refresh takes no body, an empty one and {}', async () => {
      const token = await logIn()
      for (const body of [undefined, '', {}]) {
        expect((await api('/token/refresh', { method: 'POST', body, headers: as(token) })).status).toBe(200)
      }
    })

    test('logout ends the session', async () => {
      const token = await logIn()
      expect((await post('/logout', {}, as(token))).status).toBe(200)
      expect((await post('/token/verify', {}, as(token))).json).toMatchObject({
        code: 401006,
        data: { status: 'ended', reason: 'logout' },
      })
      expect((await post('/token/refresh', {}, as(token))).status).toBe(401)
    })

    test('any case of the header, and Bearer', async () => {
      const token = await logIn()
      for (const headers of [
        { 'X-Auth-Token': token },
        { 'X-AUTH-TOKEN': token },
        { authorization: `Bearer ${token}` },
        { authorization: `bearer ${token}` },
      ]) {
        expect((await post('/token/verify', {}, headers)).status).toBe(200)
      }
    })
  })

  describe('current user, workspace, credentials', () => {
    test("the demo's answers", async () => {
      const headers = as(await logIn())
      expect((await api('/users/current', { headers })).json.data).toMatchObject({
        user_id: 'amelia',
        user_type: 2,
        workspace_id: WORKSPACE_A.id,
        mqtt_username: expect.any(String),
      })
      expect((await api('/workspaces/current', { headers })).json.data).toEqual({
        id: WORKSPACE_A.id,
        workspace_id: WORKSPACE_A.id,
        workspace_name: 'Alpha',
        workspace_desc: 'First',
        platform_name: 'Fleet',
        bind_code: '',
      })
    })

    test('credentials are for one gateway, and the same each time', async () => {
      const headers = as(await logIn())
      const first = await post('/mqtt/credentials', { gateway_sn: GATEWAY }, headers)
      expect(first.json.data).toEqual({
        host: 'tcp://127.0.0.1:1883',
        username: GATEWAY,
        password: expect.any(String),
        client_id: GATEWAY,
        expires_at: Math.floor(clock.now() / 1000) + 30 * 86_400,
      })
      expect((await post('/mqtt/credentials', { gateway_sn: GATEWAY, aircraft_sn: '' }, headers)).text).toBe(
        first.text,
      )
    })

    test('a gateway of another workspace is refused', async () => {
      await post('/mqtt/credentials', { gateway_sn: GATEWAY }, as(await logIn()))
      const stranger = await post('/mqtt/credentials', { gateway_sn: GATEWAY }, as(await logIn('bert')))
      expect(stranger.status).toBe(403)
      expect(stranger.json.code).toBe(403003)
      expect(stranger.text).not.toContain(WORKSPACE_A.id)
      expect((await api('/workspaces/current', { headers: as(await logIn('bert')) })).json.data?.id).toBe(
        WORKSPACE_B.id,
      )
    })

    test.each([[''], ['../x'], ['A'.repeat(40)], ['a+b/#']])(
      'serial number "%s" is refused by name',
      async (serial) => {
        const { status, json } = await post('/mqtt/credentials', { gateway_sn: serial }, as(await logIn()))
        expect(status).toBe(400)
        expect(json.data?.issues).toMatchObject([{ field: 'gateway_sn' }])
      },
    )

    test('a browser user gets none', async () => {
      expect(
        (await post('/mqtt/credentials', { gateway_sn: GATEWAY }, as(await logIn('wanda', 1)))).json.code,
      ).toBe(403004)
    })

    test('none while the broker is down; login still works', async () => {
      const headers = as(await logIn())
      broker.status = 'down'
      try {
        const refused = await post('/mqtt/credentials', { gateway_sn: GATEWAY }, headers)
        expect(refused.status).toBe(503)
        expect(refused.headers['retry-after']).toBe('5')
        expect((await post('/login', { username: 'amelia', password: PASSWORD })).json.data).toMatchObject({
          mqtt_addr: null,
          mqtt_password: null,
        })
      } finally {
        broker.status = 'up'
      }
    })
  })

  describe('the host', () => {
    test('keeps its own routes and its own bodies', async () => {
      expect((await ask(host.url, '/own')).json).toEqual({ host: 'own' })
      const echo = await ask(host.url, '/echo', { method: 'POST', body: { a: 1 } })
      expect(echo.json).toEqual({ host: 'echo', body: parser === 'none' ? null : { a: 1 } })
    })

    test('guards its routes with our tokens', async () => {
      expect((await ask(host.url, '/guarded')).json.code).toBe(401001)
      const pilot = as(await logIn())
      expect((await ask(host.url, '/guarded', { headers: pilot })).json).toMatchObject({
        username: 'amelia',
        role: 'pilot',
        workspaceId: WORKSPACE_A.id,
      })
      expect((await ask(host.url, '/web-only', { headers: pilot })).json.code).toBe(403004)
      expect((await ask(host.url, '/web-only', { headers: as(await logIn('wanda', 1)) })).status).toBe(200)
      expect((await ask(host.url, `/of/${WORKSPACE_A.id}`, { headers: pilot })).status).toBeLessThan(300)
      expect((await ask(host.url, `/of/${WORKSPACE_B.id}`, { headers: pilot })).json.code).toBe(403003)
    })

    test('gets what nobody expected', async () => {
      const token = await logIn()
      const address = broker.address
      broker.address = () => {
        throw new Error('secret detail')
      }
      try {
        const { status, text, json } = await api('/users/current', { headers: as(token) })
        expect(status).toBe(500)
        expect(json).toEqual({ host_error: true })
        expect(text).not.toContain('secret detail')
      } finally {
        broker.address = address
      }
    })
  })

  describe('upgrades', () => {
    const open = (path: string) => new WebSocket(`${host.url.replace('http', 'ws')}${path}`)

    test('a WebSocket with a token in the query, as Pilot opens it, on the server of the first request', async () => {
      const socket = open(`${mount}/api/v1/ws?x-auth-token=${encodeURIComponent(await logIn())}`)
      await once(socket, 'open')
      const closed = once(socket, 'close')
      await host.cloud.sessions.end({ workspaceId: WORKSPACE_A.id })
      expect((await closed)[0]).toBe(4401)
    })

    test.each([
      ['without a token', () => `${mount}/api/v1/ws`, 401],
      ['with a bad one', () => `${mount}/api/v1/ws?x-auth-token=nonsense`, 401],
      ['on a path that nobody serves, by the host', () => '/somewhere', 404],
    ])('%s: refused', async (_name, path, status) => {
      await ask(host.url, `${mount}/pilot`)
      const [, response] = await once(open(path()), 'unexpected-response')
      expect(response.statusCode).toBe(status)
    })
  })
})
