import { createVirtualPilot, type Knobs, readTrace, type Trace } from 'dji-cloud/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../support/browser.ts'
import { attachPilot } from '../support/browser-pilot.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { LICENSE, PILOT, startCloud } from '../support/cloud.ts'

interface End {
  readonly verified: boolean
  readonly workspaceId: string | null
  readonly platformName: string | null
  readonly components: readonly string[]
  readonly mqtt: string
  readonly topologyAcknowledged: boolean
}

describe.each(ENGINES.filter(hasEngine))('a trace recorded in %s', (engine) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(engine)
  })
  afterAll(() => browser.close())

  /** The served page in a browser, with a Pilot of these knobs around it, until `until` is true in the page. */
  async function record(knobs: Partial<Knobs>, until: string) {
    const { page } = browser
    const cloud = await startCloud({ recorder: true })
    const pilot = createVirtualPilot({ url: cloud.link, knobs })
    const webview = await attachPilot(page, pilot)
    try {
      await webview.open()
      await page.waitFor(
        `document.getElementById('login-form') && !document.getElementById('login-submit').disabled`,
      )
      await page.fill('#username', PILOT.username)
      await page.fill('#password', PILOT.password)
      await page.click('#login-submit')
      await page.waitFor(until)
      if (pilot.native.mqtt === 'connected') await pilot.topologyAcknowledged()
      const end = endOf(pilot)
      await page.click('#dji-cloud-recorder-toggle')
      await page.click('#dji-cloud-recorder-save')
      await page.waitFor(`/http/.test(document.getElementById('dji-cloud-recorder-says').textContent)`)
      const said = await page.evaluate<string>(
        `document.getElementById('dji-cloud-recorder-says').textContent`,
      )
      const answer = await fetch(/http\S+/.exec(said)?.[0] ?? '')
      expect(answer.headers.get('content-disposition')).toContain('attachment')
      const text = await answer.text()
      const problems = [...page.problems()]
      page.forgetProblems()
      return { text, trace: readTrace(text), end, problems, gateway: pilot.gateway.serial }
    } finally {
      await webview.detach()
      await pilot.close()
      await cloud.close()
    }
  }

  /** The same account, another platform, no browser: only the trace says how this Pilot answers. */
  async function replay(trace: Trace) {
    const cloud = await startCloud()
    const pilot = createVirtualPilot({ url: cloud.link, trace })
    try {
      const outcome = await pilot.login(PILOT.username, PILOT.password)
      if (outcome.kind === 'waiting') await pilot.connected()
      if (pilot.native.mqtt === 'connected') await pilot.topologyAcknowledged()
      return { outcome, end: endOf(pilot), knobs: pilot.knobs }
    } finally {
      await pilot.close()
      await cloud.close()
    }
  }

  const done = `document.querySelector('[data-step="load:tsa"][data-status="ok"]')`

  it.each([
    ['as most answer', {}],
    [
      'whose data are texts, without an aircraft state of its own',
      { returnStyle: 'data-as-string', callbackArgument: 'json-connect-state' },
    ],
    [
      'of an old firmware',
      {
        returnStyle: 'empty-object',
        missingMethods: ['thingSetConnectCallback'],
        callbackSequence: 'true-only',
        callbackArgument: 'text',
      },
    ],
  ] as const)(
    'leads a Pilot %s to the same end state',
    async (_name, knobs) => {
      const recorded = await record(knobs, done)
      expect(recorded.problems).toEqual([])
      const replayed = await replay(recorded.trace)
      expect(recorded.end).toMatchObject({ mqtt: 'connected', topologyAcknowledged: true, verified: true })
      expect(replayed.end).toEqual(recorded.end)
      for (const [name, value] of Object.entries(knobs)) {
        if (name === 'returnStyle') continue
        expect([name, replayed.knobs[name as keyof Knobs]]).toEqual([name, expect.anything()])
        if (name === 'missingMethods') expect(replayed.knobs.missingMethods).toEqual(value)
        else expect(replayed.knobs[name as keyof Knobs]).toBe(value)
      }
    },
    60_000,
  )

  it('leads to the same refusal: the recorded code, in a Pilot that would have agreed', async () => {
    const { trace, end } = await record(
      { licenseCheck: 'refuse' },
      `document.getElementById('problem') && !document.getElementById('problem').hidden`,
    )
    const { outcome, end: again } = await replay(trace)
    expect(outcome).toMatchObject({ kind: 'failed', step: { id: 'verify', message: 'bad base-64' } })
    expect(again).toEqual(end)
    // Without the trace the same Pilot gets in: it is the trace that says no.
    expect((await replay({ ...trace, entries: [] })).end.mqtt).toBe('connected')
  }, 60_000)

  it('holds no secret and nobody', async () => {
    const { text, gateway } = await record({}, done)
    for (const secret of [
      LICENSE.appLicense,
      LICENSE.appKey,
      LICENSE.appId,
      PILOT.password,
      PILOT.username,
      gateway,
      'eyJ',
      '127.0.0.1',
    ])
      expect(text).not.toContain(secret)
    expect(text).toContain('<gateway>')
    expect(text).toContain('platformVerifyLicense')
  }, 60_000)
})

const endOf = (pilot: { readonly native: End }): End => {
  const { verified, workspaceId, platformName, components, mqtt, topologyAcknowledged } = pilot.native
  return {
    verified,
    workspaceId,
    platformName,
    components: [...components].sort(),
    mqtt,
    topologyAcknowledged,
  }
}
