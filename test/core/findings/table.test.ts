import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { DOCTOR_IDS, findingsPage } from '../../../scripts/docs/findings-page.ts'
import { diagnose } from '../../../src/bridge/diagnosis/diagnose.ts'
import { factsOf } from '../../../src/bridge/diagnosis/facts.ts'
import { FINDING_OF_HINT } from '../../../src/bridge/diagnosis/step-findings.ts'
import { REACH, SYMPTOMS } from '../../../src/bridge/diagnosis/symptoms.ts'
import type { FlowState } from '../../../src/bridge/types.ts'
import { FINDINGS, finding } from '../../../src/core/findings/index.ts'
import { worstFirst } from '../../../src/core/findings/order.ts'
import { PAGE_FINDINGS } from '../../../src/core/findings/page-table.ts'
import type { FindingRow } from '../../../src/core/findings/row.ts'
import { en } from '../../../src/core/pages/texts/en.ts'
import { zh } from '../../../src/core/pages/texts/zh.ts'
import { mqttAddress } from '../../../src/doctor/checks/login.ts'

const ROWS: readonly (readonly [string, FindingRow])[] = Object.entries(FINDINGS)

it('has a findings page that is up to date (npm run docs)', async () => {
  const page = await readFile(new URL('../../../docs/findings.md', import.meta.url), 'utf8')
  expect(page).toBe(findingsPage())
})

it('names each finding once, in whole sentences, with something to do for one of the two readers', () => {
  expect(ROWS.length).toBeGreaterThan(60)
  expect(new Set(ROWS.map(([, { what }]) => what)).size).toBe(ROWS.length)
  for (const [id, { what, why, pilot, server }] of ROWS) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/)
    for (const text of [what, why, pilot ?? '.', server ?? '.']) expect(text, id).toMatch(/[.)]$/)
    expect([pilot, server], id).not.toEqual([null, null])
    // The word means the pilot to some readers, and the people who run the server to others.
    expect([what, why, pilot, server].join(' '), id).not.toMatch(/\boperator/i)
  }
})

it('has no row that nobody recognises, and the page and the table agree about what the page recognises', () => {
  const ofPage = [
    ...REACH.map(({ id }) => id),
    ...SYMPTOMS.map(({ id }) => id),
    ...Object.values(FINDING_OF_HINT).filter((id) => id !== null),
    'module-failed',
    ...['scheme', 'localhost', 'container', 'private', 'plain'].map((kind) => `address-${kind}`),
    'clock-skew',
  ]
  expect([...new Set<string>(ofPage)].sort()).toEqual(Object.keys(PAGE_FINDINGS).sort())
  const unseen = Object.keys(FINDINGS).filter(
    (id) => !ofPage.includes(id) && !(DOCTOR_IDS as readonly string[]).includes(id),
  )
  expect(unseen).toEqual([])
})

it('gives the page a text for each reader who has something to do, in each language', () => {
  // Chinese words for an operator; 管理员 is the administrator.
  expect(Object.values(zh).join(' ')).not.toMatch(/操作员|运营/)
  expect(Object.values(en).join(' ')).not.toMatch(/\boperator/i)
  for (const [id, { what, pilot, server }] of Object.entries<FindingRow>(PAGE_FINDINGS)) {
    expect(en).toHaveProperty([`finding.${id}`], what)
    for (const [reader, text] of [['pilot', pilot] as const, ['server', server] as const]) {
      const key = `finding.${id}.${reader}`
      expect(Object.hasOwn(zh, key), key).toBe(text !== null)
      if (text !== null) expect(en).toHaveProperty([key], text)
    }
  }
})

const page = 'https://cloud.example.com/pilot'
const server = { reachedAt: null, failingSince: null }
const state = { bootstrap: null, modules: {}, linkSince: 0, skewMs: null, server } as unknown as FlowState

it.each([
  ['ssl://localhost:8883', 'address-localhost'],
  ['ssl://emqx:8883', 'address-container'],
  ['ssl://192.168.1.20:8883', 'address-private'],
  ['mqtt.example.com:8883', 'address-scheme'],
  ['tcp://mqtt.example.com:1883', 'address-plain'],
] as const)('says the same of %s on the page and in the doctor', (mqttHost, id) => {
  const expected = finding(id, `mqtt: ${mqttHost}`)
  const facts = factsOf({ ...state, mqttHost }, [], { page, build: null, now: 0 })
  expect(diagnose(facts).filter((one) => one.id.startsWith('address-'))).toEqual([expected])
  expect(mqttAddress(mqttHost, new URL(page), false)).toEqual([expected])
})

it('puts the worst first and keeps the order of equals', () => {
  const all = [finding('no-aircraft'), finding('license', 'a'), finding('storage'), finding('link-down', '')]
  expect(worstFirst(all).map(({ id, evidence }) => [id, evidence])).toEqual([
    ['license', 'a'],
    ['link-down', null],
    ['storage', null],
    ['no-aircraft', null],
  ])
})
