// The login page: a code after the password, more fields, waits, and who logs in at which kind of page.
import { describe, expect, it } from 'vitest'
import { customUsers, type DjiCloudOptions } from '../../src/index.ts'
import type { BrowserPage } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { PILOT, WORKSPACE } from '../support/cloud.ts'
import { CODE, LOOSE, PASSWORD, twoStepUsers } from '../support/second-step.ts'
import { becomeConnected, expectNoProblems, logIn, stageIn } from './scene.ts'

const ADA = { username: 'ada', password: PASSWORD }
const shown = (id: string): string =>
  `document.getElementById('${id}') && !document.getElementById('${id}').hidden`
const textOf = (page: BrowserPage, id: string): Promise<string> =>
  page.evaluate(`document.getElementById('${id}').textContent.trim()`)
const says = (id: string, words: string): string =>
  `${shown(id)} && document.getElementById('${id}').textContent.indexOf(${JSON.stringify(words)}) >= 0`

async function typeCode(page: BrowserPage, code: string): Promise<void> {
  await page.waitFor(`${shown('code-form')} && !document.getElementById('code-submit').disabled`)
  await page.fill('#code', code)
  await page.click('#code-submit')
}

const twoSteps = (more: DjiCloudOptions = {}): DjiCloudOptions => ({
  users: twoStepUsers(),
  loginRateLimit: LOOSE,
  ...more,
})

describe.each(ENGINES.filter(hasEngine))('the login page in %s', (engine) => {
  const stage = stageIn(engine)

  it('asks for a code after the password, and goes on with it to the connection', async () => {
    const scene = await stage.play({ cloud: twoSteps(), mount: '/drones' })
    const { page, cloud } = scene
    const told: unknown[] = []
    cloud.cloud.on('login.succeeded', (event) => told.push(event))
    await logIn(page, ADA)
    await page.waitFor(shown('code-form'))
    expect(await textOf(page, 'code-title')).toBe('Enter your code, ada')
    expect(await textOf(page, 'code-hint')).toBe('Look at your phone.')
    expect(await textOf(page, 'code-label')).toBe('Code, 6 digits')
    expect(await textOf(page, 'code-left')).toMatch(/^Time left: (5 min 0|4 min 5\d) s$/)
    expect(await page.evaluate(`document.getElementById('code').inputMode`)).toBe('numeric')
    expect(await page.evaluate(`document.activeElement.id`)).toBe('code')
    // Nobody who comes to this screen later finds the password.
    expect(await page.evaluate(`document.getElementById('password').value`)).toBe('')
    expect(await page.evaluate(`[localStorage, sessionStorage].map(JSON.stringify).join()`)).not.toContain(
      PASSWORD,
    )
    await typeCode(page, '123 456')
    await becomeConnected(scene)
    expect(told).toMatchObject([{ userId: 'ada', challenge: 'otp' }])
    expect(await page.evaluate(`sessionStorage.getItem('dji-cloud.challenge')`)).toBeNull()
    expectNoProblems(page)
  })

  it('says of a wrong code how many tries are left, and of the last one that it is over', async () => {
    const { page, cloud } = await stage.play({
      cloud: twoSteps({
        loginRateLimit: { ...(LOOSE as object), perChallenge: { attempts: 2, windowSeconds: 300 } },
      }),
    })
    await logIn(page, ADA)
    await typeCode(page, '12345')
    await page.waitFor(says('code-problem', 'The code has 6 digits.'))
    await typeCode(page, '000000')
    await page.waitFor(says('code-problem', 'The code is wrong. Tries left: 1'))
    expect(await textOf(page, 'code-problem')).not.toContain('403')
    await typeCode(page, '000001')
    await page.waitFor(says('login-problem', 'Too many wrong codes. Type your password again.'))
    expect(await page.evaluate(shown('code-form'))).toBe(false)
    expect(await page.evaluate(`document.getElementById('username').value`)).toBe('ada')
    expect(await cloud.cloud.sessions.list()).toEqual([])
    // From the beginning it works.
    await logIn(page, ADA)
    await typeCode(page, CODE)
    await page.waitFor(`location.pathname.endsWith('/home')`)
  })

  it('says that the time is over, by itself, and if only the server knows', async () => {
    const short = { perChallenge: { attempts: 5, windowSeconds: 1 } }
    const one = await stage.play({ cloud: twoSteps({ loginRateLimit: { ...(LOOSE as object), ...short } }) })
    await logIn(one.page, ADA)
    await one.page.waitFor(says('login-problem', 'The time for the code is over.'))
    const two = await stage.play({ cloud: twoSteps() })
    await logIn(two.page, ADA)
    await two.page.waitFor(shown('code-form'))
    two.cloud.advance(300_000)
    await typeCode(two.page, CODE)
    await two.page.waitFor(says('login-problem', 'The time for the code is over.'))
    expect(await two.cloud.cloud.sessions.list()).toEqual([])
  })

  it('goes back, and takes a page that is loaded again to the code', async () => {
    const { page, webview } = await stage.play({ cloud: twoSteps() })
    await logIn(page, ADA)
    await page.waitFor(shown('code-form'))
    await webview.open()
    await page.waitFor(shown('code-form'))
    expect(await textOf(page, 'code-title')).toBe('Enter your code, ada')
    const left = new Promise((arrived) =>
      page.cdp.Network.responseReceived(({ response }) => arrived(response)),
    )
    await page.click('#code-back')
    await page.waitFor(shown('login-form'))
    // The server takes no code for it any more.
    expect(await left).toMatchObject({ url: expect.stringContaining('/login/challenge/cancel'), status: 200 })
    await webview.open()
    await page.waitFor(`${shown('login-form')} && !document.getElementById('login-submit').disabled`)
    expect(await page.evaluate(shown('code-form'))).toBe(false)
    await logIn(page, ADA)
    await page.waitFor(shown('code-form'))
    await webview.open()
    await typeCode(page, CODE)
    await page.waitFor(`location.pathname.endsWith('/home')`)
  })

  it('lets nobody go on with the challenge of another page, nor use one twice', async () => {
    const { page, cloud } = await stage.play({ cloud: twoSteps() })
    await logIn(page, ADA)
    await page.waitFor(shown('code-form'))
    // Another browser that got hold of the token, with the right code and a key of its own, or none.
    const steal = (key: string) =>
      page.evaluate(`(function () {
        var token = JSON.parse(sessionStorage.getItem('dji-cloud.challenge')).token
        window.stolen = token
        return fetch('/manage/api/v1/login/challenge', { method: 'POST', headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ token: token, code: '${CODE}', page_key: ${key} }) })
          .then(function (response) { return response.json() })
          .then(function (json) { return [json.code, json.data.reason].join(' ') })
      })()`)
    expect(await steal(`'a-key-of-another-page'`)).toBe('403011 elsewhere')
    expect(await steal('undefined')).toBe('403011 elsewhere')
    expect(await cloud.cloud.sessions.list()).toEqual([])
    const kept = await page.evaluate<string>(`sessionStorage.getItem('dji-cloud.challenge')`)
    await typeCode(page, CODE)
    await page.waitFor(`location.pathname.endsWith('/home')`)
    expect(await cloud.cloud.sessions.list()).toHaveLength(1)
    // Everything that the page had, once more. When the session has ended, the page goes to the login by itself.
    await page.evaluate(`sessionStorage.setItem('dji-cloud.challenge', ${JSON.stringify(kept)})`)
    await cloud.cloud.sessions.end({})
    await typeCode(page, CODE)
    await page.waitFor(says('login-problem', 'This login cannot be finished.'))
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it('lets no login of a browser end on a controller', async () => {
    const { page, cloud } = await stage.playOutside(twoSteps())
    await logIn(page, ADA)
    await page.waitFor(shown('code-form'))
    await page.evaluate('void (window.djiBridge = {})')
    await typeCode(page, CODE)
    await page.waitFor(says('login-problem', 'This login cannot be finished.'))
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it('says how long a user waits after too many wrong codes, and lets another one log in', async () => {
    const { page } = await stage.play({
      cloud: twoSteps({
        loginRateLimit: { ...(LOOSE as object), perAccountSecondStep: { attempts: 1, windowSeconds: 3600 } },
      }),
    })
    await logIn(page, ADA)
    await typeCode(page, '000000')
    await page.waitFor(says('code-problem', 'The code is wrong.'))
    await typeCode(page, CODE)
    await page.waitFor(says('login-problem', 'Too many wrong codes for this account.'))
    expect(await textOf(page, 'login-submit')).toMatch(/^Try again in (1 h 0 min|59 min \d+ s)$/)
    expect(await page.evaluate(`document.getElementById('login-submit').disabled`)).toBe(true)
    await logIn(page, { username: 'bob', password: PASSWORD })
    await page.waitFor(`location.pathname.endsWith('/home')`)
  })

  it('counts a wait down, also if it is loaded again, and ends it', async () => {
    const limit = { attempts: 1, windowSeconds: 8 }
    const { page, webview } = await stage.play({
      cloud: { loginRateLimit: { perAccountAndAddress: limit } },
    })
    const wrong = { username: PILOT.username, password: 'wrong' }
    await logIn(page, wrong)
    await page.waitFor(says('login-problem', 'wrong'))
    await logIn(page, wrong)
    await page.waitFor(`/^Try again in \\d s$/.test(document.getElementById('login-submit').textContent)`)
    expect(await textOf(page, 'login-problem')).toBe('Too many wrong passwords.')
    await webview.open()
    await page.waitFor(`/^Try again in \\d s$/.test(document.getElementById('login-submit').textContent)`)
    expect(await textOf(page, 'login-problem')).toBe('Too many wrong passwords.')
    await page.fill('#username', 'somebody else')
    expect(await textOf(page, 'login-submit')).toBe('Log in')
    await page.fill('#username', PILOT.username)
    expect(await textOf(page, 'login-submit')).toContain('Try again in')
    await page.waitFor(`document.getElementById('login-submit').textContent === 'Log in'`)
    expect(await page.evaluate(shown('login-problem'))).toBe(false)
    await logIn(page)
    await page.waitFor(`location.pathname.endsWith('/home')`)
  })

  it('waits for its turn, where many log in, and tries again by itself', async () => {
    const held: (() => void)[] = []
    const users = customUsers({
      authenticate: ({ username }) =>
        username === PILOT.username
          ? { id: 'pia', username, workspace: WORKSPACE }
          : new Promise((resolve) => held.push(() => resolve(null))),
      findById: (id) => ({ id, username: id, workspace: WORKSPACE }),
    })
    const { page, cloud } = await stage.play({
      cloud: { users, loginRateLimit: { concurrency: 1, queueLimit: 1, queueLimitPerAddress: 1 } },
    })
    const body = (name: string) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: name, password: 'x' }),
    })
    const others = ['one', 'two'].map((name) => fetch(`${cloud.url}/manage/api/v1/login`, body(name)))
    await logIn(page)
    await page.waitFor(says('login-status', 'Many people are logging in at the moment.'))
    expect(await textOf(page, 'login-submit')).toBe('Logging in…')
    const release = setInterval(() => {
      for (const done of held.splice(0)) done()
    }, 50)
    try {
      await page.waitFor(`location.pathname.endsWith('/home')`)
      await Promise.all(others)
    } finally {
      clearInterval(release)
    }
  })

  it('asks for the fields of the user store, and remembers what may be remembered', async () => {
    const typed: object[] = []
    const users = customUsers({
      fields: {
        tenant: { label: 'Area', choices: { north: 'North Sea', south: 'South coast' } },
        callsign: { label: 'Call sign', required: false },
        badge: { label: 'Badge', remember: false },
      },
      authenticate(credentials) {
        typed.push(credentials)
        return credentials.password === PILOT.password
          ? { id: 'pia', username: 'pia', workspace: WORKSPACE }
          : null
      },
      findById: (id) => ({ id, username: id, workspace: WORKSPACE }),
    })
    const { page, cloud } = await stage.play({ cloud: { users } })
    await logIn(page)
    await page.waitFor(says('login-problem', 'Fill in: Area, Badge'))
    expect(await page.evaluate('document.activeElement.id')).toBe('field-tenant')
    expect(typed).toEqual([])
    await page.fill('#field-tenant', 'south')
    await page.fill('#field-callsign', 'Tango <b>1</b>')
    await page.fill('#field-badge', '4711')
    await logIn(page)
    await page.waitFor(`location.pathname.endsWith('/home')`)
    expect(typed).toEqual([
      {
        ...{ username: PILOT.username, password: PILOT.password },
        tenant: 'south',
        callsign: 'Tango <b>1</b>',
        badge: '4711',
      },
    ])
    await cloud.cloud.sessions.end({})
    await page.waitFor(`${shown('login-form')} && !document.getElementById('login-submit').disabled`)
    const values = `['username', 'field-tenant', 'field-callsign', 'field-badge'].map(function (id) { return document.getElementById(id).value })`
    expect(await page.evaluate(values)).toEqual([PILOT.username, 'south', 'Tango <b>1</b>', ''])
  })

  it.each([
    ['web', 'web'],
    ['pilot', 'pilot'],
    ['both', 'web'],
  ])('lets an account that is %s into a browser, as %s', async (kind, role) => {
    const users = customUsers({
      authenticate: ({ username }, context) => ({
        ...{ id: 'wanda', username, workspace: WORKSPACE },
        role: kind === 'both' ? context.role : (kind as 'web' | 'pilot'),
      }),
      findById: (id, _data, asked) => ({
        ...{ id, username: 'wanda', workspace: WORKSPACE },
        role: kind === 'both' ? (asked ?? 'pilot') : (kind as 'web' | 'pilot'),
      }),
    })
    const { page, cloud } = await stage.playOutside({ users })
    expect(await textOf(page, 'login-about')).toContain('Here you see the aircraft of your workspace')
    await logIn(page)
    await page.waitFor(`location.pathname.endsWith('/fleet')`)
    expect((await cloud.cloud.sessions.list()).map((session) => session.role)).toEqual([role])
    expectNoProblems(page)
  })

  it('keeps a web account off a controller, in words', async () => {
    const { page } = await stage.play({ cloud: { users: [{ ...PILOT, role: 'web' }] } })
    expect(await textOf(page, 'login-about')).toBe(
      'Your login connects this controller and its aircraft to DJI Cloud.',
    )
    await logIn(page)
    await page.waitFor(says('login-problem', 'This account cannot be used on a controller.'))
  })

  it('says so where a template of the host cannot ask for a code', async () => {
    const { page } = await stage.play({
      cloud: twoSteps({ views: { templates: { 'partials/second-step': '' } } }),
    })
    await logIn(page, ADA)
    await page.waitFor(says('login-problem', 'this page cannot ask for it'))
  })
})
