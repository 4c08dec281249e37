import { createVirtualPilot, type VirtualPilot } from 'dji-cloud/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { expectNoProblems, logIn, stageIn } from '../e2e/scene.ts'
import type { BrowserPage } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { PILOT, startCloud, type TestCloud, WORKSPACE } from '../support/cloud.ts'

const WEB = { username: 'wilma', password: 'correct horse battery', role: 'web' as const }
const FOREIGN = { id: '22222222-2222-4333-8444-555555555555', name: 'Other', description: '' }
const EVE = { username: 'eve', password: 'correct horse battery', workspace: FOREIGN }
const users = [PILOT, WEB, EVE]

const text = (selector: string): string => `document.querySelector('${selector}').textContent`
const value = (name: string, card = '#fleet > li'): string => text(`${card} [data-value="${name}"]`)
const liveIs = (kind: string): string =>
  `document.getElementById('live') && document.getElementById('live').getAttribute('data-live') === '${kind}'`
const shown = (id: string): string => `!document.getElementById('${id}').hidden`
const cards = (count: number): string => `document.querySelectorAll('#fleet > li').length === ${count}`

const pilots: VirtualPilot[] = []
afterEach(async () => {
  for (const pilot of pilots.splice(0)) await pilot.close()
})

async function fly(cloud: TestCloud, user: { username: string; password: string }, index: number) {
  const pilot = createVirtualPilot({
    url: cloud.link,
    gateway: { serial: `RCFAKE0000000${index}` },
    aircraft: { serial: `1581FAKE00000000000${index}` },
    knobs: { osdIntervalMs: 100, mqttReconnectMs: 50, wsReconnectMs: 50 },
  })
  pilots.push(pilot)
  await pilot.login(user.username, user.password)
  await pilot.topologyAcknowledged()
  return pilot
}

/** Aircraft that only the answer of the server knows. */
const madeUp = (count: number, more: readonly object[] = []): string => `(function () {
  var more = ${JSON.stringify(more)}
  var real = window.fetch
  window.fetch = function (url, init) {
    if (String(url).indexOf('/fleet/devices') < 0) return real(url, init)
    var all = []
    for (var index = 0; index < ${count}; index += 1) all.push(Object.assign({ sn: 'FAKE' + index, nickname: 'Bird ' + index,
      model: 'Mavic 3E', model_key: '0-77-0', online: index % 2 === 0, last_report_at: Date.now() - 500,
      battery_percent: 50, mode_code: 3, elevation: 1, horizontal_speed: 2, remain_flight_time: null,
      sdr_quality: null, lte_quality: null, latitude: 47, longitude: 8, attitude_head: null, pilot: 'ada', gateway_sn: null }, more[index]))
    var data = { now: Date.now(), aircraft: all, aircraft_total: all.length, gateways: [] }
    return Promise.resolve(new Response(JSON.stringify({ code: 0, message: 'success', data: data })))
  }
})()`

async function type(page: BrowserPage, words: string): Promise<void> {
  await page.fill('#filter', words)
}

describe.each(ENGINES.filter(hasEngine))('the page for web users, in %s', (engine) => {
  const stage = stageIn(engine)

  it('shows the aircraft of the own workspace, live by the WebSocket, and nothing of another one', async () => {
    const { cloud, page } = await stage.playOutside({ users })
    const pilot = await fly(cloud, PILOT, 1)
    await fly(cloud, EVE, 2)
    await logIn(page, WEB)
    await page.waitFor(liveIs('live'))
    await page.waitFor(`${cards(1)} && ${value('battery')} !== '–'`)
    const read = `(function () { var all = {}; [].forEach.call(document.querySelectorAll('#fleet [data-value]'), function (one) { all[one.getAttribute('data-value')] = one.textContent }); return all })()`
    // Reports are incremental, so the values do not come all at once.
    await expect
      .poll(() => page.evaluate(read))
      .toMatchObject({
        model: 'Mavic 3E',
        sn: '1581FAKE000000000001',
        state: 'online',
        battery: expect.stringMatching(/^\d\d %$/),
        mode: 'flying',
        height: expect.stringMatching(/^\d+ m$/),
        speed: expect.stringMatching(/^\d+\.\d m\/s$/),
        place: expect.stringMatching(/^47\.\d{5}, 8\.\d{5}$/),
        controller: 'RC Pro Enterprise',
        pilot: PILOT.username,
        age: expect.stringMatching(/^\d s ago$/),
      })
    await expect.poll(() => page.evaluate(text('#who'))).toBe(`${WORKSPACE.name} · ${WEB.username}`)
    expect(await page.evaluate(text('#count-flying'))).toBe('1')
    expect(await page.evaluate(`document.querySelector('[data-value="map"]').href`)).toMatch(
      /^geo:47\.\d{6},8\./,
    )
    expect(await page.text()).not.toMatch(/1581FAKE000000000002|eve/)
    // Values that the page has not asked for: they come by the WebSocket.
    await page.evaluate(
      `(function () { var real = window.fetch; window.fetch = function (url, init) { return new Promise(function () {}) } })()`,
    )
    const before = await page.evaluate<string>(value('place'))
    await page.waitFor(`${value('place')} !== ${JSON.stringify(before)}`)
    expectNoProblems(page)
    await pilot.close()
  })

  it('sees who comes and goes', async () => {
    const { cloud, page } = await stage.playOutside({ users, presence: { graceSeconds: 1 } })
    await logIn(page, WEB)
    await page.waitFor(shown('empty'))
    expect(await page.evaluate(text('#address'))).toBe(cloud.link)
    expect(await page.evaluate(text('#count-online'))).toBe('0')
    const pilot = await fly(cloud, PILOT, 1)
    await page.waitFor(`${cards(1)} && document.getElementById('empty').hidden`)
    pilot.unplugAircraft()
    await page.waitFor(`${value('state')} === 'offline' && ${text('#count-offline')} === '1'`)
    expect(await page.evaluate(`document.querySelector('#fleet > li').getAttribute('data-age')`)).toBe('old')
  })

  it('says when it is not live any more, and is live again by itself', async () => {
    const { cloud, page } = await stage.playOutside({ users })
    await fly(cloud, PILOT, 1)
    // The socket stays away until the test lets it come back.
    const remove = await page.addScript(`(function () {
      var Real = window.WebSocket
      window.sockets = []
      window.WebSocket = function (url) {
        if (window.refuse) url = url.replace('/api/v1/ws', '/api/v1/nowhere')
        var socket = new Real(url)
        window.sockets.push(socket)
        return socket
      }
    })()`)
    await logIn(page, WEB)
    await page.waitFor(liveIs('live'))
    await page.evaluate(`window.refuse = true; window.sockets[0].close()`)
    await page.waitFor(liveIs('lost'))
    expect(await page.evaluate(text('#live-words'))).toMatch(
      /^Slower now \(since .*\d:\d\d.*\): new values every few seconds\.$/,
    )
    await page.evaluate(`window.refuse = false`)
    await page.waitFor(liveIs('live'), 30_000)
    await remove()
  }, 60_000)

  it('says that the server does not answer, and goes on when it does', async () => {
    const { page } = await stage.playOutside({ users })
    await logIn(page, WEB)
    await page.waitFor(liveIs('live'))
    await page.evaluate(
      `window.realFetch = window.fetch; window.fetch = function () { return Promise.reject(new TypeError('gone')) }`,
    )
    // A question that is on its way still gets its answer, and stands for the one that the event would ask.
    await page.waitFor(`window.dispatchEvent(new Event('online')) && ${liveIs('away')}`)
    expect(await page.evaluate(text('#live-words'))).toMatch(/No answer from the server since/)
    await page.evaluate(`window.fetch = window.realFetch`)
    await page.click('#retry')
    await page.waitFor(liveIs('live'))
  })

  it('goes to the login page with the reason when the session is ended', async () => {
    const { cloud, page } = await stage.playOutside({ users })
    await logIn(page, WEB)
    await page.waitFor(liveIs('live'))
    const [session] = await cloud.cloud.sessions.list()
    await cloud.cloud.sessions.end({ id: session?.id ?? '' })
    await page.waitFor(`location.search === '?reason=revoked'`)
    await logIn(page, WEB)
    await page.waitFor(liveIs('live'))
    await page.click('#logout')
    await page.waitFor(`location.search === '?reason=signed_out'`)
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it('finds one of many, and keeps the order while they report', async () => {
    const { page } = await stage.playOutside({ users })
    const remove = await page.addScript(madeUp(200))
    await logIn(page, WEB)
    await page.waitFor(`${cards(200)} && ${shown('find')}`)
    const online = `[].map.call(document.querySelectorAll('#fleet > li'), function (one) { return one.getAttribute('data-online') }).join()`
    expect(await page.evaluate(online)).toBe([...Array(100).fill('true'), ...Array(100).fill('false')].join())
    await type(page, 'bird 19')
    await page.waitFor(cards(12))
    expect(await page.evaluate(text('#found'))).toBe('12 of 200')
    await type(page, 'nobody')
    await page.waitFor(
      `${shown('no-match')} && ${text('#no-match-words')} === 'No aircraft matches “nobody”.'`,
    )
    await page.click('#show-all')
    await page.waitFor(cards(200))
    expect(await page.evaluate(`document.activeElement.id`)).toBe('filter')
    expect(await page.evaluate(text('#found'))).toBe('Order: battery alarm, online, then by name.')
    expect(await page.evaluate(shown('filter-clear'))).toBe(false)
    await type(page, 'bird 19')
    await page.waitFor(cards(12))
    await page.click('#filter-clear')
    await page.waitFor(cards(200))
    expect(await page.evaluate(`[document.activeElement.id, document.activeElement.value]`)).toEqual([
      'filter',
      '',
    ])
    await remove()
  })

  it('shows first, in red and with words, who flies with an empty battery, and marks old values', async () => {
    const { page } = await stage.playOutside({ users })
    const empty = { mode_code: 3, battery_percent: 0, nickname: 'Zebra' }
    const remove = await page.addScript(madeUp(3, [{ last_report_at: Date.now() - 60_000 }, {}, empty]))
    await logIn(page, WEB)
    await page.waitFor(cards(3))
    const read = `[].map.call(document.querySelectorAll('#fleet > li'), function (card) {
      var alarm = card.querySelector('[data-value="alarm"]')
      return [card.getAttribute('data-alarm'), alarm.hidden ? '' : alarm.textContent, card.querySelector('[data-value="state"]').textContent].join()
    })`
    const seen = await page.evaluate<string[]>(read)
    expect(seen[0]).toBe('true,Battery almost empty,online')
    expect(seen.slice(1)).toEqual(['false,,old values', 'false,,offline'])
    expect(await page.evaluate(`${shown('alarm')} && ${text('#count-alarm')}`)).toBe('1')
    await remove()
  })

  it('does not say what is online while the server does not answer', async () => {
    const { page } = await stage.playOutside({ users })
    const remove = await page.addScript(madeUp(2))
    await logIn(page, WEB)
    await page.waitFor(cards(2))
    await page.waitFor(liveIs('live'))
    const read = `[].map.call(document.querySelectorAll('#fleet > li'), function (card) {
      return [card.getAttribute('data-age'), card.querySelector('[data-value="state"]').textContent].join()
    })`
    expect(await page.evaluate(read)).toEqual(['fresh,online', 'old,offline'])
    expect(await page.evaluate(shown('retry'))).toBe(false)
    await page.evaluate(
      `window.realFetch = window.fetch; window.fetch = function () { return Promise.reject(new TypeError('gone')) }; window.dispatchEvent(new Event('online'))`,
    )
    await page.waitFor(liveIs('away'))
    expect(await page.evaluate(read)).toEqual(['old,not known', 'old,not known'])
    await page.evaluate(`window.fetch = window.realFetch`)
    await page.click('#retry')
    await page.waitFor(liveIs('live'))
    expect(await page.evaluate(read)).toEqual(['fresh,online', 'old,offline'])
    await remove()
  })

  it('asks again when it wakes while a question is on its way', async () => {
    const { page } = await stage.playOutside({ users })
    const remove = await page.addScript(`(function () {
      var real = window.fetch
      window.asked = []
      window.fetch = function (url, init) {
        if (String(url).indexOf('/fleet/devices') < 0) return real(url, init)
        return new Promise(function (resolve) { window.asked.push(function () { resolve(real(url, init)) }) })
      }
    })()`)
    await logIn(page, WEB)
    await page.waitFor(`window.asked && window.asked.length === 1`)
    await page.waitFor(liveIs('live'))
    await page.evaluate(`window.asked[0]()`)
    await page.waitFor(`window.asked.length === 2`)
    await page.evaluate(`window.asked[1]()`)
    await page.waitFor(shown('empty'))
    // A question of the clock: then one more for the wake, and none for a wake that nobody has missed.
    await page.evaluate(`window.dispatchEvent(new Event('online'))`)
    await page.waitFor(`window.asked.length === 3`)
    await page.evaluate(
      `window.dispatchEvent(new Event('online')); window.dispatchEvent(new Event('online'))`,
    )
    expect(await page.evaluate('window.asked.length')).toBe(3)
    await page.evaluate(`window.asked[2]()`)
    await page.waitFor(`window.asked.length === 4`)
    await page.evaluate(`window.asked[3]()`)
    await page.waitFor(`${text('#count-online')} === '0'`)
    await remove()
  })

  it('copies a position, and keeps the focus where it was', async () => {
    const { page } = await stage.playOutside({ users })
    const remove = await page.addScript(madeUp(1))
    await logIn(page, WEB)
    await page.waitFor(cards(1))
    await page.evaluate(
      `document.execCommand = function () { window.copied = document.activeElement.value; return true }`,
    )
    await page.click('[data-value="copy"]')
    expect(await page.evaluate('window.copied')).toBe('47.00000, 8.00000')
    expect(await page.evaluate(value('copy'))).toBe('Copied')
    expect(await page.evaluate(`document.activeElement.getAttribute('aria-label')`)).toBe(
      'Copy the position of Bird 0',
    )
    await page.waitFor(`${value('copy')} === 'Copy'`)
    await remove()
  })

  it('opens the main page instead, if DJI Pilot 2 shows itself', async () => {
    const { page } = await stage.playOutside({ users })
    await logIn(page)
    await page.waitFor(liveIs('live'))
    await page.evaluate(`window.djiBridge = {}`)
    await page.waitFor(
      `location.pathname !== '/pilot/fleet' || document.body.getAttribute('data-page') === 'home'`,
    )
  })
})

it('is the same page for everybody: what it shows comes only with a token', async () => {
  const cloud = await startCloud({ users })
  const answer = await fetch(`${cloud.link}/fleet`)
  expect(answer.status).toBe(200)
  const { host } = new URL(cloud.link)
  expect(answer.headers.get('content-security-policy')).toContain(
    `connect-src 'self' ws://${host} wss://${host};`,
  )
  expect(await answer.text()).not.toContain(WORKSPACE.name)
  await cloud.close()
})
