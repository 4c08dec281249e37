import type { VirtualPilot } from 'dji-cloud/testing'
import { type BrowserPage, REPORT_CSP } from './browser.ts'

export interface PilotPage {
  /** Opens the access link as Pilot's WebView does. */
  open(): Promise<void>
  /** Leaves the page and comes back: the URL is loaded again (facts A3). */
  leave(): Promise<void>
  detach(): Promise<void>
}

/** Puts a virtual Pilot around a tab: its bridge into every document, its user agent, its callbacks, its page life cycle. */
export async function attachPilot(page: BrowserPage, pilot: VirtualPilot): Promise<PilotPage> {
  const { Page, Network } = page.cdp
  const offs: (() => unknown)[] = []

  await Network.enable({})
  await Network.setUserAgentOverride({ userAgent: await userAgent(page, pilot) })
  offs.push(await page.addScript(`${REPORT_CSP}\n${pilot.pageScript()}`))

  page.onDialog((type, message) => (type === 'prompt' ? pilot.answer(message) : null))
  offs.push(() => page.onDialog(null))

  offs.push(
    pilot.onScript((script, delivery) => {
      if (delivery === 'evaluate') return page.evaluate(script)
      // The worst reading of loadUrl("javascript:..."): a navigation that the page's CSP may forbid.
      return page.evaluate(`void (location.href = ${JSON.stringify(`javascript:void(${script})`)})`)
    }),
  )
  const blank = (): void => void Page.navigate({ url: 'about:blank' }).catch(() => {})
  offs.push(pilot.on('page', ({ state }) => state !== 'opened' && blank()))

  return {
    async open() {
      pilot.pageLoaded(pilot.url)
      await page.goto(pilot.url)
    },
    async leave() {
      const away = page.waitFor(`location.href === 'about:blank'`)
      pilot.leavePage()
      await away
    },
    async detach() {
      // The page first: while it lives it may ask, and a prompt that nobody answers holds the whole tab.
      await page.goto('about:blank')
      for (const off of offs) await off()
    },
  }
}

/** The browser's own, with what Pilot adds: what is served must not depend on the rest. */
async function userAgent(page: BrowserPage, pilot: VirtualPilot): Promise<string> {
  const own = await page.evaluate<string>('navigator.userAgent')
  return pilot.knobs.webViewUserAgent.includes('dji-open-platform') ? `${own} dji-open-platform` : own
}
