import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVirtualPilot } from 'dji-cloud/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../examples/oidc/app.ts'
import { MEMBERS, type Member } from '../../examples/oidc/directory.ts'
import { CLIENT, startProvider } from '../../examples/oidc/provider.ts'
import { becomeConnected, expectNoProblems } from '../e2e/scene.ts'
import { goOn, logIn, noticeOf } from '../oidc-login/stage.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { attachPilot } from '../support/browser-pilot.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { LICENSE } from '../support/cloud.ts'

const [ADA, BEN, EVA] = MEMBERS as unknown as [Member, Member, Member]

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function serve() {
  const provider = await startProvider()
  closing.push(provider.close)
  const { app, cloud } = buildApp(
    { license: LICENSE, mqtt: { host: '127.0.0.1', port: 0 }, logger: false },
    { issuer: provider.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret },
  )
  const server = createServer(app).listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), cloud.ready()])
  closing.push(async () => {
    await cloud.close()
    server.closeAllConnections()
    server.close()
  })
  return { cloud, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('the example with an OpenID Connect provider', () => {
  it('lets the pilots of the harbour fly, and the office look on', async () => {
    const { url } = await serve()
    const pilot = await goOn(url, (await logIn(url, ADA)).jar, 2)
    expect(pilot.data).toMatchObject({ username: ADA.name, user_type: 2 })
    const { jar } = await logIn(url, EVA)
    expect(await goOn(url, jar, 2)).toMatchObject({ code: 403002 })
    expect((await goOn(url, jar, 1)).data).toMatchObject({ username: EVA.name, user_type: 1 })
  })

  it('lets nobody else in, and says so', async () => {
    const { url } = await serve()
    expect(noticeOf((await logIn(url, BEN)).page)).toContain('you may not use this platform')
  })
})

describe.each(ENGINES.filter(hasEngine))('the example with an OpenID Connect provider, in %s', (engine) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(engine)
    await browser.page.size(1280, 720)
  })
  afterAll(() => browser.close())

  it('lets a virtual Pilot in without a password of ours', async () => {
    const { url, cloud } = await serve()
    const pilot = createVirtualPilot({ url: `${url}/pilot`, knobs: { osdIntervalMs: 100, topoRetryMs: 500 } })
    closing.push(() => pilot.close())
    const { page } = browser
    const webview = await attachPilot(page, pilot)
    closing.push(() => webview.detach())
    await webview.open()
    await page.click('#sign-in a')
    await page.fill('input[name=login]', ADA.login)
    await page.fill('input[name=password]', ADA.password)
    await page.click('#idp-login')
    await page.click('#continue')
    await becomeConnected({ page, pilot })
    expect(await page.text()).toContain('Harbour rescue')
    expect(cloud.devices.get(pilot.gateway.serial)).toMatchObject({ online: true })
    expectNoProblems(page)
  })
})
