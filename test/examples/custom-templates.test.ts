import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkTexts, type Logger } from 'dji-cloud'
import { createVirtualPilot } from 'dji-cloud/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { buildApp, type steps } from '../../examples/custom-templates/app.ts'
import { fr, own } from '../../examples/custom-templates/texts.ts'
import { en } from '../../src/core/pages/texts/en.ts'
import { openBrowser } from '../support/browser.ts'
import { attachPilot } from '../support/browser-pilot.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'

const nothing = (): void => {}
let close: (() => Promise<unknown>) | undefined
afterEach(() => close?.())

async function start(step: keyof typeof steps) {
  const warnings: string[] = []
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    warn: (_, message) => void warnings.push(message),
    error: nothing,
  }
  const { app, cloud } = buildApp(step, {
    logger,
    mqtt: { host: '127.0.0.1', port: 0 },
    users: [{ username: 'ada', password: 'a-fake-password' }],
  })
  const server: Server = createServer(app).listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), cloud.ready()])
  close = async () => {
    await cloud.close()
    server.closeAllConnections()
    server.close()
  }
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const get = async (path: string, language = 'en') => {
    const response = await fetch(origin + path, { headers: { 'accept-language': language } })
    return { status: response.status, text: await response.text() }
  }
  return { get, warnings, origin }
}

describe('the steps of making the pages one’s own', () => {
  it.each([
    ['texts', 'en', /<h1[^>]*>Rescue crews<\/h1>[\s\S]*Start duty/],
    ['language', 'fr-CH', /<html lang="fr">[\s\S]*<h1[^>]*>Connexion<\/h1>/],
    ['theme', 'en', /--main:#8a1c00[\s\S]*src="\/static\/logo\.svg"/],
    ['partial', 'en', /<span class="platform" id="platform">DJI Cloud · \+41 00[\s\S]*id="reveal"/],
    ['page', 'en', /id="login-form"[\s\S]*Crews on duty only[\s\S]*<a class="dji-cloud-button"/],
    ['render', 'en', /Duty room: 117/],
    ['apps', 'en', /"name":"Crew radio"/],
  ] as const)('%s', async (step, language, expected) => {
    const { get, warnings } = await start(step)
    const { status, text } = await get('/pilot/login', language)
    expect(status).toBe(200)
    expect(text).toMatch(expected)
    expect(text).toContain('id="dji-cloud-data"')
    for (const path of ['/pilot/home', '/pilot/assets/gone/x.css'])
      expect((await get(path)).text).toContain('<main')
    expect(warnings.filter((warning) => !warning.startsWith('license'))).toEqual([])
  })

  it('own pages in French: no text is left in English', async () => {
    const english = { ...en, ...own }
    expect(checkTexts('fr', fr, english).filter(({ severity }) => severity === 'problem')).toEqual([])
    const { get } = await start('page')
    const { text } = await get('/pilot/login', 'fr')
    expect(text).toContain('Réservé aux équipes de service.')
  })

  it('the logo is there', async () => {
    const { get } = await start('theme')
    expect((await get('/static/logo.svg')).status).toBe(200)
  })
})

describe.each(ENGINES.filter(hasEngine))('the own main page, in %s', (engine) => {
  it('tells the pilot by the events of the page when to call the duty room', async () => {
    const { origin } = await start('page')
    const browser = await openBrowser(engine)
    const { page } = browser
    const pilot = createVirtualPilot({
      url: `${origin}/pilot`,
      knobs: { osdIntervalMs: 100, licenseCheck: 'accept' },
    })
    try {
      await page.size(1280, 720)
      await page.cdp.Network.enable({})
      await page.cdp.Network.setExtraHTTPHeaders({ headers: { 'accept-language': 'fr' } })
      const webview = await attachPilot(page, pilot)
      await webview.open()
      await page.fill('#username', 'ada')
      await page.fill('#password', 'a-fake-password')
      await page.click('#login-submit')
      // This app has no licence, so the page says at once what is wrong.
      await page.waitFor(`document.querySelector('[data-dji-cloud-tone="bad"]')`)
      const words = (): Promise<string> => page.evaluate(`document.getElementById('duty-text').textContent`)
      expect(await words()).toBe('Appelez la permanence : +41 00 000 00 00.')

      // What the panel does with other states, told in the same way.
      // In one step, so that the page cannot tell its own state in between.
      const told = (percent: number): Promise<string> =>
        page.evaluate(`(function () {
          var detail = { tone: 'good', situation: { aircraft: [{ battery_percent: ${percent} }] } }
          document.dispatchEvent(new CustomEvent('dji-cloud:state', { detail: detail }))
          return document.getElementById('duty-text').textContent
        })()`)
      expect(await told(29)).toMatch(/^Batterie de l’aéronef à 29 %/)
      expect(await told(30)).toMatch(/^Tout va bien/)
      expect(page.problems()).toEqual([])
      await webview.detach()
    } finally {
      await pilot.close()
      await browser.close()
    }
  })
})
