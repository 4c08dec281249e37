import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPageData } from '../../src/core/pages/page.ts'
import { createRenderer } from '../../src/core/pages/render.ts'
import { ASSETS } from '../../src/views/embedded.gen.ts'
import { becomeConnected, logIn, stageIn } from '../e2e/scene.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'

it('is a main page of at most 60 KB, all of it, compressed', async () => {
  const html = await createRenderer().render('home', {
    data: buildPageData({ page: 'home', mount: '', modules: ['media', 'liveshare'] }),
    nonce: 'n'.repeat(22),
    asset: (name) => `/pilot/assets/${name}`,
  })
  const parts = [
    html,
    ...['home.js', 'style.css', 'home.css', 'icon.svg'].map((name) => ASSETS[name]?.text ?? ''),
  ]
  const sizes = parts.map((text) => gzipSync(text).length)
  expect(sizes.every((size) => size > 100)).toBe(true)
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(60_000)
})

describe('in Chromium 70 on a processor that is four times slower', () => {
  let browser: Browser
  let cloud: TestCloud
  beforeAll(async () => {
    browser = await openBrowser('chromium-70')
    cloud = await startCloud()
  })
  afterAll(async () => {
    await browser.close()
    await cloud.close()
  })

  it.each(['/login', '/home'])('%s has its first paint within a second', async (path) => {
    const { page } = browser
    await page.size(1280, 720)
    await page.cdp.Emulation.setCPUThrottlingRate({ rate: 4 })
    try {
      const paints: number[] = []
      // The fastest of three: what the machine does besides is not what is measured.
      for (let run = 0; run < 3; run += 1) {
        await page.goto('about:blank')
        await page.cdp.Network.clearBrowserCache()
        // The script of the main page leaves at once for the login page, because nobody is logged in: only the first paint counts.
        const blocked =
          path === '/home'
            ? await page.addScript('window.fetch = function () { return new Promise(function () {}) }')
            : null
        await page.goto(`${cloud.link}${path}`)
        const paint = `(performance.getEntriesByName('first-paint')[0] || {}).startTime`
        await page.waitFor(paint)
        paints.push(await page.evaluate<number>(paint))
        await blocked?.()
      }
      expect(Math.min(...paints)).toBeLessThan(1_000)
    } finally {
      await page.cdp.Emulation.setCPUThrottlingRate({ rate: 1 })
    }
  })
})

/** Where the parts of the page are; none may move while the page fills itself. */
const PLACES = `['link', 'aircraft-panel', 'aircraft-figures', 'controller-panel', 'others-panel', 'uploads-panel', 'diagnosis'].map(function (id) {
  return Math.round(document.getElementById(id).getBoundingClientRect().top)
})`

describe.each(ENGINES.filter(hasEngine))('the main page, in %s', (engine) => {
  const stage = stageIn(engine)

  it('does not jump between its first paint and the first values', async () => {
    const scene = await stage.play({ cloud: { modules: { media: true, liveshare: true } } })
    const { page } = scene
    const remove = await page.addScript(`document.addEventListener('DOMContentLoaded', function () {
      if (document.getElementById('link')) window.firstPlaces = ${PLACES}
    })`)
    await logIn(page)
    await becomeConnected(scene)
    await page.waitFor(
      `document.querySelector('#aircraft-panel[data-age="fresh"]') && document.querySelector('#controller-panel[data-age="fresh"]')`,
    )
    expect(await page.evaluate(PLACES)).toEqual(await page.evaluate('window.firstPlaces'))
    await remove()
  })
})
