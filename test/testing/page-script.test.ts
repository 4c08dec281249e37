import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVirtualPilot, type Knobs, type VirtualPilot } from 'dji-cloud/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../support/browser.ts'
import { attachPilot, type PilotPage } from '../support/browser-pilot.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'

const HTML =
  '<!doctype html><meta charset="utf-8"><title>p</title><script nonce="n">window.first = typeof window.djiBridge</script><p>page'

describe.each(ENGINES.filter(hasEngine))('the fake bridge in %s', (engine) => {
  let browser: Browser
  let server: Server
  let pilot: VirtualPilot
  let page: PilotPage

  beforeAll(async () => {
    browser = await openBrowser(engine)
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    server = createServer((_, response) =>
      response
        .writeHead(200, {
          'content-type': 'text/html',
          'content-security-policy': "default-src 'none'; script-src 'nonce-n'",
        })
        .end(HTML),
    ).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    await page.detach()
    await pilot.close()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    browser.page.forgetProblems()
  })

  async function open(knobs: Partial<Knobs> = {}): Promise<void> {
    pilot = createVirtualPilot({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pilot`,
      knobs,
    })
    page = await attachPilot(browser.page, pilot)
    await page.open()
  }

  it('is there before the first script, answers synchronously and says who it is', async () => {
    await open()
    expect(await browser.page.evaluate('first')).toBe('object')
    expect(await browser.page.evaluate(`djiBridge.platformIsVerified()`)).toBe(
      '{"code":0,"message":"success","data":false}',
    )
    expect(await browser.page.evaluate('navigator.userAgent')).toContain('dji-open-platform')
    expect(browser.page.problems()).toEqual([])
  })

  it('comes late where the knob says so', async () => {
    await open({ injectionDelayMs: 50 })
    expect(await browser.page.evaluate('first')).toBe('undefined')
    await browser.page.waitFor('window.djiBridge')
  })

  it.each([
    ['bare', true],
    ['bare-text', 'true'],
    ['number', 1],
    ['void', undefined],
  ] as const)('returns %s as it is', async (returnStyle, answer) => {
    await open({ returnStyle })
    expect(await browser.page.evaluate(`djiBridge.platformVerifyLicense('id', 'key', 'RkFLRQ==')`)).toBe(
      answer,
    )
  })

  it('carries long texts and odd characters both ways', async () => {
    await open()
    const odd = `"'\\\n\r\u2028</script>ä漢😀${'x'.repeat(100_000)}`
    await browser.page.evaluate(`djiBridge.platformVerifyLicense('id', 'key', 'RkFLRQ==')`)
    await browser.page.evaluate(
      `djiBridge.platformLoadComponent('api', JSON.stringify({ host: 'http://127.0.0.1:1', token: ${JSON.stringify(odd)} }))`,
    )
    expect(
      await browser.page.evaluate(`JSON.parse(djiBridge.apiGetToken()).data === ${JSON.stringify(odd)}`),
    ).toBe(true)
  })

  it('calls a global by its name in spite of the CSP, and its dotted path', async () => {
    await open()
    await browser.page.evaluate(`window.heard = []; window.deep = { down: function (v) { heard.push(v) } }`)
    await browser.page.evaluate(`djiBridge.platformVerifyLicense('id', 'key', 'RkFLRQ==')`)
    const load = (name: string): string =>
      `djiBridge.platformLoadComponent('thing', ${JSON.stringify(JSON.stringify({ host: 'tcp://127.0.0.1:1', connectCallback: name }))})`
    await browser.page.evaluate(load('deep.down'))
    await browser.page.waitFor('heard.length > 0 && heard[0] === false')
    await browser.page.evaluate(load('alert(1);deep.down'))
    await browser.page.evaluate(load('nobody.home'))
    expect(browser.page.problems()).toEqual([])
  })

  it('asks the page before it goes back', async () => {
    await open()
    await browser.page.evaluate(`djiBridge.onBackClick = function () { return true }`)
    expect(await pilot.pressBack()).toBe(true)
    expect(pilot.native.pageOpen).toBe(true)
    await browser.page.evaluate(`djiBridge.onBackClick = function () { return false }`)
    expect(await pilot.pressBack()).toBe(false)
    await browser.page.waitFor(`location.href === 'about:blank'`)
  })

  it('leaves the page when that stops the platform', async () => {
    await open()
    await browser.page.evaluate(`setTimeout(function () { djiBridge.platformStopSelf() }, 0), 1`)
    await browser.page.waitFor(`location.href === 'about:blank'`)
    expect(pilot.native.pageOpen).toBe(false)
  })
})
