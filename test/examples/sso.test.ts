import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVirtualPilot } from 'dji-cloud/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../examples/sso/app.ts'
import { STAFF } from '../../examples/sso/staff.ts'
import type { DjiCloud, DjiCloudOptions } from '../../src/index.ts'
import { becomeConnected, expectNoProblems } from '../e2e/scene.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { attachPilot } from '../support/browser-pilot.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { LICENSE } from '../support/cloud.ts'
import { koaWithSession } from '../support/koa-sessions.ts'

const OPTIONS: DjiCloudOptions = {
  license: LICENSE,
  mqtt: { host: '127.0.0.1', port: 0 },
  logger: false,
}
const [ADA] = STAFF as [(typeof STAFF)[0]]

const HOSTS: readonly (readonly [string, () => { listener: RequestListener; cloud: DjiCloud }])[] = [
  [
    'Express with passport and express-session (examples/sso)',
    () => {
      const { app, cloud } = buildApp(OPTIONS as Parameters<typeof buildApp>[0])
      return { listener: app, cloud }
    },
  ],
  ['Koa with koa-session', () => koaWithSession(OPTIONS)],
]

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function serve(build: (typeof HOSTS)[0][1]) {
  const { listener, cloud } = build()
  const asked: unknown[] = []
  const server = createServer((request, response) => {
    if (request.url === '/pilot/continue')
      asked.push([request.headers.origin, request.headers['x-dji-cloud']])
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), cloud.ready()])
  closing.push(async () => {
    await cloud.close()
    server.closeAllConnections()
    server.close()
  })
  return { cloud, asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const shown = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').disabled`

describe.each(ENGINES.filter(hasEngine))('a login that the host has, in %s', (engine) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(engine)
    await browser.page.size(1280, 720)
  })
  afterAll(() => browser.close())

  it.each(HOSTS)('lets a pilot in without a password of ours: %s', async (_name, build) => {
    const { url, cloud, asked } = await serve(build)
    const told: unknown[] = []
    cloud.on('login.succeeded', (event) => told.push(event))
    const pilot = createVirtualPilot({ url: `${url}/pilot`, knobs: { osdIntervalMs: 100, topoRetryMs: 500 } })
    closing.push(() => pilot.close())
    const { page } = browser
    await page.cdp.Network.enable({})
    await page.cdp.Network.clearBrowserCookies()
    page.forgetProblems()
    const webview = await attachPilot(page, pilot)
    closing.push(() => webview.detach())

    await webview.open()
    await page.waitFor(`document.querySelector('#sign-in a')`)
    expect(await page.text()).toContain('Log in with Example SSO')
    expect(await page.evaluate(`document.querySelector('input[type=password]') === null`)).toBe(true)
    await page.click('#sign-in a')

    await page.waitFor(`document.getElementById('sso')`)
    await page.fill('input[name=username]', ADA.name)
    await page.fill('input[name=password]', ADA.password)
    await page.evaluate(`void document.getElementById('sso').submit()`)

    await page.waitFor(shown('continue'))
    expect(await page.evaluate('location.pathname')).toBe('/pilot/login')
    expect(await page.text()).toContain(`Continue as ${ADA.name}`)
    await page.click('#continue')
    await becomeConnected({ page, pilot })

    expect(told).toMatchObject([{ userId: ADA.id, username: ADA.name, by: 'host' }])
    expect(cloud.devices.get(pilot.gateway.serial)).toMatchObject({ online: true })
    expect(await page.text()).toContain(ADA.workspace.name)
    // Pages of the host have no icon.
    expectNoProblems(page, /favicon/)
    // What the check of the origin stands on: the oldest engine names it too.
    expect(asked).toEqual([[url, '1']])
  })
})

it('who has left the team is out with the next request', async () => {
  const { url } = await serve(HOSTS[0]![1])
  const cookies = await logInAt(url)
  const post = (path: string, headers: Record<string, string>) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    })
  const own = { cookie: cookies, origin: url, 'x-dji-cloud': '1' }
  const { data } = (await (await post('/pilot/continue', own)).json()) as { data: { access_token: string } }
  const token = { 'x-auth-token': data.access_token }
  expect((await post('/manage/api/v1/token/verify', token)).status).toBe(200)
  const ada = STAFF.shift()!
  try {
    expect((await post('/manage/api/v1/token/refresh', token)).status).toBe(401)
    expect((await post('/pilot/continue', own)).status).toBe(403)
  } finally {
    STAFF.unshift(ada)
  }
})

async function logInAt(url: string): Promise<string> {
  const answer = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ username: ADA.name, password: ADA.password }),
  })
  expect(answer.status).toBe(302)
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
}

it("the example's own way back stays on its site", async () => {
  const { url } = await serve(HOSTS[0]![1])
  for (const evil of ['https://evil.example', '//evil.example', '/\\evil.example']) {
    const answer = await fetch(`${url}/login?return_to=${encodeURIComponent(evil)}`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ username: ADA.name, password: ADA.password }),
    })
    expect(answer.headers.get('location')).toBe('/')
  }
})
