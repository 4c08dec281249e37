import { describe, expect, it } from 'vitest'
import { linkSignal, liveStatus, subscribe } from '../../src/bridge/callbacks.ts'
import { createBridge } from '../../src/bridge/client.ts'
import { asBoolean, asNumber, asRecord, asText, normalize } from '../../src/bridge/normalize.ts'
import { rtmpUrl } from '../../src/bridge/params.ts'

describe('commands', () => {
  const table: readonly (readonly [string, unknown, boolean, number | null, string | null])[] = [
    ['envelope, data true', '{"code":0,"message":"success","data":true}', true, 0, 'success'],
    ['envelope, data {}', '{"code":0,"message":"","data":{}}', true, 0, null],
    ['envelope, data null', '{"code":0,"data":null}', true, 0, null],
    ['envelope, no data', '{"code":0}', true, 0, null],
    ['envelope, data as text', '{"code":0,"data":"true"}', true, 0, null],
    ['envelope, data false', '{"code":0,"data":false}', false, 0, null],
    ['envelope, data false as text', '{"code":0,"data":"false"}', false, 0, null],
    ['envelope, code as text', '{"code":"615000","message":"invalid"}', false, 615000, 'invalid'],
    ['envelope, an error', '{"code":-7,"message":"bad base-64","data":{}}', false, -7, 'bad base-64'],
    ['an object', { code: 0, message: 'ok', data: true }, true, 0, 'ok'],
    ['JSON text in JSON text', '"{\\"code\\":3,\\"message\\":\\"x\\"}"', false, 3, 'x'],
    ['true', true, true, null, null],
    ['false', false, false, null, null],
    ['"true"', 'true', true, null, null],
    ['"false"', 'false', false, null, null],
    ['1', 1, true, null, null],
    ['0', 0, false, null, null],
    ['a bare code', 615011, false, 615011, null],
    ['nothing', undefined, true, null, null],
    ['null', null, true, null, null],
    ['text that is no JSON', 'done.', true, null, null],
    ['broken JSON', '{"code":', true, null, null],
  ]
  it.each(table)('%s', (_, raw, ok, code, message) => {
    expect(normalize(raw)).toMatchObject({ ok, code, message, fault: null })
  })
})

describe('questions', () => {
  it.each<[string, unknown, boolean, boolean]>([
    ['envelope', '{"code":0,"data":true}', true, true],
    ['envelope, false', '{"code":0,"data":false}', true, false],
    ['data as text', '{"code":0,"data":"false"}', true, false],
    ['connectState', '{"code":0,"data":{"connectState":true}}', true, true],
    ['connectState as text', '{"code":0,"data":"{\\"connectState\\":false}"}', true, false],
    ['{} as yes', '{"code":0,"data":{}}', true, true],
    ['bare', true, true, true],
    ['bare text, which is truthy', 'false', true, false],
    ['an error', '{"code":5,"data":true}', false, false],
    ['nothing', undefined, false, false],
    ['words', 'maybe', false, false],
  ])('yes or no: %s', (_, raw, ok, data) => {
    expect(asBoolean(normalize(raw))).toMatchObject({ ok, data })
  })

  it.each<[string, unknown, string]>([
    ['envelope', '{"code":0,"data":"RCFAKE00000001"}', 'RCFAKE00000001'],
    ['digits only', '{"code":0,"data":"00123456789012"}', '00123456789012'],
    ['bare', 'RCFAKE00000001', 'RCFAKE00000001'],
    ['bare digits keep their zeros and length', '12345678901234567890', '12345678901234567890'],
    ['empty', '{"code":0,"data":""}', ''],
    ['an error with a message', '{"code":-1,"message":"device not connect","data":"x"}', ''],
    ['{}', '{"code":0,"data":{}}', ''],
    ['nothing', undefined, ''],
  ])('a text: %s', (_, raw, data) => {
    expect(asText(normalize(raw)).data).toBe(data)
  })

  it('an object, also as text', () => {
    const raw = JSON.stringify({ code: 0, data: JSON.stringify({ appVersion: '17.3.2.2' }) })
    expect(asRecord(normalize(raw)).data).toEqual({ appVersion: '17.3.2.2' })
    expect(asRecord(normalize('[1]')).data).toBeNull()
  })
})

describe('callbacks', () => {
  it.each<[unknown, boolean | null]>([
    [true, true],
    [false, false],
    ['true', true],
    ['false', false],
    ['{"code":0,"data":true}', true],
    ['{"code":0,"data":{"connectState":false}}', false],
    ['{"data":{"connected":true}}', true],
    ['{"data":{"state":false}}', false],
    [{ code: 0, data: { connectState: true } }, true],
    [{ connected: false }, false],
    ['{"code":7,"data":true}', false],
    [1, true],
    [undefined, null],
    ['', null],
    ['what?', null],
  ])('%j means %s', (argument, expected) => {
    expect(linkSignal(argument)).toBe(expected)
  })

  it('are found by their name and taken away again', () => {
    const globals: Record<string, unknown> = {}
    const heard: unknown[] = []
    const end = subscribe(globals, 'cb', (argument) => heard.push(argument))
    ;(globals.cb as (argument: unknown) => void)('x')
    end()
    expect([heard, 'cb' in globals]).toEqual([['x'], false])
  })

  it('report live video', () => {
    expect(liveStatus('{"type":2,"status":2,"fps":30}').status).toBe(2)
    expect(liveStatus('?').status).toBeNull()
  })
})

describe('a number as the answer', () => {
  it.each<[unknown, number | null]>([
    ['{"code":0,"data":0}', 0],
    ['{"code":0,"data":1}', 1],
    ['{"code":0,"data":"1"}', 1],
    ['0', 0],
    ['1', 1],
    [0, 0],
    [1, 1],
    ['{"code":0,"data":""}', null],
    ['{"code":0,"data":{}}', null],
    ['{"code":615902,"data":0}', null],
    [undefined, null],
  ])('%j is %s', (raw, value) => {
    expect(asNumber(normalize(raw))).toMatchObject({ ok: value !== null, data: value })
  })
})

describe('the address in the configuration of a stream', () => {
  it.each<[string, Record<string, unknown> | null, string | null]>([
    ['as an object', { type: 2, params: { url: 'rtmp://a/b' } }, 'rtmp://a/b'],
    ['as JSON text', { type: 2, params: '{"url":"rtmp:\\/\\/a\\/b"}' }, 'rtmp://a/b'],
    ['with the type as a text', { type: '2', params: { url: 'rtmp://a' } }, 'rtmp://a'],
    ['of GB28181', { type: 4, params: { serverIp: 'a' } }, null],
    ['of nothing', { type: 0, params: '' }, null],
    ['with a broken text', { type: 2, params: '{' }, null],
    ['not there', null, null],
  ])('%s', (_, config, url) => {
    expect(rtmpUrl(config)).toBe(url)
  })
})

describe('the client', () => {
  it.each<[string, Record<string, unknown> | undefined, string]>([
    ['no bridge', undefined, 'no_bridge'],
    ['a missing method', {}, 'no_method'],
    [
      'a method that throws',
      {
        platformStopSelf: () => {
          throw new Error('Java')
        },
      },
      'threw',
    ],
  ])('turns %s into a result', (_, raw, fault) => {
    const result = createBridge(() => raw).platformStopSelf()
    expect(result).toMatchObject({ ok: false, code: null, fault })
    expect(result.message).toBeTruthy()
  })

  it('calls methods on the bridge itself, the id as text, parameters as JSON text', () => {
    const calls: unknown[] = []
    const raw = {
      platformVerifyLicense(this: unknown, ...args: unknown[]) {
        calls.push(this === raw, ...args)
      },
      platformLoadComponent: (...args: unknown[]) => void calls.push(...args),
    }
    const bridge = createBridge(() => raw)
    bridge.platformVerifyLicense(123, 'key', 'licence')
    bridge.platformLoadComponent('tsa', {})
    expect(calls).toEqual([true, '123', 'key', 'licence', 'tsa', '{}'])
  })
})
