import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { routeTable } from '../../src/core/http/table.ts'
import { parseOptions } from '../../src/core/options/parse.ts'
import type { DjiCloudOptions } from '../../src/index.ts'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'
import { VARIANTS } from '../support/hosts.ts'
import { ask } from '../support/http.ts'

const OWN = { 'x-dji-simulator': '1' }
const clouds: TestCloud[] = []
const start = async (options: DjiCloudOptions = {}, variant = VARIANTS[0]) => {
  const cloud = await startCloud(options, variant)
  clouds.push(cloud)
  return cloud
}
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close()
})

const PRODUCTION: DjiCloudOptions = {
  environment: 'production',
  secret: 'a-secret-of-a-test-that-nobody-else-has',
  publicUrl: 'https://cloud.example.com',
  mqtt: { url: 'ssl://mqtt.example.com:8883', host: '127.0.0.1', port: 0 },
  insecure: ['plain-passwords'],
}

const create = (cloud: TestCloud, mount = '', headers: Record<string, string> = {}) =>
  ask(cloud.url, `${mount}/pilot/simulator/controllers`, {
    method: 'POST',
    headers: { ...OWN, ...headers },
    body: {},
  })

describe('the simulator over HTTP', () => {
  it.each(
    VARIANTS.map((variant) => [`${variant.framework} ${variant.mount} ${variant.parser}`, variant] as const),
  )('works in %s', async (_name, variant) => {
    const cloud = await start({}, variant)
    const { mount } = variant
    const page = await ask(cloud.url, `${mount}/pilot/simulator`)
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    for (const [, path] of page.text.matchAll(/(?:href|src)="(\/[^"]+)"/g))
      expect((await ask(cloud.url, path ?? '')).status).toBe(200)

    const made = await create(cloud, mount)
    const { id } = made.json.data as { id: string }
    expect(id.length).toBeGreaterThanOrEqual(32)
    const cookie = String(made.headers['set-cookie'])
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    const answer = await ask(cloud.url, `${mount}/pilot/simulator/${id}/bridge`, {
      method: 'POST',
      headers: OWN,
      body: { message: 'dji-bridge:{"method":"platformIsVerified","args":[]}' },
    })
    expect(answer.json).toEqual({ v: '{"code":0,"message":"success","data":false}' })
    const news = await ask(cloud.url, `${mount}/pilot/simulator/${id}/news?after=0`, { headers: OWN })
    expect(JSON.stringify(news.json.data)).toContain('platformIsVerified')
  })

  it('dresses the pages of its own frame only', async () => {
    const cloud = await start()
    const plain = await ask(cloud.url, '/pilot')
    const made = await create(cloud)
    const cookie = String(made.headers['set-cookie']).split(';')[0] ?? ''
    const framed = await ask(cloud.url, '/pilot', { headers: { cookie, 'sec-fetch-dest': 'iframe' } })
    expect(framed.headers['content-security-policy']).toContain("frame-ancestors 'self'")
    expect(framed.headers['x-frame-options']).toBe('SAMEORIGIN')
    const nonce = /'nonce-([^']+)'/.exec(String(framed.headers['content-security-policy']))?.[1]
    // Before every script of the page, under its nonce.
    expect(framed.text.indexOf('<script')).toBe(framed.text.indexOf(`<script nonce="${nonce}">(function`))

    for (const headers of [
      { cookie, 'sec-fetch-dest': 'document' },
      { cookie: 'dji-cloud-simulator=guessed', 'sec-fetch-dest': 'iframe' },
    ] as Record<string, string>[]) {
      const other = await ask(cloud.url, '/pilot', { headers })
      expect(other.headers['x-frame-options']).toBe('DENY')
      expect(other.text.length).toBe(plain.text.length)
    }
  })

  it('stands in for a licence inside the simulator, and nowhere else', async () => {
    const cloud = await start({ license: undefined } as never)
    const login = await ask(cloud.url, '/manage/api/v1/login', {
      method: 'POST',
      body: { ...PILOT, flag: 2 },
    })
    const token = { 'x-auth-token': String(login.json.data?.access_token) }
    const cookie = String((await create(cloud)).headers['set-cookie']).split(';')[0] ?? ''
    const licenceOf = async (headers: Record<string, string>) =>
      (await ask(cloud.url, '/pilot/bootstrap', { headers: { ...token, ...headers } })).json.data?.license
    expect(await licenceOf({ cookie, 'sec-fetch-dest': 'empty' })).toMatchObject({ app_key: 'stand-in-key' })
    expect(await licenceOf({})).toBeNull()
  })

  it('refuses other sites, other hosts and other ids', async () => {
    const cloud = await start()
    expect((await create(cloud, '', { origin: 'https://evil.example' })).status).toBe(403)
    expect((await create(cloud, '', { host: 'rebound.example.net' })).status).toBe(403)
    expect(
      (await ask(cloud.url, '/pilot/simulator', { headers: { host: 'rebound.example.net' } })).status,
    ).toBe(403)
    const guess = await ask(cloud.url, '/pilot/simulator/guessed/news', { headers: OWN })
    expect(guess.status).toBe(404)
    const { id } = (await create(cloud)).json.data as { id: string }
    const foreign = await ask(cloud.url, `/pilot/simulator/${id}/control`, {
      method: 'POST',
      body: { do: 'open' },
    })
    expect(foreign.status).toBe(403)
  })

  it('says which knob does not fit, and keeps the controller', async () => {
    const cloud = await start()
    const { id } = (await create(cloud)).json.data as { id: string }
    const control = (body: object) =>
      ask(cloud.url, `/pilot/simulator/${id}/control`, { method: 'POST', headers: OWN, body })
    const bad = await control({ do: 'configure', knobs: { returnStyle: 'odd' } })
    expect([bad.status, bad.json.message]).toEqual([400, expect.stringContaining('returnStyle')])
    expect((await control({ do: 'open' })).status).toBe(200)
  })

  it('answers whoever waits when the app closes', async () => {
    const cloud = await start()
    const { id } = (await create(cloud)).json.data as { id: string }
    const waiting = ask(cloud.url, `/pilot/simulator/${id}/news?after=0`, { headers: OWN })
    await ask(cloud.url, '/pilot')
    await cloud.cloud.close()
    expect((await waiting).status).toBe(200)
  })

  it('is not there in production', async () => {
    const cloud = await start(PRODUCTION)
    expect((await ask(cloud.url, '/pilot/simulator')).json).toMatchObject({ host_404: true })
    expect((await create(cloud)).json).toMatchObject({ host_404: true })
  })

  it('is there in production by its option, for those who hold a token', async () => {
    const cloud = await start({ ...PRODUCTION, simulator: true })
    const host = 'cloud.example.com'
    const page = await ask(cloud.url, '/pilot/simulator', { headers: { host } })
    expect(page.text).toContain('"needsToken":true')
    expect((await create(cloud, '', { host })).status).toBe(401)
    const login = await ask(cloud.url, '/manage/api/v1/login', {
      method: 'POST',
      body: { ...PILOT, flag: 2 },
    })
    const token = String(login.json.data?.access_token)
    expect((await create(cloud, '', { host, 'x-auth-token': token })).status).toBe(200)
  })

  it('adds no route to the table', () => {
    const routes = routeTable({ options: parseOptions({}, {}), assets: {} } as never, { jwks: { keys: [] } })
    expect(routes.filter(({ path }) => /simulator|traces/.test(path))).toEqual([])
  })

  it.each<[string, DjiCloudOptions, Record<string, string>]>([
    ['through a proxy', {}, { 'x-forwarded-for': '203.0.113.7' }],
    ['through cloudflared', {}, { 'cf-connecting-ip': '203.0.113.7', 'cf-ray': '0' }],
    ['through a tunnel that says nothing', { publicUrl: 'https://cloud.example.com' }, {}],
    ['for the public name', { publicUrl: 'https://cloud.example.com' }, { host: 'cloud.example.com' }],
  ])('gives no controller to a stranger %s', async (_name, options, headers) => {
    const cloud = await start(options)
    expect((await create(cloud, '', headers)).status).toBe(401)
  })

  describe.each(
    VARIANTS.filter(({ parser }) => parser === 'none').map(
      (variant) => [`${variant.framework} ${variant.mount}`, variant] as const,
    ),
  )('without a public address, in %s', (_name, variant) => {
    it('gives no controller for a forged Host', async () => {
      const cloud = await start({}, variant)
      const { port } = new URL(cloud.url)
      for (const host of ['127.0.0.1:1', 'localhost:1', '[::1]:1', 'localhost', `127.0.0.53:${port}`]) {
        const answer = await create(cloud, variant.mount, { host })
        expect([host, answer.status]).toEqual([host, 400])
        expect(answer.json.message).toContain(`The Host header says ${host},`)
        expect(answer.json.message).toContain('set publicUrl')
        expect(answer.json.data).toMatchObject({ issues: [{ field: 'host' }] })
        expect(answer.headers['set-cookie']).toBeUndefined()
      }
    })

    it('takes the names of this machine', async () => {
      const cloud = await start({}, variant)
      const { port } = new URL(cloud.url)
      for (const host of [
        `127.0.0.1:${port}`,
        `localhost:${port}`,
        `[::1]:${port}`,
        `drones.localhost:${port}`,
      ]) {
        const { json } = await create(cloud, variant.mount, { host })
        expect(json.data).toMatchObject({ state: { link: `http://${host}${variant.mount}/pilot` } })
      }
    })
  })

  it.each([
    ['Express', 'express 5'],
    ['Koa', 'koa 3'],
  ] as const)(
    'with a token too, takes the addresses of this machine only, in %s',
    async (_name, framework) => {
      const cloud = await start({}, { framework, mount: '', parser: 'none' })
      const login = await ask(cloud.url, '/manage/api/v1/login', {
        method: 'POST',
        body: { ...PILOT, flag: 2 },
      })
      const token = { 'x-auth-token': String(login.json.data?.access_token) }
      const own = new URL(cloud.url).port
      for (const host of ['192.0.2.7:80', `192.0.2.7:${own}`, `workshop.local:${own}`])
        expect((await create(cloud, '', { host, ...token })).status).toBe(400)
      // A second server of the same app, on all addresses.
      const server = createServer((request, response) => cloud.server.emit('request', request, response))
      await new Promise<void>((resolve) => server.listen(0, resolve))
      onTestFinished(() => {
        server.closeAllConnections()
        server.close()
      })
      const { port } = server.address() as AddressInfo
      const usable = Object.values(networkInterfaces())
        .flatMap((found) => found ?? [])
        .filter(({ address }) => !address.startsWith('fe80:'))
        .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address))
      expect(usable).toContain('127.0.0.1')
      for (const host of usable) {
        const headers = { ...OWN, ...token, host: `${host}:${port}` }
        const answer = await ask(`http://${host}:${port}`, '/pilot/simulator/controllers', {
          method: 'POST',
          headers,
          body: {},
        })
        expect(answer.json.data).toMatchObject({ state: { link: `http://${host}:${port}/pilot` } })
      }
    },
  )

  it('takes the address of a dev server as publicUrl', async () => {
    const cloud = await start({ publicUrl: 'http://localhost:5173' })
    const { json } = await create(cloud, '', { host: 'localhost:5173' })
    expect(json.data).toMatchObject({ state: { link: 'http://localhost:5173/pilot' } })
    // A forged Host changes nothing.
    const forged = await create(cloud, '', { host: '127.0.0.1:1' })
    expect(forged.json.data).toMatchObject({ state: { link: 'http://localhost:5173/pilot' } })
  })

  it("keeps its native side off other ports of the app's machine", async () => {
    const cloud = await start()
    const { id } = (await create(cloud)).json.data as { id: string }
    const connect = async (port: number) => {
      const call = { method: 'wsConnect', args: [`ws://127.0.0.1:${port}/`, 't', 'onWs'] }
      const answer = await ask(cloud.url, `/pilot/simulator/${id}/bridge`, {
        method: 'POST',
        headers: OWN,
        body: { message: `dji-bridge:${JSON.stringify(call)}` },
      })
      return JSON.stringify(answer.json)
    }
    expect(await connect(6379)).toContain('127.0.0.1:6379')
    expect(await connect(Number(new URL(cloud.url).port))).not.toContain('addresses of this platform')
  })
})
