import { describe, expect, it, test } from 'vitest'
import { FAULTS } from '../../src/plugins/simulator/faults.ts'
import { type ButtonId, buttonsOf, isRunning } from '../../src/plugins/simulator/page/buttons.ts'
import { readLink, writeLink } from '../../src/plugins/simulator/page/link.ts'
import { readingsIn } from '../../src/plugins/simulator/page/reading-values.ts'
import { placeBeside } from '../../src/plugins/simulator/page/tour-place.ts'
import type { FaultInfo, State } from '../../src/plugins/simulator/page/types.ts'
import { en } from '../../src/plugins/simulator/texts/en.ts'
import { zh } from '../../src/plugins/simulator/texts/zh.ts'
import { KNOBS, knobsWith, PRESETS } from '../../src/testing/index.ts'

const device = (serial: string) => ({ name: serial, serial, type: 1, subType: 0 })
const state = (more: Partial<State> = {}, native: Partial<State['native']> = {}): State => ({
  link: 'http://localhost/pilot',
  preset: null,
  gateway: device('G1'),
  aircraft: device('A1'),
  network: true,
  loggedIn: true,
  ended: null,
  fault: null,
  knobs: {},
  native: {
    ...{ verified: true, workspaceId: 'W', platformName: 'P', mqtt: 'connected', ws: 'connected' },
    ...{ topologyAcknowledged: true, pageOpen: true },
    ...native,
  },
  ...more,
})
const closed = { pageOpen: false, workspaceId: null, mqtt: 'idle' }
const whys = (now: State, points = 1): Partial<Record<ButtonId, string>> =>
  Object.fromEntries(Object.entries(buttonsOf(now, points)).filter(([, why]) => why !== null)) as never

test.each<[string, State, number, Partial<Record<ButtonId, string>>]>([
  ['connected, with a path', state(), 1, {}],
  ['connected, without a path', state(), 0, { fly: 'why.path' }],
  [
    'the page is left, Pilot stays connected',
    state({}, { pageOpen: false }),
    1,
    { back: 'why.closed', leave: 'why.closed' },
  ],
  [
    'nothing was opened yet',
    state({ loggedIn: false }, closed),
    1,
    {
      ...{
        back: 'why.closed',
        exit: 'why.closed',
        leave: 'why.closed',
        expire: 'why.nobody',
        revoke: 'why.nobody',
      },
      ...{ fly: 'why.offline', 'readings-set': 'why.offline', 'readings-auto': 'why.offline' },
    },
  ],
  [
    'the aircraft is off',
    state({ aircraft: null }),
    1,
    { fly: 'why.aircraft', 'clear-path': 'why.aircraft' },
  ],
  ['the network is cut', state({ network: false }, { mqtt: 'connected' }), 1, { silence: 'why.cut' }],
])('%s', (_, now, points, expected) => {
  expect(whys(now, points)).toEqual(expected)
})

test.each<[string, State, boolean]>([
  ['nothing was opened', state({ loggedIn: false }, closed), false],
  ['the login page is open', state({ loggedIn: false }, { ...closed, pageOpen: true }), true],
  ['Pilot is connected without the page', state({}, { pageOpen: false }), true],
])('%s: a restart would end something is %s', (_, now, expected) => {
  expect(isRunning(now)).toBe(expected)
})

describe('a link', () => {
  const known = { knobs: KNOBS, presets: PRESETS, faults: FAULTS as unknown as readonly FaultInfo[] } as never
  const usual = (preset: string | null, fault: string | null, more: object = {}) => ({
    ...{ preset, fault },
    knobs: {
      ...knobsWith({
        ...PRESETS.find(({ name }) => name === preset)?.knobs,
        ...FAULTS.find(({ id }) => id === fault)?.knobs,
      }),
      ...more,
    },
  })

  it.each([
    ['the usual controller', usual(null, null), ''],
    ['a preset', usual('rc-plus', null), '#preset=rc-plus'],
    ['a fault', usual('rc-plus', 'no-status-reply'), '#preset=rc-plus&fault=no-status-reply'],
    [
      'knobs of all kinds',
      usual(null, null, {
        topoTopic: 'thing',
        mqttVersion: 4,
        networkProbe: true,
        thingVersion: 'a&b',
        missingMethods: ['x', 'y'],
      }),
      '#knob.missingMethods=x%2Cy&knob.topoTopic=thing&knob.thingVersion=a%26b&knob.networkProbe=true&knob.mqttVersion=4',
    ],
  ])('to %s says what differs, and is read as it was written', (_, setup, expected) => {
    const hash = writeLink(setup, known)
    expect(hash).toBe(expected)
    const { wrong, ...read } = readLink(hash, known)
    expect(wrong).toEqual([])
    expect([read.preset, read.fault]).toEqual([setup.preset, setup.fault])
    for (const [name, value] of Object.entries(read.knobs))
      expect(value).toEqual(setup.knobs[name as keyof typeof setup.knobs])
  })

  it('names what it cannot use, and uses the rest', () => {
    const { wrong, ...read } = readLink(
      '#preset=nobody&fault=x&knob.topoTopic=moon&knob.osdIntervalMs=soon&knob.networkProbe=perhaps&knob.nothing=1&knob.__proto__=1&x=1&knob.mqttVersion=4',
      known,
    )
    expect(wrong).toEqual([
      ...['preset', 'fault', 'knob.topoTopic', 'knob.osdIntervalMs', 'knob.networkProbe'],
      ...['knob.nothing', 'knob.__proto__', 'x'],
    ])
    expect(read).toEqual({ preset: null, fault: null, knobs: { mqttVersion: 4 } })
  })
})

describe('readings', () => {
  const sent = (serial: string, data: unknown) => ({
    ...{ seq: 1, at: 1, type: 'mqtt.out', topic: `thing/product/${serial}/osd` },
    payload: { data },
  })
  const own = state()

  it.each([
    [
      'the aircraft',
      sent('A1', { battery: { capacity_percent: 7 }, elevation: 12.5, horizontal_speed: 3 }),
      { battery: 7, height: 12.5, speed: 3 },
    ],
    ['a part of it', sent('A1', { elevation: 0 }), { height: 0 }],
    ['the controller', sent('G1', { capacity_percent: 50, elevation: 3 }), { controllerBattery: 50 }],
    ['another device', sent('A2', { elevation: 3 }), {}],
    ['a report without data', sent('A1', null), {}],
    ['a text in place of a number', sent('A1', { elevation: 'high' }), {}],
  ])('of %s', (_, entry, expected) => {
    expect(readingsIn(entry, own)).toEqual(expected)
  })
})

describe('the box of the tour', () => {
  const box = { width: 400, height: 150 }
  const view = { width: 1280, height: 720 }
  it.each([
    ['right of its target', { left: 0, top: 50, right: 700, bottom: 500 }, { left: 712, top: 50 }],
    ['left of it', { left: 700, top: 50, right: 1280, bottom: 500 }, { left: 288, top: 50 }],
    ['below it', { left: 200, top: 0, right: 1200, bottom: 300 }, { left: 200, top: 312 }],
    ['above it', { left: 200, top: 400, right: 1200, bottom: 720 }, { left: 200, top: 238 }],
    [
      'in the corner, where all is full',
      { left: 0, top: 0, right: 1280, bottom: 720 },
      { left: 868, top: 558 },
    ],
  ])('is %s', (_, target, expected) => {
    expect(placeBeside(target, box, view)).toEqual(expected)
  })
})

test('every text has the same placeholders in both languages', () => {
  const names = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()
  for (const [key, text] of Object.entries(en))
    expect([key, names(zh[key as keyof typeof en])]).toEqual([key, names(text)])
})
