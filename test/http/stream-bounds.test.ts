// What streams must not do: fill the memory, go on for a client that has gone, or leave half an answer looking whole.
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import express from 'express'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import { djiCloud } from '../../src/express.ts'
import { djiCloud as djiCloudKoa } from '../../src/koa.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'
import { http1, openRequest, pump, sendForEver } from '../support/stream-client.ts'
import { ROWS_AT, SMALL_LIMIT, seen, streamPlugin } from '../support/stream-rows.ts'

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const MB = 1_000_000
const TOTAL = 50 * MB
/** Buffers of both sockets and of the streams between; without back-pressure it would be all of it. */
const BETWEEN = 12 * MB
const AT = `${ROWS_AT}/${WORKSPACE_A.id}`

describe.each(['Express', 'Koa'])('%s', (framework) => {
  const logged: unknown[][] = []
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (...line: unknown[]) => void logged.push(line),
  }
  let port = 0
  let auth: Record<string, string> = {}

  beforeAll(async () => {
    const options: DjiCloudOptions = {
      users: testUsers(),
      logger,
      broker: idleBroker(),
      plugins: [streamPlugin()],
    }
    const koa = new Koa()
    const hostErrors: unknown[] = []
    koa.on('error', (error) => hostErrors.push(error))
    const forKoa = framework === 'Koa' ? djiCloudKoa(options) : null
    const forExpress = forKoa === null ? djiCloud(options) : null
    closing.push(() => (forKoa ?? forExpress)?.close())
    const server = createServer(
      forKoa === null ? express().use(forExpress ?? []) : koa.use(forKoa).callback(),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    port = (server.address() as AddressInfo).port
    const { json } = await ask(`http://127.0.0.1:${port}`, '/manage/api/v1/login', {
      method: 'POST',
      body: { username: 'amelia', password: PASSWORD },
    })
    auth = { 'x-auth-token': String(json.data?.['access_token']) }
  })

  const download = async (path: string): Promise<IncomingMessage> => {
    const outgoing = openRequest(port, `${ROWS_AT}/${path}`, { method: 'GET', headers: auth })
    outgoing.end()
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    return incoming
  }

  test('50 MB up and down at once are never between the two as a whole', async () => {
    const outgoing = openRequest(port, `${AT}/echo`, { headers: auth })
    const answered = once(outgoing, 'response')
    let received = 0
    let between = 0
    const sending = pump(outgoing, TOTAL, (sent) => {
      between = Math.max(between, sent - received)
    })
    const [incoming] = (await answered) as [IncomingMessage]
    for await (const chunk of incoming) received += chunk.length
    expect(received).toBe(await sending)
    expect(between).toBeLessThan(2 * BETWEEN)
  })

  test('a slow reader slows the source down', async () => {
    let made = 0
    const count = (bytes: number) => {
      made = bytes
    }
    seen.on('made', count)
    const incoming = await download(`made/${TOTAL}`)
    let received = 0
    let ahead = 0
    for await (const chunk of incoming) {
      received += chunk.length
      await setImmediate()
      ahead = Math.max(ahead, made - received)
    }
    seen.off('made', count)
    expect([received, made]).toEqual([TOTAL, TOTAL])
    expect(ahead).toBeLessThan(BETWEEN)
  })

  test('a slow handler slows the client down', async () => {
    let read = 0
    let ahead = 0
    const count = (bytes: number) => {
      read = bytes
    }
    seen.on('read', count)
    const outgoing = openRequest(port, `${AT}/slow`, { headers: auth })
    const answered = once(outgoing, 'response')
    await pump(outgoing, TOTAL, (sent) => {
      ahead = Math.max(ahead, sent - read)
    })
    const [incoming] = (await answered) as [IncomingMessage]
    incoming.resume()
    seen.off('read', count)
    expect(incoming.statusCode).toBe(200)
    expect(ahead).toBeLessThan(BETWEEN)
  })

  test('a client that leaves its upload stops the work, and nobody logs it', async () => {
    logged.length = 0
    const outgoing = openRequest(port, `${AT}/hash`, { headers: { ...auth, 'content-length': '900000' } })
    outgoing.on('error', () => undefined)
    const ends = Promise.all([once(seen, 'aborted'), once(seen, 'failed')])
    const reading = once(seen, 'read')
    outgoing.write(Buffer.alloc(100_000))
    await reading
    outgoing.destroy()
    const [, [error]] = await ends
    expect(error).toMatchObject({ name: 'DjiCloudError', code: 'BODY_UNREADABLE' })
    expect(logged).toEqual([])
  })

  test('a client that leaves its download stops the source, and nobody logs it', async () => {
    logged.length = 0
    const incoming = await download(`made/${TOTAL}`)
    const ends = Promise.all([once(seen, 'aborted'), once(seen, 'destroyed')])
    await once(incoming, 'data')
    incoming.destroy()
    const [, [made]] = await ends
    expect(made).toBeLessThan(BETWEEN)
    expect(logged).toEqual([])
  })

  test.each([
    ['fails after a megabyte', 'fails/1000000/later', 'the storage went away'],
    ['is longer than its length', 'wrong-length/5', 'content-length'],
    ['is shorter than its length', 'wrong-length/20', 'content-length'],
    ['holds something else than bytes', 'objects', 'bytes and text only'],
  ])('a stream that %s breaks the connection and is logged once', async (_what, path, words) => {
    logged.length = 0
    const error = await (async () => {
      for await (const _ of await download(path));
    })().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    expect(logged.length).toBe(1)
    const [fields] = logged[0] as [{ err: Error }]
    expect(fields.err.message).toContain(words)
  })

  test('a client that leaves a body which nobody reads harms nobody', async () => {
    const outgoing = openRequest(port, `${AT}/wait`, { headers: { ...auth, 'content-length': '900000' } })
    outgoing.on('error', () => undefined)
    const aborted = once(seen, 'aborted')
    await once(seen, 'opened')
    outgoing.destroy()
    await aborted
    expect((await http1('chunked')(port, `${AT}/ignore`, { method: 'POST', headers: auth })).status).toBe(200)
  })

  test('packed bytes that unpack to nothing are capped as well', async () => {
    const none = gzipSync('')
    const body = Buffer.concat(new Array<Buffer>(Math.ceil(SMALL_LIMIT / none.length) + 1).fill(none))
    const headers = { ...auth, 'content-encoding': 'gzip' }
    const { status, json } = await http1('chunked')(port, `${AT}/hash`, { method: 'POST', headers, body })
    expect([status, json.code]).toEqual([413, 413001])
  })

  test('after a refused body the connection serves the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    closing.push(() => agent.destroy())
    const client = http1('chunked', agent)
    const large = Buffer.alloc(SMALL_LIMIT * 4)
    for (const headers of [auth, {}] as Record<string, string>[]) {
      const refused = await client(port, `${AT}/hash`, { method: 'POST', headers, body: large })
      expect(refused.status).toBe(headers === auth ? 413 : 401)
      expect((await client(port, `${AT}/hash`, { method: 'POST', headers: auth, body: 'x' })).status).toBe(
        200,
      )
    }
  })

  test.each([
    ['refused in the middle', 'hash', 413],
    ['refused at once', 'hash', 401],
    ['that nobody wanted', 'ignore', 200],
  ])('a client that sends on and on, a body %s, is cut off', async (_what, name, status) => {
    const { sent, answer } = await sendForEver(port, `${AT}/${name}`, status === 401 ? {} : auth, 200 * MB)
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(sent).toBeLessThan(16.8 * MB + SMALL_LIMIT + BETWEEN)
  })
})
