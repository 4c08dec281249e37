// What happens to requests that are being answered when the platform closes: told to stop, waited for, and cut off.
import { EventEmitter, once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CLOSE_LIMIT_MS, createInFlight } from '../../src/core/http/dispatch.ts'
import { djiCloud } from '../../src/express.ts'
import type { DjiCloudOptions } from '../../src/index.ts'
import {
  definePlugin,
  type HttpResponse,
  type PluginRoute,
  type RouteContext,
  route,
} from '../../src/plugin.ts'
import { testUsers } from '../support/accounts.ts'
import { startHost, VARIANTS } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { plainHost } from '../support/more-hosts.ts'
import { openRequest } from '../support/stream-client.ts'

const seen = new EventEmitter()
const events = (body: HttpResponse['body']): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  body,
})
const get = (
  path: string,
  handle: (context: RouteContext) => HttpResponse | Promise<HttpResponse>,
): PluginRoute => route({ method: 'GET', path, guard: 'public', answers: 'http', handle })

const plugin = definePlugin({
  id: 'long',
  setup: () => ({
    routes: [
      get('/long/events', ({ request: { signal } }) =>
        events(
          (async function* () {
            yield 'data: 1\n\n'
            await once(signal, 'abort')
            yield 'data: bye\n\n'
          })(),
        ),
      ),
      get('/long/deaf', () => {
        const stream = new Readable({ read() {} })
        stream.on('close', () => seen.emit('destroyed'))
        stream.push('data: 1\n\n')
        return events(stream)
      }),
      get('/long/silent', () => events(new Readable({ read() {} }))),
      get('/long/work', async ({ request: { signal } }) => {
        const aborted = once(signal, 'abort')
        seen.emit('working')
        await aborted
        return { status: 200, headers: {}, body: String((signal.reason as { code?: unknown }).code) }
      }),
      route({
        ...{ method: 'POST', path: '/long/upload', guard: 'public', body: 'stream', bodyLimit: 10_000 },
        async handle({ body }) {
          for await (const _ of body.stream) seen.emit('read')
        },
      }),
    ],
  }),
})

const open: { close(): unknown }[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const one of open.splice(0).reverse()) await one.close()
})

const logs = recordLogs()
const options = (): DjiCloudOptions => ({
  ...{ users: testUsers(), broker: idleBroker(), logger: logs.logger },
  plugins: [plugin],
})

const STARTS: Readonly<Record<string, () => Promise<{ server: Server; closeCloud(): Promise<void> }>>> = {
  ...Object.fromEntries(
    VARIANTS.filter(({ mount, parser }) => mount === '' && parser === 'none').map((variant) => [
      variant.framework,
      async () => {
        const host = await startHost(variant, options())
        open.push(host)
        return { server: host.server, closeCloud: () => host.cloud.close() }
      },
    ]),
  ),
  'no framework': async () => {
    const cloud = djiCloud(options())
    const { server, close } = await plainHost(cloud)
    open.push({
      close() {
        server.closeAllConnections()
        return close()
      },
    })
    return { server, closeCloud: () => cloud.close() }
  },
}

describe.each(Object.entries(STARTS))('the close in %s', (_name, start) => {
  it('ends answers that listen, long work and an upload, and waits for them', async () => {
    logs.lines.length = 0
    const { server, closeCloud } = await start()
    const { port } = server.address() as AddressInfo
    const events = openRequest(port, '/long/events', { method: 'GET' }).end()
    const [stream] = (await once(events, 'response')) as [IncomingMessage]
    await once(stream, 'readable')
    const silent = ask(`http://127.0.0.1:${port}`, '/long/silent')
    const working = once(seen, 'working')
    const work = ask(`http://127.0.0.1:${port}`, '/long/work')
    await working
    const upload = openRequest(port, '/long/upload', { headers: { 'content-length': '5000' } })
    const uploaded = once(upload, 'response')
    const reading = once(seen, 'read')
    upload.write('part of it')
    await reading

    const since = performance.now()
    await closeCloud()
    expect(performance.now() - since).toBeLessThan(CLOSE_LIMIT_MS)

    let text = ''
    for await (const chunk of stream) text += String(chunk)
    expect([text, stream.complete]).toEqual(['data: 1\n\ndata: bye\n\n', true])
    expect((await work).text).toBe('SHUTTING_DOWN')
    expect((await silent).status).toBe(503)
    const [refused] = (await uploaded) as [IncomingMessage]
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '5'])
    refused.resume()
    upload.destroy()
    expect(logs.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('does not wait for an answer that goes on for ever, beyond its limit', async () => {
    const { server, closeCloud } = await start()
    const { port } = server.address() as AddressInfo
    const outgoing = openRequest(port, '/long/deaf', { method: 'GET' }).end()
    const [stream] = (await once(outgoing, 'response')) as [IncomingMessage]
    await once(stream, 'readable')
    const destroyed = once(seen, 'destroyed')
    const broken = once(stream.resume(), 'error')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const closed = closeCloud()
    await vi.advanceTimersByTimeAsync(CLOSE_LIMIT_MS)
    vi.useRealTimers()
    await closed
    await Promise.all([destroyed, broken])
    expect(stream.complete).toBe(false)
  })
})

it('what begins while the platform closes is told at once, and nothing is cut that is over', async () => {
  const told: string[] = []
  const inFlight = createInFlight(10)
  const begin = (name: string) =>
    inFlight.begin({ stop: () => told.push(`stop ${name}`), cut: () => told.push(`cut ${name}`) })
  const over = begin('one')
  begin('two')
  begin('over')()
  const closed = inFlight.close()
  begin('late')
  over()
  await closed
  expect(told).toEqual(['stop one', 'stop two', 'stop late', 'cut two', 'cut late'])
})
