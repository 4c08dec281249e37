import { describe, expect, it } from 'vitest'
import { accountFrom, maybeAccount } from '../../src/cli/account.ts'
import { createLedger, spread } from '../../src/cli/fleet/figures.ts'
import { wantsColor } from '../../src/cli/terminal.ts'
import { accessLink, duration, knobsFrom } from '../../src/cli/values.ts'
import { fakeTerminal } from './fake-terminal.ts'

it.each([
  ['60s', 60_000],
  ['2m', 120_000],
  ['500ms', 500],
  ['1.5s', 1_500],
  ['7', 7_000],
])('the duration %s', (text, ms) => expect(duration(text)).toBe(ms))
it.each(['', 'soon', '-1s', '5 days'])('no duration: "%s"', (text) =>
  expect(() => duration(text)).toThrow('is not a duration'),
)

it.each([
  ['localhost:3000/pilot', 'http://localhost:3000/pilot'],
  ['https://cloud.example.com/pilot', 'https://cloud.example.com/pilot'],
])('the access link %s', (text, link) => expect(accessLink(text)).toBe(link))
it('no access link', () => expect(() => accessLink('::')).toThrow('is not an address'))

describe('knobs by name', () => {
  it('takes each in its kind', () => {
    expect(
      knobsFrom([
        'returnStyle=bare',
        'osdGate=off',
        'mqttVersion=4',
        'injectionDelayMs=300',
        'missingMethods=a,b',
      ]),
    ).toEqual({
      returnStyle: 'bare',
      osdGate: false,
      mqttVersion: 4,
      injectionDelayMs: 300,
      missingMethods: ['a', 'b'],
    })
  })
  it('knows no others', () => expect(() => knobsFrom(['retrunStyle=bare'])).toThrow('retrunStyle'))
})

it.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  // https://no-color.org: set, but empty, is not set.
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
])('colours with %j on a terminal %s: %s', (env, terminal, colours) => {
  expect(wantsColor(env, terminal)).toBe(colours)
})

describe('who logs in', () => {
  it.each([
    ['ada:pass:word', {}, { username: 'ada', password: 'pass:word' }],
    ['ada', { DJI_CLOUD_PASSWORD: 'secret' }, { username: 'ada', password: 'secret' }],
    [undefined, { DJI_CLOUD_USER: 'ada:secret' }, { username: 'ada', password: 'secret' }],
    [
      undefined,
      { DJI_CLOUD_USER: 'ada', DJI_CLOUD_PASSWORD: 'secret' },
      { username: 'ada', password: 'secret' },
    ],
    [undefined, { DJI_CLOUD_DEV_USER: 'dev:secret' }, { username: 'dev', password: 'secret' }],
    // Somebody was named: nobody else's password is used for them.
    ['ada', { DJI_CLOUD_USER: 'bob:secret' }, null],
    [undefined, {}, null],
  ])('%s with %j', async (given, env, account) => {
    expect(await maybeAccount(given, fakeTerminal({ env: env as Record<string, string> }))).toEqual(account)
  })

  it('asks whoever sits there, and only them', async () => {
    const terminal = fakeTerminal({ answers: ['ada', 'secret'] })
    expect(await accountFrom(undefined, terminal)).toEqual({ username: 'ada', password: 'secret' })
    expect(terminal.asked).toEqual(['User name: ', 'Password of ada: '])
    await expect(accountFrom(undefined, fakeTerminal())).rejects.toThrow('DJI_CLOUD_PASSWORD')
  })
})

describe('the ledger of a fleet', () => {
  const at = (latitude: number) => ({ latitude, longitude: 8 })

  it('ties pushes to reports', () => {
    const ledger = createLedger()
    for (const [time, place] of [
      [0, 1],
      [100, 2],
      [200, 3],
    ] as const)
      ledger.sent('A', at(place), time)
    ledger.pushed('A', at(2), 150)
    expect(ledger.missing()).toEqual(['A'])
    ledger.pushed('A', at(3), 260)
    // The same state again, and one that nobody sent here.
    ledger.pushed('A', at(3), 300)
    ledger.pushed('B', at(3), 300)
    expect(ledger.missing()).toEqual([])
    expect(ledger.figures()).toEqual({
      sent: 3,
      pushed: 2,
      superseded: 1,
      disorder: 0,
      delay: { count: 2, p50: 50, p99: 60, max: 60 },
    })
  })

  it('sees what comes late', () => {
    const ledger = createLedger()
    ledger.sent('A', at(1), 0)
    ledger.sent('A', at(2), 10)
    ledger.pushed('A', at(2), 20)
    ledger.pushed('A', at(1), 30)
    expect(ledger.figures().disorder).toBe(1)
  })

  it('has figures of nothing', () => expect(spread([])).toEqual({ count: 0, p50: 0, p99: 0, max: 0 }))
})
