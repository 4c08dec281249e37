// Apps that take Express middleware and are something else: our paths work there, and theirs are not touched.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { djiCloud } from '../../src/express.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { fastifyHost, nest, plainHost, type StartMore } from '../support/more-hosts.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Row {
  readonly start: StartMore
  /** Where our paths are. */
  readonly mount: string
  /** In front of the host's own. */
  readonly prefix: string
}

const ROWS: Readonly<Record<string, Row>> = {
  'no framework': { start: plainHost, mount: '', prefix: '' },
  'Fastify with middie': { start: fastifyHost(), mount: '', prefix: '' },
  'Fastify with middie, below a prefix': {
    start: fastifyHost({ at: '/drones' }),
    mount: '/drones',
    prefix: '',
  },
  'Fastify with middie after its body parser': {
    start: fastifyHost({ hook: 'preHandler' }),
    mount: '',
    prefix: '',
  },
  'Nest on Express, app.use': { start: nest({ on: 'express', routes: null }), mount: '', prefix: '' },
  'Nest on Express, app.use beside a global prefix': {
    start: nest({ on: 'express', routes: null, prefix: 'api' }),
    mount: '',
    prefix: '/api',
  },
  "Nest on Express, forRoutes('*')": { start: nest({ on: 'express', routes: '*' }), mount: '', prefix: '' },
  "Nest on Express, forRoutes('{*splat}')": {
    start: nest({ on: 'express', routes: '{*splat}' }),
    mount: '',
    prefix: '',
  },
  "Nest on Express, forRoutes('*') below a global prefix": {
    start: nest({ on: 'express', routes: '*', prefix: 'api' }),
    mount: '/api',
    prefix: '/api',
  },
  'Nest on Fastify, app.use': { start: nest({ on: 'fastify', routes: null }), mount: '', prefix: '' },
  "Nest on Fastify, forRoutes('*')": { start: nest({ on: 'fastify', routes: '*' }), mount: '', prefix: '' },
  "Nest on Fastify, forRoutes('{*splat}')": {
    start: nest({ on: 'fastify', routes: '{*splat}' }),
    mount: '',
    prefix: '',
  },
}

describe.each(Object.entries(ROWS))('%s', (_name, { start, mount, prefix }) => {
  test("our paths work, and the host's own routes are as they were", async () => {
    const cloud = djiCloud({ users: testUsers(), logger: false, broker: idleBroker() })
    closing.push(() => cloud.close())
    const { server, close } = await start(cloud)
    closing.push(() => {
      server.closeAllConnections()
      return close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

    const own = await ask(url, `${prefix}/own`)
    expect([own.status, own.json]).toEqual([200, { host: 'own' }])
    const echo = await ask(url, `${prefix}/echo`, { method: 'POST', body: { a: 1 } })
    expect(echo.json).toEqual({ host: 'echo', body: { a: 1 } })
    expect((await ask(url, '/nobody')).status).toBe(404)
    expect((await ask(url, `${prefix}/own/pilot`)).status).toBe(404)

    const page = await ask(url, `${mount}/pilot`, { headers: { host: 'drones.example.com' } })
    expect([page.status, page.text.includes('"page":"login"')]).toEqual([200, true])
    const { status, json } = await ask(url, `${mount}/manage/api/v1/login`, {
      method: 'POST',
      body: { username: 'amelia', password: PASSWORD },
    })
    expect(status).toBe(200)
    const token = String(json.data?.['access_token'])
    const bootstrap = await ask(url, `${mount}//pilot/bootstrap?x=1`, {
      headers: { 'x-auth-token': token, host: 'drones.example.com:81' },
    })
    expect(bootstrap.json.data?.['api_host']).toBe(`http://drones.example.com:81${mount}/`)
    const socket = new WebSocket(`${url.replace('http', 'ws')}${mount}/api/v1/ws?x-auth-token=${token}`)
    await once(socket, 'open')
    socket.terminate()
    // Without a body, and with one that nobody has read.
    const ended = await ask(url, `${mount}/manage/api/v1/logout`, {
      method: 'POST',
      headers: { 'x-auth-token': token },
    })
    expect(ended.status).toBe(200)
  })
})

test("a gateway of Nest's own keeps its path, and we keep ours", async () => {
  const cloud = djiCloud({ users: testUsers(), logger: false, broker: idleBroker() })
  closing.push(() => cloud.close())
  const { server, close } = await nest({ on: 'express', routes: null, gateway: true })(cloud)
  closing.push(close)
  const port = (server.address() as AddressInfo).port
  await ask(`http://127.0.0.1:${port}`, '/pilot')
  const theirs = new WebSocket(`ws://127.0.0.1:${port}/events`)
  await once(theirs, 'open')
  theirs.terminate()
  const [, refused] = await once(new WebSocket(`ws://127.0.0.1:${port}/api/v1/ws`), 'unexpected-response')
  expect(refused.statusCode).toBe(401)
})
