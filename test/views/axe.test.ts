import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enter, leave, STATES } from '../../scripts/gallery/states.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { hasEngine } from '../support/chromium.ts'

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** axe-core needs a current engine. It is put in by the debugger, out of reach of the page's policy. */
describe.runIf(hasEngine('chromium'))('accessibility', () => {
  let browser: Browser
  let axe = ''
  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    browser = await openBrowser('chromium')
    await browser.page.size(960, 540, 2)
  })
  afterAll(() => browser.close())

  async function violations(): Promise<string[]> {
    const { page } = browser
    await page.evaluate(`${axe}; 0`)
    const found = await page.evaluate<readonly Violation[]>(
      `axe.run(document, { resultTypes: ['violations'] }).then(function (result) { return result.violations })`,
    )
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    )
  }

  it.each(STATES.map((state, index) => [state.name, state, index % 2 === 0 ? 'en' : 'zh'] as const))(
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
