import { beforeEach, describe, expect, it } from 'vitest'
import type { PageFinding } from '../../src/bridge/diagnosis/diagnose.ts'
import type { Verdict } from '../../src/bridge/diagnosis/verdict.ts'
import type { PageFindingNews, PageState } from '../../src/bridge/page-events.ts'
import type { FlowState, FlowStep } from '../../src/bridge/types.ts'
import { findingsOf } from '../../src/core/findings/finding.ts'
import { PAGE_FINDINGS } from '../../src/core/findings/page-table.ts'
import type { Bootstrap } from '../../src/core/pages/page-data.ts'
import { createPageEvents } from '../../src/views/assets/page-events.ts'
import { becomeConnected, expectNoProblems, logIn, stageIn } from '../e2e/scene.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { LICENSE, PILOT } from '../support/cloud.ts'

const flow: FlowState = {
  link: 'connecting',
  linkSince: 1,
  ws: 'disconnected',
  bridge: 'present',
  verified: true,
  modules: { api: 'loaded' },
  gateway: 'RCFAKE00000001',
  aircraft: null,
  bootstrap: null,
  mqttHost: null,
  skewMs: 0,
  server: { reachedAt: 5, failingSince: null },
  at: 10,
}
const busy: Verdict = { tone: 'busy', finding: null, others: [] }
const found = (id: PageFinding['id'], evidence: string | null = null): PageFinding =>
  findingsOf(PAGE_FINDINGS)(id, evidence)

describe('the events of the main page', () => {
  let sent: [name: string, detail: unknown][]
  let events: ReturnType<typeof createPageEvents>
  beforeEach(() => {
    sent = []
    events = createPageEvents(
      (key) => `text of ${key}`,
      (name, detail) => void sent.push([name, detail]),
    )
  })

  it('tell a state once, until something but the time changes', () => {
    events.stateChanged(flow, busy, null)
    events.stateChanged({ ...flow, at: 1_010 }, busy, null)
    events.stateChanged({ ...flow, link: 'connected', at: 2_010 }, { ...busy, tone: 'good' }, null)
    expect(sent.map(([, detail]) => detail)).toMatchObject([
      { tone: 'busy', link: 'connecting', at: 10 },
      { tone: 'good', link: 'connected', at: 2_010 },
    ])
    expect(events.state?.at).toBe(2_010)
  })

  it('give a script that comes late the newest state, also when nothing has changed', () => {
    expect(events.state).toBeNull()
    events.stateChanged(flow, busy, null)
    events.stateChanged({ ...flow, at: 1_010 }, busy, null)
    expect(events.state?.at).toBe(1_010)
  })

  it('tell each finding when it comes and when it goes, in the language of the page', () => {
    const away = found('server-unreachable', 'https://cloud.example.com')
    events.findingsAre([away])
    events.findingsAre([away, found('clock-skew', '60 s')])
    events.findingsAre([found('clock-skew', '61 s')])
    expect(sent.map(([, detail]) => detail)).toMatchObject([
      {
        id: 'server-unreachable',
        active: true,
        severity: 'problem',
        title: 'text of finding.server-unreachable',
        evidence: 'https://cloud.example.com',
      },
      { id: 'clock-skew', active: true },
      { id: 'server-unreachable', active: false },
    ])
    expect(events.findings.map(({ id, evidence }) => [id, evidence])).toEqual([['clock-skew', '61 s']])
  })

  it('keep the newest result of each step, in the order of their first run', () => {
    const step = (id: string, status: FlowStep['status']): FlowStep => ({
      ...{ id, status, code: null, message: null, hint: null, at: 0 },
    })
    for (const one of [step('verify', 'running'), step('load:thing', 'running'), step('verify', 'ok')])
      events.stepChanged(one)
    expect(sent).toHaveLength(3)
    expect(events.steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'verify ok',
      'load:thing running',
    ])
  })

  it('contain no token, password or licence', () => {
    const secrets = ['SECRET-TOKEN', 'SECRET-KEY', 'SECRET-LICENCE', 'SECRET-PLAN']
    const bootstrap = {
      license: { app_id: '1', app_key: secrets[1], license: secrets[2] },
      token: { access_token: secrets[0], expires_at: 1 },
      user: { id: 'u1', username: 'pia', role: 'pilot' },
      workspace: { id: 'w1', name: 'Harbour', description: '' },
      modules: [{ name: 'api', params: { token: secrets[3] } }],
    } as unknown as Bootstrap
    events.stateChanged({ ...flow, bootstrap }, busy, null)
    const [[, detail] = []] = sent
    expect(detail).toMatchObject({ user: { id: 'u1', username: 'pia' }, workspace: { name: 'Harbour' } })
    for (const secret of secrets) expect(JSON.stringify(detail)).not.toContain(secret)
  })

  it('give copies: a listener that changes one does not change the page', () => {
    const modules = { api: 'loaded' } as const
    events.stateChanged({ ...flow, modules }, busy, null)
    const [[, detail] = []] = sent
    Object.assign((detail as PageState).modules, { api: 'off' })
    expect(modules.api).toBe('loaded')
  })
})

const LISTEN = `(function () {
  var heard = window.heard = []
  ;['state', 'finding', 'step'].forEach(function (name) {
    document.addEventListener('dji-cloud:' + name, function (event) {
      heard.push({ name: name, detail: event.detail })
      if (name === 'step') throw new Error('A listener that throws.')
    })
  })
})()`

describe.each(ENGINES.filter(hasEngine))('a script of a host, in %s', (engine) => {
  const stage = stageIn(engine)

  it('hears the whole way to the cloud, without a secret, and does not stop the page', async () => {
    const scene = await stage.play()
    const { page, pilot } = scene
    const remove = await page.addScript(LISTEN)
    await logIn(page)
    await becomeConnected(scene)
    await page.waitFor(`djiCloudPage.state.situation && djiCloudPage.state.situation.aircraft.length === 1`)
    const heard = await page.evaluate<{ name: string; detail: PageState }[]>('window.heard')
    const states = heard.filter(({ name }) => name === 'state').map(({ detail }) => detail)
    expect(states.map(({ link }) => link)).toEqual(expect.arrayContaining(['disconnected', 'connected']))
    expect(states.at(-1)).toMatchObject({
      tone: 'good',
      reason: null,
      gateway: 'RCFAKE00000001',
      aircraft: '1581FAKE000000000001',
      user: { username: PILOT.username },
      workspace: { name: 'Test workspace' },
    })
    const now = await page.evaluate<{ steps: FlowStep[]; findings: PageFindingNews[] }>(
      '({ steps: djiCloudPage.steps, findings: djiCloudPage.findings })',
    )
    expect(now.steps.find(({ id }) => id === 'load:thing')).toMatchObject({ status: 'ok' })

    const token = await page.evaluate<string>(`localStorage.getItem('dji-cloud.token')`)
    expect(token.length).toBeGreaterThan(20)
    const said = JSON.stringify([heard, now])
    for (const secret of [token, PILOT.password, LICENSE.appKey, LICENSE.appLicense])
      expect(said).not.toContain(secret)

    pilot.cutNetwork()
    await page.waitFor(
      `window.heard.some(function (one) { return one.name === 'state' && one.detail.tone !== 'good' && one.detail.link !== 'connected' })`,
    )
    await remove()
    expectNoProblems(page, /A listener that throws/)
  })

  it('hears which finding has come', async () => {
    const { page } = await stage.play({ pilot: { knobs: { licenseCheck: 'refuse' } } })
    const remove = await page.addScript(LISTEN)
    await logIn(page)
    await page.waitFor(`djiCloudPage.findings && djiCloudPage.findings.length > 0`)
    const news = await page.evaluate<PageFindingNews>(
      `window.heard.filter(function (one) { return one.name === 'finding' })[0].detail`,
    )
    expect(news).toMatchObject({ id: 'license-malformed', active: true, severity: 'problem' })
    expect(news.title).not.toMatch(/^finding\./)
    expect(news.server).toMatch(/licen[cs]e/i)
    await remove()
  })
})
