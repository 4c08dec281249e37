import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { djiCloud } from '../../src/express.ts'
import { pluginContract } from '../../src/testing/index.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { BUNDLED } from './bundled.ts'

test('every bundled plugin is in the list', async () => {
  const folders = await readdir(new URL('../../src/plugins/', import.meta.url), { withFileTypes: true })
  expect(
    folders
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(BUNDLED).sort())
})

const [oldest] = ENGINES.filter(hasEngine)
let browser: Browser | null = null
beforeAll(async () => {
  browser = oldest === undefined ? null : await openBrowser(oldest)
})
afterAll(() => browser?.close())

describe.each(Object.entries(BUNDLED))('%s', (_name, make) => {
  pluginContract({
    ...{ describe, test, djiCloud, make },
    async openPage(url) {
      if (browser === null) return []
      browser.page.forgetProblems()
      await browser.page.goto(url)
      return browser.page.problems()
    },
  })
})
