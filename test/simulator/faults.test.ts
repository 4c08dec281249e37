import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { chromiumOf } from '../../src/bridge/diagnosis/facts.ts'
import { diagnose, factsOf } from '../../src/bridge/index.ts'
import type { CloudEventName } from '../../src/index.ts'
import { finding } from '../../src/plugin.ts'
import { faultsIn } from '../../src/plugins/simulator/fault-texts.ts'
import { FAULTS, type Fault } from '../../src/plugins/simulator/faults.ts'
import { HOST_EVENTS } from '../../src/plugins/simulator/host-events.ts'
import { switchOn } from '../../src/plugins/simulator/switch-on.ts'
import { FAULT_WORDS } from '../../src/plugins/simulator/texts/faults.ts'
import type { VirtualPilot } from '../../src/testing/index.ts'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'

/** So that a link that is down counts as down for long (symptoms.ts). */
const LATER_MS = 25_000

/** Resolves when it is true. The events that make it true come from other processes' sockets, so it is looked at often. */
const waitUntil = (holds: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(holds()).toBe(true), { timeout: 20_000, interval: 20 })

let cloud: TestCloud
let pilot: VirtualPilot

/** Logs in with this fault. @returns the names of the events that the host app gets */
async function begin(fault: Fault | null): Promise<CloudEventName[]> {
  cloud = await startCloud({ presence: { graceSeconds: 0 } })
  const heard: CloudEventName[] = []
  for (const name of HOST_EVENTS) cloud.cloud.on(name, () => void heard.push(name))
  const setup = { preset: null, knobs: { topoRetryMs: 200, osdIntervalMs: 100 }, fault: fault?.id ?? null }
  pilot = switchOn(setup, { url: cloud.link }).pilot
  // Not awaited: with some faults the page waits for a link for a long time.
  pilot.login(PILOT.username, PILOT.password).catch(() => undefined)
  await waitUntil(() => pilot.flowState() !== null)
  return heard
}

/** What the page of this Pilot would show now. */
function findings(lostWhileAway = false): readonly string[] {
  const state = pilot.flowState()
  if (state === null) throw new Error('No page is open.')
  const { knobs } = pilot
  const now = Date.now() + knobs.clockOffsetSeconds * 1_000 + LATER_MS
  const known = { page: cloud.link, build: null, now, lostWhileAway, opened: true }
  const seen = { gateway: null, aircraft: null }
  const chromium = chromiumOf(knobs.webViewUserAgent)
  return diagnose(factsOf(state, pilot.flowSteps(), { ...known, seenByServer: seen, chromium })).map(
    ({ id }) => id,
  )
}

const usual: readonly CloudEventName[] = [
  'login.succeeded',
  'gateway.online',
  'aircraft.online',
  'device.osd',
]

describe('a fault by name', () => {
  afterEach(async () => {
    await pilot.close()
    await cloud.close()
  })

  it('without one: the usual events, and no finding of any fault', async () => {
    const heard = await begin(null)
    await waitUntil(() => usual.every((name) => heard.includes(name)))
    await waitUntil(() => pilot.native.ws === 'connected' && pilot.flowState()?.link === 'connected')
    const all = FAULTS.flatMap(({ page }) => page)
    expect(findings().filter((id) => all.some((one) => one === id))).toEqual([])
  })

  it.each(FAULTS.map((fault) => [fault.id, fault] as const))('%s', async (id, fault) => {
    const heard = await begin(fault)
    if (id === 'lost-on-leave') {
      await waitUntil(() => heard.includes('device.osd'))
      pilot.leavePage()
      await waitUntil(() => pilot.native.mqtt !== 'connected')
      await pilot.open()
    }
    if (id === 'no-status-reply') await pilot.waitFor('topology', ({ state }) => state === 'unanswered')
    if (fault.host.come.includes('credentials.unused')) {
      await pilot.waitFor('mqtt.state', ({ state }) => state === 'disconnected', { since: 0 })
      cloud.advance(61_000)
    }
    await waitUntil(() => fault.host.come.every((name) => heard.includes(name)))
    await waitUntil(() => {
      const found = findings(id === 'lost-on-leave')
      return fault.page.every((one) => found.includes(one))
    })
    const expected = usual.filter((name) => !fault.host.missing.includes(name))
    if (fault.aircraft !== false) await waitUntil(() => expected.every((name) => heard.includes(name)))
    expect(fault.host.missing.filter((name) => heard.includes(name))).toEqual([])
    if (fault.page.length === 0)
      expect(findings().filter((one) => finding(one as never).severity === 'problem')).toEqual([])
  })
})

it.each(['en', 'zh'] as const)('has words for all faults in %s, and no others', (lang) => {
  expect(Object.keys(FAULT_WORDS[lang]).sort()).toEqual(FAULTS.map(({ id }) => id).sort())
  for (const { name, about, pilot: seen, host, doctor } of faultsIn(lang)) {
    expect([name, about].every((text) => text.length > 3)).toBe(true)
    for (const { title } of [...seen, ...host, ...doctor]) expect(title).not.toBe('')
  }
})

it('is listed in the docs, with what everybody sees', async () => {
  const docs = await readFile(new URL('../../docs/simulator.md', import.meta.url), 'utf8')
  const cell = (names: readonly string[]): string =>
    names.length === 0 ? '–' : names.map((name) => `\`${name}\``).join(', ')
  for (const { id, certainty, page, host, doctor } of FAULTS) {
    const events = [
      ...(host.come.length === 0 ? [] : [`come: ${cell(host.come)}`]),
      ...(host.missing.length === 0 ? [] : [`missing: ${cell(host.missing)}`]),
    ]
    const cells = [
      ...[cell([id]), FAULT_WORDS.en[id]?.name ?? '', certainty, cell(page)],
      ...[events.length === 0 ? 'the usual events' : events.join('; '), cell(doctor)],
    ]
    expect(docs).toContain(`\n| ${cells.join(' | ')} |\n`)
  }
})

it('is not shown any more when a knob of the reader undoes it', () => {
  const setup = { preset: null, fault: 'no-status-reply' }
  const options = { url: 'http://localhost/pilot' }
  expect(switchOn({ ...setup, knobs: { osdIntervalMs: 100 } }, options).fault).toBe('no-status-reply')
  expect(switchOn({ ...setup, knobs: { statusReply: 'heard' } }, options).fault).toBeNull()
})
