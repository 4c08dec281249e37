// The parts of a plugin's row, in every framework and below a mount: what a client gets, and what a handler is given.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { definePlugin, type PluginRoute, route } from '../../src/plugin.ts'
import { type Framework, VARIANTS } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { start } from './start.ts'

const MOUNT = '/drones'
const FRAMEWORKS = VARIANTS.filter(({ mount, parser }) => mount === MOUNT && parser === 'none').map(
  ({ framework }) => framework,
)

const withRoutes = (routes: readonly PluginRoute[]) => definePlugin({ id: 'rows', setup: () => ({ routes }) })

async function asker(framework: Framework, routes: readonly PluginRoute[]) {
  const { url } = await start(
    { plugins: [withRoutes(routes)], broker: idleBroker() },
    { framework, mount: MOUNT, parser: 'none' },
  )
  return (path: string, more: Parameters<typeof ask>[2] = {}) => ask(url, `${MOUNT}${path}`, more)
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
})
