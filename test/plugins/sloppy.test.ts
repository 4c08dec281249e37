import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { createDjiCloud } from '../../src/index.ts'
import {
  type AnyPlugin,
  definePlugin,
  type HttpResponse,
  type PluginContext,
  type PluginParts,
  route,
} from '../../src/plugin.ts'
import { A1, G1, logIn, newPilot } from '../devices/picture.ts'
import { PILOT, startCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { start } from './start.ts'

const plugin = (parts: PluginParts | ((context: PluginContext) => PluginParts)): AnyPlugin =>
  definePlugin({
    id: 'sloppy',
    setup: (context) => (typeof parts === 'function' ? parts(context as PluginContext) : parts),
  })

describe('a plugin of another form', () => {
  const faultOf = (given: object): string => {
    try {
      const cloud = createDjiCloud({
        broker: idleBroker(),
        logger: false,
        simulator: false,
        plugins: [given as AnyPlugin],
      })
      void cloud.close()
      return 'it started'
    } catch (error) {
      return (error as Error).message
    }
  }
  const parts = (made: unknown) => ({ id: 'sloppy', setup: () => made })
  it.each<[string, object, RegExp]>([
    [
      'an asynchronous setup',
      {
        id: 'sloppy',
        async setup() {
          throw new Error('late')
        },
      },
      /plugins\.sloppy: could not be set up: setup is asynchronous/,
    ],
    [
      'routes that are no list',
      parts({ routes: {} }),
      /plugins\.sloppy: returned parts from setup that do not fit/,
    ],
    [
      'a route that is nothing',
      parts({ routes: [null] }),
      /plugins\.sloppy: returned parts from setup that do not fit/,
    ],
    [
      'errors that are nothing',
      { id: 'sloppy', errors: null, setup: () => ({}) },
      /plugins\.0: has a field that does not fit the type Plugin/,
    ],
    [
      'a dependency that is a text',
      { id: 'sloppy', dependsOn: 5, setup: () => ({}) },
      /plugins\.0: has a field that does not fit the type Plugin/,
    ],
    [
      'a check that gives a text',
      { id: 'sloppy', check: () => 'no', setup: () => ({}) },
      /plugins\.sloppy: could not check the options: check needs to return a list/,
    ],
    [
      'the request for the licence',
      parts({ deviceRequests: { config: {} } }),
      /device request config, which dji-cloud itself has/,
    ],
    [
      'too long a pause',
      { id: 'sloppy', setup: (context: PluginContext) => context.every(3e9, 'x', () => 1) },
      /needs whole milliseconds from 1 to/,
    ],
  ])('%s: is named at the start', (_name, given, expected) => {
    expect(faultOf(given)).toMatch(expected)
  })
})

describe.each(['express 5', 'koa 3'] as const)('an answer that cannot be sent, in %s', (framework) => {
  const answers: readonly (readonly [string, unknown])[] = [
    [
      'a file name in Chinese',
      { status: 200, headers: { 'content-disposition': 'filename="\u7167\u7247.jpg"' }, body: 'x' },
    ],
    ['a line break in a header', { status: 200, headers: { 'x-a': 'b\r\nset-cookie: a=1' }, body: 'x' }],
    ['a status that is none', { status: 42, headers: {}, body: 'x' }],
    ['no headers', { status: 200, body: 'x' }],
    ['nothing', undefined],
  ]
  it.each(answers)('%s: is a 500, and the app lives on', async (_name, answer) => {
    const stream = new Readable({ read() {} })
    const given = typeof answer === 'object' ? { ...answer, body: stream } : answer
    const row = (path: string, value: unknown) =>
      route({ method: 'GET', path, guard: 'public', answers: 'http', handle: () => value as HttpResponse })
    const { url } = await start(
      { plugins: [plugin({ routes: [row('/sloppy/text', answer), row('/sloppy/stream', given)] })] },
      { framework, mount: '', parser: 'none' },
    )
    expect((await ask(url, '/sloppy/text')).status).toBe(500)
    expect((await ask(url, '/sloppy/stream')).status).toBe(500)
    if (answer !== undefined) await vi.waitFor(() => expect(stream.destroyed).toBe(true), { timeout: 15_000 })
    expect((await ask(url, '/own')).status).toBe(200)
  })
})

it('a transform that fails leaves the page as it was', async () => {
  const logs = recordLogs()
  const broken = plugin({
    transformPilotResponse() {
      throw new Error('broken')
    },
  })
  const nothing = definePlugin({
    id: 'nothing',
    setup: () => ({ transformPilotResponse: () => undefined as never }),
  })
  const { url } = await start({ plugins: [broken, nothing], logger: logs.logger })
  const { status, text } = await ask(url, '/pilot/login')
  expect([status, text.includes('login-form')]).toEqual([200, true])
  expect(logs.lines.filter(({ message }) => message.includes('sent unchanged'))).toHaveLength(2)
})

it('hears of what goes offline with the platform before it is closed', async () => {
  const order: string[] = []
  const listening = plugin((context) => {
    context.on('aircraft.offline', ({ reason }) => void order.push(`offline ${reason}`))
    return { close: () => void order.push('closed') }
  })
  const cloud = await startCloud({ plugins: [listening] })
  const pilot = newPilot(cloud.link, G1, A1)
  try {
    await pilot.login(PILOT.username, PILOT.password)
    await pilot.topologyAcknowledged()
    await cloud.cloud.close()
    expect(order).toEqual(['offline shutdown', 'closed'])
  } finally {
    await pilot.close()
    await cloud.close()
  }
})

it('a plugin that hangs when it is closed is left to itself', async () => {
  const logs = recordLogs()
  const cloud = createDjiCloud({
    broker: idleBroker(),
    logger: logs.logger,
    simulator: false,
    plugins: [plugin({ close: () => new Promise(() => undefined) })],
  })
  await cloud.close()
  expect(logs.lines.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('takes longer than'),
  )
}, 15_000)

it('a stream row is typed, and a guarded one is given the devices of its workspace', async () => {
  const upload = route({
    method: 'POST',
    path: '/sloppy/upload',
    guard: 'token',
    body: 'stream',
    bodyLimit: 1_000,
    async handle({ body, devices, session }) {
      let bytes = 0
      for await (const piece of body.stream) bytes += (piece as Buffer).length
      return { bytes, type: body.contentType, foreign: devices.get('NOBODY'), user: session.username }
    },
  })
  const { url } = await start(
    { plugins: [plugin({ routes: [upload] })] },
    { framework: 'express 5', mount: '', parser: 'none' },
  )
  const headers = { 'x-auth-token': await logIn(url, PILOT), 'content-type': 'image/jpeg' }
  const { json } = await ask(url, '/sloppy/upload', { method: 'POST', headers, body: Buffer.alloc(500) })
  expect(json.data).toEqual({ bytes: 500, type: 'image/jpeg', foreign: null, user: 'pia' })
  const large = await ask(url, '/sloppy/upload', { method: 'POST', headers, body: Buffer.alloc(1_001) })
  expect(large.status).toBe(413)
})
