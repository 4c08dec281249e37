// Bodies and answers that are streams, in every framework, behind every parser, over both versions of HTTP.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import compression from 'compression'
import express, { type RequestHandler } from 'express'
import Koa from 'koa'
import koaCompress from 'koa-compress'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import { type DjiCloudExpress, djiCloud } from '../../src/express.ts'
import { djiCloud as djiCloudKoa } from '../../src/koa.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { startHost, VARIANTS } from '../support/hosts.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { fastifyHost, nest, plainHost } from '../support/more-hosts.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import { type Client, http1, http2 } from '../support/stream-client.ts'
import { FILE, ROWS_AT, SMALL_LIMIT, seen, streamPlugin } from '../support/stream-rows.ts'

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const options = (): DjiCloudOptions => ({
  users: testUsers(),
  logger: false,
  broker: idleBroker(),
  plugins: [streamPlugin()],
})
const OCTETS = { 'content-type': 'application/octet-stream' }
const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256))
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function tokenFrom(client: Client, port: number, mount: string): Promise<string> {
  const { json } = await client(port, `${mount}/manage/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'amelia', password: PASSWORD }),
  })
  return String(json.data?.['access_token'])
}

interface Started {
  readonly port: number
  readonly mount: string
}

const listening = async (server: {
  listen(port: number, host: string): unknown
  once: unknown
  address(): unknown
  close(): unknown
}) => {
  server.listen(0, '127.0.0.1')
  await once(server as never, 'listening')
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const variants = Object.fromEntries(
  VARIANTS.filter(({ mount, parser }) => (mount === '') === (parser === 'before')).map((variant) => [
    `${variant.framework}, ${variant.mount || '/'}, parser: ${variant.parser}`,
    async (): Promise<Started> => {
      const { url, close } = await startHost(variant, options())
      closing.push(close)
      return { port: Number(new URL(url).port), mount: variant.mount }
    },
  ]),
)

const more =
  (start: typeof plainHost, mount = '') =>
  async (): Promise<Started> => {
    const cloud = djiCloud(options())
    const { server, close } = await start(cloud)
    closing.push(() => {
      server.closeAllConnections()
      return close()
    })
    closing.push(() => cloud.close())
    return { port: (server.address() as AddressInfo).port, mount }
  }

const HTTP1_HOSTS: Readonly<Record<string, () => Promise<Started>>> = {
  ...variants,
  'no framework': more(plainHost),
  'Fastify with middie': more(fastifyHost()),
  'Fastify with middie, below a prefix': more(fastifyHost({ at: '/drones' }), '/drones'),
  'Nest on Express': more(nest({ on: 'express', routes: null })),
  "Nest on Express, forRoutes('{*splat}')": more(nest({ on: 'express', routes: '{*splat}' })),
  'Nest on Fastify': more(nest({ on: 'fastify', routes: '*' })),
  'Express that compresses': async () => {
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    const app = express()
      .use(compression({ threshold: 0 }))
      .use(cloud)
    return { port: await listening(createHttp1Server(app)), mount: '' }
  },
  'Koa that compresses': async () => {
    const cloud = djiCloudKoa(options())
    closing.push(() => cloud.close())
    const app = new Koa().use(koaCompress({ threshold: 0 })).use(cloud)
    return { port: await listening(createHttp1Server(app.callback())), mount: '' }
  },
}

const HTTP2_HOSTS: Readonly<Record<string, () => Promise<Started>>> = {
  'Koa over HTTP/2': async () => {
    const cloud = djiCloudKoa(options())
    closing.push(() => cloud.close())
    return { port: await listening(createHttp2Server(new Koa().use(cloud).callback())), mount: '' }
  },
  'no framework, over HTTP/2': async () => {
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    const server = createHttp2Server((request, response) =>
      cloud(request as unknown as IncomingMessage, response as unknown as ServerResponse, () =>
        response.writeHead(404).end(),
      ),
    )
    return { port: await listening(server), mount: '' }
  },
}

type Row = readonly [string, () => Promise<Started>, readonly Client[]]
const ROWS: readonly Row[] = [
  ...Object.entries(HTTP1_HOSTS).map(
    ([name, start]): Row => [name, start, [http1('with a length'), http1('chunked')]],
  ),
  ...Object.entries(HTTP2_HOSTS).map(([name, start]): Row => [name, start, [http2]]),
]

describe.each(ROWS)('%s', (_name, start, clients) => {
  let port = 0
  let at = ''
  let auth: Record<string, string> = {}
  beforeAll(async () => {
    const started = await start()
    const [client = http2] = clients
    port = started.port
    at = `${started.mount}${ROWS_AT}`
    auth = { 'x-auth-token': await tokenFrom(client, port, started.mount) }
  })
  const uploads = (name: string, workspace = WORKSPACE_A.id) => `${at}/${workspace}/${name}`

  test('takes a body, of known and unknown length, and packed', async () => {
    for (const client of clients) {
      const post = (body: Uint8Array | undefined, headers = {}) =>
        client(port, uploads('hash'), { method: 'POST', headers: { ...auth, ...OCTETS, ...headers }, body })
      const plain = await post(BYTES)
      expect(plain.json.data).toMatchObject({
        size: BYTES.length,
        hash: hashOf(BYTES),
        type: OCTETS['content-type'],
      })
      expect([BYTES.length, null]).toContain(plain.json.data?.['length'])
      for (const [encoding, packed] of [
        ['gzip', gzipSync(BYTES)],
        ['br', brotliCompressSync(BYTES)],
      ] as const) {
        const { json } = await post(packed, { 'content-encoding': encoding })
        expect(json.data).toMatchObject({ size: BYTES.length, hash: hashOf(BYTES), length: null })
      }
      expect((await post(undefined)).json.data).toMatchObject({ size: 0 })
    }
  })

  test('asks for token, workspace and role before the body is touched', async () => {
    let opened = 0
    const count = () => {
      opened += 1
    }
    seen.on('opened', count)
    for (const client of clients) {
      const post = async (path: string, headers: Record<string, string>) =>
        (await client(port, path, { method: 'POST', headers: { ...OCTETS, ...headers }, body: BYTES })).status
      expect(await post(uploads('hash'), {})).toBe(401)
      expect(await post(uploads('hash', WORKSPACE_B.id), auth)).toBe(403)
      expect(await post(uploads('web'), auth)).toBe(403)
    }
    seen.off('opened', count)
    expect(opened).toBe(0)
  })

  test('caps the body, as it is announced, as it comes, and as it unpacks to', async () => {
    const large = Buffer.alloc(SMALL_LIMIT + 1)
    for (const client of clients) {
      const post = (body: Uint8Array, headers = {}) =>
        client(port, uploads('hash'), { method: 'POST', headers: { ...auth, ...OCTETS, ...headers }, body })
      expect((await post(large.subarray(1))).json.data).toMatchObject({ size: SMALL_LIMIT })
      for (const [body, headers] of [
        [large, {}],
        [gzipSync(large), { 'content-encoding': 'gzip' }],
        [brotliCompressSync(large), { 'content-encoding': 'br' }],
      ] as const) {
        const { status, json } = await post(body, headers)
        expect([status, json.code, json.data?.['limit']]).toEqual([413, 413001, SMALL_LIMIT])
      }
      expect((await post(BYTES, { 'content-encoding': 'gzip' })).json.code).toBe(400003)
      expect((await post(BYTES, { 'content-encoding': 'zstd2' })).status).toBe(415)
    }
  })

  test('answers where the handler leaves the body alone, or leaves it halfway', async () => {
    for (const client of clients) {
      const post = (name: string, body: Uint8Array) =>
        client(port, uploads(name), { method: 'POST', headers: { ...auth, ...OCTETS }, body })
      expect((await post('ignore', BYTES)).status).toBe(200)
      expect((await post('abandon', Buffer.alloc(3_000_000))).json.code).toBe(409001)
    }
  })

  test('answers with streams of every kind, whole files and parts of them', async () => {
    for (const client of clients) {
      const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
        client(port, `${at}/${path}`, { method, headers: { ...auth, ...headers } })
      expect((await get('made/300000')).bytes.equals(Buffer.alloc(300_000, 7))).toBe(true)
      expect((await get('generator')).bytes.toString()).toBe('grüße hi')
      expect((await get('web-stream')).bytes.toString()).toBe('of the web')
      expect((await get('nothing')).bytes.length).toBe(0)

      const whole = await get('file')
      expect([whole.status, whole.bytes]).toEqual([200, FILE])
      expect(whole.headers).toMatchObject({
        'accept-ranges': 'bytes',
        etag: '"v1"',
        'content-length': '1000',
      })
      const part = await get('file', { range: 'bytes=10-19' })
      expect([part.status, part.bytes]).toEqual([206, FILE.subarray(10, 20)])
      expect(part.headers).toMatchObject({ 'content-range': 'bytes 10-19/1000', 'content-length': '10' })
      const beyond = await get('file', { range: 'bytes=1000-' })
      expect([beyond.status, beyond.headers['content-range'], beyond.json.code]).toEqual([
        416,
        'bytes */1000',
        416001,
      ])
      const again = await get('file', { 'if-none-match': '"v1"' })
      expect([again.status, again.bytes.length]).toEqual([304, 0])

      const head = await get('file', {}, 'HEAD')
      expect([head.status, head.headers['content-length'], head.bytes.length]).toEqual([200, '1000', 0])
      const made = await get('made/300000', {}, 'HEAD')
      expect([made.status, made.headers['content-length'], made.bytes.length]).toEqual([200, '300000', 0])
      const elsewhere = await get('elsewhere')
      expect([elsewhere.status, elsewhere.headers['location'], elsewhere.bytes.length]).toEqual([
        307,
        'https://files.example.com/a%20b?X-Amz-Signature=fake',
        0,
      ])
      expect(elsewhere.headers['cache-control']).toBe('no-store')
    }
  })

  test('answers an error where the stream fails before its first byte', async () => {
    for (const client of clients) {
      const { status, json } = await client(port, `${at}/fails/0/at-once`, { headers: auth })
      expect([status, json.code]).toEqual([409, 409001])
    }
  })
})

describe('behind a parser of the host that has read the body', () => {
  const every = () => true
  const eager: RequestHandler = (request, _response, next) => {
    request.resume().on('end', () => next())
  }
  const PARSERS: Readonly<Record<string, readonly [RequestHandler, number]>> = {
    'express.raw': [express.raw({ type: every, limit: '5mb' }), 200],
    'express.text': [express.text({ type: every, limit: '5mb' }), 200],
    'express.json': [express.json({ type: every }), 400],
    'express.urlencoded': [express.urlencoded({ type: every }), 400],
    'one that leaves nothing': [eager, 400],
  }
  const text = JSON.stringify({ a: 1 })
  const start = async (cloud: DjiCloudExpress, parser: RequestHandler) => {
    closing.push(() => cloud.close())
    return listening(createHttp1Server(express().use(ROWS_AT, parser).use(cloud)))
  }

  test.each(Object.entries(PARSERS))('%s', async (_name, [parser, status]) => {
    const port = await start(djiCloud(options()), parser)
    const send = http1('with a length')
    const headers = { 'x-auth-token': await tokenFrom(send, port, ''), 'content-type': 'application/json' }
    const path = `${ROWS_AT}/${WORKSPACE_A.id}/hash`
    const got = await send(port, path, { method: 'POST', headers, body: text })
    expect(got.status).toBe(status)
    if (status === 200) {
      expect(got.json.data).toMatchObject({ size: text.length, hash: hashOf(Buffer.from(text)) })
      const large = 'x'.repeat(SMALL_LIMIT + 1)
      expect((await send(port, path, { method: 'POST', headers, body: large })).status).toBe(413)
    } else {
      expect(got.json.code).toBe(400003)
      expect(got.json.message).toContain('Put dji-cloud before the parser')
    }
  })

  test('Fastify that has parsed JSON', async () => {
    const { port } = await more(fastifyHost({ hook: 'preHandler' }))()
    const send = http1('with a length')
    const headers = { 'x-auth-token': await tokenFrom(send, port, ''), 'content-type': 'application/json' }
    const got = await send(port, `${ROWS_AT}/${WORKSPACE_A.id}/hash`, { method: 'POST', headers, body: text })
    expect([got.status, got.json.code]).toEqual([400, 400003])
  })
})
