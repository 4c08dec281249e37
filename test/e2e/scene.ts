import { createVirtualPilot, type VirtualPilot, type VirtualPilotOptions } from 'dji-cloud/testing'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Browser, type BrowserPage, openBrowser } from '../support/browser.ts'
import { attachPilot, type PilotPage } from '../support/browser-pilot.ts'
import type { Engine } from '../support/chromium.ts'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'

export interface Scene {
  readonly cloud: TestCloud
  readonly pilot: VirtualPilot
  /** Pilot's side of the page. */
  readonly webview: PilotPage
  readonly page: BrowserPage
}

export interface Stage {
  /** The platform, a virtual Pilot and its page, opened at the access link. */
  play(options?: {
    readonly cloud?: Parameters<typeof startCloud>[0]
    readonly pilot?: Partial<VirtualPilotOptions>
    readonly mount?: string
  }): Promise<Scene>
  /** The platform and an ordinary browser, at the access link. */
  playOutside(options?: Parameters<typeof startCloud>[0]): Promise<Pick<Scene, 'cloud' | 'page'>>
}

/** One browser for the tests of a `describe`; everything else is new for each test and gone after it. */
export function stageIn(engine: Engine): Stage {
  let browser: Browser
  const closing: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    browser = await openBrowser(engine)
    await browser.page.size(1280, 720)
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    browser.page.forgetProblems()
  })

  return {
    async play({ cloud: options, pilot: pilotOptions, mount = '' } = {}) {
      const cloud = await startCloud(options, { framework: 'express 5', mount, parser: 'before' })
      closing.push(() => cloud.close())
      const knobs = {
        osdIntervalMs: 100,
        mqttReconnectMs: 50,
        wsReconnectMs: 50,
        topoRetryMs: 500,
        ...pilotOptions?.knobs,
      }
      const pilot = createVirtualPilot({ url: cloud.link, ...pilotOptions, knobs })
      closing.push(() => pilot.close())
      const webview = await attachPilot(browser.page, pilot)
      closing.push(() => webview.detach())
      await webview.open()
      return { cloud, pilot, webview, page: browser.page }
    },
    async playOutside(options) {
      const cloud = await startCloud(options)
      closing.push(async () => {
        await browser.page.goto('about:blank')
        await cloud.close()
      })
      await browser.page.cdp.Network.enable({})
      await browser.page.cdp.Network.setUserAgentOverride({
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/1',
      })
      await browser.page.goto(cloud.link)
      return { cloud, page: browser.page }
    },
  }
}

export async function logIn(page: BrowserPage, { username, password } = PILOT): Promise<void> {
  await page.waitFor(`document.getElementById('login-form') && !document.getElementById('login-form').hidden`)
  await page.fill('#username', username)
  await page.fill('#password', password)
  await page.click('#login-submit')
}

export const link = (state: string): string =>
  `document.getElementById('link') && document.getElementById('link').getAttribute('data-link') === '${state}'`

/** Everything is up, on the page and on Pilot's side. */
export async function becomeConnected({ page, pilot }: Pick<Scene, 'page' | 'pilot'>): Promise<void> {
  await page.waitFor(link('connected'))
  await pilot.connected()
  await pilot.topologyAcknowledged()
  if (pilot.native.ws !== 'connected') await pilot.waitFor('ws.state', ({ state }) => state === 'connected')
  // The last step of the plan: what is done to the page from here on does not meet it half way.
  await page.waitFor(`document.querySelector('[data-step="load:tsa"]:not([data-status="running"])')`)
}

/** No exception, no console error, no CSP violation, but for what the test expects. */
export function expectNoProblems(page: BrowserPage, ...expected: readonly RegExp[]): void {
  expect(page.problems().filter((problem) => !expected.some((pattern) => pattern.test(problem)))).toEqual([])
}

export const calls = (pilot: VirtualPilot, since: number): string[] =>
  pilot.log.flatMap((event) => (event.type === 'bridge' && event.seq >= since ? [event.method] : []))
