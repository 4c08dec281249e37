import { describe, expect, it } from 'vitest'
import { becomeConnected, expectNoProblems, link, logIn, stageIn } from '../e2e/scene.ts'
import type { BrowserPage } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'

const textOf = (page: BrowserPage, selector: string): Promise<string> =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`)
const shown = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').hidden`
const stateOf = (name: string): string =>
  `document.getElementById('module-${name}').parentElement.getAttribute('data-state')`

describe.each(ENGINES.filter(hasEngine))('the main page, in %s', (engine) => {
  const stage = stageIn(engine)

  it('shows model and presence of both, as the server sees them', async () => {
    const scene = await stage.play()
    const { page } = scene
    await logIn(page)
    await becomeConnected(scene)
    await page.waitFor(
      `/RC Pro Enterprise · online/.test(document.getElementById('gateway-about').textContent)`,
    )
    await page.waitFor(`/Mavic 3E · online/.test(document.getElementById('aircraft-about').textContent)`)
    expect(await textOf(page, '#as-of')).toMatch(/As of .*\d:\d\d/)
    expectNoProblems(page)
  })

  it('reloads a module, with what needs it', async () => {
    const scene = await stage.play()
    const { page, pilot } = scene
    await logIn(page)
    await becomeConnected(scene)
    const since = pilot.cursor()
    await page.click('#modules li:nth-child(3) button')
    await pilot.waitFor(
      'component',
      ({ name, state, seq }) => seq >= since && name === 'tsa' && state === 'loaded',
    )
    await page.waitFor(`${stateOf('ws')} === 'connected' && ${stateOf('tsa')} === 'loaded'`)
    const changes = pilot.log.flatMap((event) =>
      event.type === 'component' && event.seq >= since ? [`${event.state} ${event.name}`] : [],
    )
    expect(changes).toEqual(['unloaded tsa', 'unloaded ws', 'loaded ws', 'loaded tsa'])
    expect(pilot.native.mqtt).toBe('connected')
    expectNoProblems(page)
  })

  it('disconnects after a question and keeps the login', async () => {
    const scene = await stage.play()
    const { page, pilot, cloud, webview } = scene
    await logIn(page)
    await becomeConnected(scene)
    await page.click('#leave')
    await page.waitFor(shown('leave-dialog'))
    expect(await pilot.pressBack()).toBe(true)
    const stopped = pilot.waitFor('stopped')
    await page.click('#leave')
    // Pilot closes the page from inside the click.
    await page.click('#leave-confirm').catch(() => {})
    await stopped
    expect(pilot.native).toMatchObject({ components: [], mqtt: 'idle' })
    expect(await cloud.cloud.sessions.list()).toHaveLength(1)
    await webview.open()
    await becomeConnected(scene)
    expectNoProblems(page)
  })

  it('starts other apps, but none that Pilot says is not there', async () => {
    const scene = await stage.play({
      cloud: {
        pages: {
          apps: [
            { name: 'Radio', url: 'radio://open' },
            { name: 'Weather', url: 'weather://open', package: 'com.example.weather' },
          ],
        },
      },
    })
    const { page } = scene
    await logIn(page)
    await becomeConnected(scene)
    await page.waitFor(shown('apps-panel'))
    await page.evaluate(`window.opened = []; window.open = function (url) { window.opened.push(url) }`)
    await page.click('#apps button')
    expect(await page.evaluate('window.opened')).toEqual(['radio://open'])
    expect(await page.evaluate(`document.querySelectorAll('#apps button')[1].disabled`)).toBe(true)
  })

  it('says what is wrong with an address, and puts all of it into a report without a secret', async () => {
    const scene = await stage.play({
      cloud: { mqtt: { url: 'tcp://emqx:1883', host: '127.0.0.1', port: 0 } },
    })
    const { page } = scene
    await logIn(page)
    await page.waitFor(`document.querySelector('#stuck-list [data-finding="address-container"]')`)
    await page.evaluate(`document.getElementById('diagnosis').open = true`)
    await page.waitFor(
      `document.querySelector('#addresses') && /tcp:..emqx:1883/.test(document.querySelector('#addresses').textContent)`,
    )
    expect(await textOf(page, '#versions')).toMatch(/17\.3\.2\.2[\s\S]*Chromium \d+[\s\S]*same as the server/)
    const token = await page.evaluate<string>(`localStorage.getItem('dji-cloud.token')`)
    await page.evaluate(`document.execCommand = function () { return false }`)
    await page.click('#copy')
    const report = await page.evaluate<string>(`document.getElementById('report').value`)
    expect(report).toMatch(/problem address-container \(F3\) mqtt: tcp:\/\/emqx:1883/)
    expect(report).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z verify ok/)
    expect(report).toMatch(/build \S+ page, \S+ server/)
    expect(token.length).toBeGreaterThan(20)
    for (const secret of [token, 'correct horse battery', 'fake-app-key', 'RkFLRS1M', 'eyJ'])
      expect(report).not.toContain(secret)
  })

  it('says that the network is gone, and since when', async () => {
    const scene = await stage.play()
    const { page } = scene
    await logIn(page)
    await becomeConnected(scene)
    const network = (offline: boolean) =>
      page.cdp.Network.emulateNetworkConditions({
        offline,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      })
    await network(true)
    try {
      await page.waitFor(shown('offline'))
      expect(await textOf(page, '#offline')).toMatch(/last reached at .*\d:\d\d/)
    } finally {
      await network(false)
    }
    await page.waitFor(`!(${shown('offline')})`)
  })

  it('looks at once when it wakes', async () => {
    const scene = await stage.play({ pilot: { knobs: { callbackDelivery: 'never' } } })
    const { page, pilot } = scene
    await logIn(page)
    await becomeConnected(scene)
    // Asleep: timers stand still (the one that runs already asks once more), Pilot loses its link meanwhile.
    await page.evaluate(
      `window.realSetTimeout = window.setTimeout; window.setTimeout = function () { return 0 }`,
    )
    const lastTick = pilot.cursor()
    await pilot.waitFor('bridge', ({ method, seq }) => seq >= lastTick && method === 'thingGetConnectState')
    pilot.cutNetwork()
    expect(pilot.native.mqtt).not.toBe('connected')
    expect(await page.evaluate(link('connected'))).toBe(true)
    // A single "down" against an open link is doubted: two looks.
    await page.evaluate(`window.setTimeout = window.realSetTimeout
      for (var look = 0; look < 2; look++) document.dispatchEvent(new Event('visibilitychange'))`)
    expect(await page.evaluate(link('connected'))).toBe(false)
  })
})
