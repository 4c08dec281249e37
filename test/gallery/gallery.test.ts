import { afterAll, beforeAll, expect, it } from 'vitest'
import { inspect } from '../../scripts/gallery/layout.ts'
import { gallery, SIZES } from '../../scripts/gallery/run.ts'
import { STATES } from '../../scripts/gallery/states.ts'
import { type Browser, openBrowser } from '../support/browser.ts'

// `npm run gallery` takes all of it; here one language, one theme and the smallest screen, in the oldest engine.
let browser: Browser
beforeAll(async () => {
  browser = await openBrowser('chromium-70')
})
afterAll(() => browser.close())

const smallest = SIZES.filter(({ name }) => name === '640x360')

it.each(STATES.map((state) => [state.name, state] as const))(
  '%s: nothing cut, nothing too wide, nothing too small, no error',
  async (_, state) => {
    const faults = await gallery(browser.page, {
      states: [state],
      languages: [state.name.length % 2 === 0 ? 'en' : 'zh'],
      themes: ['light'],
      sizes: smallest,
      folder: null,
    })
    expect(faults).toEqual([])
  },
  40_000,
)

it.each([
  ['too wide', '<p style="width:3000px">x</p>', /wide/],
  [
    'cut',
    '<p style="width:40px;overflow:hidden;white-space:nowrap">a long text that does not fit</p>',
    /cut/,
  ],
  ['too small', '<button style="height:20px">x</button>', /only 20/],
])('would find what is %s', async (_, body, fault) => {
  await browser.page.goto(`data:text/html,<!doctype html><body>${body}</body>`)
  expect((await inspect(browser.page)).join()).toMatch(fault)
})
