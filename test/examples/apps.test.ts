import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DjiCloudOptions } from 'dji-cloud'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildApp as buildExpress } from '../../examples/express/app.ts'
import { buildApp as buildKoa } from '../../examples/koa/app.ts'

const USER = { username: 'ada', password: 'a-fake-password' }
const options: DjiCloudOptions = { mqtt: { port: 0 }, users: [USER], logger: false }

interface Built {
  readonly listener: RequestListener
  readonly cloud: { ready(): Promise<unknown>; close(): Promise<unknown> }
}

const examples: readonly (readonly [string, (mount: string) => Built])[] = [
  [
    'Express',
    (mount) => {
      const { app, cloud } = buildExpress(options, mount)
      return { listener: app, cloud }
    },
  ],
  [
    'Koa',
    (mount) => {
      const { app, cloud } = buildKoa(options, mount)
      return { listener: app.callback(), cloud }
    },
  ],
]

const cases = examples.flatMap(([name, build]) =>
  ['/', '/drones'].map((mount) => [name, mount, build] as const),
)

describe.each(cases)('the %s example, platform at %s', (_name, mount, build) => {
  const base = mount === '/' ? '' : mount
  let cloud: Built['cloud']
  let server: Server
  let origin = ''

  beforeEach(async () => {
    const built = build(mount)
    cloud = built.cloud
    server = createServer(built.listener).listen(0, '127.0.0.1')
    await Promise.all([once(server, 'listening'), cloud.ready()])
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterEach(async () => {
    await cloud.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })

  const login = async (): Promise<string> => {
    const answer = await post(`${base}/manage/api/v1/login`, JSON.stringify({ ...USER, flag: 2 }))
    const { code, data } = (await answer.json()) as { code: number; data: { access_token: string } }
    expect([answer.status, code]).toEqual([200, 0])
    return data.access_token
  }

  it('keeps its own routes, body parser and error handler', async () => {
    const added = await post('/incidents', '{"title":"Smoke at the pier"}')
    expect([added.status, await added.json()]).toEqual([201, { id: 1, title: 'Smoke at the pier' }])
    expect(await fetch(`${origin}/incidents`).then((answer) => answer.json())).toHaveLength(1)

    const rejected = await post('/incidents', '{}')
    expect([rejected.status, await rejected.json()]).toEqual([422, { problem: 'title is needed' }])
    const malformed = await post('/incidents', '{')
    expect(malformed.status).toBe(400)
    expect(await malformed.json()).toHaveProperty('problem')
    expect((await fetch(`${origin}/nothing-here`)).status).toBe(404)
  })

  it('serves the login page at the access link', async () => {
    const page = await fetch(`${origin}${base}/pilot`)
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await page.text()).toContain('<form')
  })

  it('lets only users of the platform read the briefing', async () => {
    expect((await fetch(`${origin}/briefing`)).status).toBe(401)
    const token = await login()
    const briefing = await fetch(`${origin}/briefing`, { headers: { 'x-auth-token': token } })
    expect([briefing.status, await briefing.json()]).toEqual([200, { open: 0 }])
  })
})
