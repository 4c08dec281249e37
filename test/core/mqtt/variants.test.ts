// Every message shape of facts D2, D3 and D5, and every variant of its fields, through the whole protocol.
import { beforeEach, describe, expect, it } from 'vitest'
import { createRegistry } from '../../../src/core/devices/registry.ts'
import { createGatewayProtocol, type GatewayProtocol } from '../../../src/core/mqtt/gateway.ts'
import { type OutboundMessage, silentLogger } from '../../../src/core/ports/index.ts'
import {
  connection,
  fakeClock,
  fakeDevices,
  principal,
  protocolParts,
  recordEvents,
} from '../../support/mqtt-core.ts'

const clock = fakeClock()
let events: ReturnType<typeof recordEvents>
let parts: ReturnType<typeof protocolParts>
let registry: ReturnType<typeof createRegistry>
let protocol: GatewayProtocol
let sent: OutboundMessage[]
const G1 = principal('G1')

beforeEach(() => {
  events = recordEvents()
  sent = []
  registry = createRegistry({ devices: fakeDevices(), emit: events.emit, clock })
  registry.connected('G1', connection(G1))
  parts = protocolParts(async (message) => void sent.push(message))
  protocol = createGatewayProtocol({ registry, ...parts, emit: events.emit, clock, logger: silentLogger })
})

const say = (topic: string, body: unknown) =>
  protocol.receive({ topic, principal: G1, payload: new TextEncoder().encode(JSON.stringify(body)) })
const child = (more: object = {}) => ({ sn: 'A1', type: 77, sub_type: 0, ...more })
const topo = (data: object) => ({ tid: 't', bid: 'b', timestamp: 1, method: 'update_topo', data })
const gateway = { type: 144, sub_type: 0, thing_version: '1.2.0' }

describe('update_topo: every variant means the same', () => {
  it.each<[string, object]>([
    [
      'as captured',
      { ...gateway, domain: 2, sub_devices: [child({ domain: 0, thing_version: '1.2.0', index: 'A' })] },
    ],
    ['domain as text', { ...gateway, domain: '2', sub_devices: [child({ domain: '0' })] }],
    ['without domain and index', { ...gateway, sub_devices: [child()] }],
    ['types as texts', { type: '144', sub_type: '0', sub_devices: [child({ type: '77', sub_type: '0' })] }],
    ['without sub_type', { type: 144, sub_devices: [{ sn: 'A1', type: 77 }] }],
    ['version as a number', { type: 144, sub_type: 0, version: 1, sub_devices: [child({ version: 1 })] }],
    ['index as a number', { ...gateway, sub_devices: [child({ index: 0 })] }],
    ['the legacy sub_device', { ...gateway, sub_device: [child()] }],
    ['the legacy sub_device as an object', { ...gateway, sub_device: child() }],
    [
      'with secret and nonce',
      { ...gateway, device_secret: 'fake', nonce: 'fake', sub_devices: [child({ nonce: 'x' })] },
    ],
    ['with nulls', { ...gateway, domain: null, sub_devices: [child({ domain: null, index: null })] }],
  ])('%s', async (_, data) => {
    await say('sys/product/G1/status', topo(data))
    expect(registry.get('G1')).toMatchObject({
      online: true,
      model: { key: '2-144-0' },
      aircraft: [{ serial: 'A1', online: true, model: { key: '0-77-0' } }],
    })
    expect(sent).toHaveLength(1)
    expect(events.of('message.invalid')).toEqual([])
  })

  it('the wrong gateway domain of the examples is kept as it was sent', async () => {
    await say('sys/product/G1/status', topo({ domain: '3', type: 119, sub_devices: [] }))
    expect(registry.get('G1')?.model).toEqual({ key: '3-119-0', name: null })
  })

  it.each([
    ['an empty list', { ...gateway, sub_devices: [] }],
    ['no list', gateway],
    ['null', { ...gateway, sub_devices: null }],
  ])('no aircraft: %s', async (_, data) => {
    await say('sys/product/G1/status', topo({ ...gateway, sub_devices: [child()] }))
    await say('sys/product/G1/status', topo(data))
    expect(registry.get('G1')).toMatchObject({ online: true, aircraft: [] })
  })

  it.each([
    ['without method', { tid: 't', bid: 'b', data: { ...gateway, sub_devices: [child()] } }],
    ['with gateway', { ...topo({ ...gateway, sub_devices: [child()] }), gateway: 'G1' }],
    ['without tid and bid', { method: 'update_topo', data: { ...gateway, sub_devices: [child()] } }],
  ])('the envelope %s', async (_, body) => {
    await say('sys/product/G1/status', body)
    expect(registry.get('G1')?.aircraft).toHaveLength(1)
    expect(sent).toHaveLength(1)
  })

  it('a model that comes after the first OSD is reported', async () => {
    await say('thing/product/G1/osd', { data: { capacity_percent: 80 } })
    expect(registry.get('G1')).toMatchObject({ online: true, model: null })
    await say('sys/product/G1/status', topo({ ...gateway, sub_devices: [] }))
    expect(events.take()).toEqual(['gateway.online G1', 'device.osd G1', 'gateway.updated G1'])
  })
})

describe('osd and state: incremental, of either device', () => {
  const merged = (serial: string) => parts.telemetry.latest(serial)

  it.each<[string, object[], object]>([
    ['fields add up', [{ latitude: 47 }, { longitude: 8 }], { latitude: 47, longitude: 8 }],
    ['the newer one wins', [{ height: 1 }, { height: 2 }], { height: 2 }],
    ['null is a value', [{ height: 1 }, { height: null }], { height: null }],
    [
      'objects are put together',
      [{ position_state: { is_fixed: 2 } }, { position_state: { gps_number: 20 } }],
      { position_state: { is_fixed: 2, gps_number: 20 } },
    ],
    [
      'a payload by its index',
      [{ '61-0-0': { gimbal_yaw: 1 } }, { '61-0-0': { gimbal_roll: 2 } }],
      { '61-0-0': { gimbal_yaw: 1, gimbal_roll: 2 } },
    ],
    [
      'lists are replaced',
      [{ cameras: [{ payload_index: '66-0-0' }, {}] }, { cameras: [] }],
      { cameras: [] },
    ],
    ['a value in place of an object', [{ a: { b: 1 } }, { a: 1 }, { a: { c: 1 } }], { a: { c: 1 } }],
  ])('%s', async (_, reports, whole) => {
    await say('sys/product/G1/status', topo({ ...gateway, sub_devices: [child()] }))
    for (const data of reports) await say('thing/product/A1/osd', { data })
    expect(merged('A1')?.osd).toEqual(whole)
    expect(events.of('device.osd').map(({ data }) => data)).toEqual(reports)
    for (const data of reports) await say('thing/product/A1/state', { data })
    expect(merged('A1')?.state).toEqual(whole)
    expect(merged('A1')?.osd).toEqual(whole)
  })

  it('every state is acknowledged, even an unreadable one', async () => {
    await say('thing/product/G1/state', {
      tid: 't',
      bid: 'b',
      data: { live_capacity: { available_video_number: 1 } },
    })
    await say('thing/product/G1/state', { tid: 't', bid: 'b', data: 1 })
    expect(sent.map(({ topic }) => topic)).toEqual(Array(2).fill('thing/product/G1/state_reply'))
    expect(events.take()).toEqual(['device.state G1', 'message.invalid G1 data: not an object'])
  })
})

describe('everything else is an event', () => {
  it.each([
    ['sys/product/G1/status', { method: 'something_new', data: { a: 1 } }, 'sys/product/G1/status_reply'],
    ['thing/product/G1/events', { method: 'hms', data: { list: [] } }, null],
    [
      'thing/product/G1/events',
      { method: 'never_heard_of', need_reply: 1, data: null },
      'thing/product/G1/events_reply',
    ],
    ['thing/product/G1/events', { need_reply: '1' }, 'thing/product/G1/events_reply'],
    ['thing/product/G1/services_reply', { tid: 'late', method: 'x', data: { result: 0 } }, null],
    ['thing/product/G1/property/set_reply', { tid: 'late', data: {} }, null],
  ])('%s %j', async (topic, body, answered) => {
    await say(topic, body)
    expect(events.of('device.event')).toMatchObject([
      { serial: 'G1', method: 'method' in body ? body.method : null },
    ])
    expect(sent.map((message) => message.topic)).toEqual(answered === null ? [] : [answered])
  })

  it('an unknown request is an event, and the host may answer it', async () => {
    const body = { tid: 't', bid: 'b', method: 'storage_config_get', data: { module: 0 } }
    await say('thing/product/G1/requests', body)
    expect(sent).toEqual([])
    const off = parts.requests.on('storage_config_get', async ({ data }) => ({
      result: 0,
      output: { asked: data },
    }))
    await say('thing/product/G1/requests', body)
    off()
    await say('thing/product/G1/requests', body)
    expect(sent.map(({ topic, payload }) => [topic, JSON.parse(payload)])).toMatchObject([
      [
        'thing/product/G1/requests_reply',
        { tid: 't', bid: 'b', method: body.method, data: { result: 0, output: { asked: { module: 0 } } } },
      ],
    ])
    expect(events.of('device.request').map(({ answered }) => answered)).toEqual([false, true, false])
  })

  it('a handler of the host is asked before our own answer; if it fails, the device gets a refusal, and if it returns undefined, our own answer', async () => {
    parts.requests.on('config', () => undefined)
    await say('thing/product/G1/requests', { method: 'config' })
    parts.requests.on('config', () => ({ result: 0, ntp_server_host: 'time.example.com' }))
    await say('thing/product/G1/requests', { method: 'config' })
    parts.requests.on('config', () => Promise.reject(new Error('broken')))
    await say('thing/product/G1/requests', { method: 'config' })
    expect(sent.map(({ payload }) => JSON.parse(payload).data)).toEqual([
      { result: 0 },
      { result: 0, ntp_server_host: 'time.example.com' },
      { result: 1 },
    ])
  })
})
