// A login with a code after the password: what clients are answered, and what the host hears.
import { afterEach, describe, expect, it } from 'vitest'
import type { DjiCloudOptions, UserStore } from '../../src/index.ts'
import { manualClock } from '../support/clock.ts'
import { startHost } from '../support/hosts.ts'
import { ask, type Reply } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { CODE, LOOSE, PASSWORD, twoStepUsers } from '../support/second-step.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Framework = 'express 5' | 'koa 3'
const EVENTS = ['login.challenged', 'login.failed', 'login.throttled', 'login.succeeded'] as const

async function start(more: DjiCloudOptions = {}, framework: Framework = 'express 5') {
  const clock = manualClock()
  const calls: (readonly [answer: object, context: object])[] = []
  const logged: string[] = []
  const note = (fields: object, text: string) =>
    void logged.push(
      `${text} ${JSON.stringify(fields, (_key, value) => (value instanceof Error ? value.message : value))}`,
    )
  const host = await startHost(
    { framework, mount: '/drones', parser: 'before' },
    {
      users: twoStepUsers({}, calls),
      loginRateLimit: LOOSE,
      broker: idleBroker(),
      logger: { debug: note, info: note, warn: note, error: note },
      clock,
      ...more,
    },
  )
  closing.push(() => host.close())
  const told: Record<string, unknown>[] = []
  for (const name of EVENTS)
    host.cloud.on(name, (event) => {
      const { at: _at, ...rest } = event
      told.push({ name, ...rest })
    })
  const post = (path: string, body: object, headers: Record<string, string> = {}, from?: string) =>
    ask(host.url, `/drones/manage/api/v1${path}`, { method: 'POST', body, headers, from })
  const logIn = (body: object = {}, headers?: Record<string, string>, from?: string) =>
    post('/login', { username: 'ada', password: PASSWORD, ...body }, headers, from)
  const begin = async (body: object = {}, from?: string) => challengeOf(await logIn(body, {}, from))
  const answer = (token: string, body: object = {}, from?: string) =>
    post('/login/challenge', { token, code: CODE, ...body }, {}, from)
  const sessions = async () =>
    (await host.cloud.sessions.list()).map(({ userId, role }) => `${userId} ${role}`)
  return { host, clock, calls, logged, told, post, logIn, begin, answer, sessions }
}

function challengeOf({ json }: Reply): { readonly token: string } & Record<string, unknown> {
  const challenge = json.data?.['challenge']
  if (typeof challenge !== 'object') throw new Error(`no challenge in ${JSON.stringify(json)}`)
  return challenge as { readonly token: string } & Record<string, unknown>
}

const results = ({ status, json }: Reply) => [
  status,
  json.code,
  json.data?.['reason'] ?? json.data?.['attempts_left'],
]

describe.each<Framework>(['express 5', 'koa 3'])('a second step, in %s', (framework) => {
  it('comes after the right password, and the right code is a login', async () => {
    const { logIn, answer, calls, told, sessions, host, clock } = await start({}, framework)
    const asked = await logIn()
    expect(asked).toMatchObject({ status: 200, json: { code: 403009 } })
    const { token, ...challenge } = challengeOf(asked)
    expect(challenge).toEqual({
      ...{ kind: 'otp', hint: 'Look at your phone.', digits: 6, attempts_left: 5 },
      ...{ expires_in: 300, expires_at: Math.floor(clock.now() / 1000) + 300 },
    })
    expect(asked.json.data).toMatchObject({
      error: 'CHALLENGE',
      hint: expect.stringContaining('login/challenge'),
    })
    expect(asked.json.data).not.toHaveProperty('access_token')
    expect(await sessions()).toEqual([])

    const done = await answer(token)
    expect(done).toMatchObject({ status: 200, json: { code: 0, data: { user_id: 'ada', user_type: 2 } } })
    expect(calls).toEqual([
      [
        { challenge: 'otp', id: 'ada', username: 'ada', code: CODE, data: { asked: 'ada' } },
        { role: 'pilot', address: '127.0.0.1', language: 'en' },
      ],
    ])
    expect(await sessions()).toEqual(['ada pilot'])
    const [session] = await host.cloud.sessions.list()
    const common = { address: '127.0.0.1', userId: 'ada', username: 'ada' }
    expect(told).toEqual([
      { name: 'login.challenged', ...common, challenge: 'otp' },
      {
        ...{ name: 'login.succeeded', ...common, by: null, challenge: 'otp' },
        ...{ workspaceId: session?.workspaceId, sessionId: session?.id },
      },
    ])
  })

  it('is not asked of a user who has none', async () => {
    const { logIn, told } = await start({}, framework)
    expect((await logIn({ username: 'bob' })).json.code).toBe(0)
    expect(told).toMatchObject([{ name: 'login.succeeded', userId: 'bob', challenge: null }])
  })

  it('takes as many wrong codes as it says, and then not the right one either', async () => {
    const { begin, answer, told, sessions } = await start({}, framework)
    const { token } = await begin()
    const codes = []
    for (let guess = 0; guess < 5; guess += 1) codes.push(results(await answer(token, { code: '000000' })))
    expect(codes).toEqual([
      [403, 403010, 4],
      [403, 403010, 3],
      [403, 403010, 2],
      [403, 403010, 1],
      [403, 403011, 'too_many'],
    ])
    expect(results(await answer(token))).toEqual([403, 403011, 'too_many'])
    expect(await sessions()).toEqual([])
    expect(told.slice(1).map(({ reason }) => reason)).toEqual([
      ...Array(4).fill('challenge'),
      ...Array(2).fill('challenge_void'),
    ])
  })

  it('answers with the HTTP status for who asks for that', async () => {
    const { logIn } = await start({}, framework)
    const http = { 'x-dji-cloud-status': 'http' }
    const asked = await logIn({}, http)
    expect([asked.status, asked.json.code]).toEqual([403, 403009])
  })
})

describe('a challenge', () => {
  it('works once', async () => {
    const { begin, answer, sessions, told } = await start()
    const { token } = await begin()
    expect(results(await answer(token))[1]).toBe(0)
    expect(results(await answer(token))).toEqual([403, 403011, 'used'])
    expect(await sessions()).toHaveLength(1)
    expect(told.at(-1)).toMatchObject({ name: 'login.failed', reason: 'challenge_void', username: 'ada' })
  })

  it('works once, also if the right code comes five times at the same moment', async () => {
    const { begin, answer, sessions } = await start()
    const { token } = await begin()
    const codes = (await Promise.all(Array.from({ length: 5 }, () => answer(token)))).map(
      ({ json }) => json.code,
    )
    expect(codes.filter((code) => code === 0)).toHaveLength(1)
    expect(codes.filter((code) => code === 403011)).toHaveLength(4)
    expect(await sessions()).toHaveLength(1)
  })

  it('is over after its time', async () => {
    const { begin, answer, clock, calls } = await start()
    const { token } = await begin()
    clock.advance(300_000)
    expect(results(await answer(token))).toEqual([403, 403011, 'expired'])
    expect(calls).toEqual([])
  })

  it('is of the page that began: another one can do nothing with it', async () => {
    const { begin, answer, calls } = await start()
    const { token } = await begin({ page_key: 'a-key-of-page-one' })
    for (const page_key of [undefined, null, '', 'a-key-of-page-two'])
      expect(results(await answer(token, { page_key }))).toEqual([403, 403011, 'elsewhere'])
    expect(calls).toEqual([])
    expect(results(await answer(token, { page_key: 'a-key-of-page-one' }))[1]).toBe(0)
  })

  it('gives the role of the first step, whatever the second one says', async () => {
    const { begin, answer, sessions } = await start()
    const web = await begin({ flag: 1 })
    for (const flag of [2, '2', 3])
      expect(results(await answer(web.token, { flag }))).toEqual([403, 403011, 'elsewhere'])
    expect((await answer(web.token)).json.data).toMatchObject({ user_type: 1 })
    const pilot = await begin({ flag: 2 })
    expect((await answer(pilot.token, { flag: '2' })).json.data).toMatchObject({ user_type: 2 })
    expect((await sessions()).sort()).toEqual(['ada pilot', 'ada web'])
  })

  it.each([
    ['made up', () => 'bm90IGEgdG9rZW4gYXQgYWxsLCBqdXN0IHdvcmRz'],
    ['changed', (token: string) => `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`],
    ['cut', (token: string) => token.slice(0, -1)],
  ])('that is %s is none, and nobody is told a name', async (_name, change) => {
    const { begin, answer, told, calls } = await start()
    const { token } = await begin()
    told.length = 0
    expect(results(await answer(change(token)))).toEqual([403, 403011, 'unknown'])
    expect([told, calls]).toEqual([[], []])
  })

  it('of another platform is none', async () => {
    const [one, two] = [await start({ secret: 'a'.repeat(40) }), await start({ secret: 'b'.repeat(40) })]
    expect(results(await two.answer((await one.begin()).token))).toEqual([403, 403011, 'unknown'])
    const three = await start({ secret: ['c'.repeat(40), 'a'.repeat(40)] })
    expect(results(await three.answer((await one.begin()).token))[1]).toBe(0)
  })

  it('does not say that it is of a known user to who has not the password', async () => {
    const { logIn, told } = await start()
    const wrong = await logIn({ password: 'wrong' })
    const unknown = await logIn({ username: 'nobody', password: 'wrong' })
    expect(wrong.text).toBe(unknown.text)
    expect(wrong.json.code).toBe(403001)
    expect(told.map(({ name }) => name)).toEqual(['login.failed', 'login.failed'])
  })

  it.each([
    ['no code', { code: '' }],
    ['a code that is no text', { code: 123456 }],
    ['a NUL', { code: '1\u0000' }],
    ['no token', { token: null }],
    ['a flag that is none', { flag: 4 }],
  ])('with %s is a fault that names the field', async (_name, body) => {
    const { begin, answer } = await start()
    const { token } = await begin()
    const { status, json } = await answer(token, body)
    expect([status, json.code]).toEqual([400, 400002])
    expect(json.data?.['issues']).toMatchObject([{ field: Object.keys(body)[0] }])
  })
})

describe('a challenge that the user has left', () => {
  const leave = (post: Awaited<ReturnType<typeof start>>['post'], token: string, body: object = {}) =>
    post('/login/challenge/cancel', { token, ...body })

  it('takes no code any more, and the host hears once what to void', async () => {
    const left: unknown[] = []
    const users = twoStepUsers({ cancelChallenge: (...given: unknown[]) => void left.push(given) })
    const { post, begin, answer, calls, sessions } = await start({ users })
    const { token } = await begin()
    for (let times = 0; times < 2; times += 1)
      expect(await leave(post, token)).toMatchObject({ status: 200, json: { code: 0, data: {} } })
    expect(left).toEqual([
      [
        { challenge: 'otp', id: 'ada', username: 'ada', data: { asked: 'ada' } },
        { role: 'pilot', address: '127.0.0.1', language: 'en' },
      ],
    ])
    expect(results(await answer(token))).toEqual([403, 403011, 'used'])
    expect(calls).toEqual([])
    // Another login has a challenge of its own.
    expect((await answer((await begin()).token)).json.code).toBe(0)
    expect(await sessions()).toEqual(['ada pilot'])
  })

  it('needs no function of the host', async () => {
    const { post, begin, answer } = await start()
    const { token } = await begin()
    expect((await leave(post, token)).status).toBe(200)
    expect(results(await answer(token))).toEqual([403, 403011, 'used'])
  })

  it('is left by its own page only, and not by who has made a token up', async () => {
    const { post, begin, answer } = await start()
    const { token } = await begin({ page_key: 'a key of the page' })
    expect(results(await leave(post, token))).toEqual([403, 403011, 'elsewhere'])
    expect(results(await leave(post, token, { page_key: 'another' }))).toEqual([403, 403011, 'elsewhere'])
    expect(results(await leave(post, 'made up'))).toEqual([403, 403011, 'unknown'])
    expect((await answer(token, { page_key: 'a key of the page' })).json.code).toBe(0)
  })

  it('was answered before: the session stays, and the host is not asked', async () => {
    const left: unknown[] = []
    const users = twoStepUsers({ cancelChallenge: () => void left.push('left') })
    const { post, begin, answer, sessions } = await start({ users })
    const { token } = await begin()
    expect((await answer(token)).json.code).toBe(0)
    expect((await leave(post, token)).status).toBe(200)
    expect([left, await sessions()]).toEqual([[], ['ada pilot']])
  })

  it('is void also if the function of the host fails', async () => {
    const cancelChallenge = () => Promise.reject(new Error('the service is down'))
    const { post, begin, answer, logged } = await start({ users: twoStepUsers({ cancelChallenge }) })
    const { token } = await begin()
    expect((await leave(post, token)).status).toBe(503)
    expect(logged.join('\n')).toContain('the service is down')
    expect(results(await answer(token))).toEqual([403, 403011, 'used'])
  })

  it('takes back nothing that was counted: nobody can have codes sent without end', async () => {
    const { post, logIn } = await start({
      loginRateLimit: { perAccountAndAddress: { attempts: 3, windowSeconds: 60 } },
    })
    const codes = []
    for (let count = 0; count < 4; count += 1) {
      const asked = await logIn()
      codes.push(asked.json.code)
      if (asked.json.code === 403009) await leave(post, challengeOf(asked).token)
    }
    expect(codes).toEqual([403009, 403009, 403009, 429001])
  })
})

describe('codes that are guessed', () => {
  it('are counted for the user, over new challenges and other addresses', async () => {
    const { begin, answer, told } = await start({
      loginRateLimit: { ...(LOOSE as object), perAccountSecondStep: { attempts: 6, windowSeconds: 600 } },
    })
    const guess = async (from: string) =>
      results(await answer((await begin({}, from)).token, { code: '000000' }, from))[1]
    const codes = []
    for (let count = 0; count < 8; count += 1) codes.push(await guess(`127.0.0.${10 + count}`))
    expect(codes).toEqual([...Array(6).fill(403010), 429001, 429001])
    // The right code is not let through either.
    const right = await answer((await begin()).token)
    expect(right).toMatchObject({
      status: 429,
      json: {
        code: 429001,
        data: { retry_after: expect.any(Number) },
      },
    })
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(500)
    expect(told.at(-1)).toMatchObject({ name: 'login.throttled', username: 'ada' })
  })

  it('do not wait for a second password: the limit of the password counts logins that were not finished', async () => {
    const { logIn } = await start({
      loginRateLimit: { perAccountAndAddress: { attempts: 3, windowSeconds: 60 } },
    })
    const codes = []
    for (let count = 0; count < 4; count += 1) codes.push((await logIn()).json.code)
    expect(codes).toEqual([403009, 403009, 403009, 429001])
  })

  it('a finished login counts as no failure, at the address of its password', async () => {
    const { begin, answer } = await start({
      loginRateLimit: {
        perAccountAndAddress: { attempts: 2, windowSeconds: 60 },
        perAddress: { attempts: 3, windowSeconds: 60 },
      },
    })
    for (let count = 0; count < 6; count += 1) {
      const { token } = await begin({}, '127.0.0.7')
      expect((await answer(token, {}, '127.0.0.8')).json.code).toBe(0)
    }
  })
})

it.each([' - ', '12345', '1234567', '12345x', '+12345'])(
  'the code %j has not the form of one: it is wrong and counted, and the user store is not asked',
  async (code) => {
    const { begin, answer, calls } = await start()
    const { token } = await begin()
    expect(results(await answer(token, { code }))).toEqual([403, 403010, 4])
    expect(calls).toEqual([])
    expect(results(await answer(token, { code: '123 456' }))[1]).toBe(0)
  },
)

describe('a field challenge that is no name', () => {
  const ADA = { id: 'ada', username: 'ada', role: 'pilot', workspace: WORKSPACE } as const
  const through =
    (answer: object): UserStore['authenticate'] =>
    async () =>
      answer as never

  it.each([6, 0, '', true, false, {}, []])(
    '%j: nobody is logged in without a code, and the log says why',
    async (challenge) => {
      const wrong = { ...ADA, challenge }
      for (const users of [
        twoStepUsers({ authenticate: () => wrong as never }),
        { ...twoStepUsers(), authenticate: through(wrong) },
      ]) {
        const { logIn, sessions, logged } = await start({ users })
        expect((await logIn()).status).toBe(503)
        expect(await sessions()).toEqual([])
        expect(logged.join('\n')).toContain('challenge')
      }
    },
  )

  it.each([null, undefined])('%j is none', async (challenge) => {
    const { logIn } = await start({
      users: twoStepUsers({ authenticate: () => ({ ...ADA, challenge }) as never }),
    })
    expect((await logIn()).json.code).toBe(0)
  })

  it.each(['otp', 6, false])(
    '%j after the code: there is no third step, so nobody is logged in',
    async (challenge) => {
      const wrong = { ...ADA, challenge }
      for (const users of [
        twoStepUsers({ verifyChallenge: () => wrong as never }),
        { ...twoStepUsers(), verifyChallenge: through(wrong) as never },
      ]) {
        const { begin, answer, sessions, logged } = await start({ users })
        expect((await answer((await begin()).token)).status).toBe(503)
        expect(await sessions()).toEqual([])
        expect(logged.join('\n')).toContain('one challenge only')
      }
    },
  )

  it('without an id is refused, and gets none', async () => {
    const { logIn, logged } = await start({
      users: twoStepUsers({ authenticate: () => ({ challenge: 'otp' }) as never }),
    })
    expect((await logIn()).status).toBe(503)
    expect(logged.join('\n')).toContain('id is missing')
  })
})

describe('a user store whose second step is broken', () => {
  const cases: readonly (readonly [string, Partial<UserStore>, string])[] = [
    ['throws', { verifyChallenge: () => Promise.reject(new Error('the fake service is away')) }, 'is away'],
    [
      'throws at once',
      {
        verifyChallenge: () => {
          throw new Error('the fake service is away')
        },
      },
      'is away',
    ],
    [
      'names another user',
      { verifyChallenge: async () => ({ id: 'bob', username: 'bob', role: 'pilot', workspace: WORKSPACE }) },
      'another user',
    ],
  ]
  it.each(cases)('%s: nobody is let in, and the log says why', async (_name, change, words) => {
    const { begin, answer, sessions, logged } = await start({ users: { ...twoStepUsers(), ...change } })
    const { token } = await begin()
    const { status, json } = await answer(token)
    expect([status, json.code]).toEqual([503, 503001])
    expect(JSON.stringify(json)).not.toContain(words)
    expect(logged.join('\n')).toContain(words)
    expect(await sessions()).toEqual([])
  })

  it('answers nothing at all: a wrong code', async () => {
    const verifyChallenge = (async () => undefined) as unknown as NonNullable<UserStore['verifyChallenge']>
    const { begin, answer } = await start({ users: { ...twoStepUsers(), verifyChallenge } })
    expect(results(await answer((await begin()).token))).toEqual([403, 403010, 4])
  })

  it.each([
    ['has no verifyChallenge', { verifyChallenge: undefined }, 'the user store has no verifyChallenge()'],
    [
      'gives its challenge a wrong name',
      { authenticate: async () => ({ challenge: 'O T P', id: 'ada' }) },
      'challenge needs',
    ],
    ['gives it no id', { authenticate: async () => ({ challenge: 'otp' }) as never }, 'id is missing'],
    [
      'gives it too much data',
      { authenticate: async () => ({ challenge: 'otp', id: 'ada', data: 'x'.repeat(5000) }) },
      '4096 bytes',
    ],
  ])('%s: the login is a 503, and the log says why', async (_name, change, words) => {
    // A host in JavaScript may do anything.
    const users = { ...twoStepUsers(), ...change } as UserStore
    const { logIn, sessions, logged } = await start({ users })
    const { status, json } = await logIn()
    expect([status, json.code]).toEqual([503, 503001])
    expect(JSON.stringify(json)).not.toContain(words)
    expect(logged.join('\n')).toContain(words)
    expect(await sessions()).toEqual([])
  })

  it('does not start without limits, since codes could be guessed then', async () => {
    await expect(start({ loginRateLimit: false })).rejects.toThrow(
      'is false, and users has verifyChallenge: without a limit, codes can be guessed',
    )
  })
})

it('keeps no code, no token and no data in events, log and sessions', async () => {
  const secret = 'a-fake-secret-of-the-service'
  const users = twoStepUsers({
    authenticate: () => ({ challenge: 'otp', id: 'ada', data: { secret } }),
    verifyChallenge: ({ code, id }) =>
      code === CODE ? { id, username: 'ada', workspace: WORKSPACE, data: { secret } } : null,
  })
  const { begin, answer, told, logged, host } = await start({ users })
  const { token } = await begin()
  await answer(token, { code: '987654' })
  const done = await answer(token)
  const seen = JSON.stringify([told, logged, await host.cloud.sessions.list(), done.json])
  for (const hidden of [secret, '987654', CODE, token]) expect(seen).not.toContain(hidden)
})

const WORKSPACE = { id: '0a0a0a0a-0000-4000-8000-00000000000a', name: 'Alpha', description: '' }
