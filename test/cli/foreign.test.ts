import { afterEach, describe, expect, it, vi } from 'vitest'
import { run } from '../../src/cli/program.ts'
import { createVirtualPilot, findChromium, openPilotBrowser } from '../../src/testing/index.ts'
import { type ForeignSetup, startForeignPlatform } from '../support/foreign-platform.ts'
import { fakeTerminal } from './fake-terminal.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const close of closing.splice(0).reverse()) await close()
})

async function platform(setup: ForeignSetup = {}) {
  const started = await startForeignPlatform(setup)
  closing.push(() => started.close())
  const env = { DJI_CLOUD_USER: `${started.account.username}:${started.account.password}` }
  return { ...started, env }
}

describe.skipIf(findChromium() === null)(
  'a platform of somebody else (needs Chromium)',
  { timeout: 90_000 },
  () => {
    it('pilot goes online through its page, with its aircraft', async () => {
      const { url, env } = await platform()
      const terminal = fakeTerminal({
        env,
        onLine: (line) => line.startsWith('online:') && terminal.interrupt(),
      })
      expect(await run(['pilot', url], terminal)).toBe(0)
      const text = terminal.out.join('\n')
      expect(text).toMatch(/module thing loaded/)
      expect(text).toMatch(/online: RCFAKE\w+ with 1581FAKE\w+/)
      expect(text).not.toContain('fake-password-of-grace')
      expect(text).not.toContain('fake-mqtt-password')
    })

    it('pilot says where it stopped', async () => {
      const { url } = await platform()
      const terminal = fakeTerminal({ env: { DJI_CLOUD_USER: 'grace:wrong' } })
      expect(await run(['pilot', url], terminal)).toBe(1)
      expect(terminal.err.join()).toContain('After the login the page did not load the module thing')
    })

    it('doctor passes it when all was looked at, and not without an account', async () => {
      const { url, env } = await platform()
      expect(await run(['doctor', url, '--local'], fakeTerminal({ env }))).toBe(0)
      const terminal = fakeTerminal()
      expect(await run(['doctor', url, '--local'], terminal)).toBe(3)
      expect(terminal.out.join('\n')).toMatch(
        /NOT CHECKED +MQTT broker: the page has not loaded the module thing/,
      )
    })

    it('leaving Pilot closes the page, and its callbacks reach it', async () => {
      const { url, account } = await platform()
      const pilot = createVirtualPilot({ url })
      closing.push(() => pilot.close())
      const browser = await openPilotBrowser(pilot)
      closing.push(() => browser.close())
      await browser.open()
      const told = pilot.waitFor(
        'callback',
        ({ name, argument }) => name === 'theirThing' && argument === true,
        { timeoutMs: 30_000 },
      )
      expect(await browser.login(account.username, account.password)).toBe(true)
      expect((await told).delivered).toBe(true)
      await pilot.exit()
      expect(pilot.native.components).toEqual([])
    })
  },
)

it('pilot without a Chromium says what it needs', async () => {
  vi.stubEnv('CHROMIUM', '/nowhere/chromium')
  const { url, env } = await platform()
  const terminal = fakeTerminal({ env })
  expect(await run(['pilot', url], terminal)).toBe(1)
  expect(terminal.err.join()).toContain('needs a Chromium')
})
