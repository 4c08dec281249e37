// A body is judged by its bytes: nothing, in all its forms, is nothing, whoever read it and however it was sent.
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import express, { type RequestHandler } from 'express'
import Koa from 'koa'
import koaBodyParser from 'koa-bodyparser'
import { afterAll, describe, expect, test } from 'vitest'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import { djiCloud } from '../../src/express.ts'
import { djiCloud as djiCloudKoa } from '../../src/koa.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { idleBroker } from '../support/idle-broker.ts'

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const API = '/manage/api/v1'
const JSON_TYPE = { 'content-type': 'application/json' }
const options = (): DjiCloudOptions => ({ users: testUsers(), logger: false, broker: idleBroker() })
const every = () => true

/** Reads everything and leaves what `leave` makes of it, as some host's own parser does. */
const eager =
  (
    leave: (request: IncomingMessage & { body?: unknown; rawBody?: unknown }, bytes: Buffer) => void,
  ): RequestHandler =>
  (request, _response, next) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      leave(request, Buffer.concat(chunks))
      next()
    })
  }
const value = (bytes: Buffer): unknown => (bytes.length === 0 ? undefined : JSON.parse(bytes.toString()))

/** What stands before us, and whether it understands JSON that is called by its name. */
const PARSERS: Readonly<Record<string, readonly RequestHandler[]>> = {
  'no parser': [],
  'express.json': [express.json()],
  'express.json, not strict': [express.json({ strict: false, type: every })],
  'express.raw': [express.raw({ type: every })],
  'express.text': [express.text({ type: every })],
  'express.urlencoded': [express.urlencoded({ extended: true })],
  'all of them': [express.json(), express.urlencoded(), express.text(), express.raw()],
  'one that leaves null for nothing': [
    eager((request, bytes) => {
      request.body = value(bytes) ?? null
    }),
  ],
  'one that leaves the bytes beside': [
    eager((request, bytes) => {
      request.rawBody = bytes
    }),
  ],
  'one that leaves the text beside': [
    eager((request, bytes) => {
      request.rawBody = bytes.toString()
    }),
  ],
}

async function start(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>
  /** Undefined: none at all. */
  readonly body?: string | Uint8Array
}

interface Got {
  readonly status: number
  readonly json: { readonly code?: number; readonly data?: Record<string, unknown> }
}

type Post = (path: string, sent: Sent) => Promise<Got>

/** @param chunked no length: the client does not know it */
const http1 =
  (port: number, chunked: boolean): Post =>
  async (path, { headers, body }) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path, method: 'POST', agent: false, headers })
    // Node itself sends a length of zero when there is nothing.
    if (body === undefined) outgoing.removeHeader('content-length')
    if (chunked && body !== undefined) outgoing.setHeader('transfer-encoding', 'chunked')
    else if (body !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(body))
    outgoing.end(body)
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of incoming) text += String(chunk)
    return { status: incoming.statusCode ?? 0, json: JSON.parse(text) }
  }

const http2 =
  (port: number, announced: boolean): Post =>
  async (path, { headers, body }) => {
    const session = connect(`http://127.0.0.1:${port}`)
    try {
      const length = announced && body !== undefined ? { 'content-length': Buffer.byteLength(body) } : {}
      const stream = session.request(
        { ':path': path, ':method': 'POST', ...headers, ...length },
        { endStream: body === undefined },
      )
      if (body !== undefined) stream.end(body)
      const [answer] = await once(stream, 'response')
      let text = ''
      for await (const chunk of stream) text += String(chunk)
      return { status: Number(answer[':status']), json: JSON.parse(text) }
    } finally {
      session.close()
    }
  }

const NOTHING: Readonly<Record<string, Sent>> = {
  'no body and no type': { headers: {} },
  'no body, called JSON': { headers: JSON_TYPE },
  'an empty body, called JSON': { headers: JSON_TYPE, body: '' },
  'an empty body, called text': { headers: { 'content-type': 'text/plain' }, body: '' },
  'an empty form': { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '' },
  '{}': { headers: JSON_TYPE, body: '{}' },
}

async function logIn(post: Post): Promise<string> {
  const body = JSON.stringify({ username: 'amelia', password: PASSWORD })
  const { status, json } = await post(`${API}/login`, { headers: JSON_TYPE, body })
  expect(status).toBe(200)
  return String(json.data?.['access_token'])
}

/** Refresh and logout need nothing; binding takes fields that may all be left out; login says what it misses. */
async function nothingIsNothing(post: Post, { headers, body }: Sent): Promise<void> {
  const sent = (token: string): Sent => ({
    headers: { ...headers, 'x-auth-token': token },
    ...(body === undefined ? {} : { body }),
  })
  const first = await logIn(post)
  const bound = await post(`${API}/devices/RCFAKE00000009/binding`, sent(first))
  const refreshed = await post(`${API}/token/refresh`, sent(first))
  const token = String(refreshed.json.data?.['access_token'])
  const verified = await post(`${API}/token/verify`, sent(token))
  const missing = await post(`${API}/login`, sent(''))
  const ended = await post(`${API}/logout`, sent(token))
  expect([bound, refreshed, verified, ended].map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(missing.status).toBe(400)
  const { issues } = missing.json.data as { issues: { field: string }[] }
  expect(issues.map(({ field }) => field)).toEqual(['username', 'password'])
}

describe.each(Object.entries(PARSERS))('Express behind %s', (_name, parsers) => {
  const app = express()
  const cloud = djiCloud(options())
  closing.push(() => cloud.close())
  for (const parser of parsers) app.use(parser)
  const ready = start(app.use(cloud))

  test.each(Object.entries(NOTHING))('%s, of known and unknown length', async (_what, sent) => {
    const port = await ready
    await nothingIsNothing(http1(port, false), sent)
    await nothingIsNothing(http1(port, true), sent)
  })
})

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('Koa over %s', (version) => {
  const host = (parser: boolean) => {
    const app = new Koa()
    const cloud = djiCloudKoa(options())
    closing.push(() => cloud.close())
    if (parser) app.use(koaBodyParser({ enableTypes: ['json', 'form', 'text'] }))
    return app.use(cloud).callback()
  }
  async function posts(parser: boolean): Promise<readonly Post[]> {
    if (version === 'HTTP/1.1') {
      const port = await start(host(parser))
      return [http1(port, false), http1(port, true)]
    }
    const server = createHttp2Server(host(parser))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const { port } = server.address() as AddressInfo
    return [http2(port, false), http2(port, true)]
  }

  test.each(Object.entries(NOTHING))('%s', async (_what, sent) => {
    for (const parser of [false, true])
      for (const post of await posts(parser)) await nothingIsNothing(post, sent)
  })
})

describe('what a body says', () => {
  const credentials = { username: 'amelia', password: PASSWORD, flag: 2 }
  const text = JSON.stringify(credentials)
  const form = new URLSearchParams({ ...credentials, flag: '2' }).toString()
  const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const packed = (encoding: string) => ({ ...JSON_TYPE, 'content-encoding': encoding })
  const large = JSON.stringify({ ...credentials, padding: 'x'.repeat(150_000) })

  const ROWS: readonly [string, number, Sent][] = [
    ['JSON', 200, { headers: JSON_TYPE, body: text }],
    ['JSON of a named kind', 200, { headers: { 'content-type': 'application/vnd.x+json' }, body: text }],
    ['JSON with a byte order mark', 200, { headers: JSON_TYPE, body: `\u{feff}${text}` }],
    ['JSON called text', 200, { headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: text }],
    ['JSON without a type', 200, { headers: {}, body: text }],
    ['a form', 200, { headers: FORM, body: form }],
    ['a form that names a field twice', 400, { headers: FORM, body: `${form}&username=b` }],
    ['JSON, gzip', 200, { headers: packed('gzip'), body: gzipSync(text) }],
    ['JSON, deflate', 200, { headers: packed('deflate'), body: deflateSync(text) }],
    ['JSON, brotli', 200, { headers: packed('br'), body: brotliCompressSync(text) }],
    ['JSON, called packed by no name', 200, { headers: packed('identity'), body: text }],
    ['JSON that grows too large, gzip', 413, { headers: packed('gzip'), body: gzipSync(large) }],
    ['JSON that grows too large, brotli', 413, { headers: packed('br'), body: brotliCompressSync(large) }],
    ['JSON too large', 413, { headers: JSON_TYPE, body: large }],
    ['no gzip, called so', 400, { headers: packed('gzip'), body: text }],
    ['an encoding that nobody knows', 415, { headers: packed('zstd2'), body: text }],
    ['two encodings', 415, { headers: packed('gzip, gzip'), body: gzipSync(gzipSync(text)) }],
    ['broken JSON', 400, { headers: JSON_TYPE, body: '{"username":' }],
    ['a list', 400, { headers: JSON_TYPE, body: '[]' }],
    ['XML', 415, { headers: { 'content-type': 'application/xml' }, body: '<login/>' }],
  ]
  const app = express()
  const cloud = djiCloud(options())
  closing.push(() => cloud.close())
  const ours = start(app.use(cloud))

  test.each(ROWS)('%s: %i', async (_name, status, sent) => {
    for (const chunked of [false, true])
      expect((await http1(await ours, chunked)(`${API}/login`, sent)).status).toBe(status)
  })

  test.each(ROWS.filter(([, status]) => status === 200))(
    '%s, left as bytes or text by a parser',
    async (_n, status, sent) => {
      for (const parser of [express.raw({ type: every }), express.text({ type: every })]) {
        const parsed = express()
        const other = djiCloud(options())
        closing.push(() => other.close())
        const port = await start(parsed.use(parser).use(other))
        expect((await http1(port, false)(`${API}/login`, sent)).status).toBe(status)
      }
    },
  )

  test('null is nothing as well, and says what is missing', async () => {
    const { status, json } = await http1(await ours, false)(`${API}/login`, {
      headers: JSON_TYPE,
      body: 'null',
    })
    expect([status, json.code]).toEqual([400, 400002])
  })
})
