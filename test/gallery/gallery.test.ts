import { afterAll, beforeAll, expect, it } from 'vitest'
import { inspect } from '../../scripts/gallery/layout.ts'
import { LONG, longTexts } from '../../scripts/gallery/long-language.ts'
import { gallery, SIZES } from '../../scripts/gallery/run.ts'
import { STATES } from '../../scripts/gallery/states.ts'
import { allowedLength, checkTexts } from '../../src/core/pages/texts/check-texts.ts'
import { en } from '../../src/core/pages/texts/en.ts'
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

// Every text as long as its key allows, on the smallest controller and on a phone.
it.each(STATES.map((state) => [state.name, state] as const))(
  '%s: nothing is cut, covered or hidden in the longest language',
  async (_, state) => {
    const faults = await gallery(browser.page, {
      states: [state],
      languages: [LONG],
      themes: ['light'],
      sizes: SIZES.filter(({ name }) => name === '640x360' || name === '390x844'),
      folder: null,
    })
    expect(faults).toEqual([])
  },
  40_000,
)

it('has a longest language: each text as long as it may be, with its placeholders', () => {
  const long = longTexts()
  expect(checkTexts(LONG, long).filter(({ severity }) => severity === 'problem')).toEqual([])
  for (const [key, text] of Object.entries(en)) {
    const length = long[key]?.length ?? 0
    expect([key, length <= allowedLength(text) && length > Math.min(text.length, 30)]).toEqual([key, true])
  }
})

it.each([
  ['too wide', '<p style="width:3000px">x</p>', /wide/],
  [
    'cut',
    '<p style="width:40px;overflow:hidden;white-space:nowrap">a long text that does not fit</p>',
    /cut/,
  ],
  ['too small', '<button style="height:20px">x</button>', /only 20/],
  ['flowing out', '<p style="width:40px">Donaudampfschifffahrt</p>', /its text/],
  [
    'covered',
    '<button style="height:50px">x</button><button style="height:50px;margin-left:-10px">y</button>',
    /on top of each other/,
  ],
])('would find what is %s', async (_, body, fault) => {
  await browser.page.goto(`data:text/html,<!doctype html><body>${body}</body>`)
  expect((await inspect(browser.page)).join()).toMatch(fault)
})
