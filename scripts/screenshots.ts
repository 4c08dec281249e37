// Pictures of the login page, the main page and an error, in the oldest and the newest engine, into shots/.
// Run by `npm run screenshots`. Look at them yourself: no test judges how a page looks.
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createVirtualPilot, type Knobs } from 'dji-cloud/testing'
import { type Browser, openBrowser } from '../test/support/browser.ts'
import { attachPilot } from '../test/support/browser-pilot.ts'
import { ENGINES, hasEngine } from '../test/support/chromium.ts'
import { PILOT, startCloud } from '../test/support/cloud.ts'

const folder = fileURLToPath(new URL('../shots/', import.meta.url))

/** One walk through the pages, and the names of its pictures. */
async function walk(
  browser: Browser,
  knobs: Partial<Knobs>,
  pictures: { login?: string; last: string; until: string },
) {
  const { page, engine } = browser
  const cloud = await startCloud({ platformName: 'Mountain Rescue Cloud' })
  const pilot = createVirtualPilot({ url: cloud.link, knobs })
  const webview = await attachPilot(page, pilot)
  const shoot = async (name: string) => {
    const path = `${folder}${name}-${engine}.png`
    await page.screenshot(path)
    console.log(path)
  }
  try {
    await webview.open()
    await page.waitFor(
      `document.getElementById('login-form') && !document.getElementById('login-submit').disabled`,
    )
    if (pictures.login !== undefined) await shoot(pictures.login)
    await page.fill('#username', PILOT.username)
    await page.fill('#password', PILOT.password)
    await page.click('#login-submit')
    await page.waitFor(pictures.until)
    await shoot(pictures.last)
  } finally {
    await webview.detach()
    await pilot.close()
    await cloud.close()
  }
}

await mkdir(folder, { recursive: true })
for (const engine of ENGINES.filter(hasEngine)) {
  const browser = await openBrowser(engine)
  try {
    await browser.page.size(1280, 720)
    await walk(
      browser,
      {},
      {
        login: 'login',
        last: 'home',
        until: `document.querySelector('[data-step="load:tsa"][data-status="ok"]')`,
      },
    )
    await walk(
      browser,
      { licenseCheck: 'refuse' },
      {
        last: 'error',
        until: `document.getElementById('problem') && !document.getElementById('problem').hidden`,
      },
    )
  } finally {
    await browser.close()
  }
}
