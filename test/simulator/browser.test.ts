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

  async function openSimulator(hash = ''): Promise<void> {
    await browser.page.goto(`${cloud.link}/simulator${hash}`)
    await browser.page.waitFor(`!document.getElementById('desk').hidden && ${pill('network')} === 'up'`)
    // At a first visit the tour lies over the page.
    await browser.page.evaluate(`document.getElementById('tour').close()`)
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
    await page.waitFor(`document.querySelector('[data-type="mqtt.state"][data-mood="note"]')`)
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
    expect(await page.evaluate(`document.querySelectorAll('#log [data-mood="fault"]').length`)).toBe(0)
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
    await page.waitFor(`/session was revoked/.test(document.getElementById('tile-state').innerText)`)
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

  it('follows the newest line while a line is open, stops when the reader scrolls up, and says how many are new', async () => {
    const { page } = browser
    await logIn()
    const list = `document.getElementById('log')`
    const atEnd = `${list}.scrollHeight - ${list}.scrollTop - ${list}.clientHeight <= 8`
    await page.waitFor(`${list}.scrollHeight > ${list}.clientHeight + 200 && ${atEnd}`)
    await page.evaluate(`[].slice.call(document.querySelectorAll('#log .line')).pop().click()`)
    await page.click('#leave')
    await page.waitFor(
      `/page.*left/.test(${list}.lastChild.innerText) || /state: left/.test(${list}.innerText)`,
    )
    await page.waitFor(atEnd)
    expect(await page.evaluate(`document.getElementById('missed').hidden`)).toBe(true)

    await page.evaluate(`(${list}.scrollTop = 0)`)
    await page.waitFor(`${list}.scrollTop === 0`)
    await page.click('#aircraft')
    await page.waitFor(`!document.getElementById('missed').hidden`)
    expect(await page.evaluate(`document.getElementById('missed').textContent`)).toMatch(/^\d+ new$/)
    expect(await page.evaluate(`${list}.scrollTop`)).toBe(0)
    await shoot('missed')
    await page.click('#missed')
    await page.waitFor(`${atEnd} && document.getElementById('missed').hidden`)
  }, 60_000)

  it('shows what the app hears, and counts what repeats in one line', async () => {
    const { page } = browser
    await logIn()
    await page.waitFor(`document.querySelector('#log [data-kind="host"]')`)
    await page.waitFor(`/gateway.online/.test(document.getElementById('log').innerText)`)
    await page.waitFor(`[].some.call(document.querySelectorAll('#log [data-kind="host"] .times'), function (one) {
      return /×[2-9]/.test(one.textContent) })`)
  }, 60_000)

  it('shows what the devices report, and sets it', async () => {
    const { page } = browser
    await logIn()
    await page.waitFor(`/%$/.test(document.getElementById('reading-battery').textContent)`)
    await page.fill('#set-battery', '9')
    await page.fill('#set-height', '77')
    await page.click('#readings-set')
    await page.waitFor(`document.getElementById('reading-battery').textContent === '9 %' &&
      document.getElementById('reading-height').textContent === '77 m'`)
    await shoot('readings')
    await page.click('#readings-auto')
    await page.waitFor(`document.getElementById('reading-height').textContent !== '77 m'`)
  }, 60_000)

  it('says why a button can do nothing, and does nothing', async () => {
    const { page } = browser
    await openSimulator()
    expect(await page.evaluate(`document.getElementById('revoke').getAttribute('aria-disabled')`)).toBe(
      'true',
    )
    await page.click('#revoke')
    await page.waitFor(`/Nobody is logged in/.test(document.getElementById('banner').innerText)`)
    await page.click('#fly')
    await page.waitFor(`/not connected/.test(document.getElementById('banner').innerText)`)
  }, 60_000)

  it('asks before it restarts a Pilot that runs', async () => {
    const { page } = browser
    await logIn()
    await page.click('#tab-knobs')
    await page.click('#preset-rc-plus')
    await page.waitFor(`document.getElementById('ask').open`)
    await shoot('ask')
    await page.click('#ask button[value="no"]')
    await page.waitFor(`!document.getElementById('ask').open`)
    expect(await page.evaluate(pill('mqtt'))).toBe('connected')
    await page.click('#preset-rc-plus')
    await page.click('#ask button[value="yes"]')
    await page.waitFor(`document.getElementById('preset-rc-plus').getAttribute('aria-pressed') === 'true'`)
    await page.waitFor(`${pill('mqtt')} === 'idle'`)
  }, 60_000)

  it('has a fault that was chosen by name, and says what everybody sees of it', async () => {
    const { page } = browser
    await openSimulator()
    await page.click('#tab-faults')
    await page.click('#fault-wrong-mqtt-address')
    await page.waitFor(`!document.getElementById('fault-seen').hidden`)
    const seen = await page.evaluate<string>(`document.getElementById('fault-seen').innerText`)
    for (const text of ['The controller cannot reach the cloud.', 'credentials.unused', 'gateway.online'])
      expect(seen).toContain(text)
    await shoot('fault')
    await logInHere()
    await page.waitFor(`${pill('mqtt')} === 'disconnected'`)
    await page.click('#tab-traffic')
    await page.waitFor(`document.querySelector('#log [data-type="mqtt.state"][data-mood="fault"]')`)
  }, 60_000)

  it('starts as a link says, names what is wrong with it, and writes such a link', async () => {
    const { page } = browser
    await openSimulator('#preset=rc-plus-2&fault=no-status-reply&knob.osdIntervalMs=700&knob.moon=1')
    await page.waitFor(`/knob.moon/.test(document.getElementById('banner').innerText)`)
    await page.click('#tab-knobs')
    expect(
      await page.evaluate(`[document.getElementById('knob-osdIntervalMs').value, document.getElementById('knob-statusReply').value,
        document.getElementById('preset-rc-plus-2').getAttribute('aria-pressed')].join()`),
    ).toBe('700,lost,true')
    await page.evaluate(
      `(document.execCommand = function () { window.copied = document.activeElement.value; return true })`,
    )
    await page.click('#copy-link')
    expect(await page.evaluate(`window.copied.replace(/^.*#/, '#')`)).toBe(
      '#preset=rc-plus-2&fault=no-status-reply&knob.osdIntervalMs=700',
    )
  }, 60_000)

  it('starts as a link says that is opened over the running simulator', async () => {
    const { page } = browser
    await openSimulator()
    await page.evaluate(`(window.isFirst = true, location.hash = '#preset=rc-plus-2')`)
    await page.waitFor(
      `window.isFirst === undefined && document.getElementById('preset-rc-plus-2').getAttribute('aria-pressed') === 'true'`,
    )
  }, 60_000)

  it('leads a first visitor through five steps by the keyboard, once, and again when asked', async () => {
    const { page } = browser
    await page.goto(`${cloud.link}/simulator`)
    await page.evaluate(`localStorage.removeItem('dji-cloud-simulator.tour')`)
    await page.goto('about:blank')
    await page.goto(`${cloud.link}/simulator`)
    const step = (number: number) => `document.getElementById('tour-place').textContent === '${number} of 5'`
    await page.waitFor(`document.getElementById('tour').open && ${step(1)}`)
    const covers = `(function () {
      var box = document.getElementById('tour').getBoundingClientRect();
      var target = document.querySelector('[data-tour]').getBoundingClientRect();
      return box.left < target.right && box.right > target.left && box.top < target.bottom && box.bottom > target.top })()`
    const press = (key: string) =>
      page.evaluate(
        `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: '${key}', bubbles: true }))`,
      )
    for (let number = 1; number <= 5; number += 1) {
      await page.waitFor(step(number))
      expect([number, await page.evaluate(covers)]).toEqual([number, false])
      await shoot(`tour-${number}`)
      if (number === 2) {
        await press('ArrowLeft')
        await page.waitFor(step(1))
        await press('ArrowRight')
        await page.waitFor(step(2))
      }
      await press('ArrowRight')
    }
    await page.waitFor(`!document.getElementById('tour').open && !document.querySelector('[data-tour]')`)
    await page.goto('about:blank')
    await page.goto(`${cloud.link}/simulator`)
    await page.waitFor(`!document.getElementById('desk').hidden`)
    expect(await page.evaluate(`document.getElementById('tour').open`)).toBe(false)
    // It ends where the reader was, by Escape too.
    await page.click('#tab-knobs')
    await page.click('#tour-open')
    await page.waitFor(step(1))
    await press('ArrowRight')
    await press('ArrowRight')
    await page.waitFor(`${step(3)} && !document.getElementById('pane-traffic').hidden`)
    await page.cdp.Input.dispatchKeyEvent({
      type: 'rawKeyDown',
      key: 'Escape',
      code: 'Escape',
      windowsVirtualKeyCode: 27,
    })
    await page.waitFor(
      `!document.getElementById('tour').open && !document.getElementById('pane-knobs').hidden`,
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
