import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVirtualPilot, type VirtualPilot } from 'dji-cloud/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildApp } from '../../examples/phone-login/app.ts'
import { STAFF } from '../../examples/sso/staff.ts'
import type { DjiCloud } from '../../src/index.ts'
import { becomeConnected, expectNoProblems } from '../e2e/scene.ts'
import { type Browser, type BrowserPage, openBrowser } from '../support/browser.ts'
import { attachPilot, type PilotPage } from '../support/browser-pilot.ts'
import { hasEngine } from '../support/chromium.ts'
import { LICENSE } from '../support/cloud.ts'
import { scan } from '../support/qr.ts'

const [ADA, BEN, ZOE] = STAFF as [(typeof STAFF)[0], (typeof STAFF)[0], (typeof STAFF)[0]]

const visible = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').hidden`

/** A controller of the oldest engine, and a phone of today's, at once. */
describe.runIf(hasEngine('chromium'))('examples/phone-login', () => {
  let controllerBrowser: Browser
  let phoneBrowser: Browser
  beforeAll(async () => {
    ;[controllerBrowser, phoneBrowser] = await Promise.all([
      openBrowser('chromium-70'),
      openBrowser('chromium'),
    ])
    await controllerBrowser.page.size(1280, 720)
    await phoneBrowser.page.size(390, 844, 2)
  })
  afterAll(() => Promise.all([controllerBrowser?.close(), phoneBrowser?.close()]))

  let url: string
  let cloud: DjiCloud
  let pilot: VirtualPilot
  let webview: PilotPage
  let rc: BrowserPage
  let phone: BrowserPage
  let ahead = 0
  const told: unknown[] = []
  const closing: (() => unknown)[] = []

  beforeEach(async () => {
    ahead = 0
    told.length = 0
    ;[rc, phone] = [controllerBrowser.page, phoneBrowser.page]
    const built = buildApp({
      license: LICENSE,
      mqtt: { host: '127.0.0.1', port: 0 },
      logger: false,
      clock: { now: () => Date.now() + ahead },
    } as Parameters<typeof buildApp>[0])
    cloud = built.cloud
    cloud.on('login.succeeded', (event) => told.push(event))
    const server = createServer(built.app).listen(0, '127.0.0.1')
    await Promise.all([once(server, 'listening'), cloud.ready()])
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    closing.push(async () => {
      await cloud.close()
      server.closeAllConnections()
      server.close()
    })
    pilot = createVirtualPilot({ url: `${url}/pilot`, knobs: { osdIntervalMs: 100, topoRetryMs: 500 } })
    closing.push(() => pilot.close())
    for (const page of [rc, phone]) {
      await page.cdp.Network.enable({})
      await page.cdp.Network.clearBrowserCookies()
      page.forgetProblems()
    }
    webview = await attachPilot(rc, pilot)
    closing.push(() => webview.detach())
    closing.push(() => phone.goto('about:blank'))
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  /** Opens the access link on the controller. @returns what a camera sees there */
  async function showCode(): Promise<string> {
    await webview.open()
    await rc.waitFor(visible('phone-login-shown'))
    const link = await scan(rc)
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/phone-login\?code=[A-Z]{8}$/)
    return String(link)
  }

  /** Logs in on the phone with the team's own login, which brings the phone to this address. */
  async function logInOnPhone(link: string, { name, password } = ADA, first = link): Promise<void> {
    await phone.cdp.Network.clearBrowserCookies()
    await phone.goto(first)
    if (first === link) await phone.click('.card a.main')
    await phone.waitFor(`document.getElementById('sso')`)
    await phone.fill('input[name=username]', name)
    await phone.fill('input[name=password]', password)
    await phone.evaluate(`void document.getElementById('sso').submit()`)
    await phone.waitFor(`location.pathname === '/phone-login'`)
  }

  /** What the phone says in the end. */
  async function verdict(): Promise<string> {
    await phone.waitFor(visible('phone-result'))
    return phone.text()
  }

  async function press(id: 'phone-approve' | 'phone-deny'): Promise<string> {
    await phone.click(`#${id}`)
    return verdict()
  }

  const shownCode = (page: BrowserPage, id: string): Promise<string> =>
    page.evaluate(`document.getElementById('${id}').textContent`)

  it('logs a pilot in who has typed nothing on the controller', async () => {
    const link = await showCode()
    expect(await rc.evaluate(`document.querySelector('input') === null`)).toBe(true)
    await logInOnPhone(link)
    await phone.waitFor(visible('phone-request'))
    expect(await shownCode(phone, 'phone-shown-code')).toBe(await shownCode(rc, 'phone-login-code'))
    const question = await phone.text()
    for (const words of ['Is this your controller?', '127.0.0.1', 'min ago', ADA.name, ADA.workspace.name])
      expect(question).toContain(words)
    await rc.waitFor(
      `document.getElementById('phone-login-says').textContent === 'Your phone has opened it. Press Approve there.'`,
    )

    expect(await press('phone-approve')).toContain(
      `In a few seconds the controller is logged in as ${ADA.name}, workspace ${ADA.workspace.name}.`,
    )
    await becomeConnected({ page: rc, pilot })
    expect(told).toMatchObject([{ userId: ADA.id, username: ADA.name, by: 'phone' }])
    expect(cloud.devices.get(pilot.gateway.serial)).toMatchObject({ online: true, userId: ADA.id })
    expect(await rc.text()).toContain(ADA.workspace.name)

    // The second scan of the same code, by its user and by another one.
    await phone.goto(link)
    expect(await verdict()).toContain('Approved')
    await logInOnPhone(link, BEN)
    expect(await verdict()).toContain('Another user has already approved or denied this code.')
    // Pages of the host have no icon.
    expectNoProblems(rc)
    expectNoProblems(phone, /favicon/)
  })

  it('knows the controller at the next login, and refuses it to another workspace in words', async () => {
    await logInOnPhone(await showCode())
    await press('phone-approve')
    await becomeConnected({ page: rc, pilot })
    await cloud.sessions.end({ userId: ADA.id })
    await rc.waitFor(`location.href === 'about:blank'`)

    const link = await showCode()
    await logInOnPhone(link, ZOE)
    await phone.waitFor(visible('phone-request'))
    // She sees what the controller claims, and nothing that her workspace does not know.
    expect(await shownCode(phone, 'phone-device')).toBe(pilot.gateway.serial)
    expect(await press('phone-approve')).toContain(
      `This controller belongs to another workspace than yours (${ZOE.workspace.name}). Nothing was approved.`,
    )
    await logInOnPhone(link, BEN)
    await phone.waitFor(visible('phone-request'))
    expect(await shownCode(phone, 'phone-device')).toBe(`RC Pro Enterprise · ${pilot.gateway.serial}`)
    await press('phone-approve')
    await becomeConnected({ page: rc, pilot })
    expect(told).toMatchObject([{ userId: ADA.id }, { userId: BEN.id }])
  })

  it('offers to log out on a phone that was logged in for this only, and on no other', async () => {
    await logInOnPhone(await showCode())
    await press('phone-approve')
    expect(await phone.evaluate(visible('phone-log-out'))).toBe(true)
    await phone.click('#phone-log-out a')
    await phone.waitFor(`document.querySelector('.card a.main')`)
    await becomeConnected({ page: rc, pilot })
    await cloud.sessions.end({ userId: ADA.id })
    await rc.waitFor(`location.href === 'about:blank'`)

    // In a new tab of the phone, where the team's login knows the pilot already.
    await phone.evaluate('void sessionStorage.clear()')
    await logInOnPhone(await showCode(), BEN, `${url}/login?return_to=/phone-login`)
    await phone.fill('#phone-code', await shownCode(rc, 'phone-login-code'))
    await phone.click('#phone-next')
    await phone.waitFor(visible('phone-request'))
    await press('phone-approve')
    expect(await phone.evaluate(visible('phone-log-out'))).toBe(false)
  })

  it('says on both ends that it was denied, and makes a new code', async () => {
    const link = await showCode()
    await logInOnPhone(link)
    expect(await press('phone-deny')).toContain('The controller is not logged in.')
    await rc.waitFor(visible('phone-login-over'))
    expect(await rc.text()).toContain('The login was denied on the phone.')
    const before = await shownCode(rc, 'phone-login-code')
    await rc.click('#phone-login-new')
    await rc.waitFor(visible('phone-login-shown'))
    expect(await shownCode(rc, 'phone-login-code')).not.toBe(before)
    expect(await scan(rc)).not.toBe(link)
    expect(told).toEqual([])
  })

  it('says on both ends that the code has run out', async () => {
    const link = await showCode()
    await logInOnPhone(link)
    await phone.waitFor(visible('phone-request'))
    ahead = 300_000
    expect(await press('phone-approve')).toContain('The code has run out. Nothing was approved.')
    await rc.waitFor(visible('phone-login-over'))
    expect(await rc.text()).toContain('The code has run out.')
    expect(told).toEqual([])
  })

  it('answers a code that somebody else has open, and one that nobody has, in words', async () => {
    const link = await showCode()
    await logInOnPhone(link)
    await phone.waitFor(visible('phone-request'))
    await logInOnPhone(link, BEN)
    expect(await verdict()).toContain('Another user has opened this code first')
    await phone.click('#phone-again')
    await phone.fill('#phone-code', 'bcdf ghj')
    await phone.click('#phone-next')
    await phone.waitFor(`/Enter all of them/.test(document.getElementById('phone-hint').textContent)`)
    await phone.fill('#phone-code', 'bcdf ghjk')
    await phone.click('#phone-next')
    expect(await verdict()).toContain('This code is not known')
    expect(told).toEqual([])
  })

  it('keeps the code while the pilot leaves the page and comes back', async () => {
    const link = await showCode()
    const before = await shownCode(rc, 'phone-login-code')
    await logInOnPhone(link)
    await webview.leave()
    // Approved while nobody looks at the controller.
    await press('phone-approve')
    await webview.open()
    await becomeConnected({ page: rc, pilot })
    expect(before).toMatch(/^[A-Z]{4}-[A-Z]{4}$/)
    expect(told).toHaveLength(1)
  })

  it("the example's own way back stays on its site", async () => {
    for (const evil of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const answer = await fetch(`${url}/login?return_to=${encodeURIComponent(evil)}`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ username: ADA.name, password: ADA.password }),
      })
      expect(answer.headers.get('location')).toBe('/')
    }
  })
})
