// The login by phone: an approval logs a controller in, and a cookie says who approves. `scripts/defences.ts` takes each defence
// away and sees the test of its name fail.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryRateLimitStore, memoryShared, type RateLimitStore, type SharedStore } from '../../src/index.ts'
import { createSealer } from '../../src/plugin.ts'
import { hashOf } from '../../src/plugins/phone-login/codes.ts'
import { API, askForCode, controller, heard, own, phone, phoneCloud, USERS } from '../phone-login/stage.ts'
import { closing } from '../plugins/start.ts'
import { BADGE } from '../support/badge-reader.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { type TestCloud, WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'

const EVIL = 'https://evil.example'
const CODES = 'BCDFGHJKLMNPQRSTVWXZ'
/** Codes that nobody has: so many guesses do not meet one of the few that are there. */
const guess = (number: number): string =>
  `BBBB-BB${CODES[Math.floor(number / CODES.length)] ?? 'B'}${CODES[number % CODES.length] ?? 'B'}`

const post = (cloud: TestCloud, path: string, headers: Record<string, string>, body: object, from?: string) =>
  ask(cloud.url, `${API}/${path}`, { method: 'POST', headers, body, from })

describe('code guessing', () => {
  it('by one user is stopped, from however many addresses, also with the right code, and is told', async () => {
    const cloud = await phoneCloud()
    const events = heard(cloud, 'phone.throttled')
    const rc = await controller(cloud)
    const statuses: number[] = []
    for (let number = 0; number < 12; number += 1)
      statuses.push((await phone(cloud, 'ada', `127.0.1.${number + 1}`).look(guess(number))).status)
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429])
    const right = await phone(cloud, 'ada', '127.0.1.99').look(rc.code.user_code)
    expect(right).toMatchObject({ status: 429, json: { code: 429001 } })
    expect(right.headers['retry-after']).toMatch(/^\d+$/)
    const decided = await phone(cloud, 'ada', '127.0.1.98').decide(rc.code.user_code, true)
    expect(decided.status).toBe(429)
    expect(events[0]).toMatchObject({ what: 'guesses', userId: 'ada', address: '127.0.1.11' })
    // Others are not in the way.
    expect((await phone(cloud, 'ben').look(rc.code.user_code)).status).toBe(200)
  })

  it('from one address is stopped, by however many users', async () => {
    const users = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => {
        const id = `user-${index}`
        return [id, { id, username: id, workspace: WORKSPACE }]
      }),
    )
    const cloud = await phoneCloud({}, {}, { findById: (id) => users[id] })
    const statuses: number[] = []
    for (let number = 0; number < 33; number += 1)
      statuses.push((await phone(cloud, `user-${number}`, '127.0.2.1').look(guess(number))).status)
    expect(statuses).toEqual([...Array(30).fill(200), 429, 429, 429])
    expect((await phone(cloud, 'user-39', '127.0.2.2').look(guess(39))).status).toBe(200)
  })

  it('without a login looks at no code, and is told nothing of it', async () => {
    const asked: string[] = []
    const memory = memoryShared()
    const shared: SharedStore = {
      ...memory,
      get(key) {
        asked.push(key)
        return memory.get(key)
      },
    }
    const cloud = await phoneCloud({}, { shared })
    const rc = await controller(cloud)
    const body = { user_code: rc.code.user_code, user_id: 'ada' }
    for (const path of ['lookup', 'decision'])
      for (const from of ['127.0.3.1', '127.0.3.2'])
        expect(await post(cloud, path, own(cloud.url), { ...body, approve: true }, from)).toMatchObject({
          status: 403,
          json: { code: 403007 },
        })
    expect(asked).toEqual([])
  })

  it('many at once are all counted', async () => {
    const memory = memoryRateLimitStore()
    const AT_ONCE = 20
    const waiting: (() => void)[] = []
    // All of them look before the first one is counted.
    const store: RateLimitStore = {
      counter(name, limit) {
        const counter = memory.counter(name, limit)
        if (!name.includes('guesses-per-user')) return counter
        return {
          ...counter,
          async retryAfterMs(key) {
            const left = await counter.retryAfterMs(key)
            await new Promise<void>((resolve) => {
              waiting.push(resolve)
              if (waiting.length === AT_ONCE) for (const go of waiting) go()
            })
            return left
          },
        }
      },
    }
    const cloud = await phoneCloud({}, { loginRateLimit: { store } })
    const guesses = Array.from({ length: AT_ONCE }, (_, number) => phone(cloud, 'ada').look(guess(number)))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(10)
  })

  it('by one who is locked out does not lock out the others at the address', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    for (let number = 0; number < 60; number += 1) await phone(cloud, 'ada').look(guess(number))
    expect((await phone(cloud, 'ben').look(rc.code.user_code)).status).toBe(200)
  })

  it('a right code costs nothing, however often it is looked at', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    for (let times = 0; times < 40; times += 1)
      expect((await phone(cloud, 'ada').look(rc.code.user_code)).status).toBe(200)
  })

  it('whoever has a request open can decide it, however many codes were wrong', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    const pia = phone(cloud, 'ada')
    await pia.look(rc.code.user_code)
    for (let number = 0; number < 11; number += 1) await pia.look(guess(number))
    expect((await pia.look(guess(11))).status).toBe(429)
    expect((await pia.look(rc.code.user_code)).json.data).toMatchObject({ state: 'open' })
    expect((await pia.decide(rc.code.user_code, true)).json.data).toEqual({ state: 'approved' })
  })

  it('a code that was approved and used frees its place, and one that was not does not', async () => {
    const cloud = await phoneCloud({ limits: { codesPerAddress: { attempts: 2, windowSeconds: 60 } } })
    for (let times = 0; times < 4; times += 1) {
      const rc = await controller(cloud)
      await phone(cloud, 'ada').approve(rc.code.user_code)
      // The second poll is for the same token, and frees nothing more.
      for (let polls = 0; polls < 2; polls += 1)
        expect((await rc.poll()).json.data).toMatchObject({ status: 'approved' })
    }
    const statuses: number[] = []
    for (let times = 0; times < 3; times += 1) statuses.push((await askForCode(cloud)).status)
    expect(statuses).toEqual([200, 200, 429])
  })

  it('codes without end are refused to one address, and no other address waits for it', async () => {
    const cloud = await phoneCloud({ limits: { codesPerAddress: { attempts: 3, windowSeconds: 60 } } })
    const events = heard(cloud, 'phone.throttled')
    const statuses: number[] = []
    for (let times = 0; times < 5; times += 1)
      statuses.push((await askForCode(cloud, {}, { from: '127.0.4.1' })).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    expect((await askForCode(cloud, {}, { from: '127.0.4.2' })).status).toBe(200)
    expect(events).toMatchObject([{ what: 'codes', userId: null, address: '127.0.4.1' }, {}])
  })
})

describe('another site', () => {
  it.each<[string, (url: string) => Record<string, string>]>([
    ['a form', () => ({ origin: EVIL, 'content-type': 'application/x-www-form-urlencoded' })],
    ['a form without our header', (url) => ({ origin: url, 'content-type': 'text/plain' })],
    ['a script', () => ({ origin: EVIL, 'x-dji-cloud': '1' })],
    ['a sandboxed frame', () => ({ origin: 'null', 'x-dji-cloud': '1' })],
    [
      'a browser that says cross-site',
      (url) => ({ origin: url, 'x-dji-cloud': '1', 'sec-fetch-site': 'cross-site' }),
    ],
    ['no browser at all', () => ({ 'x-dji-cloud': '1' })],
  ])('%s approves nothing, and gets no answer about codes', async (_what, headers) => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    await phone(cloud, 'ada').look(rc.code.user_code)
    const given = { ...headers(cloud.url), cookie: `${BADGE}=ada` }
    const { device_code, user_code } = rc.code
    const bodies = {
      decision: { user_code, user_id: 'ada', approve: true },
      lookup: { user_code, user_id: 'ada' },
      codes: { browser_key: rc.browserKey },
      token: { device_code, browser_key: rc.browserKey },
    }
    for (const [path, body] of Object.entries(bodies))
      expect(await post(cloud, path, given, body)).toMatchObject({ status: 403, json: { code: 403006 } })
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
  })

  it('to open the link is no approval, and takes the request from nobody', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    const link = new URL(String(rc.code.verification_uri_complete))
    const opened = await ask(cloud.url, `${link.pathname}${link.search}&approve=true`, {
      headers: { cookie: `${BADGE}=ada` },
    })
    expect(opened.status).toBe(200)
    expect(opened.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' })
    expect(opened.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending', opened: false })
    expect((await phone(cloud, 'ben').look(rc.code.user_code)).json.data).toMatchObject({ state: 'open' })
  })
})

describe('the device code', () => {
  it('opens one session: the same code again gives the same token for half a minute, and is refused then', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    await phone(cloud, 'ada').approve(rc.code.user_code)
    const polls = await Promise.all([1, 2, 3].map(() => rc.poll()))
    const tokens = new Set(polls.flatMap(({ json }) => json.data?.['access_token'] ?? []))
    expect(tokens.size).toBe(1)
    expect(await cloud.cloud.sessions.list()).toHaveLength(1)
    cloud.advance(30_000)
    for (let times = 0; times < 2; times += 1)
      expect(await rc.poll()).toMatchObject({ status: 403, json: { code: 403701 } })
    expect(await cloud.cloud.sessions.list()).toHaveLength(1)
  })

  it('in another browser opens nothing, and is left to the browser that has asked', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    await phone(cloud, 'ada').approve(rc.code.user_code)
    const thief = await rc.poll({ browserKey: '0'.repeat(64) })
    expect(thief).toMatchObject({ status: 403, json: { code: 403701 } })
    expect(await cloud.cloud.sessions.list()).toEqual([])
    expect((await rc.poll()).json.data).toMatchObject({ status: 'approved' })
  })

  it('is no user code, and a user code is no device code', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    await phone(cloud, 'ada').approve(rc.code.user_code)
    for (const device_code of [rc.code.user_code, hashOf(rc.code.device_code), 'x'])
      expect(
        await post(cloud, 'token', own(cloud.url), { device_code, browser_key: rc.browserKey }),
      ).toMatchObject({ status: 403, json: { code: 403701 } })
    const looked = await phone(cloud, 'ada').look(rc.code.device_code)
    expect(looked.json.data).toEqual({ state: 'unknown' })
  })
})

describe('who approves', () => {
  it('is whom the page has shown: after a change of user, nothing is approved', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    await phone(cloud, 'ada').look(rc.code.user_code)
    const body = { user_code: rc.code.user_code, user_id: 'ada', approve: true }
    expect(await post(cloud, 'decision', own(cloud.url, 'ben'), body)).toMatchObject({
      status: 403,
      json: { code: 403007 },
    })
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
  })

  it('is the first who has opened it: who copies a code from the display is not in time, or is noticed', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    await phone(cloud, 'ada').look(rc.code.user_code)
    const copied = await phone(cloud, 'ben').decide(rc.code.user_code, true)
    expect(copied.json.data).toEqual({ state: 'opened_elsewhere' })
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
  })
})

describe('somebody who can write into the shared store', () => {
  /** Everything that was ever written there, by key. */
  function watched() {
    const memory = memoryShared()
    const kept = new Map<string, string>()
    const shared: SharedStore = {
      ...memory,
      async put(key, value, ttl) {
        kept.set(key, value)
        return memory.put(key, value, ttl)
      },
      async putNew(key, value, ttl) {
        const isNew = await memory.putNew(key, value, ttl)
        if (isNew) kept.set(key, value)
        return isNew
      },
    }
    const of = (kind: string) => [...kept].filter(([key]) => key.startsWith(`phone-login:requests:${kind}:`))
    return { shared, kept, of }
  }

  it('logs nobody in: an approval is sealed, for its own request', async () => {
    const { shared, of } = watched()
    const cloud = await phoneCloud({}, { shared })
    const other = await controller(cloud)
    await phone(cloud, 'ben').approve(other.code.user_code)
    const [[place, moved] = ['', '']] = of('decision')
    const rc = await controller(cloud)
    await phone(cloud, 'ben').look(rc.code.user_code)
    const [, [claim] = ['']] = of('claim')
    const target = claim.replace(':claim:', ':decision:')
    const user = { id: 'ada', username: 'Ada', workspace: { ...WORKSPACE, description: '' } }
    const decision = {
      ...{ id: 'x', kind: 'approved', at: Date.now(), user, source: 'badge', address: '127.0.0.1' },
      asking: { address: '127.0.0.1', serial: null, device: null },
    }
    const own = target.replace('phone-login:requests:', '')
    const plain = JSON.stringify([own, decision])
    const forged = [
      JSON.stringify(decision),
      JSON.stringify(plain),
      JSON.stringify(createSealer([new Uint8Array(32)]).seal(plain)),
      moved,
    ]
    for (const value of forged) {
      await shared.put(target, value, 60_000)
      cloud.advance(9_000)
      expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
    }
    // At its own place it is still one.
    await shared.put(place, moved, 60_000)
    expect((await other.poll()).json.data).toMatchObject({ status: 'approved', user_id: 'ben' })
  })

  it('or read it finds no code, no key of a browser, no token, nobody, no address and no data of a login', async () => {
    const { shared, kept } = watched()
    const SECRET = 'obviously-fake-refresh-token'
    const source = {
      currentUser: () => ({ id: 'ada', data: { refresh: SECRET } }),
      findById: (id: string) => USERS[id],
    }
    const cloud = await phoneCloud({}, { shared }, source)
    const rc = await controller(cloud, 'RCFAKE00000001', { from: '127.0.0.77' })
    await phone(cloud, 'ada', '127.0.0.78').approve(rc.code.user_code)
    const { data } = (await rc.poll()).json
    const all = [...kept].join('\n')
    for (const kind of ['code', 'grant', 'claim', 'decision', 'turn', 'opening', 'told'])
      expect(all).toContain(`phone-login:requests:${kind}:`)
    const { device_code, user_code } = rc.code
    for (const secret of [
      ...[device_code, hashOf(device_code), user_code, user_code.replace('-', '')],
      ...[rc.browserKey, hashOf(rc.browserKey), String(data?.['access_token']), SECRET],
      ...['"Ada"', '"ada"', 'RCFAKE00000001', '127.0.0.77', '127.0.0.78', WORKSPACE.name],
    ])
      expect(all).not.toContain(secret)
  })
})

describe('the link', () => {
  const page = (cloud: TestCloud, query: string, headers: Record<string, string> = {}) =>
    ask(cloud.url, `/phone-login${query}`, { headers })

  it('leads back here after the login, with a code and with nothing else', async () => {
    const cloud = await phoneCloud()
    const back = async (query: string) =>
      /href="\/sso\?back=([^"]*)"/.exec((await page(cloud, query)).text)?.[1]
    expect(await back('?code=BCDFGHJK')).toBe(encodeURIComponent('/phone-login?code=BCDFGHJK'))
    expect(await back('?code=bcdf-ghjk')).toBe(encodeURIComponent('/phone-login?code=BCDFGHJK'))
    for (const query of [
      `?code=${encodeURIComponent('//evil.example')}`,
      `?return_to=${encodeURIComponent(EVIL)}&next=//evil.example`,
      `?code=${encodeURIComponent('"><script>window.hacked=1</script>')}`,
      '?code=',
      '',
    ])
      expect(await back(query), query).toBe(encodeURIComponent('/phone-login'))
  })

  it('shows no reason that is none of ours', async () => {
    const cloud = await phoneCloud()
    for (const reason of ['nothing', '__proto__', '<script>window.hacked=1</script>']) {
      const { status, text } = await page(cloud, `?reason=${encodeURIComponent(reason)}`)
      expect(status).toBe(200)
      expect(text).not.toContain('notice-warn" role="status"')
      expect(text).not.toContain('<script>window.hacked')
    }
    expect((await page(cloud, '?reason=sign_in_cancelled')).text).toContain('notice-warn" role="status"')
  })

  it('contains no request with completeLink: false, and a code in it is ignored', async () => {
    const cloud = await phoneCloud({ completeLink: false })
    const rc = await controller(cloud)
    const code = rc.code.user_code.replace('-', '')
    expect(rc.code.verification_uri_complete).toBeNull()
    const { text } = await page(cloud, `?code=${code}`, { cookie: `${BADGE}=ada` })
    expect(text).not.toContain(code)
    expect(text).not.toContain(rc.code.user_code)
    expect((await phone(cloud, 'ada').approve(rc.code.user_code)).json.data).toEqual({ state: 'approved' })
  })
})

const NASTY = [
  `</script><script>window.hacked=1</script>`,
  `<img src=x onerror="window.hacked=1">`,
  `"';window.hacked=1;//{{constructor}}<%= 1 %>\${1}`,
]

describe.each(ENGINES.filter(hasEngine))('in %s', (engine) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(engine)
    await browser.page.size(390, 844)
  })
  afterAll(() => browser.close())

  it.each(NASTY)('%j stays text as user, workspace, login and controller', async (nasty) => {
    const workspace = { ...WORKSPACE, name: nasty }
    const cloud = await phoneCloud(
      {},
      { platformName: nasty },
      {
        label: nasty.slice(0, 60),
        findById: (id) => ({ id, username: nasty, workspace }),
        signOutUrl: ({ path }) => `/out?back=${path}`,
      },
    )
    const device = nasty.replace(/[;)]/g, '')
    const agent = `Mozilla/5.0 (Linux; Android 10; ${device}) dji-open-platform`
    const headers = { ...own(cloud.url), 'user-agent': agent }
    const rc = await controller(cloud, nasty.slice(0, 60), { headers })
    const { page } = browser
    page.forgetProblems()
    await page.goto(`${cloud.url}/pilot/login`)
    await page.waitFor('window.djiCloudStarted')
    await page.evaluate(`void (document.cookie = '${BADGE}=ada; path=/')`)
    await page.goto(String(rc.code.verification_uri_complete))
    await page.waitFor(
      `document.getElementById('phone-request') && !document.getElementById('phone-request').hidden`,
    )
    const text = (id: string) => page.evaluate(`document.getElementById('${id}').textContent`)
    // The serial number is no serial number, so that it was left out.
    expect(await text('phone-device')).toMatch(/^[\w .-]{1,24}$/)
    expect(await page.text()).toContain(nasty.slice(0, 20))
    await page.click('#phone-approve')
    await page.waitFor(`!document.getElementById('phone-result').hidden`)
    expect(await text('phone-result-text')).toContain(nasty)
    expect(await page.evaluate('typeof window.hacked')).toBe('undefined')
    expect(page.problems()).toEqual([])
    await page.goto('about:blank')
  })

  it('a hostile page approves nothing with the cookie of the login, by form, script or frame', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    await phone(cloud, 'ada').look(rc.code.user_code)
    const arrived: (string | undefined)[] = []
    cloud.server.prependListener('request', ({ url, method, headers }) => {
      if (url === `${API}/decision` && method === 'POST') arrived.push(headers.cookie)
    })
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>evil</title><iframe name="sink"></iframe>')
    }).listen(0, '127.0.0.1')
    closing.push(evil)
    await once(evil, 'listening')
    const { page } = browser
    await page.goto(`${cloud.url}/pilot/login`)
    await page.evaluate(`void (document.cookie = '${BADGE}=ada; path=/')`)
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`)
    const target = JSON.stringify(`${cloud.url}${API}/decision`)
    const body = JSON.stringify({ user_code: rc.code.user_code, user_id: 'ada', approve: true })
    const script = (headers: string) =>
      `fetch(${target}, { method: 'POST', credentials: 'include', headers: ${headers}, body: ${JSON.stringify(body)} }).then((answer) => answer.status, () => 'refused')`
    expect(await page.evaluate(script(`{ 'x-dji-cloud': '1', 'content-type': 'application/json' }`))).toBe(
      'refused',
    )
    expect(await page.evaluate(script(`{ 'content-type': 'text/plain' }`))).toBe('refused')
    await page.evaluate(`new Promise((done) => {
      const frame = document.querySelector('iframe')
      frame.onload = () => done()
      const form = document.createElement('form')
      form.method = 'post'
      form.target = 'sink'
      form.action = ${target}
      document.body.appendChild(form)
      form.submit()
    })`)
    // The cookie did arrive: what keeps the request open is ours.
    expect(arrived).toEqual([`${BADGE}=ada`, `${BADGE}=ada`])
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
    await page.goto('about:blank')
  })

  it('a click in the first second approves nothing: it may have been meant for another page', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    const { page } = browser
    await page.goto(`${cloud.url}/pilot/login`)
    await page.evaluate(`void (document.cookie = '${BADGE}=ada; path=/')`)
    // Clicks as soon as the button is there, as the second half of a double click would.
    const off = await page.addScript(`new MutationObserver(function () {
      var box = document.getElementById('phone-request')
      if (!box || box.hidden || window.clicked) return
      window.clicked = true
      document.getElementById('phone-approve').click()
    }).observe(document, { subtree: true, childList: true, attributes: true })`)
    await page.goto(String(rc.code.verification_uri_complete))
    await page.waitFor('window.clicked')
    await page.waitFor(`!document.getElementById('phone-approve').disabled`)
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
    await off()
    await page.click('#phone-approve')
    await page.waitFor(`!document.getElementById('phone-result').hidden`)
    cloud.advance(2_000)
    expect((await rc.poll()).json.data).toMatchObject({ status: 'approved' })
    await page.goto('about:blank')
  })
})
