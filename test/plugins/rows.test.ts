// The parts of a plugin's row, in every framework and below a mount: what a client gets, and what a handler is given.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { DjiCloudOptions } from '../../src/index.ts'
import {
  cookieOf,
  DjiCloudError,
  definePlugin,
  type PluginRoute,
  route,
  setCookie,
  success,
} from '../../src/plugin.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { type Framework, VARIANTS } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { start } from './start.ts'

const MOUNT = '/drones'
const FRAMEWORKS = VARIANTS.filter(({ mount, parser }) => mount === MOUNT && parser === 'none').map(
  ({ framework }) => framework,
)

const withRoutes = (routes: readonly PluginRoute[]) => definePlugin({ id: 'rows', setup: () => ({ routes }) })

async function asker(framework: Framework, routes: readonly PluginRoute[], more: DjiCloudOptions = {}) {
  const { url } = await start(
    { plugins: [withRoutes(routes)], broker: idleBroker(), ...more },
    { framework, mount: MOUNT, parser: 'none' },
  )
  return (path: string, sent: Parameters<typeof ask>[2] = {}) => ask(url, `${MOUNT}${path}`, sent)
}

describe.each(FRAMEWORKS)('%s', (framework) => {
  const tell = (method: PluginRoute['method'], path: string): PluginRoute =>
    route({
      ...{ method, path, guard: 'public', answers: 'http' },
      handle: ({ params, request }) => ({
        status: 200,
        headers: { 'content-type': 'application/json', 'x-row': `${method} ${path}` },
        body: JSON.stringify({ data: { params, rawUrl: request.rawUrl } }),
      }),
    })

  it('serves every method, the narrowest row of each, and tells which methods there are', async () => {
    const request = await asker(framework, [
      tell('GET', '/rows/:key+'),
      tell('GET', '/rows/:id'),
      tell('PATCH', '/rows/:id'),
      tell('PUT', '/rows/list'),
      tell('OPTIONS', '/rows/list'),
      tell('HEAD', '/rows/list'),
    ])
    const rowOf = async (method: string, path: string) => (await request(path, { method })).headers['x-row']
    expect(await rowOf('GET', '/rows/list')).toBe('GET /rows/:id')
    expect(await rowOf('PATCH', '/rows/list')).toBe('PATCH /rows/:id')
    expect(await rowOf('OPTIONS', '/rows/list')).toBe('OPTIONS /rows/list')
    expect(await rowOf('HEAD', '/rows/list')).toBe('HEAD /rows/list')
    expect(await rowOf('HEAD', '/rows/other')).toBe('GET /rows/:id')
    const head = await request('/rows/a/b', { method: 'HEAD' })
    expect([head.status, head.headers['x-row'], head.text]).toEqual([200, 'GET /rows/:key+', ''])
    const wrong = await request('/rows/list', { method: 'DELETE' })
    expect([wrong.status, String(wrong.headers['allow']).split(', ').sort()]).toEqual([
      405,
      ['GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT'],
    ])
  })

  it('hands the rest of a path decoded once, never one that climbs, and the address as it was sent', async () => {
    const request = await asker(framework, [tell('GET', '/rows/files/:key+')])
    const sent = '/rows/files/a%20b/%25c/d%2Be.jpg?X-Sig=a%2Fb&x=%20'
    expect((await request(sent)).json.data).toEqual({
      params: { key: 'a b/%c/d+e.jpg' },
      rawUrl: `${MOUNT}${sent}`,
    })
    const doubled = '//rows//files/a/'
    expect((await request(doubled)).json.data).toEqual({
      params: { key: 'a' },
      rawUrl: `${MOUNT}${doubled}`,
    })
    for (const path of ['a/..%2Fb', '%2e%2e/a', 'a/%2E%2E%2fb', 'a/..%5cb', 'a%00'])
      expect([path, (await request(`/rows/files/${path}`)).status]).toEqual([path, 404])
  })

  it('leaves a body packed where the row says so', async () => {
    const packed = gzipSync('x'.repeat(1000))
    const row = (path: string, unpack?: boolean) =>
      route({
        ...{ method: 'PUT', path, guard: 'public', body: 'stream', bodyLimit: 5000, unpack },
        async handle({ body }) {
          let bytes = Buffer.alloc(0)
          for await (const chunk of body.stream) bytes = Buffer.concat([bytes, chunk])
          return { size: bytes.length, length: body.contentLength, same: bytes.equals(packed) }
        },
      })
    const request = await asker(framework, [row('/rows/packed', false), row('/rows/unpacked')])
    const put = async (path: string, encoding: string) =>
      request(path, { method: 'PUT', body: packed, headers: { 'content-encoding': encoding } })
    expect((await put('/rows/packed', 'gzip')).json.data).toEqual({
      size: packed.length,
      length: packed.length,
      same: true,
    })
    expect((await put('/rows/unpacked', 'gzip')).json.data).toEqual({ size: 1000, length: null, same: false })
    // An encoding that nobody here knows is no obstacle to keeping the bytes.
    expect((await put('/rows/packed', 'aws-chunked')).json.data).toMatchObject({ same: true })
    expect((await put('/rows/unpacked', 'aws-chunked')).status).toBe(415)
  })

  it.each([
    ['an Error', new TypeError('no disk')],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'no disk'],
  ])('answers 500 to a handler that throws %s, and says which one it was', async (_what, thrown) => {
    const logs = recordLogs()
    const row = route({
      ...{ method: 'PUT', path: '/rows/:id', guard: 'public' },
      handle() {
        throw thrown
      },
    })
    const request = await asker(framework, [row], { logger: logs.logger })
    const path = '/rows/secret?token=secret'
    expect((await request(path, { method: 'PUT', headers: { 'x-request-id': 'r-1' } })).status).toBe(500)
    expect((await request(path, { method: 'PUT', headers: { 'x-request-id': 'r 1' } })).status).toBe(500)
    const lines = logs.lines.filter(({ level }) => level === 'error')
    expect(lines).toMatchObject([
      {
        fields: { plugin: 'rows', method: 'PUT', path: '/rows/:id', requestId: 'r-1' },
        message: expect.stringContaining('A route of a plugin failed'),
      },
      { fields: { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) } },
    ])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  it('sets several cookies beside those of the host, and reads them', async () => {
    const row = route({
      ...{ method: 'GET', path: '/rows/cookies', guard: 'public', answers: 'http' },
      handle: ({ request }) => ({
        ...success({ a: cookieOf(request, 'a'), none: cookieOf(request, 'none') }),
        cookies: [setCookie('a', 'b c;d'), setCookie('e', '', { maxAge: 0, path: '/x', secure: true })],
      }),
    })
    const request = await asker(framework, [row])
    const { headers, json } = await request('/rows/cookies', { headers: { cookie: 'z=1; a=b%20c' } })
    expect(json.data).toEqual({ a: 'b c', none: null })
    expect(headers['set-cookie']).toEqual([
      'a=b%20c%3Bd; Path=/; HttpOnly; SameSite=Lax',
      'e=; Max-Age=0; Path=/x; HttpOnly; Secure; SameSite=Lax',
    ])
  })

  it('looks at the request before the body, and hands on what it found, to the limit of the body too', async () => {
    const seen: string[] = []
    const row = route({
      ...{ method: 'PUT', path: '/rows/:bucket/:key+', guard: 'public', answers: 'http', body: 'stream' },
      admit({ request, params, query }) {
        if (query.get('sig') !== 'good') throw new DjiCloudError('TOOL_REFUSED')
        return { allowed: Number(request.headers['x-allowed']), key: String(params['key']) }
      },
      bodyLimit: ({ admitted }) => (admitted as { allowed: number }).allowed,
      onError: (error, { rawUrl }) => ({
        status: error.status,
        headers: { 'content-type': 'application/xml' },
        body: `<Error><Code>${error.code}</Code><Resource>${rawUrl}</Resource></Error>`,
      }),
      async handle({ admitted, body, request: { native } }) {
        for await (const chunk of body.stream) seen.push(String(chunk))
        if (admitted.key === 'broken') throw new Error('no disk')
        const own = native as { readonly url?: unknown }
        return { status: 201, headers: {}, body: `${admitted.key} ${typeof own.url}` }
      },
    })
    const logs = recordLogs()
    const request = await asker(framework, [row], { logger: logs.logger })
    const put = (path: string, allowed: number) =>
      request(path, { method: 'PUT', body: 'four', headers: { 'x-allowed': String(allowed) } })
    const refused = await put('/rows/b/k?sig=bad', 9)
    expect([refused.status, refused.text]).toEqual([
      403,
      `<Error><Code>TOOL_REFUSED</Code><Resource>${MOUNT}/rows/b/k?sig=bad</Resource></Error>`,
    ])
    expect((await put('/rows/b/k?sig=good', 3)).text).toContain('BODY_TOO_LARGE')
    expect(seen).toEqual([])
    const fine = await put('/rows/b/k/l?sig=good', 4)
    expect([fine.status, fine.text, seen]).toEqual([201, 'k/l string', ['four']])
    const broken = await put('/rows/b/broken?sig=good', 4)
    expect([broken.status, broken.text]).toEqual([500, expect.stringContaining('<Code>INTERNAL</Code>')])
    expect(logs.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { plugin: 'rows', path: '/rows/:bucket/:key+' } },
    ])
  })

  it('counts calls per address and per user, and says when to come back', async () => {
    const limited = (path: string, per: 'address' | 'user') =>
      route({
        ...{ method: 'GET', path, guard: 'token' },
        rateLimit: { attempts: 2, windowSeconds: 60, per },
        handle: () => null,
      })
    const request = await asker(
      framework,
      [limited('/rows/address', 'address'), limited('/rows/user', 'user')],
      { users: testUsers() },
    )
    const logIn = async (username: string) => {
      const body = { username, password: PASSWORD }
      const { json } = await request('/manage/api/v1/login', { method: 'POST', body })
      return { 'x-auth-token': String(json.data?.['access_token']) }
    }
    const [amelia, bert] = [await logIn('amelia'), await logIn('bert')]
    const statuses = async (path: string, ...all: Record<string, string>[]) => {
      const found: number[] = []
      for (const headers of all) found.push((await request(path, { headers })).status)
      return found
    }
    // Bad tokens count as well, and others of that address are refused with them.
    expect(await statuses('/rows/address', {}, amelia, amelia, bert)).toEqual([401, 200, 429, 429])
    expect(await statuses('/rows/user', {}, amelia, amelia, amelia, bert)).toEqual([401, 200, 200, 429, 200])
    const { headers, json } = await request('/rows/user', { headers: amelia })
    expect([Number(headers['retry-after']) > 0, json.data?.['error']]).toEqual([true, 'THROTTLED'])
  })
})
