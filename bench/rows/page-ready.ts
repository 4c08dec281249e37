import { type Browser, type BrowserPage, openBrowser } from '../../test/support/browser.ts'
import { start, stop } from '../child.ts'
import { median, type Row } from '../row.ts'

const SLOWED = 4
const LOADS = 9

/** Notes the time when the button of the form can be pressed, by the page's own clock. Runs before the page's scripts. */
const WATCH = `window.usableAfter = null;
new MutationObserver(function () {
  var button = document.getElementById('login-submit');
  var form = document.getElementById('login-form');
  if (window.usableAfter === null && button && !button.disabled && !form.hidden) window.usableAfter = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true });`

/** Starts a server and the oldest browser, and gives `work` a tab and the address of the login page. */
async function withPage<T>(work: (page: BrowserPage, url: string) => Promise<T>): Promise<T> {
  const { child, hello } = await start<{ url: string }>('server.mjs', 'express', 'own', 'mounted')
  let browser: Browser | undefined
  try {
    browser = await openBrowser('chromium-70')
    const { page } = browser
    await page.cdp.Network.enable({})
    await page.addScript(WATCH)
    return await work(page, new URL('/pilot/login', hello.url).href)
  } finally {
    await browser?.close()
    await stop(child)
  }
}

const usable = async (page: BrowserPage, url: string): Promise<number> => {
  await page.goto(url)
  await page.waitFor('window.usableAfter !== null')
  return page.evaluate<number>('window.usableAfter')
}

/** With an empty cache each time, as at the first visit of a controller. */
export const pageReady: Row = {
  name: `login form can be used, Chromium 70, CPU slowed ${SLOWED} times`,
  goal: { atMost: 1_000 },
  unit: 'ms',
  measure: () =>
    withPage(async (page, url) => {
      await page.cdp.Network.setCacheDisabled({ cacheDisabled: true })
      await usable(page, url)
      const fast = await usable(page, url)
      await page.cdp.Emulation.setCPUThrottlingRate({ rate: SLOWED })
      const times: number[] = []
      for (let load = 0; load < LOADS; load += 1) times.push(await usable(page, url))
      const worst = Math.max(...times)
      return {
        value: median(times),
        detail: `median of ${LOADS} loads with an empty cache, worst ${Math.round(worst)} ms; not slowed ${Math.round(fast)} ms`,
      }
    }),
}

/** The requests of the page before it shows the form: none, or one about the token that it has stored. */
export const pageRoundTrips: Row = {
  name: 'requests after HTML and assets until the login form can be used',
  goal: { atMost: 1 },
  unit: '',
  measure: () =>
    withPage(async (page, url) => {
      const asked: string[] = []
      // Not by the resource type: Chromium 70 reports a fetch as "Other".
      page.cdp.Network.requestWillBeSent(({ request }) => {
        const { pathname } = new URL(request.url)
        if (!pathname.startsWith('/pilot/')) asked.push(pathname)
      })
      await usable(page, url)
      const without = asked.splice(0)
      await page.evaluate(`localStorage.setItem('dji-cloud.token', 'an-old-token-of-no-use')`)
      await usable(page, url)
      return {
        value: Math.max(without.length, asked.length),
        detail: `${without.length} without a remembered token, ${asked.length} with one (${asked.join(', ')})`,
      }
    }),
}
