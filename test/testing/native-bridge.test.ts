import {
  createVirtualPilot,
  KNOBS,
  type KnobName,
  type Knobs,
  knobsWith,
  type VirtualPilot,
} from 'dji-cloud/testing'
import { afterEach, describe, expect, it } from 'vitest'

const WORKSPACE = '11111111-2222-4333-8444-555555555555'
const pilots: VirtualPilot[] = []
afterEach(() => Promise.all(pilots.splice(0).map((pilot) => pilot.close())))

function pilotWith(knobs: Partial<Knobs> = {}, more: { aircraft?: null } = {}): VirtualPilot {
  const pilot = createVirtualPilot({ url: 'http://127.0.0.1:1/pilot', knobs, ...more })
  pilots.push(pilot)
  return pilot
}

const verify = (pilot: VirtualPilot, ...args: unknown[]): unknown =>
  pilot.call('platformVerifyLicense', args.length > 0 ? args : ['fake-id', 'fake-key', 'RkFLRS1MSUNFTkNF'])
const read = (answer: unknown): { code: number; message: string; data: unknown } => JSON.parse(String(answer))

describe('return styles', () => {
  const ok = (data: unknown): string => JSON.stringify({ code: 0, message: 'success', data })
  it.each([
    ['envelope', ok(true), ok(true), ok('RCFAKE00000001')],
    ['data-as-string', ok('true'), ok('true'), ok('RCFAKE00000001')],
    ['empty-object', ok({}), ok(true), ok('RCFAKE00000001')],
    ['connect-state', ok(true), ok(true), ok('RCFAKE00000001')],
    ['bare', true, true, 'RCFAKE00000001'],
    ['bare-text', 'true', 'true', 'RCFAKE00000001'],
    ['number', 1, 1, 'RCFAKE00000001'],
    ['void', undefined, ok(true), ok('RCFAKE00000001')],
  ] as const)('%s', (returnStyle, action, state, value) => {
    const pilot = pilotWith({ returnStyle })
    expect(verify(pilot)).toEqual(action)
    expect(pilot.call('platformIsVerified', [])).toEqual(state)
    expect(pilot.call('platformGetRemoteControllerSN', [])).toEqual(value)
  })

  it('wraps link states where the knob says so', () => {
    const pilot = pilotWith({ returnStyle: 'connect-state', autoConnect: false })
    verify(pilot)
    pilot.call('platformLoadComponent', ['thing', '{}'])
    expect(read(pilot.call('thingGetConnectState', []))).toEqual({
      code: 0,
      message: 'success',
      data: { connectState: false },
    })
  })

  it('tells a refusal by code, or by data alone', () => {
    expect(read(verify(pilotWith({ licenseCheck: 'refuse' })))).toMatchObject({
      message: 'bad base-64',
      data: false,
    })
    const soft = pilotWith({ licenseCheck: 'refuse', failureStyle: 'data-false' })
    expect(read(verify(soft))).toMatchObject({ code: 0, data: false })
    expect(soft.native.verified).toBe(false)
  })
})

describe('the licence', () => {
  it.each([
    ['a well-formed one', ['id', 'key', 'RkFLRQ=='], {}, true],
    ['an edited one', ['id', 'key', 'RkFLRQ= ='], {}, false],
    ['an empty one', ['id', 'key', ''], {}, false],
    ['an empty app id', ['', 'key', 'RkFLRQ=='], {}, false],
    ['a number as app id', [1, 'key', 'RkFLRQ=='], {}, true],
    ['a number as app id, strictly', [1, 'key', 'RkFLRQ=='], { strictAppId: true }, false],
    ['anything, where all is accepted', ['', '', '!'], { licenseCheck: 'accept' }, true],
  ] as const)('%s', (_, args, knobs, verified) => {
    const pilot = pilotWith(knobs)
    verify(pilot, ...args)
    expect(pilot.native.verified).toBe(verified)
  })

  it('is needed by everything else', () => {
    const pilot = pilotWith()
    expect(read(pilot.call('platformSetWorkspaceId', [WORKSPACE])).code).not.toBe(0)
    expect(read(pilot.call('platformLoadComponent', ['api', '{}'])).code).not.toBe(0)
    expect(pilot.native.components).toEqual([])
  })
})

describe('Pilot itself', () => {
  it('takes only a UUID as workspace', () => {
    const pilot = pilotWith()
    verify(pilot)
    expect(read(pilot.call('platformSetWorkspaceId', ['my workspace'])).code).toBe(615000)
    expect(read(pilot.call('platformSetWorkspaceId', [WORKSPACE])).code).toBe(0)
    expect(pilot.native.workspaceId).toBe(WORKSPACE)
  })

  it.each([
    ['device-not-connect', 'device not connect', false],
    ['empty', 'success', true],
  ] as const)('tells of no aircraft by %s', (noAircraftAnswer, message, fine) => {
    const pilot = pilotWith({ noAircraftAnswer }, { aircraft: null })
    verify(pilot)
    const answer = read(pilot.call('platformGetAircraftSN', []))
    expect(answer).toMatchObject({ message, data: '' })
    expect(answer.code === 0).toBe(fine)
  })

  it('may have no serial number yet', () => {
    const pilot = pilotWith({ gatewaySerialAnswer: 'empty' })
    verify(pilot)
    expect(read(pilot.call('platformGetRemoteControllerSN', []))).toMatchObject({ code: 0, data: '' })
  })

  it.each([[{}], [undefined], ['[]'], ['not json']])('loads nothing with the parameters %j', (params) => {
    const pilot = pilotWith()
    verify(pilot)
    expect(read(pilot.call('platformLoadComponent', ['tsa', params])).code).not.toBe(0)
    expect(pilot.native.components).toEqual([])
  })

  it('answers a method that does not exist, or that this firmware lacks, with a code', () => {
    const pilot = pilotWith({ missingMethods: ['thingGetConnectState'] })
    verify(pilot)
    for (const name of ['toString', 'constructor', 'nothing', 'thingGetConnectState'])
      expect(read(pilot.call(name, [])).code).not.toBe(0)
    expect(pilot.pageScript()).not.toContain('"thingGetConnectState"')
  })
})

describe('modules', () => {
  it('refuses thing before it is loaded with the known number', () => {
    const pilot = pilotWith()
    verify(pilot)
    expect(read(pilot.call('thingConnect', ['a', 'b', 'cb'])).code).toBe(615011)
  })

  it('lets a component load late', async () => {
    const pilot = pilotWith({ componentLoadLagMs: 20 })
    verify(pilot)
    pilot.call('platformLoadComponent', [
      'api',
      JSON.stringify({ host: 'http://127.0.0.1:1/', token: 'the-token' }),
    ])
    const loaded = (): unknown => read(pilot.call('platformIsComponentLoaded', ['api'])).data
    expect(loaded()).toBe(false)
    await expect.poll(loaded).toBe(true)
    expect(read(pilot.call('apiGetToken', [])).data).toBe('the-token')
  })

  it.each([
    ['refused', '', false],
    ['empty', '', true],
    ['kept', 'the-token', true],
  ] as const)('without api, the token is %s', (apiTokenWithoutModule, token, fine) => {
    const pilot = pilotWith({ apiTokenWithoutModule })
    verify(pilot)
    pilot.call('platformLoadComponent', [
      'api',
      JSON.stringify({ host: 'http://127.0.0.1:1', token: 'the-token' }),
    ])
    pilot.call('platformUnloadComponent', ['api'])
    const answer = read(pilot.call('apiGetToken', []))
    expect([answer.data, answer.code === 0]).toEqual([token, fine])
  })

  it.each([
    [false, ''],
    [true, 'the-token'],
  ])('forgets all when the app is restarted; the token stays: %s', (tokenSurvivesRestart, token) => {
    const pilot = pilotWith({ tokenSurvivesRestart, apiTokenWithoutModule: 'kept' })
    verify(pilot)
    pilot.call('platformLoadComponent', [
      'api',
      JSON.stringify({ host: 'http://127.0.0.1:1', token: 'the-token' }),
    ])
    pilot.restart()
    expect(pilot.native).toMatchObject({ verified: false, components: [] })
    verify(pilot)
    expect(read(pilot.call('apiGetToken', [])).data).toBe(token)
  })
})

describe('knobs', () => {
  it('each has a default among its values, a text that says what it is, and a confidence', () => {
    for (const [name, knob] of Object.entries(KNOBS)) {
      if ('values' in knob) expect(knob.values, name).toContain(knob.value)
      expect(knob.about, name).toMatch(/\.$/)
    }
    expect(Object.keys(knobsWith())).toEqual(Object.keys(KNOBS))
  })

  it.each([
    ['noSuchKnob', 1, /no knob "noSuchKnob"/],
    ['toString', 1, /no knob/],
    ['returnStyle', 'other', /"returnStyle" takes "envelope", /],
    ['osdIntervalMs', '2000', /takes a number/],
  ])('refuses %s', (name, value, message) => {
    expect(() => knobsWith({ [name as KnobName]: value })).toThrow(message)
  })
})
