import { describe, expect, it } from 'vitest'
import {
  recordAnswer,
  recordArgs,
  recordCallback,
  recordThrown,
} from '../../src/plugins/recorder/page/masking.ts'
import { TRACE_METHODS } from '../../src/plugins/recorder/page/methods.ts'
import { methodNames } from '../../src/testing/native/bridge.ts'
import { traceSchema } from '../../src/testing/trace/trace.ts'

const envelope = (data: unknown, code = 0, message = 'success') => JSON.stringify({ code, message, data })

describe('what is written down of a call', () => {
  it.each([
    [
      'platformVerifyLicense',
      ['123456', 'key-key-key', 'TElDRU5DRQ=='],
      ['string(6)', 'string(11)', 'string(12)'],
    ],
    ['platformVerifyLicense', [123456, 'k', 'l'], ['number', 'string(1)', 'string(1)']],
    ['apiSetToken', ['eyJhbGciOi'], ['string(10)']],
    ['thingConnect', ['user', 'password', 'cb'], ['string(4)', 'string(8)', 'string(2)']],
    ['platformSetWorkspaceId', ['a-uuid'], ['string(6)']],
    [
      'platformLoadComponent',
      ['api', '{"host":"https://secret.example:8443/x","token":"t0ken"}'],
      ['api', 'host=https://<host>:8443 token=string(5)'],
    ],
    [
      'platformLoadComponent',
      ['thing', '{"host":"ssl://u:p@h","username":"u","password":"p","connectCallback":"cb"}'],
      ['thing', 'host=ssl://<host> username=string(1) password=string(1) connectCallback=cb'],
    ],
    ['platformLoadComponent', ['thing', { host: 'x' }], ['thing', 'object']],
    ['platformLoadComponent', ['a-secret', 'no json'], ['string(8)', 'string(7)']],
    ['platformIsComponentLoaded', ['ws'], ['ws']],
    ['anythingNew', ['secret', null, undefined, true], ['string(6)', 'null', 'undefined', 'boolean']],
  ])('%s %j', (method, args, recorded) => expect(recordArgs(method, args)).toEqual(recorded))

  it.each([
    ['platformIsVerified', envelope(true), { as: 'envelope', dataAs: 'plain', data: true }],
    ['platformIsVerified', envelope('true'), { dataAs: 'text', data: 'true' }],
    ['platformVerifyLicense', envelope({}), { dataAs: 'object', data: {} }],
    ['platformVerifyLicense', envelope(false, 7, 'bad base-64'), { code: 7, message: 'bad base-64' }],
    [
      'thingGetConnectState',
      envelope({ connectState: false }),
      { dataAs: 'object', data: { connectState: false } },
    ],
    ['platformGetVersion', envelope({ appVersion: '17.3.2.2' }), { data: { appVersion: '17.3.2.2' } }],
    ['platformGetRemoteControllerSN', envelope('5YREALSERIAL'), { data: '<gateway>' }],
    ['platformGetAircraftSN', envelope('1581REALSERIAL'), { data: '<aircraft>' }],
    ['platformGetAircraftSN', envelope(''), { data: '' }],
    ['apiGetToken', envelope('eyJhbGciOiJIUzI1NiJ9.x.y'), { data: '<token>' }],
    ['apiGetToken', 'eyJhbGciOiJIUzI1NiJ9', { as: 'plain', value: '<token>' }],
    [
      'thingGetConfigs',
      envelope('{"host":"ssl://h","password":"p"}'),
      { dataAs: 'text', data: { host: '<masked 7>', password: '<masked 1>' } },
    ],
    ['apiGetHost', envelope('https://secret.example'), { data: '<masked 22>' }],
    ['platformIsVerified', 'true', { as: 'plain', value: 'true' }],
    ['platformIsVerified', true, { as: 'plain', value: true }],
    ['platformSetInformation', undefined, { as: 'nothing' }],
    ['platformIsVerified', { code: 0, message: '', data: true }, { as: 'envelope', object: true }],
    ['apiSetToken', envelope(false, 9, 'no eyJhbGciOiJIUzI1NiJ9abc'), { message: 'no <masked 23>' }],
  ])('the answer of %s to %j', (method, returned, recorded) => {
    expect(recordAnswer(method, returned)).toMatchObject(recorded)
  })

  it.each([
    [true, { argumentAs: 'boolean', argument: true }],
    ['false', { argumentAs: 'text', argument: 'false' }],
    [
      '{"code":0,"data":{"connectState":true}}',
      { argumentAs: 'json', argument: { code: 0, connectState: true } },
    ],
    [
      { code: 0, data: false },
      { argumentAs: 'object', argument: { code: 0, data: false } },
    ],
    ['anything else', { argumentAs: 'text', argument: '<masked 13>' }],
    [undefined, { argumentAs: 'nothing', argument: null }],
  ])('a callback with %j', (argument, recorded) => expect(recordCallback(argument)).toEqual(recorded))

  it('an error', () => {
    expect(recordThrown(new Error('Java bridge method'))).toEqual({
      as: 'thrown',
      message: 'Java bridge method',
    })
  })
})

it('knows every method of the virtual Pilot', () => {
  expect(methodNames([]).filter((name) => !TRACE_METHODS.includes(name))).toEqual([])
})

it('a trace with anything else in it is refused', () => {
  const trace = {
    format: 'dji-cloud-trace',
    version: 1,
    startedAt: 'x',
    userAgent: '',
    screen: { width: 1, height: 1, ratio: 1 },
    methods: [],
    entries: [],
  }
  expect(traceSchema.safeParse(trace).success).toBe(true)
  expect(traceSchema.safeParse({ ...trace, token: 'x' }).success).toBe(false)
  expect(
    traceSchema.safeParse({
      ...trace,
      entries: [{ at: 0, kind: 'call', method: 'm', args: [{ raw: 1 }], answer: { as: 'nothing' } }],
    }).success,
  ).toBe(false)
})
