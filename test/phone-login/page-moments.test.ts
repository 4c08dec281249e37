// Moments in which a page could give up too early, or be pressed without being read.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { memoryShared, type SharedStore } from '../../src/index.ts'
import { en } from '../../src/plugins/phone-login/texts/en.ts'
import { BADGE } from '../support/badge-reader.ts'
import { type Browser, type BrowserPage, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import type { TestCloud } from '../support/cloud.ts'
import { API, controller, phone, phoneCloud } from './stage.ts'

const textOf = (id: string): string => `document.getElementById('${id}').textContent`
const visible = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').hidden`

/** The clock of the page, not of the server, is this much ahead from now on. */
const ahead = (ms: number): string =>
  `void (function (now) { Date.now = function () { return now.call(Date) + ${ms} } })(Date.now)`

const online = ({ cdp }: BrowserPage, is: boolean) =>
  cdp.Network.emulateNetworkConditions({
    ...{ offline: !is, latency: 0, downloadThroughput: -1, uploadThroughput: -1 },
  })

describe.each(ENGINES.filter(hasEngine))('in %s', (engine) => {
  let browser: Browser
  let page: BrowserPage
  beforeAll(async () => {
    browser = await openBrowser(engine)
    page = browser.page
    await page.cdp.Network.enable({})
    await page.cdp.Network.setExtraHTTPHeaders({ headers: { 'accept-language': 'en' } })
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    await online(page, true)
    await page.cdp.Network.clearBrowserCookies()
  })

  /** A controller that shows a code. */
  async function showCode(cloud: TestCloud): Promise<string> {
    await page.size(1280, 720)
    await page.goto(`${cloud.url}/pilot/login`)
    await page.evaluate('void localStorage.clear()')
    await page.click('#phone-login-start')
    await page.waitFor(visible('phone-login-shown'))
    return page.evaluate(textOf('phone-login-code'))
  }

  /** A phone that shows the request. */
  async function showRequest(cloud: TestCloud): Promise<string> {
    const { code } = await controller(cloud)
    await page.size(390, 844)
    await page.cdp.Network.setCookie({ url: cloud.url, name: BADGE, value: 'ada' })
    await page.goto(String(code.verification_uri_complete))
    await page.waitFor(`!document.getElementById('phone-approve').disabled`)
    return code.user_code
  }

  const isLoggedIn = `location.pathname !== '/pilot/login'`
  const opened = async ({ cloud }: TestCloud) => (await cloud.sessions.list()).length

  it('the controller is let in by an approval of the last moment, although its own time is over', async () => {
    const cloud = await phoneCloud()
    const code = await showCode(cloud)
    await online(page, false)
    cloud.advance(299_000)
    await phone(cloud, 'ada').approve(code)
    cloud.advance(20_000)
    await page.evaluate(ahead(319_000))
    await page.waitFor(`${textOf('phone-login-left')} === ''`)
    await page.waitFor(`${textOf('phone-login-says')} === ${JSON.stringify(en['phone-login.offline'])}`)
    expect(await page.evaluate(visible('phone-login-over'))).toBe(false)
    await online(page, true)
    await page.waitFor(isLoggedIn)
    expect(await opened(cloud)).toBe(1)
  })

  it('the controller gives up when nothing can come any more, and not before', async () => {
    const cloud = await phoneCloud()
    await showCode(cloud)
    await online(page, false)
    await page.evaluate(ahead(329_000))
    await page.waitFor(`${textOf('phone-login-left')} === ''`)
    expect(await page.evaluate(visible('phone-login-over'))).toBe(false)
    await page.waitFor(visible('phone-login-over'))
    expect(await page.evaluate(textOf('phone-login-problem'))).toBe(en['phone-login.expired'])
    await online(page, true)
  })

  it('the controller takes the time from the server when its own clock jumps', async () => {
    const cloud = await phoneCloud()
    const code = await showCode(cloud)
    await page.evaluate(ahead(310_000))
    await page.waitFor(`${textOf('phone-login-left')} === ''`)
    cloud.advance(10_000)
    await page.waitFor(`/^The code works for 4:/.test(${textOf('phone-login-left')})`)
    await phone(cloud, 'ada').approve(code)
    await page.waitFor(isLoggedIn)
    expect(await opened(cloud)).toBe(1)
  })

  it('the controller gets its token again when the answer was cut off', async () => {
    const cloud = await phoneCloud()
    const code = await showCode(cloud)
    let cut = 0
    cloud.server.prependListener('request', ({ url }, response) => {
      if (url !== `${API}/token`) return
      const end = response.end.bind(response) as (...given: unknown[]) => typeof response
      response.end = (...given: unknown[]) => {
        if (cut > 0 || !String(given[0]).includes('"approved"')) return end(...given)
        cut += 1
        response.socket?.destroy()
        return response
      }
    })
    await phone(cloud, 'ada').approve(code)
    // Chromium sends a request again by itself, if the connection was used before; otherwise the page does.
    await page.waitFor(isLoggedIn)
    expect(cut).toBe(1)
    expect(await opened(cloud)).toBe(1)
  })

  it.each(['focus', 'pageshow'])(
    'the buttons of the phone do not work in the first second after "%s"',
    async (event) => {
      const cloud = await phoneCloud()
      await showRequest(cloud)
      const disabled = `document.getElementById('phone-approve').disabled`
      expect(await page.evaluate(`window.dispatchEvent(new Event('${event}')), ${disabled}`)).toBe(true)
      await page.waitFor(`!${disabled}`)
    },
  )

  it('the phone does not say "too late" while its approval is on the way', async () => {
    const cloud = await phoneCloud()
    await showRequest(cloud)
    let release = (): void => undefined
    const held = new Promise<void>((arrived) => {
      cloud.server.prependListener('request', ({ url }, response) => {
        if (url !== `${API}/decision`) return
        const end = response.end.bind(response) as (...given: unknown[]) => typeof response
        response.end = (...given: unknown[]) => {
          release = () => void end(...given)
          arrived()
          return response
        }
      })
    })
    await page.click('#phone-approve')
    await held
    await page.evaluate(ahead(400_000))
    await page.waitFor(`/ 0:00 /.test(${textOf('phone-left')})`)
    expect(await page.evaluate(visible('phone-request'))).toBe(true)
    release()
    await page.waitFor(visible('phone-result'))
    expect(await page.evaluate(textOf('phone-result-title'))).toBe(en['phone-login.approved.title'])
  })

  it('the phone stays with the request when the server fails, and both buttons work again', async () => {
    const memory = memoryShared()
    let failures = 0
    const shared: SharedStore = {
      ...memory,
      async putNew(key, value, ttl) {
        const isNew = await memory.putNew(key, value, ttl)
        if (!key.includes(':decision:') || failures > 0) return isNew
        failures += 1
        throw new Error('the answer of the store was lost')
      },
    }
    const cloud = await phoneCloud({}, { shared })
    await showRequest(cloud)
    await page.click('#phone-approve')
    await page.waitFor(visible('phone-problem'))
    expect(await page.evaluate(textOf('phone-problem'))).toBe(en['phone-login.page.unreached'])
    await page.waitFor(`!document.getElementById('phone-deny').disabled`)
    await page.click('#phone-deny')
    await page.waitFor(visible('phone-result'))
    expect(await page.evaluate(textOf('phone-result-title'))).toBe(en['phone-login.denied.title'])
    await page.goto('about:blank')
  })
})
