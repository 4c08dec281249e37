import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SERVER_CODES } from '../../src/bridge/codes.ts'
import type { PilotKnobs, ReturnStyle } from './scripted-pilot.ts'
import { createScriptedServer, noServer, ok, refused, sampleBootstrap } from './scripted-server.ts'
import { createStage, logIn } from './stage.ts'

let stage: ReturnType<typeof createStage>
beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-03-01T08:00:00Z') }))
afterEach(() => {
  stage.stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const EVERYTHING = [
  'platformVerifyLicense',
  'platformSetWorkspaceId',
  'platformSetInformation',
  'platformLoadComponent:api',
  'apiSetToken',
  'platformLoadComponent:thing',
  'platformLoadComponent:ws',
  'platformLoadComponent:tsa',
]

async function connected(knobs: PilotKnobs = {}, server = createScriptedServer()) {
  stage = createStage(knobs, server)
  const flow = await logIn(stage)
  const outcome = await stage.settled(flow.run())
  return { flow, outcome }
}

describe('first run', () => {
  it('does everything once, in order, with credentials for this gateway', async () => {
    const { flow, outcome } = await connected()
    expect(outcome).toEqual({ kind: 'connected' })
    expect(stage.pilot.commands()).toEqual(EVERYTHING)
    expect(stage.pilot.native.params.thing).toEqual({
      host: 'tcp://127.0.0.1:1883',
      username: 'u',
      password: 'gateway-secret',
      connectCallback: 'djiCloudThingCallback',
    })
    expect(stage.pilot.native.params.ws).toMatchObject({
      host: 'ws://127.0.0.1:9/drones/api/v1/ws',
      token: 'issued-token-number-1',
    })
    expect(stage.server.sent.find(({ url }) => url.endsWith('/mqtt/credentials'))?.body).toEqual({
      gateway_sn: 'RCFAKE00000001',
      aircraft_sn: '1581FFAKE0000000001',
    })
    expect(flow.state()).toMatchObject({
      link: 'connected',
      verified: true,
      modules: { api: 'loaded', thing: 'loaded', ws: 'loaded', tsa: 'loaded' },
    })
  })

  it('keeps every secret out of the steps', async () => {
    await connected()
    expect(JSON.stringify(stage.steps)).not.toMatch(/secret|issued-token|fake-licence|fake-key|right/)
  })

  const styles: readonly ReturnStyle[] = [
    'envelope',
    'data-as-string',
    'bare',
    'empty-object',
    'object',
    'void',
  ]
  it.each(styles)('comes out the same when Pilot answers by %s', async (style) => {
    const { outcome } = await connected({ style })
    expect(outcome.kind).toBe('connected')
    expect(stage.pilot.commands()).toEqual(EVERYTHING)
  })

  const callbacks: readonly (readonly [string, PilotKnobs])[] = [
    ['false, then true', { callbacks: [false, true] }],
    ['true only', { callbacks: [true] }],
    ['texts', { callbacks: ['false', 'true'] }],
    ['JSON text', { callbacks: ['{"code":0,"data":false}', '{"code":0,"data":{"connectState":true}}'] }],
    ['objects', { callbacks: [{ data: { connected: false } }, { data: { state: true } }] }],
    ['nothing at all', { callbacks: [] }],
    ['only the callback', { missing: ['thingGetConnectState', 'wsGetConnectState'] }],
    ['no method and a lag', { missing: ['thingConnect'], loadLag: 900 }],
  ]
  it.each(callbacks)('connects when Pilot reports by %s', async (_, knobs) => {
    const { outcome } = await connected(knobs)
    expect(outcome.kind).toBe('connected')
    expect(stage.pilot.calls).not.toContain('thingConnect')
  })

  it('takes a first false as connecting, never as disconnected', async () => {
    await connected({ callbacks: [false, false, false, true] })
    const links = stage.states.map(({ link }) => link).filter((link, index, all) => link !== all[index - 1])
    expect(links).toEqual(['disconnected', 'connecting', 'connected'])
  })

  it('asks the server when Pilot can neither be asked nor calls back', async () => {
    const server = createScriptedServer()
    server.overrides['/devices/11111111-2222-4333-8444-555555555555/devices/RCFAKE00000001'] = () => ({
      status: 200,
      code: 0,
      message: '',
      data: { status: true },
    })
    const { outcome } = await connected(
      { callbacks: [], missing: ['thingGetConnectState', 'wsGetConnectState'] },
      server,
    )
    expect(outcome.kind).toBe('connected')
  })
})

describe('serial numbers', () => {
  it.each([
    ['an error', () => JSON.stringify({ code: -1, message: 'device not connect', data: '' })],
    ['an empty text', () => JSON.stringify({ code: 0, message: 'success', data: '' })],
  ])('has no aircraft by %s: no failure', async (_, platformGetAircraftSN) => {
    const { flow, outcome } = await connected({ answers: { platformGetAircraftSN } })
    expect(outcome.kind).toBe('connected')
    expect(flow.state().aircraft).toBeNull()
    expect(stage.steps.filter(({ status }) => status === 'failed')).toEqual([])
  })

  it('asks again for an empty gateway serial, then goes on with the credentials of the user', async () => {
    const { outcome } = await connected({ answers: { platformGetRemoteControllerSN: () => '' } })
    expect(outcome.kind).toBe('connected')
    expect(
      stage.pilot.calls.filter((call) => call === 'platformGetRemoteControllerSN').length,
    ).toBeGreaterThan(3)
    expect(stage.pilot.native.params.thing).toMatchObject({ password: 'user-secret' })
    expect(stage.lastOf('gateway')).toMatchObject({ status: 'waiting', hint: 'hint.gateway_unknown' })
  })
})

describe('a step that fails', () => {
  const json =
    (code: number, message: string, data: unknown = null) =>
    () =>
      JSON.stringify({ code, message, data })
  const failures: readonly (readonly [string, PilotKnobs, string, string, number | null])[] = [
    [
      'a foreign licence',
      { answers: { platformVerifyLicense: json(-7, 'bad base-64') } },
      'verify',
      'hint.license_format',
      -7,
    ],
    [
      'a refused licence',
      { answers: { platformVerifyLicense: json(0, 'no', false) } },
      'verify',
      'hint.license_refused',
      0,
    ],
    [
      'a licence never confirmed',
      { answers: { platformIsVerified: json(0, '', false) } },
      'check',
      'hint.not_verified',
      0,
    ],
    [
      'a workspace that is no UUID',
      { answers: { platformSetWorkspaceId: json(615000, 'invalid uuid') } },
      'workspace',
      'hint.workspace_uuid',
      615000,
    ],
    ['a missing method', { missing: ['platformSetInformation'] }, 'information', 'hint.pilot_outdated', null],
    [
      'a method that throws',
      {
        answers: {
          platformSetWorkspaceId: () => {
            throw new Error('Java exception')
          },
        },
      },
      'workspace',
      'hint.pilot_error',
      null,
    ],
  ]
  it.each(failures)('%s stops what comes after it', async (_, knobs, id, hint, code) => {
    const { outcome } = await connected(knobs)
    expect(outcome).toMatchObject({ kind: 'failed', step: { id, hint, code } })
    expect(stage.pilot.calls.some((call) => call.startsWith('platformLoadComponent'))).toBe(false)
  })

  it('a licence that is not configured is said, not tried', async () => {
    const { outcome } = await connected({}, createScriptedServer(sampleBootstrap({}, { license: null })))
    expect(outcome).toMatchObject({ kind: 'failed', step: { id: 'verify', hint: 'hint.license_missing' } })
    expect(stage.pilot.calls).not.toContain('platformVerifyLicense')
  })

  it('an extra that does not load costs the pilot nothing else', async () => {
    const server = createScriptedServer(sampleBootstrap({ liveshare: true, mission: true }))
    stage = createStage({}, server)
    const load = stage.pilot.bridge.platformLoadComponent as (name: string, params: string) => unknown
    stage.pilot.bridge.platformLoadComponent = (name: string, params: string) =>
      name === 'liveshare' ? json(5, 'nope')() : load(name, params)
    const flow = await logIn(stage)
    expect(await stage.settled(flow.run())).toMatchObject({
      kind: 'failed',
      step: { id: 'load:liveshare', code: 5 },
    })
    expect(flow.state()).toMatchObject({
      link: 'connected',
      modules: { liveshare: 'failed', mission: 'loaded' },
    })
  })
})

it('tries again with what the server says now', async () => {
  const server = createScriptedServer(sampleBootstrap({}, { license: null }))
  const { flow, outcome } = await connected({}, server)
  expect(outcome.kind).toBe('failed')
  server.overrides['/drones/pilot/bootstrap'] = () => ok(sampleBootstrap())
  expect((await stage.settled(flow.run())).kind).toBe('connected')
})

it('sets up everything anew for another login on the same page', async () => {
  const { flow } = await connected()
  const other = sampleBootstrap()
  stage.server.overrides['/drones/pilot/bootstrap'] = () =>
    ok({ ...other, session: { ...other.session, id: 'session-2' } })
  await stage.settled(flow.login('pilot', 'right'))
  stage.pilot.calls.length = 0
  expect((await stage.settled(flow.run())).kind).toBe('connected')
  expect(stage.pilot.commands().slice(3, 5)).toEqual([
    'platformUnloadComponent:api',
    'platformSetWorkspaceId',
  ])
  expect(stage.pilot.native.params.ws).toMatchObject({ token: 'issued-token-number-2' })
})

describe('a link that does not come up', () => {
  it('is helped by thingConnect after ten seconds, with fresh credentials, and goes on by itself', async () => {
    const { outcome } = await connected({ connectsAfter: null })
    expect(stage.pilot.calls.filter((call) => call === 'thingConnect')).toHaveLength(1)
    expect(stage.server.requests.filter((request) => request.endsWith('/mqtt/credentials'))).toHaveLength(2)
    // `ws` never connects here: what needs it is kept back, the rest stands.
    expect(outcome.kind).toBe('waiting')
    expect(stage.pilot.native.loaded).toEqual(new Set(['api', 'thing', 'ws']))
    stage.pilot.native.up.add('ws')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(stage.outcomes.at(-1)?.kind).toBe('connected')
    expect(stage.pilot.native.loaded).toContain('tsa')
  })

  it('retries thingConnect once on 615011', async () => {
    let asked = 0
    await connected({
      connectsAfter: null,
      answers: {
        thingConnect: () => JSON.stringify({ code: ++asked === 1 ? 615011 : 0, message: '', data: true }),
      },
    })
    expect(asked).toBe(2)
    expect(stage.lastOf('connect:thing')).toMatchObject({ status: 'waiting', hint: 'hint.mqtt_waiting' })
  })

  it('is called disconnected only after half a minute, and connected again when it is', async () => {
    const { flow } = await connected({ connectsAfter: null, missing: ['thingConnect'] })
    expect(flow.state().link).toBe('connecting')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(flow.state().link).toBe('disconnected')
    stage.pilot.native.up.add('thing').add('ws')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(flow.state().link).toBe('connected')
    expect(stage.outcomes.at(-1)?.kind).toBe('connected')
  })

  it('ends at the login when the session was ended meanwhile', async () => {
    const { flow } = await connected()
    stage.server.tokens['issued-token-number-1'] = 'SESSION_ENDED'
    stage.pilot.native.up.clear()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(stage.outcomes.at(-1)).toEqual({ kind: 'login', reason: 'revoked' })
    const told = stage.outcomes.length
    await vi.advanceTimersByTimeAsync(300_000)
    expect(stage.outcomes).toHaveLength(told)
    expect(flow.state().link).toBe('connecting')
  })
})

describe('another page load', () => {
  it('repeats nothing that stands', async () => {
    await connected()
    stage.pilot.calls.length = 0
    const outcome = await stage.settled(stage.open().run())
    expect(outcome.kind).toBe('connected')
    expect(stage.pilot.commands()).toEqual([])
    expect(stage.steps.filter(({ status }) => status === 'skipped').map(({ id }) => id)).toContain('verify')
  })

  it('repeats nothing either when the storage was lost, but gives ws a known token', async () => {
    await connected()
    stage.store.clear()
    stage.pilot.calls.length = 0
    expect((await stage.settled(stage.open().run())).kind).toBe('connected')
    expect(stage.pilot.commands()).toEqual([
      'platformUnloadComponent:tsa',
      'platformUnloadComponent:ws',
      'platformLoadComponent:ws',
      'platformLoadComponent:tsa',
    ])
  })

  it('knows its modules when Pilot has forgotten the token', async () => {
    await connected()
    stage.pilot.native.token = ''
    stage.pilot.calls.length = 0
    expect((await stage.settled(stage.open().run())).kind).toBe('connected')
    expect(stage.pilot.commands()).toEqual(['apiSetToken'])
  })

  it('sets up everything anew when nobody knows whose modules they are', async () => {
    await connected()
    stage.pilot.native.token = ''
    stage.store.delete('dji-cloud.native')
    stage.pilot.calls.length = 0
    expect((await stage.settled(stage.open().run())).kind).toBe('connected')
    expect(stage.pilot.commands()[3]).toBe('platformUnloadComponent:api')
  })

  it('says nothing more once it was stopped', async () => {
    stage = createStage({ connectsAfter: null })
    const flow = await logIn(stage)
    const running = flow.run()
    await vi.advanceTimersByTimeAsync(3_000)
    flow.stop()
    expect((await stage.settled(running)).kind).toBe('waiting')
    expect(stage.outcomes).toEqual([])
  })

  it('sets up everything anew for another login', async () => {
    await connected()
    stage.server.tokens['issued-token-number-1'] = 'SESSION_ENDED'
    const other = sampleBootstrap()
    stage.server.overrides['/drones/pilot/bootstrap'] = () => ({
      status: 200,
      code: 0,
      message: '',
      data: { ...other, session: { ...other.session, id: 'session-2' } },
    })
    const flow = await logIn(stage)
    stage.pilot.calls.length = 0
    expect((await stage.settled(flow.run())).kind).toBe('connected')
    expect(stage.pilot.commands()).toEqual([
      ...['tsa', 'ws', 'thing', 'api'].map((name) => `platformUnloadComponent:${name}`),
      ...EVERYTHING.filter((call) => call !== 'platformVerifyLicense'),
    ])
  })
})

describe('without Pilot, without a server', () => {
  it('waits for a bridge that comes late', async () => {
    stage = createStage()
    const bridge = stage.world.bridge
    stage.world.bridge = undefined
    const flow = await logIn(stage)
    setTimeout(() => {
      stage.world.bridge = bridge
    }, 3_000)
    expect((await stage.settled(flow.run())).kind).toBe('connected')
  })

  it('says so in an ordinary browser, at once', async () => {
    stage = createStage()
    stage.world.bridge = undefined
    stage.world.isDjiPilot = false
    const flow = await logIn(stage)
    const begun = Date.now()
    expect(await stage.settled(flow.run())).toEqual({ kind: 'outside' })
    expect(Date.now() - begun).toBeLessThan(1_000)
    expect(flow.state().bootstrap?.workspace.name).toBe('Meadow')
  })

  it('keeps the token, shows the link as it is, and goes on when the server is back', async () => {
    await connected()
    stage.server.overrides['/token/verify'] = () => noServer
    const flow = stage.open()
    expect((await stage.settled(flow.run())).kind).toBe('waiting')
    expect(stage.lastOf('session')).toMatchObject({ status: 'waiting', hint: 'hint.server_unreachable' })
    expect(flow.state().link).toBe('connected')
    expect(stage.store.get('dji-cloud.token')).toBe('issued-token-number-1')
    delete stage.server.overrides['/token/verify']
    await vi.advanceTimersByTimeAsync(10_000)
    expect(stage.outcomes.at(-1)?.kind).toBe('connected')
  })

  it('tries again when the broker is down', async () => {
    const server = createScriptedServer()
    server.overrides['/mqtt/credentials'] = () => refused(503, SERVER_CODES.BROKER_UNAVAILABLE)
    const { outcome } = await connected({}, server)
    expect(outcome).toMatchObject({
      kind: 'failed',
      step: { id: 'credentials', hint: 'hint.broker_unavailable', code: 503002 },
    })
    delete server.overrides['/mqtt/credentials']
    await vi.advanceTimersByTimeAsync(10_000)
    expect(stage.outcomes.at(-1)?.kind).toBe('connected')
  })
})

describe('the end', () => {
  it('logs out: unloads backwards, ends the session, forgets, stops the platform', async () => {
    const { flow } = await connected()
    stage.pilot.calls.length = 0
    await stage.settled(flow.logout())
    expect(stage.pilot.commands()).toEqual([
      ...['tsa', 'ws', 'thing', 'api'].map((name) => `platformUnloadComponent:${name}`),
      'platformStopSelf',
    ])
    expect(stage.server.requests.at(-1)).toBe('POST /logout')
    expect([...stage.store.keys()]).toEqual(['dji-cloud.username'])
  })

  it('leaves synchronously: the session is forgotten before the function returns', async () => {
    const { flow } = await connected()
    flow.leave()
    expect([...stage.store.keys()]).toEqual(['dji-cloud.username'])
    expect(stage.server.sent.at(-1)).toMatchObject({
      url: '/drones/manage/api/v1/logout',
      token: 'issued-token-number-1',
      keepalive: true,
    })
  })
})

describe('what a pilot can do on the page', () => {
  it('reloads one module with all that needs it, in order', async () => {
    const { flow } = await connected()
    const before = stage.pilot.commands().length
    expect(await stage.settled(flow.reload('ws'))).toEqual({ kind: 'connected' })
    expect(stage.pilot.commands().slice(before)).toEqual([
      'platformUnloadComponent:tsa',
      'platformUnloadComponent:ws',
      'platformLoadComponent:ws',
      'platformLoadComponent:tsa',
    ])
  })

  it('reloads thing with new credentials, and registers again before it', async () => {
    const { flow } = await connected()
    const before = stage.pilot.commands().length
    await stage.settled(flow.reload('thing'))
    expect(stage.pilot.commands().slice(before)).toEqual([
      'platformUnloadComponent:tsa',
      'platformUnloadComponent:ws',
      'platformUnloadComponent:thing',
      'platformSetWorkspaceId',
      'platformSetInformation',
      'platformLoadComponent:thing',
      'platformLoadComponent:ws',
      'platformLoadComponent:tsa',
    ])
    expect(stage.server.requests.filter((one) => one.includes('credentials'))).toHaveLength(2)
  })

  it('leaves without logging out: everything unloaded, the login kept', async () => {
    const { flow } = await connected()
    flow.quit()
    expect(stage.pilot.native).toMatchObject({ stopped: true, loaded: new Set() })
    expect(stage.server.requests).not.toContain('POST /logout')
    const again = stage.open()
    expect(await stage.settled(again.resolveToken())).toMatchObject({ kind: 'valid' })
    expect(await stage.settled(again.run())).toEqual({ kind: 'connected' })
  })

  it('counts the time without a link from its loss, also over the change from connecting to disconnected', async () => {
    const { flow } = await connected()
    const lostAt = Date.now()
    delete (stage.pilot.bridge as Record<string, unknown>).thingConnect
    stage.pilot.native.up.delete('thing')
    await vi.advanceTimersByTimeAsync(45_000)
    expect(flow.state().link).toBe('disconnected')
    expect(Math.abs(flow.state().linkSince - lostAt)).toBeLessThan(3_000)
  })

  it('knows when it was last true, and when the server was last reached', async () => {
    const { flow } = await connected()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(Date.now() - flow.state().at).toBeLessThanOrEqual(1_000)
    expect(flow.state().linkSince).toBeLessThan(Date.now() - 25_000)
    const reachedAt = flow.state().server.reachedAt
    stage.server.overrides['/drones/pilot/bootstrap'] = () => noServer
    await stage.settled(flow.run())
    expect(flow.state().server).toEqual({ reachedAt: expect.any(Number), failingSince: expect.any(Number) })
    expect(flow.state().server.reachedAt).toBeGreaterThanOrEqual(reachedAt ?? 0)
    delete stage.server.overrides['/drones/pilot/bootstrap']
    flow.wake()
    await vi.advanceTimersByTimeAsync(100)
    expect(flow.state().server.failingSince).toBeNull()
    expect(stage.steps.filter(({ id }) => id === 'session').pop()?.status).toBe('ok')
  })

  it('looks at once when it wakes, instead of at the next tick', async () => {
    const { flow } = await connected()
    stage.pilot.native.up.delete('thing')
    flow.wake()
    flow.wake()
    expect(flow.state().link).toBe('connecting')
  })

  it('tells how far the clocks are apart', async () => {
    const server = createScriptedServer(
      sampleBootstrap({}, { server_time: Math.floor(Date.now() / 1000) + 300 }),
    )
    const { flow } = await connected({}, server)
    expect(Math.abs((flow.state().skewMs ?? 0) - 300_000)).toBeLessThan(10_000)
  })
})
