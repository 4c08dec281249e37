// A body that nobody reads: the client sees the answer, and the connection serves the next request.
import { execFile } from 'node:child_process'
import { Agent, createServer, type RequestListener } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { promisify } from 'node:util'
import express from 'express'
import Koa from 'koa'
import { afterAll, describe, expect, test } from 'vitest'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import { djiCloud } from '../../src/express.ts'
import { djiCloud as djiCloudKoa } from '../../src/koa.ts'
import { testUsers } from '../support/accounts.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { findBinary } from '../support/server-binary.ts'
import { type Client, http1, http2 } from '../support/stream-client.ts'

const API = '/manage/api/v1'
const MIB = Buffer.alloc(1024 * 1024, 'x')
const run = promisify(execFile)
const CURL = findBinary('curl')
const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const options = (): DjiCloudOptions => ({ users: testUsers(), logger: false, broker: idleBroker() })

/** Nobody reads these bodies: the row takes none, or the answer is a 401, 404 or 405 before it is looked at. */
const UNREAD = [
  ['GET', `${API}/workspaces/current`, 401],
  ['DELETE', `${API}/devices/RCFAKE00000001/unbinding`, 401],
  ['POST', `${API}/logout`, 401],
  ['POST', `${API}/token/refresh`, 401],
  ['POST', `${API}/mqtt/credentials`, 401],
  ['POST', `${API}/devices/RCFAKE00000001/binding`, 401],
  ['PUT', `${API}/login`, 405],
  ['POST', `${API}/login`, 413],
] as const

async function listen(listener: RequestListener, version: 1 | 2): Promise<number> {
  const server = version === 1 ? createServer(listener) : createHttp2Server(listener as never)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  closing.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function expressApp(): RequestListener {
  const cloud = djiCloud(options())
  closing.push(() => cloud.close())
  return express().use(cloud)
}

function koaApp(): RequestListener {
  const cloud = djiCloudKoa(options())
  closing.push(() => cloud.close())
  const app = new Koa()
  // curl resets its upload when it has the answer, and Koa would print that.
  app.silent = true
  return app.use(cloud).callback()
}

/** Sends two requests one after the other on one connection, and reads only then: a client that cannot do both at once. */
const sendsFirst =
  (): Client =>
  (port, path, { method = 'GET', headers = {}, body = '' } = {}) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
      const head = (last: boolean, length: number) =>
        [
          `${method} ${path} HTTP/1.1`,
          'host: localhost',
          ...lines,
          `content-length: ${length}`,
          ...(last ? ['connection: close'] : []),
          '\r\n',
        ].join('\r\n')
      let text = ''
      socket.pause()
      socket.on('error', reject)
      socket.on('data', (bytes) => {
        text += bytes.toString()
      })
      socket.on('close', () => {
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
        if (statuses.length === 2 && statuses[0] === statuses[1])
          resolve({ status: statuses[0] ?? 0, headers: {}, bytes: Buffer.from(text), json: {} })
        else reject(new Error(`two answers were awaited: ${statuses.join(', ') || 'none'}`))
      })
      socket.write(head(false, Buffer.byteLength(body)))
      socket.write(body)
      socket.write(head(true, Buffer.byteLength(body)))
      socket.write(body, () => socket.resume())
    })

const viaFetch: Client = async (port, path, { method = 'POST', headers = {} } = {}) => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: MIB })
  return { status: answer.status, headers: {}, bytes: Buffer.from(await answer.arrayBuffer()), json: {} }
}

const viaCurl =
  (version: '--http1.1' | '--http2-prior-knowledge'): Client =>
  async (port, path, { method = 'GET' } = {}) => {
    const url = `http://127.0.0.1:${port}${path}`
    const plain = ['-s', '-S', '-o', '/dev/null', '-w', '%{http_code}', '-X', method]
    const body = ['--data-binary', '@-', '-H', 'content-type: application/json', '-H', 'expect:']
    const running = run(CURL ?? '', [version, ...plain, ...body, url, '--max-time', '20'])
    running.child.stdin?.end(MIB)
    const { stdout } = await running
    return { status: Number(stdout), headers: {}, bytes: Buffer.from(stdout), json: {} }
  }

const HTTP1: readonly (readonly [string, () => Client])[] = [
  ['Node, keep-alive, with a length', () => http1('with a length', keepAlive())],
  ['Node, keep-alive, chunked', () => http1('chunked', keepAlive())],
  ['a client that sends first and reads then', sendsFirst],
  ...(CURL === null ? [] : ([['curl', () => viaCurl('--http1.1')]] as const)),
]

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  closing.push(() => agent.destroy())
  return agent
}

const JSON_TYPE = { 'content-type': 'application/json' }

async function twice(client: Client, port: number): Promise<void> {
  for (const [method, path, status] of UNREAD)
    for (const _again of [1, 2]) {
      const got = await client(port, path, { method, headers: JSON_TYPE, body: MIB })
      expect([method, path, got.status]).toEqual([method, path, status])
    }
}

describe.each([
  ['Express', expressApp],
  ['Koa', koaApp],
] as const)('%s', (_name, app) => {
  const ready = listen(app(), 1)
  test.each(HTTP1)('HTTP/1.1, %s', async (_client, make) => twice(make(), await ready), 60_000)

  test('HTTP/1.1, fetch', async () => {
    // It refuses to send a GET with a body.
    for (const [method, path, status] of UNREAD.filter(([name]) => name !== 'GET'))
      expect((await viaFetch(await ready, path, { method, headers: JSON_TYPE, body: MIB })).status).toBe(
        status,
      )
  })
})

describe('Koa over HTTP/2', () => {
  const ready = listen(koaApp(), 2)
  test.each([
    ['Node', () => http2],
    ...(CURL === null ? [] : ([['curl', () => viaCurl('--http2-prior-knowledge')]] as const)),
  ] as const)('%s', async (_client, make) => twice(make(), await ready), 60_000)
})
