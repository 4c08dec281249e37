import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVirtualPilot } from 'dji-cloud/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../examples/frontend-vue/app.ts'
import { buildFront } from '../../examples/frontend-vue/build.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { attachPilot } from '../support/browser-pilot.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { LICENSE, WORKSPACE } from '../support/cloud.ts'

const USER = { username: 'ada', password: 'a-fake-password' }
let script = ''
beforeAll(async () => {
  script = await buildFront()
})

describe.each(ENGINES.filter(hasEngine))('a front end of one’s own, in %s', (engine) => {
  let browser: Browser
  let cloud: ReturnType<typeof buildApp>['cloud']
  let server: Server
  let link = ''

  beforeAll(async () => {
    const built = buildApp(script, {
      license: LICENSE,
      workspace: WORKSPACE,
      users: [USER],
      mqtt: { host: '127.0.0.1', port: 0 },
      logger: false,
    })
    cloud = built.cloud
    server = createServer(built.app).listen(0, '127.0.0.1')
    await Promise.all([once(server, 'listening'), cloud.ready()])
    link = `http://127.0.0.1:${(server.address() as AddressInfo).port}/front`
    browser = await openBrowser(engine)
  })
  afterAll(async () => {
    await browser.close()
    await cloud.close()
    server.closeAllConnections()
    server.close()
  })

  it('goes from login to a live link, resumes, reloads a module, and logs out', async () => {
    const { page } = browser
    const pilot = createVirtualPilot({ url: link, knobs: { osdIntervalMs: 100 } })
    const webview = await attachPilot(page, pilot)
    const connected = `document.getElementById('link') && document.getElementById('link').textContent === 'connected'`
    const loaded = (name: string) =>
      `document.querySelector('[data-module="${name}"]') && /loaded/.test(document.querySelector('[data-module="${name}"]').textContent)`
    try {
      await webview.open()
      await page.fill('#username', USER.username)
      await page.fill('#password', 'wrong')
      await page.click('#submit')
      await page.waitFor(`/403001/.test(document.getElementById('problem').textContent)`)
      await page.fill('#password', USER.password)
      const osd = new Promise((resolve) => cloud.on('device.osd', resolve))
      await page.click('#submit')
      await page.waitFor(connected)
      await page.waitFor(loaded('tsa'))
      await osd
      expect(await page.text()).toContain(WORKSPACE.name)
      expect(await page.text()).toContain(pilot.aircraft?.serial)

      await webview.leave()
      const since = pilot.cursor()
      await webview.open()
      await page.waitFor(connected)
      await page.waitFor(loaded('tsa'))
      const calls = pilot.log.flatMap((event) =>
        event.type === 'bridge' && event.seq >= since ? [event.method] : [],
      )
      expect(calls).not.toContain('platformVerifyLicense')
      expect(calls).not.toContain('platformLoadComponent')

      await page.click('[data-module="ws"] button')
      await pilot.waitFor('component', ({ name, state }) => name === 'tsa' && state === 'loaded')
      const stopped = pilot.waitFor('stopped')
      await page.click('#logout')
      await stopped
      expect(await cloud.sessions.list()).toEqual([])
      expect(page.problems().filter((problem) => !problem.includes('403'))).toEqual([])
    } finally {
      await webview.detach()
      await pilot.close()
    }
  })
})
