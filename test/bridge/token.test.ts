import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBridge } from '../../src/bridge/client.ts'
import { SERVER_CODES } from '../../src/bridge/codes.ts'
import { createMemory } from '../../src/bridge/memory.ts'
import { createServer } from '../../src/bridge/server.ts'
import { createTokenKeeper } from '../../src/bridge/token.ts'
import { ERRORS } from '../../src/core/errors.ts'
import { pageUrls } from '../../src/core/pages/urls.ts'
import { noServer, refused } from './scripted-server.ts'
import { createStage, logIn } from './stage.ts'

let stage: ReturnType<typeof createStage>
beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-03-01T08:00:00Z') }))
afterEach(() => {
  stage.stop()
  vi.useRealTimers()
})

/** A page that finds `stored` in its storage and, if given, `pilots` in Pilot's loaded api module. */
function holding(stored: string | null, pilots?: string) {
  stage = createStage()
  if (stored !== null) stage.store.set('dji-cloud.token', stored)
  if (pilots !== undefined) {
    for (const set of [stage.pilot.native.loaded, stage.pilot.native.visible]) set.add('api')
    stage.pilot.native.token = pilots
  }
  return stage
}

describe('the token that Pilot or the page holds', () => {
  it('is none', async () => {
    holding(null)
    expect(await stage.settled(stage.open().resolveToken())).toEqual({ kind: 'none' })
    expect(stage.server.requests).toEqual([])
  })

  it('is valid', async () => {
    holding('stored').server.tokens.stored = 'valid'
    expect(await stage.settled(stage.open().resolveToken())).toEqual({
      kind: 'valid',
      token: 'stored',
      refreshed: false,
    })
  })

  it('is expired and renewed: stored, and handed to Pilot', async () => {
    holding('old', 'old').server.tokens.old = 'TOKEN_EXPIRED_REFRESHABLE'
    const situation = await stage.settled(stage.open().resolveToken())
    expect(situation).toEqual({ kind: 'valid', token: 'issued-token-number-1', refreshed: true })
    expect(stage.store.get('dji-cloud.token')).toBe('issued-token-number-1')
    expect(stage.pilot.native.token).toBe('issued-token-number-1')
    expect(stage.server.requests).toEqual(['POST /token/verify', 'POST /token/refresh'])
  })

  it.each([
    ['TOKEN_EXPIRED', 'expired'],
    ['TOKEN_INVALID', 'invalid'],
    ['SESSION_ENDED', 'revoked'],
    ['TOKEN_SPENT', 'spent'],
  ] as const)('is refused as %s: login, saying %s', async (state, reason) => {
    holding('bad').server.tokens.bad = state
    expect(await stage.settled(stage.open().resolveToken())).toEqual({ kind: 'login', reason })
    expect(stage.store.has('dji-cloud.token')).toBe(false)
  })

  it.each([
    ['no answer', noServer],
    ['a broken store', refused(503, SERVER_CODES.STORE_UNAVAILABLE)],
    ['throttling', refused(429, SERVER_CODES.THROTTLED)],
    ['a stranger on the way', refused(404, 404)],
  ])('stays through %s', async (_, answer) => {
    holding('kept').server.overrides['/token/verify'] = () => answer
    expect(await stage.settled(stage.open().resolveToken())).toEqual({ kind: 'unreachable', token: 'kept' })
    expect(stage.store.get('dji-cloud.token')).toBe('kept')
  })

  it("is the page's when Pilot's own is an old one, and no spent token is ever sent to refresh", async () => {
    holding('newer', 'older').server.tokens.newer = 'valid'
    stage.server.tokens.older = 'TOKEN_EXPIRED_REFRESHABLE'
    expect(await stage.settled(stage.open().resolveToken())).toMatchObject({ kind: 'valid', token: 'newer' })
    expect(stage.server.requests).toEqual(['POST /token/verify', 'POST /token/verify'])
  })
})

describe('renewal while the page is open', () => {
  it('comes at four fifths of its life and reaches api and ws', async () => {
    stage = createStage()
    const flow = await logIn(stage)
    await stage.settled(flow.run())
    stage.pilot.calls.length = 0
    await vi.advanceTimersByTimeAsync(9.5 * 3_600_000)
    expect(stage.pilot.native.token).toBe('issued-token-number-1')
    await vi.advanceTimersByTimeAsync(0.3 * 3_600_000)
    expect(stage.pilot.native.token).toBe('issued-token-number-2')
    expect(stage.pilot.native.params.ws).toMatchObject({ token: 'issued-token-number-2' })
    expect(stage.pilot.commands()).toEqual([
      'apiSetToken',
      'platformUnloadComponent:tsa',
      'platformUnloadComponent:ws',
      'platformLoadComponent:ws',
      'platformLoadComponent:tsa',
    ])
  })

  it("is no storm when this controller's clock is a day ahead of the server's", async () => {
    stage = createStage()
    stage.store.set('dji-cloud.token', 'held')
    stage.server.tokens.held = 'valid'
    stage.server.overrides['/token/verify'] = () => ({
      status: 200,
      code: 0,
      message: '',
      data: { expires_at: Math.floor(Date.now() / 1000) - 86_400 },
    })
    await stage.settled(stage.open().run())
    await vi.advanceTimersByTimeAsync(600_000)
    expect(stage.server.requests).not.toContain('POST /token/refresh')
  })

  it('is tried again while the server is away, without logging out', async () => {
    stage = createStage()
    const flow = await logIn(stage)
    await stage.settled(flow.run())
    stage.server.overrides['/token/refresh'] = () => noServer
    await vi.advanceTimersByTimeAsync(10 * 3_600_000)
    expect(stage.outcomes.map(({ kind }) => kind)).not.toContain('login')
    delete stage.server.overrides['/token/refresh']
    await vi.advanceTimersByTimeAsync(120_000)
    expect(stage.store.get('dji-cloud.token')).toBe('issued-token-number-2')
  })
})

describe('what a front end learns of the token', () => {
  it('is the present one, and each change until it stops listening', async () => {
    stage = createStage()
    const flow = stage.open()
    expect(flow.token()).toBeNull()
    const heard: (string | null)[] = []
    const others: (string | null)[] = []
    flow.onToken((token) => void heard.push(token))
    const stop = flow.onToken((token) => void others.push(token))
    await stage.settled(flow.login('pilot', 'right'))
    expect(heard).toEqual(['issued-token-number-1'])
    await stage.settled(flow.run())
    await vi.advanceTimersByTimeAsync(9.9 * 3_600_000)
    expect(heard).toEqual(['issued-token-number-1', 'issued-token-number-2'])
    expect(flow.token()).toBe('issued-token-number-2')
    stop()
    await stage.settled(flow.logout())
    expect(heard.at(-1)).toBeNull()
    expect(flow.token()).toBeNull()
    expect(others).toEqual(['issued-token-number-1', 'issued-token-number-2'])
  })

  it('is the stored one before the server was asked, and the one that the server gave for it', async () => {
    holding('old').server.tokens.old = 'TOKEN_EXPIRED_REFRESHABLE'
    const flow = stage.open()
    const heard: (string | null)[] = []
    flow.onToken((token) => void heard.push(token))
    expect(flow.token()).toBe('old')
    await stage.settled(flow.resolveToken())
    expect(heard.at(-1)).toBe('issued-token-number-1')
    expect(flow.token()).toBe('issued-token-number-1')
  })

  it('is not told again if it has not changed', async () => {
    holding('stored').server.tokens.stored = 'valid'
    const flow = stage.open()
    const heard: (string | null)[] = []
    flow.onToken((token) => void heard.push(token))
    await stage.settled(flow.resolveToken())
    expect(flow.token()).toBe('stored')
    expect(heard).toEqual([])
  })

  it('is null after a session that the server has ended', async () => {
    holding('bad').server.tokens.bad = 'SESSION_ENDED'
    const flow = stage.open()
    const heard: (string | null)[] = []
    flow.onToken((token) => void heard.push(token, flow.token()))
    await stage.settled(flow.resolveToken())
    expect(heard).toEqual([null, null])
    expect(flow.token()).toBeNull()
  })

  it('reaches the others too if one listener throws, and its error is not lost', async () => {
    stage = createStage()
    const flow = stage.open()
    const heard: (string | null)[] = []
    flow.onToken(() => {
      throw new Error('A listener that throws.')
    })
    flow.onToken((token) => void heard.push(token))
    await expect(flow.login('pilot', 'right')).resolves.toMatchObject({ status: 200 })
    expect(heard).toEqual(['issued-token-number-1'])
    expect(() => vi.runOnlyPendingTimers()).toThrow('A listener that throws.')
  })
})

it('is one request for any number of callers: a second would spend a spent token', async () => {
  stage = createStage()
  stage.server.tokens.old = 'TOKEN_EXPIRED_REFRESHABLE'
  stage.store.set('dji-cloud.token', 'old')
  const memory = createMemory({
    get: (key) => stage.store.get(key) ?? null,
    set: (key, value) => void stage.store.set(key, value),
    remove: () => {},
  })
  const server = createServer({
    bridge: () => undefined,
    isDjiPilot: true,
    http: stage.server.http,
    urls: pageUrls('/drones'),
  })
  const timers = { now: () => Date.now(), set: setTimeout, clear: () => {} }
  const keeper = createTokenKeeper(
    createBridge(() => stage.pilot.bridge),
    server,
    memory,
    timers,
  )
  const answers = await Promise.all([1, 2, 3].map(() => keeper.authorized(server.bootstrap)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(stage.server.requests.filter((request) => request === 'POST /token/refresh')).toHaveLength(1)
})

describe('login', () => {
  it('keeps the user name, never the password', async () => {
    stage = createStage()
    await logIn(stage)
    expect(stage.store.get('dji-cloud.username')).toBe('pilot')
    expect(JSON.stringify([...stage.store])).not.toContain('right')
  })

  it('hands a refusal on as it is and keeps nothing', async () => {
    stage = createStage()
    expect(await stage.settled(stage.open().login('pilot', 'wrong'))).toMatchObject({
      status: 403,
      code: 403001,
    })
    expect(stage.store.size).toBe(0)
  })
})

it("has the numbers of the server's table of errors", () => {
  stage = createStage()
  for (const [name, code] of Object.entries(SERVER_CODES))
    expect([name, ERRORS[name as keyof typeof ERRORS][0]]).toEqual([name, code])
})
