// The whole way in a real browser: the login page, the pages of a real provider at another site, and back. Each in the oldest engine
// of a controller and in today's.
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { createServer } from 'node:https'
import { createVirtualPilot } from 'dji-cloud/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CLIENT, startProvider } from '../../examples/oidc/provider.ts'
import { becomeConnected, expectNoProblems } from '../e2e/scene.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { attachPilot } from '../support/browser-pilot.ts'
import { makeCertificates } from '../support/certificates.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { startCloud, WORKSPACE } from '../support/cloud.ts'
import type { Variant } from '../support/hosts.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { freePort, oidcPlugin } from './stage.ts'

const HOSTS: readonly (readonly [string, Variant])[] = [
  ['Express', { framework: 'express 5', mount: '', parser: 'none' }],
  ['Koa, mounted at a path', { framework: 'koa 3', mount: '/drones', parser: 'before' }],
]

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(variant: Variant) {
  const provider = await startProvider(
    {},
    {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          application_type: 'native',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: [`http://127.0.0.1${variant.mount}/oidc/callback`],
          post_logout_redirect_uris: [`http://127.0.0.1${variant.mount}/oidc/signed-out`],
        },
      ],
    },
  )
  closing.push(() => provider.close())
  const plugin = oidcPlugin(provider.issuer, {
    toUser: ({ name, groups }) => {
      const isIn = (group: string) => (groups as string[]).includes(group)
      if (isIn('canteen')) return null
      return { username: String(name), workspace: WORKSPACE, role: isIn('harbour-office') ? 'web' : null }
    },
  })
  const cloud = await startCloud({ users: false, plugins: [plugin] as never }, variant)
  closing.push(() => cloud.close())
  const told: unknown[] = []
  cloud.cloud.on('login.succeeded', (event) => told.push(event))
  return { provider, cloud, told }
}

const shown = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').disabled`

describe.each(ENGINES.filter(hasEngine))('in %s', (engine) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(engine)
    await browser.page.size(1280, 720)
  })
  afterAll(() => browser.close())

  /** @param userAgent by it the page tells a controller from an ordinary browser before Pilot shows itself */
  async function forget(userAgent = 'dji-open-platform') {
    const { page } = browser
    await page.cdp.Network.enable({})
    await page.cdp.Network.setUserAgentOverride({ userAgent })
    await page.cdp.Network.clearBrowserCookies()
    page.forgetProblems()
    return page
  }

  async function logInThere(login: string, password: string) {
    const { page } = browser
    await page.waitFor(`document.getElementById('idp')`)
    await page.fill('input[name=login]', login)
    await page.fill('input[name=password]', password)
    await page.click('#idp-login')
  }

  it.each(HOSTS)(
    'a pilot logs in, flies, logs out, and the next pilot is asked who it is: %s',
    async (_name, variant) => {
      const { cloud, told, provider } = await open(variant)
      const page = await forget()
      const pilot = createVirtualPilot({ url: cloud.link, knobs: { osdIntervalMs: 100, topoRetryMs: 500 } })
      closing.push(() => pilot.close())
      const webview = await attachPilot(page, pilot)
      closing.push(() => webview.detach())
      await webview.open()
      await page.waitFor(`document.querySelector('#sign-in a')`)
      expect(await page.text()).toContain('Log in with Example Login')
      expect(await page.evaluate(`document.querySelector('input[type=password]') === null`)).toBe(true)
      await page.click('#sign-in a')
      await logInThere('ada', 'a-fake-password')
      await page.waitFor(shown('continue'))
      expect(await page.evaluate('location.pathname + location.search')).toBe(`${variant.mount}/pilot/login`)
      expect(await page.text()).toContain('Continue as Ada Example')
      expectNoProblems(page)
      await page.click('#continue')
      await becomeConnected({ page, pilot })
      expect(told).toMatchObject([{ userId: 'oidc:m-1001', username: 'Ada Example', by: 'oidc' }])
      expect(cloud.cloud.devices.get(pilot.gateway.serial)).toMatchObject({ online: true })
      expectNoProblems(page)
      await webview.detach()
      closing.pop()

      // The same browser, without Pilot: the token is gone, and the login page offers the way out.
      await page.goto(`${cloud.url}${variant.mount}/pilot/login`)
      await page.evaluate('void localStorage.clear()')
      await page.goto(`${cloud.url}${variant.mount}/pilot/login`)
      await page.waitFor(shown('continue'))
      await page.click('#sign-in .known a')
      await page.click('#idp-logout')
      await page.waitFor(
        `location.pathname === '${variant.mount}/pilot/login' && document.querySelector('#sign-in a.main')`,
      )
      expect(await page.text()).toContain('You are logged out.')
      await page.click('#sign-in a.main')
      await page.waitFor(`document.getElementById('idp')`)
      expect(await page.evaluate('location.origin')).toBe(provider.issuer)
    },
  )

  it('with https, cookies that only this host can set come back from the provider', async () => {
    const port = await freePort()
    const publicUrl = `https://127.0.0.1:${port}`
    const provider = await startProvider(
      {},
      {
        clients: [
          {
            client_id: CLIENT.id,
            client_secret: CLIENT.secret,
            redirect_uris: [`${publicUrl}/oidc/callback`],
            post_logout_redirect_uris: [`${publicUrl}/oidc/signed-out`],
          },
        ],
      },
    )
    closing.push(() => provider.close())
    const cloud = await startCloud({
      ...{ publicUrl, users: false, broker: idleBroker() },
      plugins: [oidcPlugin(provider.issuer)] as never,
    })
    closing.push(() => cloud.close())
    const { cert, key } = makeCertificates().good
    const front = createServer({ cert, key }, (request, response) => {
      const { method = 'GET', url = '/', headers } = request
      const behind = httpRequest(`${cloud.url}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.on('error', () => response.destroy()).pipe(response)
      })
      // The browser may still ask while the platform closes.
      behind.on('error', () => response.destroy())
      request.on('error', () => behind.destroy()).pipe(behind)
    }).listen(port, '127.0.0.1')
    await once(front, 'listening')
    closing.push(() => {
      front.closeAllConnections()
      front.close()
    })

    const page = await forget('an ordinary browser')
    await page.cdp.Security.enable()
    await page.cdp.Security.setIgnoreCertificateErrors({ ignore: true })
    await page.goto(`${publicUrl}/pilot/login`)
    await page.click('#sign-in a')
    await logInThere('ada', 'a-fake-password')
    await page.waitFor(shown('continue'))
    expect(await page.evaluate('location.href')).toBe(`${publicUrl}/pilot/login`)
    const { cookies } = await page.cdp.Network.getCookies({ urls: [publicUrl] })
    expect(cookies.filter(({ name }) => name.includes('dji-cloud'))).toMatchObject([
      { name: '__Host-dji-cloud-oidc-user', secure: true, httpOnly: true, sameSite: 'Lax', path: '/' },
    ])
    await page.click('#continue')
    await page.waitFor(`location.pathname === '/pilot/fleet'`)
    await page.goto('about:blank')
  })

  it('a web user gets a session of a browser, and none of a controller', async () => {
    const { cloud, told } = await open(HOSTS[0]![1])
    const page = await forget()
    await page.goto(cloud.link)
    await page.click('#sign-in a')
    await logInThere('eva', 'a-third-fake-password')
    await page.waitFor(shown('continue'))
    await page.click('#continue')
    await page.waitFor(`!document.getElementById('continue-problem').hidden`)
    expect(await page.text()).toContain('This account cannot be used on a controller')
    const answer = await page.evaluate<{ readonly data: object }>(
      `djiCloudPage.request('POST', '/pilot/continue', { flag: 1 })`,
    )
    expect(answer.data).toMatchObject({ username: 'Eva Example', user_type: 1, mqtt_username: null })
    expect(told).toMatchObject([{ username: 'Eva Example', by: 'oidc' }])
  })

  it('who is refused reads why, and can log in as somebody else', async () => {
    const { cloud } = await open(HOSTS[0]![1])
    const page = await forget()
    await page.goto(cloud.link)
    await page.click('#sign-in a')
    await logInThere('ben', 'another-fake-password')
    await page.waitFor(`document.getElementById('reason') && !document.getElementById('reason').hidden`)
    expect(await page.text()).toContain('you may not use this platform')
    await page.click('#sign-in a')
    await logInThere('ada', 'a-fake-password')
    await page.waitFor(shown('continue'))
    expect(await page.text()).toContain('Continue as Ada Example')
    expect(await page.evaluate(`document.getElementById('reason').hidden`)).toBe(true)
  })

  it('who cancels there is back, in words', async () => {
    const { cloud } = await open(HOSTS[0]![1])
    const page = await forget()
    await page.goto(cloud.link)
    await page.click('#sign-in a')
    await page.click('#idp-cancel')
    await page.waitFor(`document.getElementById('reason') && !document.getElementById('reason').hidden`)
    expect(await page.text()).toContain('The login was cancelled. You can try again.')
  })
})
