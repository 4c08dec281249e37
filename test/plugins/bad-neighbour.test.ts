// One plugin that throws, rejects or hangs wherever it can, between two good ones. Time is compared only within a run: by
// order, or by what the same thing took before.
import { once } from 'node:events'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import {
  definePlugin,
  deviceEvent,
  deviceRequest,
  deviceTopic,
  type PluginContext,
  route,
} from '../../src/plugin.ts'
import { A1, G1, logIn } from '../devices/picture.ts'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { recordLogs } from '../support/logs.ts'

const never = (): Promise<never> => new Promise(() => undefined)
const fails = (): never => {
  throw new Error('broken on purpose')
}
const rejects = async (): Promise<never> => fails()
const HOSTILE = `"><script>hostile()</script>`
const ANYTHING = z.looseObject({})

/** How many requests hang. */
let hanging = 0

const bad = definePlugin({
  id: 'bad',
  setup(context) {
    const { on } = context as PluginContext
    for (const name of ['device.osd', 'aircraft.online', 'login.succeeded', 'session.ended'] as const) {
      on(name, fails)
      on(name, rejects)
      on(name, never)
    }
    context.every(1, 'hangs', never)
    context.every(1, 'throws', fails)
    context.metrics.gauge('broken', { help: 'Throws.' }, fails)
    return {
      routes: [
        route({
          method: 'GET',
          path: '/bad/slow-store',
          guard: 'public',
          handle() {
            hanging += 1
            return never()
          },
        }),
        route({ method: 'GET', path: '/bad/throws', guard: 'public', handle: fails }),
        route({ method: 'GET', path: '/bad/hostile', guard: 'public', answers: 'page', handle: hostile }),
      ],
      deviceRequests: { bad_hangs: deviceRequest({ input: ANYTHING, handle: never }) },
      deviceEvents: { bad_throws: deviceEvent({ input: ANYTHING, handle: fails }) },
      topics: { 'thing/bad/report': deviceTopic({ publisher: 'gateway', input: ANYTHING, handle: never }) },
      transformPilotResponse: never,
      onSessionEnded: never,
      onDeviceReleased: rejects,
      health: fails,
      close: never,
      pages: {
        slots: { 'login.top': `<p id="bad"><%= t('bad.line') %></p>`, 'login.bottom': '<%- missing.name %>' },
        texts: { en: { 'bad.line': HOSTILE }, zh: { 'bad.line': HOSTILE } },
      },
    }
  },
})

function hostile(): never {
  throw new Error(HOSTILE)
}

/** What the good plugins did, in order. */
const told: string[] = []
const good = (id: string) =>
  definePlugin({
    id,
    setup(context) {
      context.on('device.osd', ({ data }) => void told.push(`${id} ${data.height}`))
      return {
        routes: [route({ method: 'GET', path: `/${id}/here`, guard: 'public', handle: () => ({ id }) })],
        deviceRequests: {
          [`${id}_asked`]: deviceRequest({ input: ANYTHING, handle: () => ({ id }) }),
        },
        onSessionEnded: ({ reason }) => void told.push(`${id} ${reason}`),
        close: () => void told.push(`${id} closed`),
      }
    },
  })

const logs = recordLogs()
let cloud: TestCloud
let client: MqttClient
let socket: WebSocket
/** Heights of the OSD that the socket was pushed. */
const heights: number[] = []
const replies: { method: string; data: unknown }[] = []

beforeAll(async () => {
  cloud = await startCloud({
    plugins: [good('first'), bad, good('last')],
    users: [PILOT, { ...PILOT, username: 'olga' }, { ...PILOT, username: 'ben' }],
    telemetry: { intervalMs: 50 },
    logger: logs.logger,
  })
  const { url } = cloud
  const token = await logIn(url, PILOT)
  const { json } = await ask(url, '/manage/api/v1/mqtt/credentials', {
    method: 'POST',
    body: { gateway_sn: G1 },
    headers: { 'x-auth-token': token },
  })
  const { username, password } = json.data as { username: string; password: string }
  client = await connectAsync(cloud.cloud.mqttAddress('127.0.0.1').replace('tcp:', 'mqtt:'), {
    ...{ username, password, clientId: G1, reconnectPeriod: 0 },
  })
  client.on('message', (topic, payload) => {
    if (topic.endsWith('_reply')) replies.push(JSON.parse(String(payload)))
  })
  await client.subscribeAsync([`thing/product/${G1}/#`, `sys/product/${G1}/#`])
  socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws?x-auth-token=${token}`)
  socket.on('message', (text) => {
    const { biz_code, data } = JSON.parse(String(text))
    if (biz_code === 'device_osd') heights.push(data.host.height)
  })
  await once(socket, 'open')
  const answered = new Promise((resolve) => client.once('message', resolve))
  await send('sys', 'status', {
    method: 'update_topo',
    data: { type: 144, sub_type: 0, sub_devices: [{ sn: A1, type: 77, sub_type: 0 }] },
  })
  await answered
})
afterAll(async () => {
  socket.terminate()
  await client.endAsync(true)
  await cloud.close()
})

const send = (root: 'sys' | 'thing', suffix: string, message: object, serial = G1) =>
  client.publishAsync(
    `${root}/product/${serial}/${suffix}`,
    JSON.stringify({ tid: suffix, bid: 'b', ...message }),
    { qos: 1 },
  )
/** How long it took, in ms. */
async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

describe('a plugin that fails and hangs wherever it can', () => {
  it('is told at the start of a route without a guard', async () => {
    const open = definePlugin({
      id: 'open',
      setup: () => ({ routes: [{ method: 'GET', path: '/open/door', handle: () => ({}) } as never] }),
    })
    await expect(startCloud({ plugins: [open] })).rejects.toThrow(
      "plugins.open: has the route GET /open/door without a guard; needs guard: 'token'",
    )
  })

  it('keeps no report from sockets and other plugins, and none out of its order', async () => {
    for (let height = 1; height <= 30; height += 1) {
      await send('thing', 'bad/report', {})
      await send('thing', 'events', { method: 'bad_throws', need_reply: 1, data: {} })
      await send('thing', 'osd', { data: { height } }, A1)
    }
    await expect.poll(() => heights.at(-1)).toBe(30)
    expect(heights).toEqual([...heights].sort((a, b) => a - b))
    const inOrder = Array.from({ length: 30 }, (_, index) => [`first ${index + 1}`, `last ${index + 1}`])
    expect(told.splice(0)).toEqual(inOrder.flat())
    expect(replies.filter(({ method }) => method === 'bad_throws')).toHaveLength(30)
    // Each of the thirty reports came to a listener that throws and to one that rejects.
    expect(logs.lines.filter(({ fields }) => fields['event'] === 'device.osd')).toHaveLength(60)
  })

  it('keeps no other message of a controller from its answer', async () => {
    replies.length = 0
    await send('thing', 'requests', { method: 'bad_hangs', data: {} })
    await send('thing', 'requests', { method: 'last_asked', data: {} })
    await expect
      .poll(() => replies)
      .toMatchObject([{ method: 'last_asked', data: { result: 0, output: { id: 'last' } } }])
  })

  it('keeps no request waiting', async () => {
    const before = hanging
    const abort = new AbortController()
    const open = Array.from({ length: 50 }, () =>
      fetch(`${cloud.url}/bad/slow-store`, { signal: abort.signal }).then(
        () => 'answered',
        () => 'given up',
      ),
    )
    await expect.poll(() => hanging).toBe(before + 50)
    for (const id of ['first', 'last'])
      expect((await ask(cloud.url, `/${id}/here`)).json.data).toEqual({ id })
    expect((await ask(cloud.url, '/bad/throws')).status).toBe(500)
    expect((await ask(cloud.url, '/own')).status).toBe(200)
    const token = await logIn(cloud.url, { ...PILOT, username: 'olga' })
    const { status } = await ask(cloud.url, '/manage/api/v1/workspaces/current', {
      headers: { 'x-auth-token': token },
    })
    expect(status).toBe(200)
    abort.abort()
    expect(new Set(await Promise.all(open))).toEqual(new Set(['given up']))
  })

  it('delays pages once, and its texts stay texts', async () => {
    const first = await took(() => ask(cloud.url, '/pilot/login'))
    const more = await took(async () => {
      for (let page = 0; page < 5; page += 1) expect((await ask(cloud.url, '/pilot/login')).status).toBe(200)
    })
    expect(more).toBeLessThan(first)
    const { text } = await ask(cloud.url, '/pilot/login')
    expect(text).toContain('&lt;script&gt;hostile()')
    expect(text).toContain('login-form')
    expect(text).not.toContain('<script>hostile')
    const { status, text: page } = await ask(cloud.url, '/bad/hostile', { headers: { accept: 'text/html' } })
    expect([status, page.includes('hostile()')]).toEqual([500, false])
  })

  it('is seen in health and metrics, and takes nothing else from them', () => {
    const { broker, plugins } = cloud.cloud.health()
    expect(broker.status).toBe('up')
    expect(plugins['bad']).toMatchObject({ status: 'down' })
    expect(cloud.cloud.metrics().find(({ name }) => name === 'logins')?.samples.length).toBeGreaterThan(0)
    expect(logs.lines.map(({ fields }) => fields['metric'])).toContain('bad_broken')
  })

  it('delays one logout, and no other', async () => {
    const out = async (username: string): Promise<() => Promise<unknown>> => {
      const token = await logIn(cloud.url, { ...PILOT, username })
      return () =>
        ask(cloud.url, '/manage/api/v1/logout', {
          method: 'POST',
          body: {},
          headers: { 'x-auth-token': token },
        })
    }
    const [one, ...others] = await Promise.all(['olga', 'ben', 'ben', 'ben', 'ben'].map(out))
    const first = await took(async () => one?.())
    // Told in order, to the plugins before and behind it.
    expect(told.splice(0)).toEqual(['first logout', 'last logout'])
    const rest = await took(async () => {
      for (const other of others) await other()
    })
    expect(rest).toBeLessThan(first)
    expect(told.splice(0)).toEqual(Array.from({ length: 4 }, () => ['first logout', 'last logout']).flat())
  })

  it('lets the platform close, and the other plugins in their order', async () => {
    const gone = once(socket, 'close')
    void gone.then(() => told.push('socket closed'))
    await cloud.cloud.close()
    await gone
    const closed = told.filter((one) => one.endsWith('closed'))
    expect(closed.filter((one) => one !== 'socket closed')).toEqual(['last closed', 'first closed'])
    // The client hears of its socket a moment later, but not as late as a plugin that hangs before it.
    expect(closed.indexOf('socket closed')).toBeLessThan(closed.indexOf('first closed'))
  })
})
