import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspect } from '../../scripts/gallery/layout.ts'
import { djiCloud } from '../../src/express.ts'
import { phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { closing } from '../plugins/start.ts'
import { violationsOf } from '../support/axe.ts'
import { BADGE, badgeReader } from '../support/badge-reader.ts'
import { type Browser, type BrowserPage, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { controller, own, phone, USERS } from './stage.ts'

const RC = '203.0.113.7'
const PHONE = '198.51.100.9'
const AGENT = 'Mozilla/5.0 (Linux; Android 10; DJI RC Pro Enterprise; wv) dji-open-platform'
const SERIAL = 'RCFAKE00000001'
const LANGUAGES = ['en', 'zh'] as const

interface Place {
  readonly url: string
}

/** Behind a proxy that the app trusts, so that controller and phone have addresses of the internet. */
async function host(): Promise<Place> {
  const source = { signOutUrl: ({ path }: { readonly path: string }) => `/out?back=${path}` }
  const app = express()
  app.set('trust proxy', 1)
  const cloud = djiCloud({
    ...{ broker: idleBroker(), users: false, logger: false },
    plugins: [badgeReader(USERS, source), phoneLogin()],
  })
  app.use(cloud)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push({
    async close() {
      await cloud.close()
      server.closeAllConnections()
      server.close()
    },
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function enter(page: BrowserPage, language: string, user: string | null, url: string): Promise<void> {
  const { Network } = page.cdp
  await Network.enable({})
  await Network.clearBrowserCookies()
  await Network.setExtraHTTPHeaders({ headers: { 'accept-language': language, 'x-forwarded-for': PHONE } })
  if (user !== null) await Network.setCookie({ url, name: BADGE, value: user })
}

const asks = (place: Place) =>
  controller(place, SERIAL, {
    headers: { ...own(place.url), 'user-agent': AGENT, 'x-forwarded-for': RC },
  })

const visible = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').hidden`

/** Every state of both pages, by name. Each ends with the state on the screen. */
const STATES: Readonly<Record<string, (page: BrowserPage, place: Place, language: string) => Promise<void>>> =
  {
    async 'the phone, where nobody is logged in'(page, place, language) {
      const { code } = await asks(place)
      await enter(page, language, null, place.url)
      await page.goto(String(code.verification_uri_complete))
      await page.waitFor(`document.querySelector('.card a.main')`)
    },
    async 'the field for the code'(page, place, language) {
      await enter(page, language, 'ada', place.url)
      await page.goto(`${place.url}/phone-login`)
      await page.waitFor(
        `document.getElementById('phone-next') && !document.getElementById('phone-next').disabled`,
      )
    },
    async 'the request'(page, place, language) {
      const { code } = await asks(place)
      await enter(page, language, 'ada', place.url)
      await page.goto(String(code.verification_uri_complete))
      await page.waitFor(`${visible('phone-request')} && !document.getElementById('phone-approve').disabled`)
    },
    async 'the result'(page, place, language) {
      const { code } = await asks(place)
      await enter(page, language, 'ada', place.url)
      await page.goto(String(code.verification_uri_complete))
      await page.click('#phone-approve')
      await page.waitFor(visible('phone-result'))
    },
    async 'the result, where the login on the phone was for this only'(page, place, language) {
      const { code } = await asks(place)
      await enter(page, language, null, place.url)
      await page.goto(String(code.verification_uri_complete))
      // The login elsewhere would bring the phone back.
      await page.evaluate(
        `document.querySelector('.card a.main').addEventListener('click', function (event) { event.preventDefault() })`,
      )
      await page.click('.card a.main')
      await enter(page, language, 'ada', place.url)
      await page.goto(String(code.verification_uri_complete))
      await page.click('#phone-approve')
      await page.waitFor(visible('phone-log-out'))
    },
    async 'the code on the controller'(page, place, language) {
      await enter(page, language, null, place.url)
      await page.goto(`${place.url}/pilot/login`)
      await page.click('#phone-login-start')
      await page.waitFor(visible('phone-login-shown'))
    },
    async 'the end of a code on the controller'(page, place, language) {
      await STATES['the code on the controller']?.(page, place, language)
      const code = await page.evaluate<string>(`document.getElementById('phone-login-code').textContent`)
      await phone(place, 'ada').look(code)
      await phone(place, 'ada').decide(code, false)
      await page.waitFor(visible('phone-login-over'))
    },
    async 'the button on the login page that knows a user, below'(page, place, language) {
      await enter(page, language, 'ada', place.url)
      await page.goto(`${place.url}/pilot/login`)
      await page.waitFor(`${visible('phone-login')} && ${visible('phone-login-start')}`)
      const below = `document.getElementById('continue').getBoundingClientRect().bottom < document.getElementById('phone-login').getBoundingClientRect().top`
      expect(await page.evaluate(below)).toBe(true)
    },
    async 'the button on the login page'(page, place, language) {
      await enter(page, language, null, place.url)
      await page.goto(`${place.url}/pilot/login`)
      await page.waitFor(`${visible('phone-login')} && ${visible('phone-login-start')}`)
      await page.evaluate('void localStorage.clear()')
    },
  }

describe.each(ENGINES.filter(hasEngine))('the pages of the login by phone in %s', (engine) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(engine)
  })
  afterAll(() => browser.close())

  it.each(Object.entries(STATES))(
    '%s: nothing cut, nothing too wide, nothing too small',
    async (name, show) => {
      const { page } = browser
      const place = await host()
      const sizes = name.includes('controller')
        ? [
            [1280, 720],
            [1920, 1200],
            [640, 360],
          ]
        : [
            [390, 844],
            [320, 568],
            [844, 390],
          ]
      for (const language of LANGUAGES)
        for (const [width = 0, height = 0] of sizes) {
          await page.size(width, height)
          page.forgetProblems()
          await show(page, place, language)
          expect(await inspect(page), `${language} ${width}x${height}`).toEqual([])
          expect(page.problems()).toEqual([])
          await page.evaluate('void localStorage.clear()')
        }
      await page.goto('about:blank')
    },
    120_000,
  )

  it('shows both buttons on a phone without scrolling, and warns of another network', async () => {
    const { page } = browser
    const place = await host()
    await page.size(390, 844)
    for (const language of LANGUAGES) {
      await STATES['the request']?.(page, place, language)
      const bottom = await page.evaluate<number>(
        `Math.max.apply(null, ['phone-approve', 'phone-deny'].map(function (id) { return document.getElementById(id).getBoundingClientRect().bottom }))`,
      )
      expect(bottom, language).toBeLessThanOrEqual(844)
      expect(await page.evaluate(visible('phone-far'))).toBe(true)
      const text = await page.text()
      for (const words of [RC, 'RC Pro Enterprise', SERIAL, 'Ada']) expect(text).toContain(words)
    }
    await page.goto('about:blank')
  })

  it('is approved by the keyboard alone', async () => {
    const { page } = browser
    const place = await host()
    const { code } = await asks(place)
    await page.size(390, 844)
    await enter(page, 'en', 'ada', place.url)
    await page.goto(`${place.url}/phone-login`)
    await page.waitFor(`document.activeElement.id === 'phone-code'`)
    const key = async (name: string, number: number, text = '') => {
      const event = { key: name, code: name, windowsVirtualKeyCode: number }
      await page.cdp.Input.dispatchKeyEvent(
        text === '' ? { type: 'rawKeyDown', ...event } : { type: 'keyDown', ...event, text },
      )
      await page.cdp.Input.dispatchKeyEvent({ type: 'keyUp', ...event })
    }
    for (const text of code.user_code) await page.cdp.Input.dispatchKeyEvent({ type: 'char', text })
    await key('Enter', 13, '\r')
    await page.waitFor(`document.activeElement.id === 'phone-question'`)
    await page.waitFor(`!document.getElementById('phone-approve').disabled`)
    await key('Tab', 9)
    expect(await page.evaluate('document.activeElement.id')).toBe('phone-deny')
    await key('Tab', 9)
    expect(await page.evaluate('document.activeElement.id')).toBe('phone-approve')
    await key('Enter', 13, '\r')
    await page.waitFor(`document.activeElement.id === 'phone-result-title'`)
    expect(await page.text()).toContain('Approved')
    await page.goto('about:blank')
  })
})

describe.runIf(hasEngine('chromium'))('accessibility', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser('chromium')
    await browser.page.size(390, 844, 2)
  })
  afterAll(() => browser.close())

  it.each(Object.entries(STATES))('%s has no violation, by day and by night', async (_name, show) => {
    const { page } = browser
    const place = await host()
    await show(page, place, 'en')
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`)
      expect(await violationsOf(page), theme).toEqual([])
    }
    await page.goto('about:blank')
  })
})
