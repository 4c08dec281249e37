import { once } from 'node:events'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { type createDjiCloud, memoryBus, memorySessions } from '../../src/index.ts'
import {
  DeviceRefusal,
  definePlugin,
  deviceEvent,
  deviceRequest,
  type EndedSession,
  type PluginContext,
  type PluginParts,
  route,
} from '../../src/plugin.ts'
import { A1, G1, logIn, newPilot } from '../devices/picture.ts'
import { PILOT, type TestCloud, WORKSPACE } from '../support/cloud.ts'
import { VARIANTS } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { recordLogs } from '../support/logs.ts'
import { closing, start } from './start.ts'

/** A plugin of these parts, and the context that it was given. */
function withParts<Api = undefined>(
  parts: PluginParts<Api> | ((context: PluginContext) => PluginParts<Api>),
  more: Partial<Parameters<typeof definePlugin>[0]> = {},
) {
  let seen: PluginContext | undefined
  const plugin = definePlugin({
    id: 'test-plugin',
    ...more,
    setup(context) {
      seen = context as PluginContext
      return typeof parts === 'function' ? parts(seen) : parts
    },
  })
  return {
    plugin,
    context(): PluginContext {
      if (seen === undefined) throw new Error('not set up')
      return seen
    },
  }
}

const authorised = (token: string) => ({ headers: { 'x-auth-token': token } })

describe('routes of a plugin', () => {
  const rows = [
    route({
      method: 'GET',
      path: '/test/v1/workspaces/:workspace_id/flights',
      guard: 'token',
      handle: ({ session, params, query }) => ({
        user: session.username,
        workspace: params['workspace_id'],
        page: query.get('page'),
      }),
    }),
    route({
      method: 'POST',
      path: '/test/v1/flights',
      guard: 'token',
      roles: ['pilot'],
      input: z.strictObject({ name: z.string() }),
      handle: ({ body }) => body.name.toUpperCase(),
    }),
    route({ method: 'GET', path: '/test/open', guard: 'public', handle: () => undefined }),
    route({
      method: 'GET',
      path: '/test/raw',
      guard: 'public',
      answers: 'http',
      handle: () => ({ status: 202, headers: { 'x-test': '1' }, body: 'raw' }),
    }),
    route({
      method: 'GET',
      path: '/test/broken',
      guard: 'public',
      handle: () => {
        throw new Error('with a secret in its words')
      },
    }),
  ]

  it.each(
    VARIANTS.map((variant) => [`${variant.framework} ${variant.mount} ${variant.parser}`, variant] as const),
  )('go through the one dispatcher in %s', async (_name, variant) => {
    const { url } = await start({ plugins: [withParts({ routes: rows }).plugin] }, variant)
    const at = (path: string) => `${variant.mount}${path}`
    const login = await ask(url, at('/manage/api/v1/login'), { method: 'POST', body: PILOT })
    const token = String(login.json.data?.['access_token'])
    const own = at(`/test/v1/workspaces/${WORKSPACE.id}/flights?page=2`)
    expect((await ask(url, own)).status).toBe(401)
    expect((await ask(url, own, authorised(token))).json).toEqual({
      code: 0,
      message: 'success',
      data: { user: 'pia', workspace: WORKSPACE.id, page: '2' },
    })
    const foreign = at('/test/v1/workspaces/99999999-2222-4333-8444-555555555555/flights')
    expect((await ask(url, foreign, authorised(token))).json.data).toMatchObject({ error: 'OTHER_WORKSPACE' })
    const post = (body: unknown) =>
      ask(url, at('/test/v1/flights'), { method: 'POST', body, ...authorised(token) })
    expect((await post({ name: 'one' })).json.data).toBe('ONE')
    expect((await post({ name: 1 })).json.data).toMatchObject({ error: 'INVALID_INPUT' })
    expect((await ask(url, at('/test/open'))).json).toEqual({ code: 0, message: 'success', data: null })
    const raw = await ask(url, at('/test/raw'))
    expect([raw.status, raw.headers['x-test'], raw.text]).toEqual([202, '1', 'raw'])
    expect((await ask(url, at('/test/open'), { method: 'DELETE' })).status).toBe(405)
    const broken = await ask(url, at('/test/broken'))
    expect(broken.status).toBe(500)
    expect((await ask(url, at('/test/open'))).status).toBe(200)
  })

  it('refuse before the body is read where the row says so, and bound it as the row says', async () => {
    const read: string[] = []
    const guarded = route({
      method: 'POST',
      path: '/test/door',
      guard: 'public',
      bodyLimit: 200,
      input: z.unknown(),
      admit({ request }) {
        if (request.headers['x-door'] !== 'open') throw context().error('DOOR_SHUT', { data: { door: 1 } })
      },
      handle: () => void read.push('read'),
    })
    const { plugin, context } = withParts(
      { routes: [guarded] },
      { errors: { DOOR_SHUT: [403_510, 403, 'The door is shut.', 'Knock.'] } },
    )
    const { url } = await start({ plugins: [plugin] }, { framework: 'express 5', mount: '', parser: 'none' })
    const shut = await ask(url, '/test/door', { method: 'POST', body: '{ no json' })
    expect([shut.status, shut.json]).toEqual([
      403,
      { code: 403_510, message: 'The door is shut.', data: { error: 'DOOR_SHUT', hint: 'Knock.', door: 1 } },
    ])
    const headers = { 'x-door': 'open' }
    expect((await ask(url, '/test/door', { method: 'POST', headers, body: { a: 1 } })).status).toBe(200)
    const large = await ask(url, '/test/door', { method: 'POST', headers, body: { a: 'x'.repeat(300) } })
    expect(large.status).toBe(413)
    expect(read).toEqual(['read'])
  })
})

describe('what a plugin offers', () => {
  const counter = () =>
    definePlugin({
      id: 'counter',
      events: { 'count.changed': z.strictObject({ count: z.number() }) },
      setup(context) {
        let count = 0
        return {
          api: {
            add(by: number): number {
              count += by
              context.emit('count.changed', { count })
              return count
            },
          },
        }
      },
    })

  it('is typed and there in the host app, and so are its events', async () => {
    const cloud = await start({ plugins: [counter()] })
    // startCloud does not know the plugins by their types: this is what a host sees.
    const typed = cloud.cloud as unknown as ReturnType<typeof createDjiCloud<[ReturnType<typeof counter>]>>
    expectTypeOf(typed.plugins.counter.add).toEqualTypeOf<(by: number) => number>()
    const heard: number[] = []
    typed.on('count.changed', (event) => {
      expectTypeOf(event).toEqualTypeOf<{ count: number }>()
      heard.push(event.count)
    })
    typed.on('count.changed', () => {
      throw new Error('a listener of the host that throws')
    })
    expect(typed.plugins.counter.add(2)).toBe(2)
    expect(typed.plugins.counter.add(3)).toBe(5)
    expect(heard).toEqual([2, 5])
  })

  it('is closed to names and fields that are not its own', async () => {
    const { plugin, context } = withParts(
      { pushes: ['test_news'] },
      { events: { 'test.event': z.strictObject({ a: z.number() }) } },
    )
    await start({ plugins: [plugin] })
    const { emit, push, error } = context()
    expect(() => emit('test.other' as never, {} as never)).toThrow('has no event "test.other"')
    expect(() => emit('test.event' as never, { a: 'x' } as never)).toThrow()
    expect(() => push(WORKSPACE.id, { biz_code: 'device_osd', data: {} })).toThrow(
      'does not list "device_osd"',
    )
    expect(() => error('NOT_FOUND')).toThrow('has no error "NOT_FOUND"')
  })

  it('sees options without a secret, and has keys of its own that outlive a restart', async () => {
    const secret = ['a-new-secret-of-a-test-that-nobody-has', 'the-old-secret-of-a-test-that-nobody-has']
    const keys = async (id: string, given: string | readonly string[]) => {
      const { plugin, context } = withParts({}, { id })
      await start({ plugins: [plugin], secret: given })
      expect(JSON.stringify(context().options)).not.toMatch(/secret-of-a-test|fake-app-key/)
      return context()
        .deriveKeys('links')
        .map((key) => Buffer.from(key).toString('hex'))
    }
    const [now, before] = await keys('one', secret)
    expect(now).toMatch(/^[0-9a-f]{64}$/)
    expect(await keys('one', secret[1] ?? '')).toEqual([before])
    expect((await keys('two', secret)).includes(now ?? '')).toBe(false)
  })
})

describe('messages of devices', () => {
  const rows = {
    deviceRequests: {
      test_config_get: deviceRequest({
        input: z.looseObject({ module: z.number() }),
        handle: ({ module }, { gateway, workspaceId }) => ({ module, gateway, workspaceId }),
      }),
      test_refused: deviceRequest({
        input: z.unknown(),
        handle: () => {
          throw new DeviceRefusal(312_001)
        },
      }),
      test_broken: deviceRequest({
        input: z.unknown(),
        handle: () => {
          throw new Error('broken')
        },
      }),
    },
    deviceEvents: {
      test_told: deviceEvent({
        input: z.looseObject({ n: z.number() }),
        handle: ({ n }) => ({ twice: 2 * n }),
      }),
    },
  }

  it('are answered by their row, and a row that fails disturbs nobody', async () => {
    const logs = recordLogs()
    const { link, cloud } = await start({ plugins: [withParts(rows).plugin], logger: logs.logger })
    const invalid: string[] = []
    cloud.on('message.invalid', ({ topic, reason }) => void invalid.push(`${topic} ${reason}`))
    const told: unknown[] = []
    cloud.on('device.event', ({ method, data }) => void told.push([method, data]))
    const pilot = newPilot(link, G1, A1)
    closing.push(pilot)
    await pilot.login(PILOT.username, PILOT.password)
    await pilot.topologyAcknowledged()
    const asked = async (method: string, data: unknown) => await pilot.sendRequest(method, data)
    expect(await asked('test_config_get', { module: 3, more: 1 })).toEqual({
      result: 0,
      output: { module: 3, gateway: G1, workspaceId: WORKSPACE.id },
    })
    expect(await asked('test_config_get', { module: 'three' })).toEqual({ result: 1 })
    expect(invalid).toEqual([
      expect.stringMatching(/^thing\/product\/RCFAKE00000001\/requests data\.module: /),
    ])
    expect(await asked('test_refused', {})).toEqual({ result: 312_001 })
    expect(await asked('test_broken', {})).toEqual({ result: 1 })
    expect(
      logs.lines.filter(({ message }) => /The handler for a message of a device failed/.test(message)),
    ).toHaveLength(1)
    expect(await pilot.sendEvent('test_told', { n: 4 })).toEqual({ result: 0, output: { twice: 8 } })
    expect(told).toContainEqual(['test_told', { n: 4 }])
  })

  it('go to a handler of the host first, which may leave them to the plugin', async () => {
    const { link, cloud } = await start({ plugins: [withParts(rows).plugin] })
    let mine = true
    cloud.devices.onRequest('test_config_get', () =>
      mine ? { result: 0, output: 'of the host' } : undefined,
    )
    const pilot = newPilot(link, G1, A1)
    closing.push(pilot)
    await pilot.login(PILOT.username, PILOT.password)
    await pilot.topologyAcknowledged()
    expect(await pilot.sendRequest('test_config_get', { module: 1 })).toMatchObject({ output: 'of the host' })
    mine = false
    expect(await pilot.sendRequest('test_config_get', { module: 1 })).toMatchObject({ output: { module: 1 } })
  })
})

describe('what a plugin hears of', () => {
  it('the end of a session, after its sockets and devices, at every node; and so does the host', async () => {
    const bus = memoryBus()
    const sessions = memorySessions()
    const heard: string[] = []
    const node = async (name: string) => {
      const { plugin } = withParts((context) => ({
        onSessionEnded({ reason, endedHere }: EndedSession) {
          heard.push(`${name} plugin ${reason} ${endedHere} ${context.devices.get(G1)?.online ?? 'unknown'}`)
        },
      }))
      const cloud = await start({
        plugins: [plugin],
        bus: bus(),
        sessions,
        secret: 'a-secret-that-two-nodes-of-a-test-share',
      })
      cloud.cloud.sessions.onEnd(({ reason }) => {
        heard.push(`${name} host ${reason}`)
      })
      return cloud
    }
    const [one] = [await node('one'), await node('two')]
    const pilot = newPilot(one.link, G1, A1)
    closing.push(pilot)
    await pilot.login(PILOT.username, PILOT.password)
    await pilot.topologyAcknowledged()
    await one.cloud.sessions.end({ userId: 'pia' }, 'revoked')
    expect(heard.filter((line) => line.startsWith('one'))).toEqual([
      'one plugin revoked true false',
      'one host revoked',
    ])
    await expect.poll(() => heard.filter((line) => line.startsWith('two'))).toHaveLength(2)
    expect(heard).toContainEqual(expect.stringMatching(/^two plugin revoked false/))
  })

  it('a device that its workspace has given up', async () => {
    const released: unknown[] = []
    const { plugin } = withParts({ onDeviceReleased: (device) => released.push(device) })
    const { url } = await start({ plugins: [plugin] })
    const token = await logIn(url, PILOT)
    const at = (path: string) => `/manage/api/v1/devices/${path}`
    await ask(url, at(`${G1}/binding`), { method: 'POST', body: {}, ...authorised(token) })
    await ask(url, at(`${G1}/unbinding`), { method: 'DELETE', ...authorised(token) })
    expect(released).toEqual([{ serial: G1, workspaceId: WORKSPACE.id }])
  })
})

describe('pushes of a plugin', () => {
  it('reach the sockets of their workspace at every node, and no other', async () => {
    const bus = memoryBus()
    const sessions = memorySessions()
    const other = { ...WORKSPACE, id: '99999999-2222-4333-8444-555555555555' }
    const users = [
      { ...PILOT, id: 'pia' },
      { username: 'olga', password: 'of another workspace', workspace: other },
    ]
    const { plugin, context } = withParts({ pushes: ['test_news'] })
    const options = { sessions, users, secret: 'a-secret-that-two-nodes-of-a-test-share' }
    const one = await start({ ...options, bus: bus(), plugins: [plugin] })
    const two = await start({
      ...options,
      bus: bus(),
      plugins: [withParts({ pushes: ['test_news'] }).plugin],
    })
    const heard: string[] = []
    const listen = async ({ url }: TestCloud, user: { username: string; password: string }, name: string) => {
      const token = await logIn(url, user)
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws?x-auth-token=${token}`)
      closing.push({ close: () => socket.terminate() })
      socket.on('message', (data) => {
        const { biz_code, data: news } = JSON.parse(String(data))
        heard.push(`${name} ${biz_code} ${JSON.stringify(news)}`)
      })
      await once(socket, 'open')
    }
    await listen(one, PILOT, 'here')
    await listen(two, PILOT, 'there')
    await listen(two, users[1] as { username: string; password: string }, 'other workspace')
    context().push(WORKSPACE.id, { biz_code: 'test_news', data: { n: 1 } })
    await expect.poll(() => heard.length).toBe(2)
    context().push(other.id, { biz_code: 'test_news', data: { n: 2 } })
    await expect.poll(() => heard).toContainEqual('other workspace test_news {"n":2}')
    expect(heard.sort()).toEqual([
      'here test_news {"n":1}',
      'other workspace test_news {"n":2}',
      'there test_news {"n":1}',
    ])
  })
})

describe('pages with a plugin', () => {
  const pages = {
    slots: {
      'home.status': '<p id="flights"><%= t(\'test-plugin.flights\') %> <%= data.platform_name %></p>',
    },
    scripts: { home: 'document.title' },
    style: '#flights { color: red }',
    texts: { en: { 'test-plugin.flights': 'Flights of' }, zh: { 'test-plugin.flights': '\u98de\u884c' } },
  }

  it('show its partial, its words in every language, its style and its script under the policy of the page', async () => {
    const { url } = await start({ plugins: [withParts({ pages }).plugin], platformName: '<b>Fleet</b>' })
    const { text, headers } = await ask(url, '/pilot/home')
    expect(text).toContain('<p id="flights">Flights of &lt;b&gt;Fleet&lt;/b&gt;</p>')
    const nonce = /nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1]
    const script = new RegExp(
      `<script nonce="${nonce?.replace(/[+/]/g, '.')}" src="([^"]+test-plugin.home.js)"`,
    ).exec(text)
    const style = /<link rel="stylesheet" href="([^"]+test-plugin.css)"/.exec(text)
    for (const [path, body] of [
      [script?.[1], 'document.title'],
      [style?.[1], '#flights { color: red }'],
    ])
      expect((await ask(url, new URL(path ?? '', `${url}/pilot/home`).pathname)).text).toBe(body)
    const chinese = await ask(url, '/pilot/home', { headers: { 'accept-language': 'zh-CN' } })
    expect(chinese.text).toContain('\u98de\u884c')
    expect((await ask(url, '/pilot/login')).text).not.toContain('test-plugin')
  })

  it('can be replaced by the host, partial and words', async () => {
    const { url } = await start({
      plugins: [withParts({ pages }).plugin],
      views: { templates: { 'plugins/test-plugin/home.status': '<p>of the host</p>' } },
    })
    const { text } = await ask(url, '/pilot/home')
    expect(text).toContain('<p>of the host</p>')
    expect(text).not.toContain('id="flights"')
    const worded = await start({
      plugins: [withParts({ pages }).plugin],
      pages: { messages: { en: { 'test-plugin.flights': 'Missions of' } } },
    })
    expect((await ask(worded.url, '/pilot/home')).text).toContain('Missions of')
  })

  it('are shown without a partial that cannot be rendered', async () => {
    const logs = recordLogs()
    const broken = { slots: { 'home.panels': '<%= nobody.knows %>', 'home.status': '<p>fine</p>' } }
    const { url } = await start({ plugins: [withParts({ pages: broken }).plugin], logger: logs.logger })
    const { status, text } = await ask(url, '/pilot/home')
    expect([status, text.includes('<p>fine</p>')]).toEqual([200, true])
    expect(logs.lines.filter(({ message }) => message.includes('could not be rendered'))).toMatchObject([
      { level: 'error', fields: { template: 'plugins/test-plugin/home.panels' } },
    ])
  })

  it('switch its modules on', async () => {
    const { url } = await start({
      plugins: [withParts({ modules: ['mission', 'media'] }).plugin],
      modules: { media: { autoUploadVideo: true } },
    })
    const token = await logIn(url, PILOT)
    const { json } = await ask(url, '/pilot/bootstrap', authorised(token))
    const modules = json.data?.['modules'] as readonly { name: string; params: object }[]
    expect(modules.map(({ name }) => name)).toEqual(expect.arrayContaining(['mission', 'media']))
    expect(modules.find(({ name }) => name === 'media')?.params).toMatchObject({ autoUploadVideo: true })
  })
})

describe('health and close', () => {
  it('shows how plugins are, and is degraded while one is down', async () => {
    const health = { status: 'up' as 'up' | 'down' }
    const { plugin } = withParts({ health: () => ({ ...health, detail: 'disk' }) })
    const { cloud } = await start({ plugins: [plugin] })
    expect(cloud.health()).toMatchObject({ status: 'up', plugins: { 'test-plugin': { status: 'up' } } })
    health.status = 'down'
    expect(cloud.health()).toMatchObject({
      status: 'degraded',
      plugins: { 'test-plugin': { detail: 'disk' } },
    })
  })

  it('stops what runs regularly, and closes in spite of a plugin that cannot', async () => {
    const logs = recordLogs()
    let runs = 0
    const { plugin } = withParts((context) => {
      context.every(5, 'work', () => {
        runs += 1
      })
      return {
        close() {
          throw new Error('stuck')
        },
      }
    })
    const cloud = await start({ plugins: [plugin], logger: logs.logger })
    await expect.poll(() => runs).toBeGreaterThan(2)
    closing.length = 0
    await cloud.close()
    const then = runs
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(runs).toBe(then)
    expect(logs.lines.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('Closing the plugins: a step failed. See the error.'),
    )
  })
})
