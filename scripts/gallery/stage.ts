import { createVirtualPilot, type VirtualPilot, type VirtualPilotOptions } from 'dji-cloud/testing'
import type { BrowserPage } from '../../test/support/browser.ts'
import { attachPilot, type PilotPage } from '../../test/support/browser-pilot.ts'
import { PILOT, startCloud, type TestCloud } from '../../test/support/cloud.ts'

export interface Scene {
  readonly cloud: TestCloud
  readonly page: BrowserPage
  readonly pilot: VirtualPilot
  readonly webview: PilotPage
  logIn(password?: string): Promise<void>
  /** Adds another controller of the workspace, until the end of the scene. */
  join(
    user: { readonly username: string; readonly password: string },
    options: Partial<VirtualPilotOptions>,
  ): Promise<void>
  close(): Promise<void>
}

export type CloudOptions = NonNullable<Parameters<typeof startCloud>[0]>

/**
 * The platform, a virtual Pilot and a tab that shows the access link. `outside`: only the tab, as an ordinary browser.
 */
export async function build(
  page: BrowserPage,
  options: CloudOptions,
  pilotOptions: Partial<VirtualPilotOptions> = {},
  outside = false,
): Promise<Scene> {
  const cloud = await startCloud(options)
  const knobs = { osdIntervalMs: 500, mqttReconnectMs: 50, wsReconnectMs: 50, ...pilotOptions.knobs }
  const pilot = createVirtualPilot({ url: cloud.link, ...pilotOptions, knobs })
  const webview = outside ? ordinary(page, cloud.link) : await attachPilot(page, pilot)
  const others: VirtualPilot[] = []
  page.forgetProblems()
  await webview.open()
  return {
    cloud,
    page,
    pilot,
    webview,
    async logIn(password = PILOT.password) {
      await page.waitFor(
        `document.getElementById('login-submit') && !document.getElementById('login-submit').disabled`,
      )
      await page.fill('#username', PILOT.username)
      await page.fill('#password', password)
      await page.click('#login-submit')
    },
    async join({ username, password }, more) {
      const other = createVirtualPilot({ url: cloud.link, ...more, knobs: { ...knobs, ...more.knobs } })
      others.push(other)
      await other.login(username, password)
      await other.topologyAcknowledged()
    },
    async close() {
      await webview.detach()
      for (const other of others) await other.close()
      await pilot.close()
      await cloud.close()
    },
  }
}

function ordinary(page: BrowserPage, link: string): PilotPage {
  return {
    async open() {
      await page.cdp.Network.enable({})
      await page.cdp.Network.setUserAgentOverride({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/120' })
      await page.goto(link)
    },
    leave: async () => {},
    detach: () => page.goto('about:blank'),
  }
}

export const shown = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').hidden`
export const linkIs = (state: string): string =>
  `document.getElementById('link') && document.getElementById('link').getAttribute('data-link') === '${state}'`
export const settled = `document.querySelector('[data-step="load:tsa"]:not([data-status="running"])')`
