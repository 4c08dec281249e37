// Everything that logs in with a password says clearly that a code is asked for, and can give one.
import { createVirtualPilot, findChromium, openPilotBrowser } from 'dji-cloud/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/program.ts'
import { doctor } from '../../src/doctor/index.ts'
import { customUsers, type DjiCloudOptions } from '../../src/index.ts'
import { fakeTerminal } from '../cli/fake-terminal.ts'
import { startCloud, WORKSPACE } from '../support/cloud.ts'
import { CODE, LOOSE, PASSWORD, twoStepUsers } from '../support/second-step.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start(more: DjiCloudOptions = {}) {
  const cloud = await startCloud({ users: twoStepUsers(), loginRateLimit: LOOSE, ...more })
  closing.push(() => cloud.close())
  return cloud
}

const withFields = (): DjiCloudOptions => {
  const user = { id: 'ada', username: 'ada', workspace: WORKSPACE }
  const users = customUsers({
    fields: { tenant: { label: 'Tenant' } },
    authenticate: ({ tenant }) => (tenant === 'north' ? user : null),
    findById: () => user,
  })
  return { users }
}

describe('the virtual Pilot', () => {
  const pilotAt = (url: string) => {
    const pilot = createVirtualPilot({ url, knobs: { osdIntervalMs: 100 } })
    closing.push(() => pilot.close())
    return pilot
  }

  it('says that a code is asked for', async () => {
    const { link } = await start()
    expect(await pilotAt(link).login('ada', PASSWORD)).toMatchObject({
      kind: 'failed',
      step: { id: 'login', code: 403009, message: expect.stringContaining('asks for a code (otp)') },
    })
  })

  it.each([
    ['a code', CODE],
    [
      'a function that makes one',
      ({ kind, digits }: { kind: string; digits: number | null }) =>
        kind === 'otp' && digits === 6 ? CODE : '',
    ],
  ])('goes on with %s, and shows it nowhere', async (_name, code) => {
    const { link } = await start()
    const pilot = pilotAt(link)
    expect(await pilot.login('ada', PASSWORD, { code })).toMatchObject({
      kind: expect.stringMatching(/connected|waiting/),
    })
    await pilot.connected()
    expect(JSON.stringify(pilot.log)).not.toContain(CODE)
  })

  it('says that the code is wrong', async () => {
    const { link } = await start()
    expect(await pilotAt(link).login('ada', PASSWORD, { code: '000000' })).toMatchObject({
      kind: 'failed',
      step: { code: 403010, message: 'The code is wrong.' },
    })
  })

  it('gives the fields of the form, and says which are missing', async () => {
    const { link } = await start(withFields())
    expect(await pilotAt(link).login('ada', 'fake')).toMatchObject({
      step: { code: 400004, message: expect.stringContaining('Tenant') },
    })
    expect((await pilotAt(link).login('ada', 'fake', { fields: { tenant: 'north' } })).kind).not.toBe(
      'failed',
    )
  })
})

describe('the doctor', () => {
  const examine = (url: string, more: object = {}) =>
    doctor({ url, username: 'ada', password: PASSWORD, allowLocalAddresses: true, ...more })
  const loginOf = ({ checks }: Awaited<ReturnType<typeof doctor>>) =>
    checks.find(({ title }) => title === 'login')

  it('does not call a code a fault, and says what it could not look at', async () => {
    const { link } = await start()
    const report = await examine(link)
    expect(report).toMatchObject({ verdict: 'incomplete', findings: [] })
    expect(loginOf(report)).toMatchObject({
      outcome: 'unchecked',
      why: expect.stringContaining('asks for a code (otp): give it with --code'),
    })
  })

  it('looks at all of it with a code, and leaves nothing behind', async () => {
    const { link, cloud } = await start()
    expect(await examine(link, { code: () => CODE })).toMatchObject({ verdict: 'good', findings: [] })
    expect(await cloud.sessions.list()).toEqual([])
  })

  it('finds a wrong code refused, and survives one that cannot be asked for', async () => {
    const { link } = await start()
    const wrong = await examine(link, { code: '000000' })
    expect(wrong.findings).toMatchObject([
      { id: 'login-refused', evidence: expect.stringContaining('/login/challenge: HTTP 403, code 403010') },
    ])
    const failing = await examine(link, { code: () => Promise.reject(new Error('nobody is there')) })
    expect(loginOf(failing)?.why).toContain('nobody is there')
  })

  it('names the fields that the login asks for, and gives them', async () => {
    const { link } = await start(withFields())
    expect(loginOf(await examine(link))?.why).toContain('more fields (tenant): give them with --field')
    expect(await examine(link, { fields: { tenant: 'north' } })).toMatchObject({ verdict: 'good' })
  })
})

describe('the command line', () => {
  const env = { DJI_CLOUD_USER: `ada:${PASSWORD}` }

  it('pilot says that a code is asked for, takes it, and asks for it at a terminal', async () => {
    const { link } = await start()
    const without = fakeTerminal({ env })
    expect(await run(['pilot', link], without)).toBe(1)
    expect(without.err.join()).toContain('asks for a code (otp)')
    for (const [words, answers] of [
      [['--code', CODE], undefined],
      [[], [CODE]],
    ] as const) {
      const terminal = fakeTerminal({
        env,
        ...(answers === undefined ? {} : { answers }),
        onLine: (line) => line.startsWith('online:') && terminal.interrupt(),
      })
      expect(await run(['pilot', link, ...words], terminal)).toBe(0)
      expect(terminal.asked).toEqual(
        answers === undefined ? [] : ['Code of the second step (Look at your phone.): '],
      )
    }
  })

  it('doctor and fleet do, too', async () => {
    const { link } = await start()
    const doctorTerminal = fakeTerminal({ env })
    expect(await run(['doctor', link, '--local'], doctorTerminal)).toBe(3)
    expect(doctorTerminal.out.join('\n')).toContain('asks for a code (otp): give it with --code')
    expect(await run(['doctor', link, '--local', '--code', CODE], fakeTerminal({ env }))).toBe(0)
    const fleetTerminal = fakeTerminal({ env })
    expect(await run(['fleet', link, '--count', '1', '--for', '1s'], fleetTerminal)).toBe(1)
    expect(fleetTerminal.err.join()).toContain('This login needs a code as well')
  })

  it('gives fields, and refuses one that is not written name=value', async () => {
    const { link } = await start(withFields())
    expect(await run(['doctor', link, '--local', '--field', 'tenant=north'], fakeTerminal({ env }))).toBe(0)
    expect(
      await run(
        ['fleet', link, '--count', '1', '--for', '2s', '--rate', '2', '--field', 'tenant=north'],
        fakeTerminal({ env }),
      ),
    ).toBe(0)
    const wrong = fakeTerminal({ env })
    expect(await run(['pilot', link, '--field', 'tenant'], wrong)).toBe(2)
    expect(wrong.err.join()).toContain('--field takes name=value')
  })
})

it.skipIf(findChromium() === null)('a page in a real browser is given the code', async () => {
  const { link } = await start()
  const pilot = createVirtualPilot({ url: link })
  closing.push(() => pilot.close())
  const browser = await openPilotBrowser(pilot)
  closing.push(() => browser.close())
  await browser.open()
  expect(await browser.asksForCode()).toBe(false)
  expect(await browser.enterCode(CODE)).toBe(false)
  await browser.login('ada', PASSWORD)
  await browser.waitUntilQuiet(500, 10_000)
  expect(await browser.asksForCode()).toBe(true)
  expect(await browser.enterCode(CODE)).toBe(true)
  await pilot.connected()
})
