import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enter, leave, STATES } from '../../scripts/gallery/states.ts'
import { violationsOf } from '../support/axe.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { hasEngine } from '../support/chromium.ts'

describe.runIf(hasEngine('chromium'))('accessibility', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser('chromium')
    await browser.page.size(960, 540, 2)
  })
  afterAll(() => browser.close())

  const violations = (): Promise<string[]> => violationsOf(browser.page)

  // Two hundred cards take axe minutes, and are the same as twenty.
  const states = STATES.filter(({ name }) => name !== 'fleet-200')
  it.each(states.map((state, index) => [state.name, state, index % 2 === 0 ? 'en' : 'zh'] as const))(
    '%s has no violation, by day and by night',
    async (_, state, language) => {
      const { page } = browser
      const set = await enter(page, state, language)
      try {
        for (const theme of ['light', 'dark']) {
          await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`)
          expect(await violations(), theme).toEqual([])
        }
      } finally {
        await leave(page, set)
      }
    },
    40_000,
  )

  it('would say so', async () => {
    await browser.page.goto('data:text/html,<html><body><img src="x"><button></button></body></html>')
    const rules = (await violations()).map((violation) => violation.split(':')[0])
    expect(rules).toEqual(expect.arrayContaining(['image-alt', 'button-name']))
  })
})
