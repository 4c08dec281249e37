import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PRESETS } from 'dji-cloud/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/program.ts'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'
import { run as runProgram } from '../support/run.ts'
import { fakeTerminal } from './fake-terminal.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const env = { DJI_CLOUD_USER: `${PILOT.username}:${PILOT.password}` }

describe('the command line', () => {
  it.each([
    [['--help'], 0],
    [['fleet', '--help'], 0],
    [[], 2],
    [['flete'], 2],
    [['pilot'], 2],
    [['pilot', 'http://localhost/pilot', '--for', 'ever'], 2],
    [['pilot', 'http://localhost/pilot', '--preset', 'rc-9', '-u', 'a:b'], 2],
    [['pilot', 'http://localhost/pilot', '--knob', 'odd=1', '-u', 'a:b'], 2],
    [['pilot', 'http://localhost/pilot', '--knob', 'returnStyle=odd', '-u', 'a:b'], 2],
    [['pilot', 'http://localhost/pilot', '--trace', '/no/such/file', '-u', 'a:b'], 2],
    [['fleet', 'http://localhost/pilot', '--count', '0'], 2],
    [['pilot', 'http://localhost/pilot'], 2],
  ])('%j ends with %i', async (words, code) => {
    const terminal = fakeTerminal()
    expect(await run(words, terminal)).toBe(code)
    expect([...terminal.out, ...terminal.err].join('')).not.toBe('')
  })

  it('is a program: its exit code is that of the process, and no colour gets into a pipe', async () => {
    const { code, stdout, stderr } = await runProgram(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', 'pilot', 'http://127.0.0.1:1/pilot', '-u', 'a:b'],
      { cwd: root, env: { FORCE_COLOR: '1' } },
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/fetch failed|refused|bad port/)
    expect(stdout + stderr).not.toContain('\u001b')
  }, 30_000)
})

describe('against a platform', () => {
  let cloud: TestCloud
  beforeAll(async () => {
    cloud = await startCloud()
  })
  afterAll(() => cloud.close())

  it('pilot goes online, says so, and logs out at Ctrl-C', async () => {
    const terminal = fakeTerminal({
      env,
      onLine: (line) => line.startsWith('online:') && terminal.interrupt(),
    })
    expect(await run(['pilot', cloud.link], terminal)).toBe(0)
    const text = terminal.out.join('\n')
    for (const wanted of [
      'platformVerifyLicense',
      'MQTT connected',
      'status_reply: result 0',
      'online: RCFAKE00000001',
    ])
      expect(text).toContain(wanted)
    expect(text).not.toContain(PILOT.password)
    expect(text).not.toContain('eyJ')
    expect(await cloud.cloud.sessions.list()).toEqual([])
  }, 30_000)

  it.each(PRESETS.map(({ name, gateway }) => [name, gateway.serial]))(
    'pilot --json tells one event a line; %s comes online',
    async (preset, serial) => {
      const terminal = fakeTerminal({ env })
      const online = new Promise<string>((resolve) => {
        const off = cloud.cloud.on('aircraft.online', ({ gateway }) => {
          off()
          resolve(gateway)
        })
      })
      expect(await run(['pilot', cloud.link, '--json', '--for', '10ms', '--preset', preset], terminal)).toBe(
        0,
      )
      const events = terminal.out.map((line) => JSON.parse(line) as { type: string })
      expect(events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['bridge', 'mqtt.state', 'topology']),
      )
      expect(await online).toBe(serial)
    },
    30_000,
  )

  it.each([
    ['a wrong password', ['-u', 'pia:wrong'], 'password is wrong'],
    ['a licence that Pilot refuses', ['--knob', 'licenseCheck=refuse'], 'bad base-64'],
  ])(
    'pilot ends with 1 for %s',
    async (_name, words, why) => {
      const terminal = fakeTerminal({ env })
      expect(await run(['pilot', cloud.link, ...words], terminal)).toBe(1)
      expect(terminal.err.join('\n')).toContain(why)
    },
    30_000,
  )

  it('fleet flies, and nothing is lost', async () => {
    const terminal = fakeTerminal({ env })
    const code = await run(
      ['fleet', cloud.link, '--count', '12', '--rate', '5', '--for', '2s', '--json'],
      terminal,
    )
    const result = JSON.parse(terminal.out.join('\n'))
    expect(result).toMatchObject({
      online: 12,
      count: 12,
      failures: {},
      connectionsLost: 0,
      missing: 0,
      disorder: 0,
    })
    expect(result.sent).toBeGreaterThanOrEqual(12 * 8)
    expect(result.sent).toBe(result.pushed + result.superseded)
    expect(code).toBe(0)
    expect(await cloud.cloud.sessions.list()).toEqual([])
  }, 60_000)

  it('fleet ends with 1 when controllers stay out, and says why', async () => {
    const other = await startCloud({
      license: undefined,
      mqtt: { host: '127.0.0.1', port: 0, url: 'tcp://127.0.0.1:1' },
    } as never)
    try {
      const terminal = fakeTerminal({ env })
      expect(await run(['fleet', other.link, '--count', '2', '--for', '1s'], terminal)).toBe(1)
      expect(terminal.out.join('\n')).toMatch(/0 of 2[\s\S]*2 did not come online/)
    } finally {
      await other.close()
    }
  }, 60_000)

  it('doctor finds this one healthy, in words and as JSON', async () => {
    const terminal = fakeTerminal({ env })
    expect([await run(['doctor', cloud.link, '--local', '--json'], terminal), terminal.out.join('')]).toEqual(
      [0, expect.stringContaining('"healthy": true')],
    )
    const words = fakeTerminal({ env })
    expect(await run(['doctor', cloud.link, '--local'], words)).toBe(0)
    expect(words.out.join('\n')).toContain('Pilot should be able to connect.')
    const half = fakeTerminal()
    expect(await run(['doctor', cloud.link, '--local'], half)).toBe(3)
    expect(half.out.join('\n')).toMatch(/NOT CHECKED[\s\S]*not known/)
    expect(await run(['doctor', cloud.link, '--ca', '/nowhere.pem'], fakeTerminal())).toBe(2)
    const nowhere = fakeTerminal()
    expect(await run(['doctor', 'http://127.0.0.1:1/pilot', '--local'], nowhere)).toBe(1)
    expect(nowhere.out.join('\n')).toMatch(/127\.0\.0\.1:1: [\s\S]*what to change on the server:/)
  }, 60_000)

  it('eject copies a template once', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'dji-cloud-eject-'))
    try {
      expect(await run(['eject', 'partials/header', 'mine'], fakeTerminal({ cwd }))).toBe(0)
      expect(await readFile(join(cwd, 'mine/partials/header.ejs'), 'utf8')).toContain('<header')
      const again = fakeTerminal({ cwd })
      expect(await run(['eject', 'partials/header', 'mine'], again)).toBe(2)
      expect(again.err.join('')).toContain('already exists')
    } finally {
      await rm(cwd, { recursive: true, force: true })
    }
  })
})
