// Upgrades beside a host's own: nobody is harmed, nothing of the host's is touched, no socket stays behind.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import { djiCloud } from '../../src/express.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const options = (): DjiCloudOptions => ({
  users: testUsers(),
  logger: false,
  broker: idleBroker({ handleUpgrade: (_request, socket) => socket.end('HTTP/1.1 299 Broker\r\n\r\n') }),
})

async function host(mounts: readonly string[], dress: (server: Server) => void = () => undefined) {
  const app = express()
  for (const mount of mounts) {
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    app.use(mount, cloud)
  }
  app.all('/own', (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => response.json({ own: request.method, body: Buffer.concat(chunks).toString() }))
  })
  const server = createServer(app)
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  dress(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  // The first request below each mount shows where we are.
  for (const mount of mounts) await ask(url, `${mount === '/' ? '' : mount}/pilot`)
  return { server, url, port, ws: (path: string) => new WebSocket(`ws://127.0.0.1:${port}${path}`) }
}

const handshake = (path: string, method = 'GET', upgrade = 'websocket', body = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nContent-Length: ${body.length}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n${body}`

/** A client that says something and then only listens. @returns all that it was told until the server had no more */
async function talk(
  port: number,
  text: string,
  until?: (heard: string, socket: Socket) => void,
): Promise<string> {
  // Half-open on purpose: this side never closes by itself.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  closing.push(() => socket.destroy())
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
    until?.(heard, socket)
  })
  socket.on('error', () => undefined)
  socket.write(text)
  await Promise.race([once(socket, 'end'), once(socket, 'close')])
  return heard
}

async function tokenAt(url: string, mount = ''): Promise<string> {
  const { json } = await ask(url, `${mount}/manage/api/v1/login`, {
    method: 'POST',
    body: { username: 'amelia', password: PASSWORD },
  })
  return String(json.data?.['access_token'])
}

describe('a host without listeners of its own', () => {
  test.each([
    ['GET', 'h2c', ''],
    ['GET', 'websocket', ''],
    ['POST', 'h2c', '{"a":1}'],
  ])('%s with "Upgrade: %s" reaches its route as if nobody had asked', async (method, upgrade, body) => {
    const { port } = await host(['/'])
    const answer = await talk(port, handshake('/own', method, upgrade, body), (heard, socket) => {
      if (heard.includes('}')) socket.destroy()
    })
    expect(answer).toContain('200 OK')
    expect(answer).toContain(`"own":"${method}"`)
    expect(answer).toContain(JSON.stringify(body))
  })

  test('a peer that resets right after being refused takes nothing with it', async () => {
    const { port, url } = await host(['/'])
    for (const path of ['/nope', '/api/v1/ws', '/api/v1/ws?x-auth-token=bad']) {
      for (let round = 0; round < 5; round += 1) {
        await talk(port, handshake(path), (_heard, socket) => socket.resetAndDestroy())
      }
    }
    expect((await ask(url, '/own')).status).toBe(200)
  })

  test('a refused socket is closed by us, though its peer never closes', async () => {
    const { port, server } = await host(['/'])
    const accepted = once(server, 'connection')
    const told = talk(port, handshake('/api/v1/ws'))
    const [socket] = (await accepted) as [Socket]
    const closed = once(socket, 'close')
    expect(await told).toContain('401 Unauthorized')
    await closed
  })

  test('the very first request may be an upgrade: it is told to try again, and then gets in', async () => {
    const app = express()
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    const server = createServer(app.use(cloud))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise((resolve) => server.close(resolve)))
    const { port } = server.address() as AddressInfo
    const open = () => new WebSocket(`ws://127.0.0.1:${port}/api/v1/ws`)
    const [, first] = await once(open(), 'unexpected-response')
    expect([first.statusCode, first.headers['retry-after']]).toEqual([426, '1'])
    const [, second] = await once(open(), 'unexpected-response')
    expect(second.statusCode).toBe(401)
  })
})

describe('a host with listeners of its own', () => {
  test('a WebSocket server on a path keeps its path, and we keep ours', async () => {
    const own = new WebSocketServer({ noServer: true })
    const { ws, url } = await host(['/'], (server) =>
      server.on('upgrade', (request, socket, head) => {
        if (request.url === '/chat') own.handleUpgrade(request, socket, head, (client) => client.send('chat'))
      }),
    )
    expect(String((await once(ws('/chat'), 'message'))[0])).toBe('chat')
    const ours = ws(`/api/v1/ws?x-auth-token=${await tokenAt(url)}`)
    await once(ours, 'open')
    ours.terminate()
  })

  test.each(['/mqtt', '/api/v1/ws', '/api/v1/ws?x-auth-token='])(
    'a WebSocket server that takes every path is not even told of %s',
    async (path) => {
      const told: string[] = []
      const { ws, url, port } = await host(['/'], (server) => {
        new WebSocketServer({ server }).on('connection', (client, { url: address = '' }) => {
          told.push(address)
          client.send('host')
        })
      })
      if (path.endsWith('=')) {
        const ours = ws(`${path}${await tokenAt(url)}`)
        await once(ours, 'open')
        ours.terminate()
      } else {
        expect(await talk(port, handshake(path))).toContain(path === '/mqtt' ? '299 Broker' : '401')
      }
      expect(String((await once(ws('/chat'), 'message'))[0])).toBe('host')
      expect(told).toEqual(['/chat'])
    },
  )

  test("the root is the host's when we are mounted below it", async () => {
    const own = new WebSocketServer({ noServer: true })
    const { ws, port } = await host(['/drones'], (server) =>
      server.on('upgrade', (request, socket, head) => {
        if (request.url === '/mqtt') own.handleUpgrade(request, socket, head, (client) => client.send('host'))
      }),
    )
    expect(String((await once(ws('/mqtt'), 'message'))[0])).toBe('host')
    expect(await talk(port, handshake('/drones/mqtt'))).toContain('299 Broker')
  })
})

test("two clouds on one server: each has its own, and the rest is the host's", async () => {
  const { port, url, ws } = await host(['/a', '/b'])
  expect(await talk(port, handshake('/a/mqtt'))).toContain('299 Broker')
  expect(await talk(port, handshake('/b/mqtt'))).toContain('299 Broker')
  for (const mount of ['/a', '/b']) {
    const socket = ws(`${mount}/api/v1/ws?x-auth-token=${await tokenAt(url, mount)}`)
    await once(socket, 'open')
    socket.terminate()
  }
  const answer = await talk(port, handshake('/own'), (heard, socket) => {
    if (heard.includes('}')) socket.destroy()
  })
  expect(answer).toContain('200 OK')
})

test('a made-up whole address teaches us no mount', async () => {
  const { url, ws } = await host(['/drones'])
  for (let index = 0; index < 70; index += 1) await ask(url, `http://h${index}/drones/pilot/nothing`)
  const socket = ws(`/drones/api/v1/ws?x-auth-token=${await tokenAt(url, '/drones')}`)
  await once(socket, 'open')
  socket.terminate()
})
