import { createVirtualPilot } from 'dji-cloud/testing'
import { describe, expect, it } from 'vitest'
import { becomeConnected, expectNoProblems, link, logIn, stageIn } from '../e2e/scene.ts'
import type { BrowserPage } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { PILOT } from '../support/cloud.ts'

const textOf = (page: BrowserPage, selector: string): Promise<string> =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`)
const shown = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').hidden`
const stateOf = (name: string): string =>
  `document.getElementById('module-${name}').parentElement.getAttribute('data-state')`

const textIn = (id: string): string => `document.getElementById('${id}').textContent`
const tone = (page: BrowserPage): Promise<string> =>
  page.evaluate(`document.getElementById('link').getAttribute('data-tone')`)
/** The buttons that are shown, and which of them is the big one. */
const buttons = (page: BrowserPage): Promise<string[]> =>
  page.evaluate(`[].map.call(document.querySelectorAll('#actions button:not([hidden])'), function (button) {
    return button.id + (button.className === 'main' ? ' main' : '')
  })`)

const ages = (page: BrowserPage): Promise<string[]> =>
  page.evaluate(`['aircraft', 'controller'].map(function (id) {
    return document.getElementById(id + '-panel').getAttribute('data-age')
  })`)

describe.each(ENGINES.filter(hasEngine))('the main page, in %s', (engine) => {
  const stage = stageIn(engine)

  it('shows what the server sees of aircraft and controller, and who else flies', async () => {
    const ada = { username: 'ada', password: 'correct horse battery' }
    const scene = await stage.play({ cloud: { users: [PILOT, ada] } })
    const { page, cloud } = scene
    await logIn(page)
    await becomeConnected(scene)
    const other = createVirtualPilot({
      url: cloud.link,
      gateway: { serial: 'RCFAKE00000002' },
      aircraft: { serial: '1581FAKE000000000002', type: 99, subType: 1 },
      knobs: { osdIntervalMs: 100 },
    })
    try {
      await other.login(ada.username, ada.password)
      await page.waitFor(
        `${textIn('aircraft-state')} === 'online' && ${textIn('gateway-state')} === 'online'`,
      )
      await page.waitFor(`document.querySelector('.other')`)
      const shownTexts = await page.evaluate<Record<string, string>>(`(function () {
        var texts = {}
        var ids = ['aircraft-model', 'aircraft', 'aircraft-battery', 'link-quality', 'aircraft-mode', 'aircraft-height', 'gateway-model', 'gateway', 'gateway-battery', 'user', 'workspace', 'others']
        ids.forEach(function (id) { texts[id] = document.getElementById(id).textContent })
        return texts
      })()`)
      expect(shownTexts).toEqual({
        'aircraft-model': 'Mavic 3E',
        aircraft: '1581FAKE000000000001',
        'aircraft-battery': expect.stringMatching(/^\d\d %$/),
        'link-quality': '5 of 5',
        'aircraft-mode': 'flying',
        'aircraft-height': expect.stringMatching(/^\d\d m$/),
        'gateway-model': 'RC Pro Enterprise',
        gateway: 'RCFAKE00000001',
        'gateway-battery': expect.stringMatching(/^\d\d %$/),
        user: PILOT.username,
        workspace: 'Test workspace',
        others: expect.stringMatching(/^Matrice 4Tada(flying · \d\d m)?$/),
      })
      expect(await textOf(page, '#last-report')).toMatch(/^\d s ago$/)
      expect(await textOf(page, '#as-of')).toMatch(/Checked at .*\d:\d\d/)
      expectNoProblems(page)
    } finally {
      await other.close()
    }
  })

  it('says nothing for what nobody has told, and marks what is old', async () => {
    const scene = await stage.play({ pilot: { aircraft: { serial: 'FAKE0AIRCRAFT' } } })
    const { page, pilot, cloud } = scene
    await logIn(page)
    await page.waitFor(`document.getElementById('gateway').textContent === 'RCFAKE00000001'`)
    const age = (id: string) => `document.getElementById('${id}-panel').getAttribute('data-age')`
    await becomeConnected(scene)
    await page.waitFor(`${age('aircraft')} === 'fresh'`)
    pilot.pauseTelemetry(true)
    cloud.advance(40_000)
    await page.waitFor(`${age('aircraft')} === 'old' && ${age('controller')} === 'old'`)
    expect(await tone(page)).toBe('busy')
    expect([await textOf(page, '#link-word'), await textOf(page, '#link-text')]).toEqual([
      'These values are old.',
      'Connected. Do not trust battery and height here: look in DJI Pilot 2.',
    ])
    expect(await textOf(page, '#aircraft-age')).toMatch(/^Old\. Last report: \d\d s ago$/)
    expect(await page.evaluate(`document.getElementById('aircraft-state').hidden`)).toBe(true)
    pilot.unplugAircraft()
    await page.waitFor(`${textIn('aircraft-model')} === 'none'`)
    expect(await page.evaluate(`document.getElementById('aircraft-figures').hidden`)).toBe(true)
  })

  it('shows a dash, and no guess, as long as the server has not answered', async () => {
    const scene = await stage.play({ pilot: { knobs: { autoConnect: false } } })
    const { page } = scene
    await logIn(page)
    await page.waitFor(link('connecting'))
    const values = await page.evaluate<string[]>(
      `['aircraft-model', 'aircraft-battery', 'link-quality', 'aircraft-mode', 'aircraft-height', 'gateway-battery', 'last-report'].map(function (id) { return document.getElementById(id).textContent })`,
    )
    expect(values).toEqual(Array(7).fill('–'))
    expect(await page.evaluate(`getComputedStyle(document.getElementById('aircraft-gauge')).display`)).toBe(
      'none',
    )
  })

  it('turns red when the link does not come up: two steps, words for the administrator, and a button that helps', async () => {
    const knobs = { autoConnect: false, missingMethods: ['thingConnect'] }
    const scene = await stage.play({ pilot: { knobs } })
    const { page, pilot } = scene
    await logIn(page)
    await page.waitFor(link('connecting'))
    expect(await tone(page)).toBe('busy')
    expect(await buttons(page)).toEqual(['logout'])
    // In real time, since this is about how long a pilot waits.
    await page.waitFor(shown('problem'), 25_000)
    expect(await tone(page)).toBe('bad')
    expect(await textOf(page, '#link-word')).toBe('The controller cannot reach the cloud.')
    expect(await page.evaluate(`document.querySelectorAll('#todo li').length`)).toBe(2)
    expect(await textOf(page, '#tell-code')).toBe('link-down')
    expect(await textOf(page, '#tell-say')).toMatch(
      /The controller cannot reach the cloud\. Controller RCFAKE00000001, workspace Test workspace, since .*\d:\d\d/,
    )
    expect(await textOf(page, '#tell-evidence')).toMatch(/^tcp:/)
    expect(await buttons(page)).toEqual(['retry main', 'copy', 'logout'])
    // The address may have been wrong: so the link is loaded again, with the address of now.
    const since = pilot.cursor()
    await page.click('#retry')
    // From the click on: the link can be loaded again before the click has returned.
    await pilot.waitFor('component', ({ name, state }) => name === 'thing' && state === 'loaded', { since })
    const changes = pilot.log.flatMap((event) =>
      event.type === 'component' && event.seq >= since ? [`${event.state} ${event.name}`] : [],
    )
    expect(changes).toEqual(['unloaded thing', 'loaded thing'])
  }, 45_000)

  it('offers nothing that cannot help where the licence is refused', async () => {
    const { page } = await stage.play({ pilot: { knobs: { licenseCheck: 'refuse' } } })
    await logIn(page)
    await page.waitFor(shown('problem'))
    expect(await buttons(page)).toEqual(['copy main', 'logout'])
    expect(await textOf(page, '#tell-code')).toBe('license-malformed')
    expect(
      await page.evaluate(
        `[].map.call(document.querySelectorAll('#todo li'), function (li) { return li.textContent })`,
      ),
    ).toEqual([
      'Touch “Copy report” and send it to the administrator, or read out the words beside this.',
      'When that is done, open this page again.',
    ])
    // Words for the administrator are folded, and so many empty values are one line.
    expect(await page.evaluate(`document.querySelector('#tell details').open`)).toBe(false)
    expect(
      await page.evaluate(
        `[].filter.call(document.querySelectorAll('.figure-live'), function (one) { return one.offsetHeight > 0 }).length`,
      ),
    ).toBe(0)
    expect(await textOf(page, '#aircraft-age')).toBe('Nothing is known of it yet.')
    await page.evaluate(`document.getElementById('diagnosis').open = true`)
    await page.waitFor(shown('modules-panel'))
    expect(await page.evaluate(`document.querySelectorAll('#modules button:not([hidden])').length`)).toBe(0)
    expectNoProblems(page)
  })

  it('finds nothing wrong where the host has not switched on routes', async () => {
    const scene = await stage.play()
    const { page } = scene
    await logIn(page)
    await becomeConnected(scene)
    await page.evaluate(`document.getElementById('diagnosis').open = true`)
    await page.waitFor(`document.querySelector('#findings li')`)
    expect(await textOf(page, '#findings')).toBe('No problem found.')
    expect(await buttons(page)).toEqual(['leave', 'logout'])
  })

  it('reloads a module, with what needs it', async () => {
    const scene = await stage.play()
    const { page, pilot } = scene
    await logIn(page)
    await becomeConnected(scene)
    const since = pilot.cursor()
    await page.evaluate(`document.getElementById('diagnosis').open = true`)
    await page.click('#reload-ws')
    await pilot.waitFor('component', ({ name, state }) => name === 'tsa' && state === 'loaded', { since })
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
    await page.click('#copy-report')
    const report = await page.evaluate<string>(`document.getElementById('report').value`)
    expect(report).toMatch(/problem address-container \(F3\) mqtt: tcp:\/\/emqx:1883/)
    expect(report).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z verify ok/)
    expect(report).toMatch(/build \S+ page, \S+ server/)
    expect(token.length).toBeGreaterThan(20)
    for (const secret of [token, 'correct horse battery', 'fake-app-key', 'RkFLRS1M', 'eyJ'])
      expect(report).not.toContain(secret)
  })

  it('says that the network is gone', async () => {
    const scene = await stage.play()
    const { page } = scene
    await logIn(page)
    await becomeConnected(scene)
    await page.waitFor(`${textIn('aircraft-state')} === 'online' && ${textIn('gateway-state')} === 'online'`)
    const network = (offline: boolean) =>
      page.cdp.Network.emulateNetworkConditions({
        offline,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      })
    await network(true)
    try {
      await page.waitFor(shown('problem'))
      // Pilot's own link is still up in this scene, but the page knows nothing of now.
      expect(await tone(page)).toBe('busy')
      expect(await textOf(page, '#link-word')).toBe('Controller connected, but this page gets no answer.')
      expect(await textOf(page, '#todo')).toBe(
        'Connect the controller to Wi-Fi or mobile data.Touch “Try again”.',
      )
      expect(await buttons(page)).toEqual(['retry main', 'copy', 'leave', 'logout'])
      await page.waitFor(
        `${textIn('aircraft-state')} === 'not known' && ${textIn('gateway-state')} === 'not known'`,
      )
      expect(await ages(page)).toEqual(['old', 'old'])
    } finally {
      await network(false)
    }
    await page.waitFor(`document.getElementById('link').getAttribute('data-tone') === 'good'`)
  })

  it('does not say that all is well when the server does not answer, and goes on when it is asked to', async () => {
    const scene = await stage.play()
    const { page } = scene
    await logIn(page)
    await becomeConnected(scene)
    await page.waitFor(`${textIn('aircraft-state')} === 'online' && ${textIn('gateway-state')} === 'online'`)
    await page.evaluate(
      `window.realFetch = window.fetch; window.fetch = function () { return Promise.reject(new TypeError('Failed to fetch')) }`,
    )
    await page.waitFor(shown('problem'), 15_000)
    expect([await tone(page), ...(await ages(page))]).toEqual(['busy', 'old', 'old'])
    expect(await textOf(page, '#tell-code')).toBe('server-unreachable')
    expect(await buttons(page)).toEqual(['retry main', 'copy', 'leave', 'logout'])
    expect([await textOf(page, '#aircraft-state'), await textOf(page, '#gateway-state')]).toEqual([
      'not known',
      'not known',
    ])
    expect(await page.evaluate(`document.querySelectorAll('#todo li').length`)).toBe(2)
    await page.evaluate(`window.fetch = window.realFetch`)
    await page.click('#retry')
    await page.waitFor(`${textIn('aircraft-state')} === 'online' && ${textIn('gateway-state')} === 'online'`)
    expect(await tone(page)).toBe('good')
  }, 30_000)

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
