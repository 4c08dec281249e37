// Platforms that are not made with this package: what their page does inside Pilot is looked at in a real browser.
import { afterEach, describe, expect, test } from 'vitest'
import { type DoctorOptions, doctor } from '../../src/doctor/index.ts'
import { findChromium } from '../../src/testing/chromium/find.ts'
import { makeCertificates } from '../support/certificates.ts'
import { type ForeignSetup, startForeignPlatform } from '../support/foreign-platform.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function platform(setup: ForeignSetup = {}) {
  const started = await startForeignPlatform(setup)
  closing.push(() => started.close())
  return started
}

async function examine(setup: ForeignSetup, more: Partial<DoctorOptions> = {}) {
  const { url, account } = await platform(setup)
  const report = await doctor({ url, allowLocalAddresses: true, ...account, ...more })
  const outcomes = Object.fromEntries(report.checks.map(({ title, outcome }) => [title, outcome]))
  const reasons = report.checks.flatMap(({ outcome, why = '' }) => (outcome === 'unchecked' ? [why] : []))
  return { report, ids: report.findings.map(({ id }) => id), outcomes, reasons }
}

const BROKER = ['MQTT broker', 'topics and status_reply']

describe.skipIf(findChromium() === null)(
  'a platform of somebody else (needs Chromium)',
  { timeout: 90_000 },
  () => {
    test('that is well: every check is made, from the address to the broker', async () => {
      const { report, ids, outcomes, reasons } = await examine({})
      expect(reasons).toEqual([])
      expect(ids).toEqual(['page-not-ours'])
      expect(report.verdict).toBe('good')
      for (const title of ['the page inside Pilot', ...BROKER, 'WebSocket and device list of the page'])
        expect(outcomes[title]).toBe('ok')
      for (const title of ['login', 'licence, workspace and addresses'])
        expect(outcomes[title]).toBe('skipped')
    })

    test('without an account: what lies behind its login is not checked, and that is no pass', async () => {
      const { report, ids, outcomes, reasons } = await examine(
        {},
        { username: undefined, password: undefined },
      )
      expect(report.verdict).toBe('incomplete')
      expect(ids).toEqual(['page-not-ours'])
      expect([outcomes['MQTT broker'], outcomes['the page inside Pilot']]).toEqual(['unchecked', 'unchecked'])
      expect(new Set(reasons)).toEqual(
        new Set(['the page has not loaded the module thing. It may wait for a login: give an account']),
      )
    })

    test('with a wrong account: the same, and it is asked whether the account is right', async () => {
      const { report, reasons } = await examine({}, { password: 'wrong' })
      expect(report.verdict).not.toBe('good')
      expect(reasons.join()).toContain('Check the account')
    })

    test.each<[string, ForeignSetup, readonly string[]]>([
      [
        'gives no licence',
        { change: (script) => script.replace(/bridge\.platformVerifyLicense\(.*\)/, '') },
        ['bridge-no-license', 'bridge-refused'],
      ],
      [
        'gives a licence that is none',
        { change: (script) => script.replace('ZmFrZSBsaWNlbnNlIGZvciB0ZXN0cyE=', 'your license') },
        ['license-malformed'],
      ],
      [
        'has a workspace id that is no UUID',
        { change: (script) => script.replace('plan.workspace', "'team-1'") },
        ['workspace-id', 'bridge-no-workspace'],
      ],
      [
        'does not speak to Pilot',
        { change: () => "document.getElementById('go').onclick = function () {}" },
        ['bridge-unused'],
      ],
      [
        'lacks a script',
        { html: (page) => `${page}<script src='/gone.js?t=1'></script>` },
        ['page-no-script'],
      ],
      [
        'has a broker that is not there',
        { change: (script) => script.replace(/plan\.broker/g, "'tcp://127.0.0.1:1'") },
        ['mqtt-unreachable'],
      ],
      [
        'has a broker without a scheme',
        { change: (script) => script.replace(/plan\.broker/g, "'127.0.0.1:1883'") },
        ['address-scheme'],
      ],
      [
        'has wrong credentials',
        { change: (script) => script.replace(/plan\.word/g, "'other'") },
        ['mqtt-refused'],
      ],
      [
        'has a socket that is not there',
        { change: (script) => script.replace('plan.socket', "'ws://127.0.0.1:1/'") },
        ['ws-refused'],
      ],
      ['answers Pilot itself with 401', { rejectsPilot: true }, ['bridge-withdrawn']],
    ])('that %s', async (_name, setup, expected) => {
      const { report, ids } = await examine(setup)
      expect(ids).toEqual(expect.arrayContaining([...expected]))
      expect(report.verdict).not.toBe('good')
      // Once each, though page and browser both come upon it.
      expect(ids.filter((id) => id === 'page-no-script').length).toBeLessThan(2)
    })

    test('that fails in a script and goes on all the same: a warning', async () => {
      const { report, ids } = await examine({ change: (script) => `${script}\nmissing.thing()` })
      expect(ids).toEqual(['page-not-ours', 'page-script-error'])
      expect(report.findings[1]?.evidence).toContain('missing is not defined')
    })

    test('over https, with a part over http', async () => {
      const { privateLeaf, ca } = makeCertificates()
      const html = (page: string) => `${page}<script src="http://127.0.0.1:1/old.js"></script>`
      const { ids, outcomes } = await examine({ tls: privateLeaf, html }, { ca })
      expect(ids).toContain('page-mixed')
      // The page itself is looked at all the same, whatever its certificate.
      expect(outcomes['the page inside Pilot']).not.toBe('unchecked')
    })

    test('what cannot be run is not checked', async () => {
      const { report, reasons } = await examine({}, { browser: '/nowhere/chromium' })
      expect(report.verdict).toBe('incomplete')
      expect(reasons[0]).toContain('could not be run')
    })
  },
)

test('without a Chromium the page is not run: named, and no pass', async () => {
  const { report, ids, reasons } = await examine({}, { browser: null })
  expect(report).toMatchObject({ healthy: false, verdict: 'incomplete' })
  expect(ids).toEqual(['page-not-ours'])
  expect(reasons[0]).toContain('needs a Chromium to run. Install one')
  expect(reasons.slice(1)).toEqual(Array(3).fill('the page was not run'))
})
