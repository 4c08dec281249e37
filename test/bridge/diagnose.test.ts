import { describe, expect, it } from 'vitest'
import { diagnose } from '../../src/bridge/diagnosis/diagnose.ts'
import { chromiumOf, type DiagnosticFacts } from '../../src/bridge/diagnosis/facts.ts'
import { SYMPTOMS } from '../../src/bridge/diagnosis/symptoms.ts'
import type { FlowStep } from '../../src/bridge/types.ts'
import { addressWarnings, hostKind, splitAddress } from '../../src/core/findings/addresses.ts'
import { PAGE_FINDINGS } from '../../src/core/findings/page-table.ts'

/** A controller with which all is well. */
const WELL: DiagnosticFacts = {
  addresses: {
    page: 'https://cloud.example.com/pilot/home',
    api: 'https://cloud.example.com/',
    ws: 'wss://cloud.example.com/api/v1/ws',
    mqtt: 'ssl://mqtt.example.com:8883',
  },
  opened: true,
  bridge: 'present',
  chromium: 87,
  appVersion: '17.3.2.2',
  link: 'connected',
  linkForMs: 120_000,
  modules: ['api', 'thing', 'ws', 'tsa', 'media', 'mission'],
  loaded: { api: 'loaded', thing: 'loaded', ws: 'loaded', tsa: 'loaded', media: 'loaded', mission: 'loaded' },
  steps: [],
  gateway: 'RCFAKE00000001',
  aircraft: '1581FAKE000000000001',
  seenByServer: { gateway: true, aircraft: true },
  skewMs: 800,
  build: { page: '1', server: '1' },
  tokenTtlMs: 43_200_000,
  lostWhileAway: false,
  loginReason: null,
  storageStatus: 200,
  networkUp: true,
  serverFailingForMs: 0,
}

/** Nothing known at all. */
const UNKNOWN: DiagnosticFacts = {
  ...WELL,
  addresses: { page: null, api: null, ws: null, mqtt: null },
  bridge: null,
  chromium: null,
  appVersion: null,
  link: null,
  linkForMs: 0,
  modules: null,
  loaded: {},
  gateway: null,
  aircraft: null,
  seenByServer: { gateway: null, aircraft: null },
  skewMs: null,
  build: { page: null, server: null },
  tokenTtlMs: null,
  storageStatus: null,
  networkUp: null,
}

const step = (
  id: string,
  status: FlowStep['status'],
  code: number | null = null,
  message: string | null = null,
  hint: string | null = null,
) => ({
  id,
  status,
  code,
  message,
  hint,
  at: 0,
})
const ids = (facts: DiagnosticFacts): string[] => diagnose(facts).map(({ id }) => id)

it('finds nothing where all is well, and concludes nothing from what it does not know', () => {
  expect(diagnose(WELL)).toEqual([])
  expect(diagnose(UNKNOWN)).toEqual([])
})

const addresses = (change: Partial<DiagnosticFacts['addresses']>) => ({
  addresses: { ...WELL.addresses, ...change },
})

/** Row of facts F, what shows it, what is found, with its evidence. */
const TABLE: readonly (readonly [number, string, Partial<DiagnosticFacts>, string, RegExp])[] = [
  [1, 'lost while the page was away', { lostWhileAway: true }, 'lost-on-leave', /before/],
  [
    2,
    'server without the aircraft',
    { seenByServer: { gateway: true, aircraft: false } },
    'aircraft-missing',
    /1581FAKE/,
  ],
  [
    3,
    'link down for long',
    { link: 'disconnected', ...addresses({ mqtt: 'tcp://cloud.example.com:1883' }), linkForMs: 20_000 },
    'link-down',
    /tcp:/,
  ],
  [3, 'connecting for long', { link: 'connecting', linkForMs: 20_000 }, 'link-down', /ssl:/],
  [
    4,
    'verification refused',
    { steps: [step('verify', 'failed', 1, 'bad base-64')] },
    'license',
    /bad base-64/,
  ],
  [4, 'not confirmed', { steps: [step('check', 'failed')] }, 'license', /check/],
  [5, 'an old web view', { chromium: 61 }, 'old-engine', /Chromium 61/],
  [
    5,
    'a mistake of the page',
    { steps: [step('page', 'failed', null, 'x is not a function')] },
    'old-engine',
    /not a function/,
  ],
  [
    6,
    'http and an old Pilot',
    { appVersion: '5.1.0', ...addresses({ page: 'http://cloud.example.com/pilot' }) },
    'page-http',
    /5\.1\.0/,
  ],
  [
    6,
    'http before the first controller',
    { appVersion: null, opened: false, ...addresses({ page: 'http://cloud.example.com/pilot' }) },
    'page-http',
    /http:/,
  ],
  [7, 'ssl that does not come up', { link: 'disconnected' }, 'certificate', /ssl:/],
  [8, 'no aircraft', { aircraft: null }, 'no-aircraft', /device not connect/],
  [9, 'no serial number', { gateway: null, steps: [step('gateway', 'waiting')] }, 'no-serial', /SN/],
  [10, 'a first false', { link: 'connecting', linkForMs: 2_000 }, 'still-connecting', /false/],
  [11, 'too early', { steps: [step('reconnect', 'failed', 615_011)] }, 'thing-not-loaded', /615011/],
  [12, 'a page of another build', { build: { page: '1', server: '2' } }, 'stale-page', /1 \/ 2/],
  [
    13,
    'connected, but not for the server',
    { seenByServer: { gateway: false, aircraft: null } },
    'not-really-connected',
    /RCFAKE/,
  ],
  [14, 'no storage', { storageStatus: 404 }, 'storage', /404/],
  [14, 'storage out of reach', { storageStatus: 0 }, 'storage', /: 0/],
  [15, 'mission failed', { loaded: { ...WELL.loaded, mission: 'failed' } }, 'no-routes', /not loaded/],
  [16, 'not in the camera view', { steps: [step('live', 'failed', 613_006)] }, 'live', /613006/],
  [17, 'thrown out', { loginReason: 'invalid' }, 'thrown-out', /invalid/],
  [17, 'tokens that end at once', { tokenTtlMs: 60_000 }, 'thrown-out', /60 s/],
]

describe('the first 17 rows of facts F', () => {
  it.each(TABLE)('F%i, %s', (row, _, change, id, evidence) => {
    const found = diagnose({ ...WELL, ...change }).find((finding) => finding.id === id)
    expect(found).toMatchObject({ id, row, evidence: expect.stringMatching(evidence) })
  })

  it('are all in the table', () => {
    const rows = SYMPTOMS.map(({ id }) => PAGE_FINDINGS[id].row)
    expect(rows).toEqual(Array.from({ length: 17 }, (_, index) => index + 1))
    expect([...new Set(TABLE.map(([row]) => row))]).toEqual(rows)
  })

  it.each([
    [
      'an aircraft that has only just come',
      { linkForMs: 3_000, seenByServer: { gateway: true, aircraft: false } },
      'aircraft-missing',
    ],
    [
      'http with a Pilot that takes it',
      { appVersion: '6.1.0', ...addresses({ page: 'http://cloud.example.com' }) },
      'page-http',
    ],
    ['a step that failed and then went well', { steps: [step('verify', 'ok')] }, 'license'],
    ['a pilot who logged out', { loginReason: 'signed_out' }, 'thrown-out'],
    [
      'a missing storage that nobody needs',
      { modules: ['api', 'thing', 'mission'], storageStatus: 404 },
      'storage',
    ],
    ['routes that the host has not switched on', { modules: ['api', 'thing'], loaded: {} }, 'no-routes'],
    ['a link that is down for a short time', { link: 'connecting', linkForMs: 19_999 }, 'link-down'],
    ['a single request that was lost', { serverFailingForMs: 2_000 }, 'server-unreachable'],
    ['a link that nobody began', { bridge: 'absent', link: 'disconnected', loaded: {} }, 'link-down'],
  ] as const)('are silent about %s', (_, change, id) => {
    expect(ids({ ...WELL, ...change } as DiagnosticFacts)).not.toContain(id)
  })

  it('come with the worst first', () => {
    const found = diagnose({ ...WELL, aircraft: null, chromium: 50, storageStatus: 404 })
    expect(found.map(({ severity }) => severity)).toEqual(['problem', 'warning', 'info'])
  })
})

describe('a step that failed', () => {
  it.each<[FlowStep, string, RegExp]>([
    [step('verify', 'failed', null, null, 'hint.license_missing'), 'license-missing', /verify/],
    [step('verify', 'failed', 1, 'bad base-64', 'hint.license_format'), 'license-malformed', /bad base-64/],
    [step('verify', 'failed', 7, 'refused', 'hint.license_refused'), 'license', /7 refused/],
    [step('workspace', 'failed', 615_000, null, 'hint.workspace_uuid'), 'workspace-id', /615000/],
    [step('information', 'failed', -1, null, 'hint.pilot_error'), 'pilot-refused', /information -1/],
    [step('workspace', 'failed', null, 'no x', 'hint.pilot_outdated'), 'pilot-outdated', /no x/],
    [step('load:thing', 'failed', 5, null, 'hint.pilot_error'), 'pilot-refused', /load:thing 5/],
    [step('load:mission', 'failed', 5, null, 'hint.pilot_error'), 'module-failed', /load:mission 5/],
    [step('load:mop', 'failed', null, null, 'hint.pilot_outdated'), 'module-failed', /mop/],
    [step('credentials', 'failed', 503_002, null, 'hint.broker_unavailable'), 'mqtt-none', /503002/],
    [step('credentials', 'failed', 403_003, null, 'hint.other_workspace'), 'other-workspace', /403003/],
    [step('credentials', 'failed', 409_003, null, 'hint.device_in_use'), 'device-in-use', /409003/],
    [step('session', 'waiting', 503, null, 'hint.server_unreachable'), 'server-unreachable', /503/],
    [step('session', 'waiting', 404, null, 'hint.server_refused'), 'server-refused', /404/],
    [step('connect:ws', 'waiting', null, null, 'hint.ws_waiting'), 'ws-down', /ws/],
  ])('%j is %s', (failing, id, evidence) => {
    const found = diagnose({ ...WELL, steps: [failing] })
    expect(found.map((one) => one.id)).toEqual([id])
    expect(found[0]?.evidence).toMatch(evidence)
  })

  it('that did not reach the server says nothing any more when the server answers and Pilot is connected', () => {
    const steps = [step('refresh', 'waiting', null, null, 'hint.server_unreachable')]
    expect(ids({ ...WELL, steps })).toEqual([])
    expect(ids({ ...WELL, steps, link: 'connecting', linkForMs: 1_000 })).toContain('server-unreachable')
    expect(ids({ ...WELL, steps, serverFailingForMs: 1 })).toContain('server-unreachable')
  })

  it.each([
    ['that went well since', step('verify', 'ok', null, null, 'hint.license_refused')],
    ['that only waits for another', step('load:ws', 'waiting')],
    ['that unloads a module', step('unload:tsa', 'failed', 1, null, 'hint.pilot_error')],
    ['that waits for the link', step('connect:thing', 'waiting', null, null, 'hint.mqtt_waiting')],
  ])('is no finding: one %s', (_, one) => {
    expect(ids({ ...WELL, steps: [one] })).toEqual([])
  })
})

it('tells that there is no network, and that the server does not answer', () => {
  expect(ids({ ...WELL, networkUp: false })).toEqual(['no-network'])
  expect(diagnose({ ...WELL, serverFailingForMs: 4_000 })).toMatchObject([
    { id: 'server-unreachable', evidence: 'https://cloud.example.com/' },
  ])
})

describe('addresses', () => {
  it.each([
    ['no scheme', { mqtt: 'mqtt.example.com:8883' }, ['mqtt scheme']],
    ['a scheme of other clients', { mqtt: 'mqtts://mqtt.example.com' }, ['mqtt scheme']],
    ['http for a socket', { ws: 'https://cloud.example.com/ws' }, ['ws scheme']],
    ['localhost', { mqtt: 'ssl://localhost:8883' }, ['mqtt localhost']],
    ['a loopback address', { mqtt: 'ssl://127.0.0.1:8883' }, ['mqtt localhost']],
    ['loopback of version 6', { api: 'https://[::1]:3000/' }, ['api localhost']],
    ['a container name', { mqtt: 'ssl://emqx:8883' }, ['mqtt container']],
    ['a name of Docker', { api: 'https://host.docker.internal/' }, ['api container']],
    ['a private address behind a public page', { mqtt: 'ssl://192.168.1.20:8883' }, ['mqtt private']],
    ['the same in version 6', { mqtt: 'ssl://[fd00::1]:8883' }, ['mqtt private']],
    ['plain below an encrypted page', { mqtt: 'tcp://mqtt.example.com:1883' }, ['mqtt plain']],
    [
      'several at once',
      { mqtt: 'tcp://localhost', ws: 'ws://emqx/ws' },
      ['ws container', 'ws plain', 'mqtt localhost', 'mqtt plain'],
    ],
  ])('warns of %s', (_, change, expected) => {
    const found = addressWarnings({ ...WELL.addresses, ...change })
    expect(found.map(({ role, kind }) => `${role} ${kind}`)).toEqual(expected)
  })

  it.each([
    [
      'all in one private network',
      {
        page: 'http://192.168.1.2:3000/pilot',
        api: 'http://192.168.1.2:3000/',
        ws: 'ws://192.168.1.2:3000/ws',
        mqtt: 'tcp://192.168.1.3:1883',
      },
    ],
    [
      'a machine that flies itself',
      {
        page: 'http://127.0.0.1:3000/pilot',
        api: 'http://127.0.0.1:3000/',
        ws: 'ws://127.0.0.1:3000/ws',
        mqtt: 'tcp://127.0.0.1:1883',
      },
    ],
    [
      'a LAN name that served the page',
      { page: 'http://nas/pilot', api: 'http://nas/', ws: 'ws://nas/ws', mqtt: 'tcp://nas:1883' },
    ],
  ])('does not doubt %s', (_, all) => {
    expect(addressWarnings(all)).toEqual([])
  })

  it('doubts the page itself before a controller has opened it', () => {
    const all = { page: 'http://localhost:3000/pilot', api: null, ws: null, mqtt: null }
    expect(addressWarnings(all, false)).toEqual([{ role: 'page', kind: 'localhost', address: all.page }])
  })

  it('are findings of row 3', () => {
    expect(diagnose({ ...WELL, ...addresses({ mqtt: 'emqx:1883' }) })).toContainEqual({
      id: 'address-container',
      ...PAGE_FINDINGS['address-container'],
      evidence: 'mqtt: emqx:1883',
      at: null,
    })
  })

  it.each([
    ['tcp://user:pw@host.example:1883/x?y', 'tcp', 'host.example'],
    ['SSL://HOST', 'ssl', 'host'],
    ['host:1883', null, 'host'],
    ['ws://[fd00::1]:80/p', 'ws', 'fd00::1'],
    ['', null, ''],
  ])('splits %s', (address, scheme, host) => {
    expect(splitAddress(address)).toEqual({ scheme, host })
  })

  it.each([
    ['172.16.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['100.64.0.1', 'private'],
    ['8.8.8.8', 'public'],
    ['2001:db8::1', 'public'],
    ['fe80::1', 'private'],
    ['db.svc.cluster.local', 'container'],
    ['0.0.0.0', 'localhost'],
    ['a.localhost', 'localhost'],
  ])('knows %s as %s', (host, kind) => {
    expect(hostKind(host)).toBe(kind)
  })
})

it('tells clocks that differ, and reads the engine off its name', () => {
  expect(ids({ ...WELL, skewMs: -59_000 })).toEqual([])
  expect(diagnose({ ...WELL, skewMs: -61_000 })).toMatchObject([{ id: 'clock-skew', evidence: '-61 s' }])
  expect(chromiumOf('Mozilla/5.0 (Linux; Android 10; wv) Chrome/70.0.3538.110 dji-open-platform')).toBe(70)
  expect(chromiumOf('dji-open-platform')).toBeNull()
})
