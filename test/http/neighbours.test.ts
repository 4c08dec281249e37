// A server that others listen on as well: nobody sees our upgrades, we see nobody's, and nothing of us stays behind.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import express from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { UpgradeServer } from '../../src/adapters/http/upgrade-gate.ts'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import { djiCloud } from '../../src/express.ts'
import { djiCloud as djiCloudKoa } from '../../src/koa.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { makeCertificates } from '../support/certificates.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { NEIGHBOURS } from '../support/neighbours.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const warned: string[] = []
const options = (): DjiCloudOptions => ({
  users: testUsers(),
  logger: {
    debug: () => undefined,
    info: () => undefined,
    warn: (_fields, text) => warned.push(text),
    error: (_fields, text) => warned.push(text),
  },
  broker: idleBroker({ handleUpgrade: (_request, socket) => socket.end('HTTP/1.1 299 Broker\r\n\r\n') }),
})

async function listen(server: UpgradeServer): Promise<number> {
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket: { destroy(): void }) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

async function tokenAt(url: string, mount = ''): Promise<string> {
  const { json } = await ask(url, `${mount}/manage/api/v1/login`, {
    method: 'POST',
    body: { username: 'amelia', password: PASSWORD },
  })
  return String(json.data?.['access_token'])
}

/** What a WebSocket is told first: a message, the status of a refusal, or that it is open and stays so. */
async function outcome(socket: WebSocket): Promise<string> {
  socket.on('error', () => undefined)
  closing.push(() => socket.terminate())
  return Promise.race([
    once(socket, 'unexpected-response').then(([, { statusCode }]) => String(statusCode)),
    once(socket, 'close').then(() => 'closed'),
    once(socket, 'message').then(([message]) => String(message)),
    // A pong is answered by whoever holds the socket, after all that it had to say before.
    once(socket, 'open').then(() => {
      socket.ping()
      return once(socket, 'pong').then(() => 'open')
    }),
  ])
}

describe.each(Object.entries(NEIGHBOURS))('beside %s', (_name, { path, says, move }) => {
  test.each(['before us', 'after us'] as const)('that came %s, both keep what is theirs', async (when) => {
    const app = express()
    const server = createServer(app)
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    if (when === 'before us') closing.push(await move(server, app))
    app.use(cloud)
    app.get('/own', (_request, response) => void response.send('own'))
    cloud.attach(server)
    if (when === 'after us') closing.push(await move(server, app))
    const seen: string[] = []
    server.prependListener('upgrade', ({ url = '' }: IncomingMessage) => seen.push(url))
    const port = await listen(server)
    warned.length = 0
    const at = (address: string) => new WebSocket(`ws://127.0.0.1:${port}${address}`)
    const token = await tokenAt(`http://127.0.0.1:${port}`)

    expect(await outcome(at('/mqtt'))).toBe('299')
    expect(await outcome(at('/api/v1/ws'))).toBe('401')
    const ours = at(`/api/v1/ws?x-auth-token=${token}`)
    expect(await outcome(ours)).toBe('open')
    expect((await outcome(at(path))).startsWith(says)).toBe(true)
    // Theirs has been answered by now, however long they take: ours was never theirs to answer.
    expect(seen).toEqual([path])
    expect(ours.readyState).toBe(WebSocket.OPEN)
    expect((await ask(`http://127.0.0.1:${port}`, '/own')).text).toBe('own')
    expect(warned).toEqual([])
  })
})

test('a store that takes its time: nobody else hears of the socket meanwhile', async () => {
  let admit: () => void = () => undefined
  const asked = new Promise<void>((resolve) => {
    admit = resolve
  })
  const app = express()
  const server = createServer(app)
  const broker = idleBroker({
    handleUpgrade: (_request, socket) => void asked.then(() => socket.end('HTTP/1.1 299 Broker\r\n\r\n')),
  })
  const cloud = djiCloud({ ...options(), broker })
  closing.push(() => cloud.close())
  cloud.attach(server)
  const move = NEIGHBOURS['socket.io, which ends what nobody has answered in time']?.move
  closing.push(await (move?.(server, app) ?? (() => undefined)))
  const port = await listen(server)
  const slow = outcome(new WebSocket(`ws://127.0.0.1:${port}/mqtt`))
  // Theirs, opened after ours, is answered before it.
  const theirs = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
  expect(await outcome(theirs)).toContain('sid')
  admit()
  expect(await slow).toBe('299')
})

describe('the server', () => {
  const listeners = (server: Server) => ({
    upgrade: server.listenerCount('upgrade'),
    removeListener: server.listenerCount('removeListener'),
    emit: Object.hasOwn(server, 'emit'),
  })

  test('is left as it was found, and serves another cloud after the first has gone', async () => {
    const server = createServer((_request, response) => response.end('own'))
    const before = listeners(server)
    const port = await listen(server)
    for (const round of [1, 2]) {
      const clouds = [djiCloud(options()), djiCloud(options())]
      clouds[0]?.attach(server, '/a')
      clouds[1]?.attach(server, '/b')
      clouds[1]?.attach(server, '/b')
      const at = (path: string) => outcome(new WebSocket(`ws://127.0.0.1:${port}${path}`))
      expect([round, await at('/a/mqtt'), await at('/b/mqtt'), await at('/c/mqtt')]).toEqual([
        round,
        '299',
        '299',
        '200',
      ])
      await clouds[0]?.close()
      expect([await at('/a/mqtt'), await at('/b/mqtt')]).toEqual(['200', '299'])
      await clouds[1]?.close()
      expect(listeners(server)).toEqual(before)
    }
  })

  test('keeps an emit that somebody put in front of ours', async () => {
    const server = createServer((_request, response) => response.end('own'))
    const port = await listen(server)
    const cloud = djiCloud(options())
    cloud.attach(server)
    const ours = server.emit
    const theirs = ((...given: Parameters<Server['emit']>) => ours.apply(server, given)) as Server['emit']
    server.emit = theirs
    await cloud.close()
    expect(server.emit).toBe(theirs)
    expect(await outcome(new WebSocket(`ws://127.0.0.1:${port}/mqtt`))).toBe('200')
  })

  test('whose listeners were all removed still has ours', async () => {
    const server = createServer((_request, response) => response.end('own'))
    const port = await listen(server)
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    cloud.attach(server)
    server.removeAllListeners('upgrade')
    expect(await outcome(new WebSocket(`ws://127.0.0.1:${port}/mqtt`))).toBe('299')
  })

  test('counts a connection once that was handed back to it', async () => {
    const server = createServer((_request, response) => response.end('own'))
    let connections = 0
    server.on('connection', () => {
      connections += 1
    })
    const port = await listen(server)
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    cloud.attach(server)
    expect(await outcome(new WebSocket(`ws://127.0.0.1:${port}/chat`))).toBe('200')
    expect(connections).toBe(1)
  })

  test('that says which upgrades it wants (Node 24) is asked about all but ours', () => {
    const server = createServer()
    const wanted = (request: { url?: string }) => request.url === '/chat'
    Object.assign(server, { shouldUpgradeCallback: wanted })
    const { shouldUpgradeCallback: ask } = server as unknown as { shouldUpgradeCallback: typeof wanted }
    expect(ask({ url: '/mqtt' })).toBe(false)
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    cloud.attach(server)
    const now = (url: string) =>
      (server as unknown as { shouldUpgradeCallback: typeof wanted }).shouldUpgradeCallback({ url })
    expect([now('/mqtt'), now('/chat'), now('/other')]).toEqual([true, true, false])
  })
})

describe('over TLS', () => {
  const { good } = makeCertificates()

  test.each([
    ['https', () => createTlsServer(good)],
    ['HTTP/2 with HTTP/1.1 beside it', () => createSecureServer({ ...good, allowHTTP1: true })],
  ] as const)('%s: ours, theirs, and what nobody takes', async (_name, create) => {
    const server = create()
    server.on('request', (_request, response) => response.end('own'))
    const cloud = djiCloudKoa(options())
    closing.push(() => cloud.close())
    cloud.attach(server)
    const port = await listen(server)
    const at = (path: string) =>
      outcome(new WebSocket(`wss://127.0.0.1:${port}${path}`, { rejectUnauthorized: false }))
    expect([await at('/mqtt'), await at('/api/v1/ws'), await at('/other')]).toEqual(['299', '401', '200'])
    const client = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    })
    closing.push(() => client.destroy())
    client.write(
      'GET /own HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n',
    )
    const [answer] = await once(client, 'data')
    expect(String(answer)).toContain('200 OK')
  })
})
