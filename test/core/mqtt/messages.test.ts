import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { parseEnvelope, parseOsd, parseTopology, type Topology } from '../../../src/core/mqtt/messages.ts'

const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

const topology = (data: unknown): Topology => {
  const parsed = parseTopology(data)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.value
}

const A1 = { sn: 'A1', type: 77, sub_type: 0, domain: 0, thing_version: '1.2.0', index: 'A' }
const rcPro = { domain: 2, type: 144, sub_type: 0, thing_version: '1.2.0', sub_devices: [A1] }

describe('envelope', () => {
  it('keeps the fields that a reply repeats', () => {
    const parsed = parseEnvelope(
      bytes({ tid: 't', bid: 'b', timestamp: 1, method: 'm', need_reply: 1, data: { x: 1 } }),
    )
    expect(parsed).toEqual({
      ok: true,
      value: { tid: 't', bid: 'b', method: 'm', needReply: true, data: { x: 1 } },
    })
  })
  it.each([
    ['numbers as identifiers', { tid: 1, bid: 2 }, { tid: '1', bid: '2' }],
    ['nothing', {}, { tid: undefined, bid: undefined, method: undefined, needReply: false, data: undefined }],
    [
      'nonsense',
      { tid: {}, method: 4, need_reply: 'x' },
      { tid: undefined, method: undefined, needReply: false },
    ],
  ])('takes %s', (_, body, expected) => {
    expect(parseEnvelope(bytes(body))).toMatchObject({ ok: true, value: expected })
  })
  it.each([
    ['nothing', new Uint8Array(), 'payload: not JSON'],
    ['binary', new Uint8Array([0xff, 0xfe, 0x00, 0x80]), 'payload: not JSON'],
    ['words', bytes('offline'), 'payload: not JSON'],
    ['half a message', bytes('{"tid":"t"'), 'payload: not JSON'],
    ['a list', bytes('[]'), 'payload: not a JSON object'],
    ['null', bytes('null'), 'payload: not a JSON object'],
    ['a text', bytes('"update_topo"'), 'payload: not a JSON object'],
  ])('refuses %s', (_, payload, reason) => expect(parseEnvelope(payload)).toEqual({ ok: false, reason }))
  it('takes a byte order mark and spaces before the message', () =>
    expect(
      parseEnvelope(new Uint8Array([0xef, 0xbb, 0xbf, 0x0d, 0x0a, ...bytes({ tid: 't' })])),
    ).toMatchObject({
      ok: true,
      value: { tid: 't' },
    }))
  it('does not parse a text that does not begin like JSON, because the error would cost more than a message', () => {
    const parse = vi.spyOn(JSON, 'parse')
    parseEnvelope(bytes('x'.repeat(100)))
    expect(parse).not.toHaveBeenCalled()
    parseEnvelope(bytes('{}'))
    expect(parse).toHaveBeenCalledOnce()
    parse.mockRestore()
  })
  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => void parseEnvelope(payload)))
    fc.assert(fc.property(fc.json(), (text) => void parseEnvelope(bytes(text))))
  })
})

describe('update_topo: variants of facts D3', () => {
  it('as seen on hardware', () =>
    expect(topology(rcPro)).toEqual({
      model: { key: '2-144-0', name: 'RC Pro Enterprise' },
      thingVersion: '1.2.0',
      subDevices: [
        { serial: 'A1', model: { key: '0-77-0', name: 'Mavic 3E' }, index: 'A', thingVersion: '1.2.0' },
      ],
      problems: [],
    }))

  it.each([
    ['domain as text', { ...rcPro, domain: '2', sub_devices: [{ ...A1, domain: '0' }] }, '2-144-0', '0-77-0'],
    [
      'domain absent',
      { type: 174, sub_type: 0, sub_devices: [{ sn: 'A1', type: 99, sub_type: 1 }] },
      '2-174-0',
      '0-99-1',
    ],
    ['domain null', { ...rcPro, domain: null }, '2-144-0', '0-77-0'],
    ['domain 3 as in a wrong example', { ...rcPro, domain: '3', type: 119 }, '3-119-0', '0-77-0'],
    [
      'type as text',
      { ...rcPro, type: '144', sub_devices: [{ ...A1, type: '77', sub_type: '2' }] },
      '2-144-0',
      '0-77-2',
    ],
    ['sub_type absent', { type: 144, sub_devices: [{ sn: 'A1', type: 60 }] }, '2-144-0', '0-60-0'],
    ['an unknown model', { ...rcPro, type: 999, sub_devices: [{ ...A1, type: 400 }] }, '2-999-0', '0-400-0'],
    ['legacy sub_device', { ...rcPro, sub_devices: undefined, sub_device: [A1] }, '2-144-0', '0-77-0'],
    ['legacy sub_device, not a list', { type: 144, sub_device: A1 }, '2-144-0', '0-77-0'],
    [
      'fields nobody knows',
      { ...rcPro, nonce: 'n', sub_devices: [{ ...A1, device_secret: 's' }] },
      '2-144-0',
      '0-77-0',
    ],
  ])('%s', (_, data, gateway, aircraft) => {
    const { model, subDevices, problems } = topology(data)
    expect(model?.key).toBe(gateway)
    expect(subDevices.map((device) => device.model.key)).toEqual([aircraft])
    expect(problems).toEqual([])
  })

  it('keeps an unknown model without a name', () =>
    expect(topology({ ...rcPro, sub_devices: [{ ...A1, type: 400 }] }).subDevices[0]?.model).toEqual({
      key: '0-400-0',
      name: null,
    }))

  it.each([
    ['version as a number', { version: 1 }, '1', null],
    ['index as a number', { thing_version: '1.2.5', index: 0 }, '1.2.5', '0'],
    ['neither', {}, null, null],
    ['nonsense in both', { thing_version: {}, index: [] }, null, null],
  ])('%s', (_, fields, thingVersion, index) =>
    expect(
      topology({ type: 144, sub_devices: [{ sn: 'A1', type: 77, ...fields }] }).subDevices[0],
    ).toMatchObject({
      thingVersion,
      index,
    }),
  )

  it.each([
    ['empty', []],
    ['absent', undefined],
    ['null', null],
  ])('sub_devices %s: no aircraft', (_, sub_devices) => {
    expect(topology({ ...rcPro, sub_devices })).toMatchObject({ subDevices: [], problems: [] })
  })
})

describe('update_topo: wrong entries are left out, with their reason', () => {
  it.each([
    [
      'no serial number',
      { type: 77 },
      'data.sub_devices.0.sn: is missing; needs a text, or needs a whole number',
    ],
    [
      'a serial number with a slash',
      { sn: 'A/1', type: 77 },
      'data.sub_devices.0.sn: needs a serial number: 1 to 32 letters and digits',
    ],
    [
      'a wildcard as serial number',
      { sn: '+', type: 77 },
      'data.sub_devices.0.sn: needs a serial number: 1 to 32 letters and digits',
    ],
    [
      'a serial number that is a list',
      { sn: ['A9'], type: 77 },
      'data.sub_devices.0.sn: needs a text, or needs a whole number; got a list',
    ],
  ])('%s', (_, bad, reason) => {
    const parsed = topology({ ...rcPro, sub_devices: [bad, A1] })
    expect(parsed.subDevices.map((device) => device.serial)).toEqual(['A1'])
    expect(parsed.problems).toEqual([reason])
  })
  it.each([
    ['no type', {}, 'type'],
    ['a type that is null', { type: null }, 'type'],
    ['a negative type', { type: -1 }, 'type'],
    ['a fraction', { type: 7.5 }, 'type'],
    ['words', { type: 'Mavic' }, 'type'],
    ['a list', { type: [77] }, 'type'],
    ['a sub_type in words', { type: 67, sub_type: 'T' }, 'sub_type'],
    ['a negative sub_type', { type: 67, sub_type: -1 }, 'sub_type'],
    ['a domain in words', { type: 67, domain: 'air' }, 'domain'],
  ])('a device whose model cannot be read is kept with an unknown model: %s', (_, odd, field) => {
    const parsed = topology({ ...rcPro, sub_devices: [{ sn: 'A9', index: 'B', ...odd }, A1] })
    expect(parsed.subDevices).toMatchObject([
      { serial: 'A9', model: { key: '0-0-0', name: null }, index: 'B' },
      { serial: 'A1' },
    ])
    expect(parsed.problems).toEqual([
      expect.stringMatching(
        new RegExp(`^data\\.sub_devices\\.0\\.${field}: (is missing; )?needs a (whole )?number`),
      ),
    ])
  })
  it('a serial number with digits only may be a number', () =>
    expect(topology({ ...rcPro, sub_devices: [{ ...A1, sn: 158_100 }] }).subDevices[0]?.serial).toBe(
      '158100',
    ))
  it.each([
    ['null', null],
    ['a text', 'A1'],
    ['a list', []],
  ])('a sub device that is %s', (_, bad) => {
    const parsed = topology({ ...rcPro, sub_devices: [bad, A1] })
    expect(parsed.subDevices).toHaveLength(1)
    expect(parsed.problems[0]).toMatch(/^data\.sub_devices\.0/)
  })
  it('the gateway itself: its aircraft is kept', () => {
    const parsed = topology({ ...rcPro, type: 'x' })
    expect(parsed).toMatchObject({
      model: null,
      problems: ['data.type: needs a whole number, 0 or more; got a text'],
    })
    expect(parsed.subDevices).toHaveLength(1)
  })
  it('takes each device once, and at most sixteen devices', () => {
    expect(topology({ ...rcPro, sub_devices: [A1, A1] }).subDevices).toHaveLength(1)
    const many = Array.from({ length: 1000 }, (_, index) => ({ ...A1, sn: `A${index}` }))
    const parsed = topology({ ...rcPro, sub_devices: many })
    expect(parsed.subDevices).toHaveLength(16)
    expect(parsed.problems).toEqual(['data.sub_devices.16: more than 16 devices'])
  })
  it.each([
    ['null', null, 'data: not an object'],
    ['absent', undefined, 'data: not an object'],
    ['a list', [], 'data: not an object'],
    ['sub_devices a text', { ...rcPro, sub_devices: 'A1' }, 'data.sub_devices: not a list'],
  ])('data %s', (_, data, reason) => expect(parseTopology(data)).toEqual({ ok: false, reason }))
  it('never throws', () => {
    const device = fc.record({
      sn: fc.anything(),
      type: fc.anything(),
      domain: fc.anything(),
      index: fc.anything(),
    })
    const data = fc.oneof(
      fc.anything(),
      fc.record({ type: fc.anything(), sub_devices: fc.array(fc.oneof(fc.anything(), device)) }),
    )
    fc.assert(fc.property(data, (value) => void parseTopology(value)))
  })
})

describe('osd', () => {
  it('takes any object', () =>
    expect(parseOsd({ latitude: 0 })).toEqual({ ok: true, value: { latitude: 0 } }))
  it.each([null, undefined, [], 'x', 4])('refuses %j', (data) =>
    expect(parseOsd(data)).toEqual({ ok: false, reason: 'data: not an object' }),
  )
})
