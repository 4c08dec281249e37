import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../support/browser.ts'
import { hasEngine } from '../support/chromium.ts'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'
import { CODE, LOOSE, PASSWORD, twoStepUsers } from '../support/second-step.ts'

const shots = fileURLToPath(new URL('../../shots/', import.meta.url))

// What somebody does who has read the README and no more: in today's browser, with the mouse.
describe.skipIf(!hasEngine('chromium'))('the simulator in a browser', () => {
  let browser: Browser
  let cloud: TestCloud

  beforeAll(async () => {
    await mkdir(shots, { recursive: true })
    browser = await openBrowser('chromium')
    await browser.page.size(1600, 900)
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    cloud = await startCloud({ platformName: 'Mountain Rescue Cloud' })
  })
  afterEach(async () => {
    await browser.page.goto('about:blank')
    browser.page.forgetProblems()
    await cloud.close()
  })

  const shoot = (name: string) => browser.page.screenshot(`${shots}simulator-${name}.png`)
  /** An expression inside the page on the controller's screen. */
  const inside = (expression: string): string =>
    `(function (document) { return ${expression} })(window.document.getElementById('frame').contentDocument)`
  const pill = (id: string): string => `document.querySelector('#pill-${id} b').textContent`
  const step = (id: string): string =>
    inside(`document.querySelector('[data-step="${id}"][data-status="ok"]')`)

  async function openSimulator(): Promise<void> {
    await browser.page.goto(`${cloud.link}/simulator`)
    await browser.page.waitFor(`!document.getElementById('desk').hidden && ${pill('network')} === 'up'`)
  }

  async function logIn(): Promise<void> {
    const { page } = browser
    await openSimulator()
    await page.click('#open')
    await page.waitFor(
      inside(`document.getElementById('login-form') && !document.getElementById('login-submit').disabled`),
    )
    for (const [id, value] of [
      ['username', PILOT.username],
      ['password', PILOT.password],
    ])
      await page.evaluate(
        inside(`(document.getElementById('${id}').value = '${value}',
          document.getElementById('${id}').dispatchEvent(new Event('input', { bubbles: true })))`),
      )
    await shoot('login')
    await page.evaluate(inside(`document.getElementById('login-submit').click()`))
    await page.waitFor(step('load:tsa'))
    await page.waitFor(`${pill('mqtt')} === 'connected' && ${pill('ws')} === 'connected'`)
  }

  const aircraftIs = (online: boolean): Promise<void> =>
    new Promise((resolve) => {
      const off = cloud.cloud.on(online ? 'aircraft.online' : 'aircraft.offline', () => {
        off()
        resolve()
      })
    })

  it('takes the login of the page for pilots, and says where a code can be typed', async () => {
    const { page } = browser
    const production = await startCloud({
      ...{ users: twoStepUsers(), loginRateLimit: LOOSE, publicUrl: 'https://cloud.example.com' },
      simulator: true,
    })
    try {
      await page.goto(`${production.link}/simulator`)
      await page.waitFor(`!document.getElementById('gate').hidden`)
      await page.fill('#gate-username', 'ada')
      await page.fill('#gate-password', PASSWORD)
      await page.click('#gate button')
      await page.waitFor(`/needs a code as well/.test(document.getElementById('banner').innerText)`)
      expect(await page.evaluate(`document.querySelector('#gate a').pathname`)).toBe('/pilot')
      await page.goto(production.link)
      await page.waitFor(`!document.getElementById('login-submit').disabled`)
      await page.fill('#username', 'ada')
      await page.fill('#password', PASSWORD)
      await page.click('#login-submit')
      await page.waitFor(`!document.getElementById('code-form').hidden`)
      await page.fill('#code', CODE)
      await page.click('#code-submit')
      await page.waitFor(`location.pathname.endsWith('/fleet')`)
      await page.goto(`${production.link}/simulator`)
      await page.waitFor(`!document.getElementById('desk').hidden`)
    } finally {
      await page.goto('about:blank')
      await production.close()
    }
  })

  it('goes the way of a new user: log in, online, off, cut, back', async () => {
    const { page } = browser
    await openSimulator()
    await shoot('start')
    const online = aircraftIs(true)
    await logIn()
    await online
    await page.waitFor(`document.querySelector('[data-type="mqtt.out"] .text')`)
    await shoot('online')

    const offline = aircraftIs(false)
    await page.click('#aircraft')
    await offline
    await page.waitFor(`${pill('aircraft')} === 'off'`)
    await shoot('aircraft-off')
    const again = aircraftIs(true)
    await page.click('#aircraft')
    await again

    await page.click('#network')
    await page.waitFor(`${pill('network')} === 'lost' && ${pill('mqtt')} === 'disconnected'`)
    await page.waitFor(`document.querySelector('[data-type="mqtt.state"][data-bad]')`)
    await shoot('network-cut')
    await page.click('#network')
    await page.waitFor(`${pill('network')} === 'up' && ${pill('mqtt')} === 'connected'`)
    await page.waitFor(`${pill('ws')} === 'connected'`)
    await shoot('recovered')
    expect(page.problems()).toEqual([])
  }, 90_000)

  it('shows every call and every message, and no secret', async () => {
    const { page } = browser
    await logIn()
    await page.waitFor(`/native GET .* = 200/.test(document.getElementById('log').innerText)`)
    const text = await page.evaluate<string>(`document.getElementById('log').innerText`)
    for (const wanted of [
      'platformVerifyLicense(***, ***, ***)',
      'platformLoadComponent(thing',
      'native GET',
      'page POST',
      'update_topo',
      'status_reply',
    ])
      expect(text).toContain(wanted)
    const whole = await page.evaluate<string>(`(document.getElementById('search').value = '',
      [].map.call(document.querySelectorAll('#log .line'), function (line) { line.click(); return line.parentNode.innerText }).join(' '))`)
    expect(whole).not.toContain('eyJ')
    expect(whole).not.toContain('fake-app-key')
    expect(whole).not.toContain(PILOT.password)

    await page.fill('#search', 'update_topo')
    await page.waitFor(`document.querySelectorAll('#log li').length > 0 &&
      [].every.call(document.querySelectorAll('#log li'), function (row) { return row.innerText.indexOf('update_topo') >= 0 || row.innerText.indexOf('topology') >= 0 })`)
    await page.fill('#search', '')
    await page.click('#kind-mqtt')
    await page.waitFor(
      `!document.querySelector('#log [data-kind="mqtt"]') && document.querySelector('#log [data-kind="bridge"]')`,
    )
  }, 60_000)

  it('leaves and re-enters the page; Pilot stays connected meanwhile', async () => {
    const { page } = browser
    await logIn()
    await page.click('#leave')
    await page.waitFor(`!document.getElementById('idle').hidden && document.getElementById('frame').hidden`)
    expect(await page.evaluate(pill('mqtt'))).toBe('connected')
    await shoot('left')
    await page.click('#reenter')
    await page.waitFor(inside(`document.body && document.body.getAttribute('data-page') === 'home'`))
    await page.waitFor(step('load:tsa').replace('[data-status="ok"]', ''))
    expect(await page.evaluate(pill('mqtt'))).toBe('connected')
  }, 60_000)

  it('comes back from an expired token, and not from a revoked session', async () => {
    const { page } = browser
    await logIn()
    const session = (await cloud.cloud.sessions.list())[0]
    await page.click('#expire')
    await page.waitFor(`/token is expired/.test(document.getElementById('log').innerText)`)
    await page.click('#reenter')
    await page.waitFor(`/page POST .*token\\/refresh = 200/.test(document.getElementById('log').innerText)`)
    await page.waitFor(inside(`document.body && document.body.getAttribute('data-page') === 'home'`))
    expect((await cloud.cloud.sessions.list())[0]?.id).toBe(session?.id)

    await page.click('#revoke')
    await page.waitFor(`${pill('mqtt')} !== 'connected'`)
    await page.click('#reenter')
    await page.waitFor(inside(`document.getElementById('login-form')`))
    await shoot('revoked')
  }, 60_000)

  it('swaps the aircraft, and flies a path that the platform sees', async () => {
    const { page } = browser
    await logIn()
    const swapped = aircraftIs(true)
    await page.evaluate(`(document.getElementById('model').value = 'Matrice 350 RTK',
      document.getElementById('model').dispatchEvent(new Event('change')))`)
    await swapped
    await page.waitFor(`${pill('aircraft')} === '1581FAKE000000000089'`)
    const flown = new Promise<number>((resolve) => {
      cloud.cloud.on('device.osd', ({ serial, data }) => {
        const { horizontal_speed: speed } = data as { horizontal_speed?: number }
        if (serial === '1581FAKE000000000089' && speed === 12) resolve(speed)
      })
    })
    await page.evaluate(`(function () {
      var map = document.getElementById('map'), box = map.getBoundingClientRect();
      [[0.2, 0.3], [0.8, 0.6]].forEach(function (at) {
        map.dispatchEvent(new MouseEvent('click', { clientX: box.left + box.width * at[0], clientY: box.top + box.height * at[1] }));
      });
      document.getElementById('speed').value = '12';
    })()`)
    await page.click('#fly')
    expect(await flown).toBe(12)
    await shoot('flight')
  }, 60_000)

  it('starts as another controller, and says which knob does not fit', async () => {
    const { page } = browser
    await openSimulator()
    await page.click('#tab-knobs')
    await page.click('#preset-rc-plus-2')
    await page.waitFor(`document.getElementById('preset-rc-plus-2').getAttribute('aria-pressed') === 'true'`)
    expect(await page.evaluate(`document.getElementById('knob-topoTopic').value`)).toBe('thing')
    await shoot('knobs')
    await page.fill('#knob-mqttKeepaliveSeconds', '')
    await page.evaluate(`document.getElementById('knob-mqttKeepaliveSeconds').value = '30'`)
    await page.click('#apply')
    await page.waitFor(`document.getElementById('knob-mqttKeepaliveSeconds').value === '30'`)
    await page.click('#tab-traffic')
    await logInHere()
    await page.waitFor(`${pill('mqtt')} === 'connected'`)
    await page.waitFor(
      `/thing\\/product\\/RCFAKE00000174\\/status/.test(document.getElementById('log').innerText)`,
    )
  }, 60_000)

  async function logInHere(): Promise<void> {
    const { page } = browser
    await page.click('#open')
    await page.waitFor(
      inside(`document.getElementById('login-form') && !document.getElementById('login-submit').disabled`),
    )
    await page.evaluate(
      inside(`(document.getElementById('username').value = '${PILOT.username}',
        document.getElementById('password').value = '${PILOT.password}',
        document.getElementById('login-submit').click())`),
    )
  }
})
