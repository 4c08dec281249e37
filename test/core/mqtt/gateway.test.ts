import { beforeEach, describe, expect, it } from 'vitest'
import { createRegistry, type Registry } from '../../../src/core/devices/registry.ts'
import { createGatewayProtocol, type GatewayProtocol } from '../../../src/core/mqtt/gateway.ts'
import { OWN_TOPICS, topicOf } from '../../../src/core/mqtt/topic-table.ts'
import {
  type BrokerConnection,
  type OutboundMessage,
  type Principal,
  silentLogger,
} from '../../../src/core/ports/index.ts'
import {
  connection,
  fakeClock,
  fakeDevices,
  principal,
  protocolParts,
  recordEvents,
} from '../../support/mqtt-core.ts'

const clock = fakeClock()
const license = { app_id: '1', app_key: 'fake-key', app_license: 'fake-licence' }

let events: ReturnType<typeof recordEvents>
let devices: ReturnType<typeof fakeDevices>
let sent: OutboundMessage[]
let g1: Principal
let protocol: GatewayProtocol
let last: BrokerConnection
let parts: Parameters<typeof createGatewayProtocol>[0] &
  ReturnType<typeof protocolParts> & { readonly registry: Registry }

beforeEach(() => {
  events = recordEvents()
  devices = fakeDevices()
  sent = []
  const registry = createRegistry({ devices, emit: events.emit, clock })
  g1 = principal('G1')
  last = connection(g1)
  registry.connected('G1', last)
  parts = {
    registry,
    ...protocolParts(async (message) => void sent.push(message), license),
    emit: events.emit,
    clock,
    logger: silentLogger,
  }
  protocol = createGatewayProtocol(parts)
})

const say = async (topic: string, body: unknown, who: Principal | null = g1): Promise<void> =>
  protocol.receive({
    topic,
    principal: who,
    payload: body instanceof Uint8Array ? body : new TextEncoder().encode(JSON.stringify(body)),
  })

const answers = () =>
  sent.map(({ topic, payload, qos }) => ({ topic, qos, ...(JSON.parse(payload) as object) }))

const topo = (...serials: string[]) => ({
  tid: 't1',
  bid: 'b1',
  timestamp: 1,
  method: 'update_topo',
  data: { type: 144, sub_type: 0, sub_devices: serials.map((sn) => ({ sn, type: 77, sub_type: 0 })) },
})

const statusReply = (root: 'sys' | 'thing') => ({
  topic: `${root}/product/G1/status_reply`,
  qos: 1,
  tid: 't1',
  bid: 'b1',
  timestamp: clock.now(),
  method: 'update_topo',
  data: { result: 0 },
})

describe('more than can be kept', () => {
  const reasons = () => events.of('message.invalid').map(({ topic, reason }) => `${topic} ${reason}`)

  it.each(['osd', 'state'])('%s: the excess is left out and reported', async (suffix) => {
    await say('sys/product/G1/status', topo())
    const topic = `thing/product/G1/${suffix}`
    for (const field of ['a', 'b'])
      await say(topic, { data: { [field]: 'x'.repeat(200_000), [`${field}0`]: 1 } })
    const { osd, state } = parts.telemetry.latest('G1') ?? {}
    expect(Object.keys({ ...osd, ...state })).toEqual(['a', 'a0', 'b0'])
    expect(reasons()).toEqual([`${topic} data: more than is kept of one device (256 KiB)`])
  })

  it('nested too deeply: refused, because a host could not serialise it', async () => {
    await say('sys/product/G1/status', topo())
    const nested = (levels: number) =>
      new TextEncoder().encode(`{"data":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`)
    for (const levels of [29, 31, 100_000]) await say('thing/product/G1/osd', nested(levels))
    expect(reasons()).toEqual(Array(2).fill('thing/product/G1/osd payload: nested too deeply'))
    expect(events.of('device.osd')).toHaveLength(1)
  })
})

describe('keys with which a merge in the host would change Object.prototype', () => {
  const bad = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"n":1}'
  const nested = `{"data":{"list":[{"deep":{"deeper":{"deepest":{"lowest":${bad}}}}}],"n":1,"child":${bad}},"tid":"t","method":"m"}`
  const own = (value: unknown): string[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.keys(value).flatMap((key) => [key, ...own((value as Record<string, unknown>)[key])])

  it.each([
    ['thing/product/G1/osd', 'device.osd'],
    ['thing/product/G1/state', 'device.state'],
    ['thing/product/G1/events', 'device.event'],
    ['thing/product/G1/requests', 'device.request'],
    ['thing/product/G1/services_reply', 'device.event'],
    ['sys/product/G1/status', 'device.event'],
  ] as const)('%s: taken out, the rest and the removal are told', async (topic, name) => {
    await say('sys/product/G1/status', topo())
    await say(topic, new TextEncoder().encode(nested))
    const [event] = events.of(name)
    expect(own(event?.data).filter((key) => /__proto__|constructor|prototype|admin/.test(key))).toEqual([])
    expect(event?.data).toMatchObject({ n: 1, child: { n: 1 } })
    expect(own(parts.telemetry.latest('G1')).join()).not.toMatch(/__proto__|constructor|admin/)
    expect(events.of('message.invalid')).toMatchObject([
      { topic, reason: expect.stringContaining('taken out') },
    ])
  })

  it('a field named constructor without a prototype is kept', async () => {
    await say('thing/product/G1/events', { data: { constructor: 'DJI' } })
    expect(events.of('device.event')).toMatchObject([{ data: { constructor: 'DJI' } }])
    expect(events.of('message.invalid')).toEqual([])
  })
})

describe('status', () => {
  it('on sys: answered there', async () => {
    await say('sys/product/G1/status', topo('A1'))
    expect(answers()).toEqual([statusReply('sys')])
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
  })
  it('on thing: answered on both', async () => {
    await say('thing/product/G1/status', topo('A1'))
    expect(answers()).toEqual([statusReply('sys'), statusReply('thing')])
  })
  it('stores the topology before the answer, because OSD follows the answer at once', async () => {
    let known = false
    protocol = createGatewayProtocol({
      ...parts,
      publish: async () => {
        known = parts.registry.access('G1').has('A1')
      },
    })
    await say('sys/product/G1/status', topo('A1'))
    expect(known).toBe(true)
  })

  it.each([
    ['an unknown model', { ...topo('A1'), data: { type: 999, sub_devices: [{ sn: 'A1', type: 998 }] } }],
    ['a bad aircraft', { ...topo('A1'), data: { type: 144, sub_devices: [{ sn: 'A/1', type: 77 }] } }],
    ['no data', { tid: 't1', bid: 'b1', method: 'update_topo' }],
    ['data of the wrong kind', { ...topo(), data: 'x' }],
  ])('answers %s', async (_, body) => {
    await say('sys/product/G1/status', body)
    expect(answers()).toEqual([statusReply('sys')])
  })

  it('answers while the store is down', async () => {
    devices.trouble = new Error('store down')
    await say('sys/product/G1/status', topo('A1'))
    expect(answers()).toEqual([statusReply('sys')])
  })

  it('answers if the store never answers', async () => {
    protocol = createGatewayProtocol({
      ...parts,
      registry: { ...parts.registry, learn: () => new Promise(() => undefined) },
      learnTimeoutMs: 5,
    })
    await say('sys/product/G1/status', topo('A1'))
    expect(answers()).toEqual([statusReply('sys')])
  })

  it('says which field was wrong, and what was refused', async () => {
    await devices.claim('A2', 'W2')
    const body = topo('A1', 'A2')
    body.data.sub_devices.push({ sn: '', type: 77, sub_type: 0 })
    await say('sys/product/G1/status', body)
    expect(events.of('message.invalid').map((event) => event.reason)).toEqual([
      'data.sub_devices.2.sn: needs a serial number: 1 to 32 letters and digits',
      'sub_devices: A2: another workspace owns it',
    ])
    expect(events.of('message.invalid')[0]).toMatchObject({
      workspaceId: 'W1',
      gateway: 'G1',
      topic: 'sys/product/G1/status',
    })
    expect(answers()).toEqual([statusReply('sys')])
  })

  it('leaves out identifiers that the message did not have', async () => {
    await say('sys/product/G1/status', { method: 'update_topo', data: { type: 144 } })
    expect(JSON.parse(sent[0]?.payload ?? '')).toEqual({
      timestamp: clock.now(),
      method: 'update_topo',
      data: { result: 0 },
    })
  })
})

describe('requests', () => {
  it('config: the licence', async () => {
    await say('thing/product/G1/requests', {
      tid: 't',
      bid: 'b',
      method: 'config',
      data: { config_type: 'json' },
    })
    expect(answers()).toMatchObject([
      {
        topic: 'thing/product/G1/requests_reply',
        tid: 't',
        bid: 'b',
        method: 'config',
        data: { result: 0, ...license },
      },
    ])
  })
  it('config without a licence: acknowledged anyway', async () => {
    protocol = createGatewayProtocol({ ...parts, ...protocolParts(parts.publish, null) })
    await say('thing/product/G1/requests', { method: 'config' })
    expect(answers()).toMatchObject([{ data: { result: 0 } }])
  })
  it.each(['airport_bind_status', 'airport_organization_get', 'airport_organization_bind'])(
    '%s',
    async (method) => {
      await say('thing/product/G1/requests', { tid: 't', method, data: {} })
      expect(answers()).toMatchObject([
        { topic: 'thing/product/G1/requests_reply', tid: 't', method, data: { result: 0 } },
      ])
    },
  )
  it.each(['storage_config_get', 'constructor', undefined])('%s is left to the host', async (method) => {
    await say('thing/product/G1/requests', { tid: 't', method, data: {} })
    expect(sent).toEqual([])
  })
})

describe('events, state, osd', () => {
  it('events: answered if the device wants an answer', async () => {
    await say('thing/product/G1/events', { tid: 't', method: 'm', need_reply: 1, data: {} })
    await say('thing/product/G1/events', { tid: 't', method: 'm', need_reply: 0, data: {} })
    expect(answers()).toMatchObject([
      { topic: 'thing/product/G1/events_reply', tid: 't', method: 'm', data: { result: 0 } },
    ])
  })
  it('state: acknowledged', async () => {
    await say('thing/product/G1/state', { tid: 't', bid: 'b', data: { firmware_version: '1' } })
    expect(answers()).toMatchObject([
      { topic: 'thing/product/G1/state_reply', tid: 't', bid: 'b', data: { result: 0 } },
    ])
  })
  it('osd is handled at once, without a promise for each report', () => {
    const payload = new TextEncoder().encode('{"data":{}}')
    expect(protocol.receive({ topic: 'thing/product/G1/osd', principal: g1, payload })).toBeUndefined()
    expect(protocol.receive({ topic: 'thing/product/G1/state', principal: g1, payload })).toBeInstanceOf(
      Promise,
    )
  })

  it('osd of the gateway and of its aircraft', async () => {
    await say('sys/product/G1/status', topo('A1'))
    await say('thing/product/G1/osd', { data: { capacity_percent: 80 } })
    await say('thing/product/A1/osd', { data: { latitude: 1 } })
    expect(events.of('device.osd')).toEqual([
      { workspaceId: 'W1', gateway: 'G1', serial: 'G1', at: clock.now(), data: { capacity_percent: 80 } },
      { workspaceId: 'W1', gateway: 'G1', serial: 'A1', at: clock.now(), data: { latitude: 1 } },
    ])
  })
  it('osd of an aircraft of another gateway', async () => {
    await say('thing/product/A2/osd', { data: { latitude: 1 } })
    expect(events.of('device.osd')).toEqual([])
    expect(events.of('message.invalid')).toMatchObject([{ reason: 'topic: not a device of this gateway' }])
  })
})

describe('late messages', () => {
  const KINDS = ['osd', 'state', 'events', 'requests', 'status', 'services_reply', 'property/set_reply']

  it.each(['put out', 'cut off'])(
    'of a gateway that is %s: nothing is told after offline but that',
    async (how) => {
      await say('sys/product/G1/status', topo('A1'))
      if (how === 'put out') parts.registry.takeOffline({ gateway: 'G1' }, 'logout')
      else parts.registry.disconnected('G1', last)
      expect(events.take().at(-1)).toMatch('gateway.offline G1')
      sent.length = 0
      for (const serial of ['G1', 'A1'])
        for (const suffix of KINDS)
          await say(`thing/product/${serial}/${suffix}`, { tid: 't', need_reply: 1, data: {} })
      expect(new Set(events.events.map(({ name }) => name))).toEqual(new Set(['message.invalid']))
      expect(events.of('message.invalid')).toHaveLength(2 * KINDS.length)
      expect([sent, parts.telemetry.latest('G1'), parts.telemetry.latest('A1')]).toEqual([[], null, null])
    },
  )
})

describe('what is not a message', () => {
  it.each([
    ['binary', new Uint8Array([0, 255, 128])],
    ['a list', []],
    ['null', null],
  ])('%s', async (_, body) => {
    await say('thing/product/G1/osd', body)
    await say('sys/product/G1/status', body)
    expect(events.of('message.invalid')).toHaveLength(2)
    expect(sent).toEqual([])
  })
  it.each([
    ['nobody', null],
    ['a connection without a gateway', principal(null)],
  ])('from %s: dropped', async (_, who) => {
    await say('sys/product/G1/status', topo('A1'), who)
    expect([events.take(), sent]).toEqual([[], []])
  })
  it.each(['other/topic', 'thing/product/G1/drc/down', 'thing/product/G1/constructor'])(
    '%s: not for us',
    async (topic) => {
      await say(topic, {})
      expect([events.take(), sent]).toEqual([[], []])
    },
  )
  it('a broker that is down: no unhandled rejection', async () => {
    protocol = createGatewayProtocol({ ...parts, publish: () => Promise.reject(new Error('down')) })
    await expect(say('sys/product/G1/status', topo('A1'))).resolves.toBeUndefined()
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
  })
})

describe('more than a gateway may send', () => {
  it.each([
    ['sys/product/G1/status', topo('A1'), 10, 'topologies'],
    ['thing/product/G1/requests', { tid: 't', bid: 'b', method: 'config', data: {} }, 50, 'requests'],
    [
      'thing/product/G1/events',
      { tid: 't', bid: 'b', method: 'hms', need_reply: 1, data: {} },
      200,
      'events',
    ],
    ['thing/product/G1/state', { tid: 't', bid: 'b', data: {} }, 200, 'states'],
    ['thing/product/G1/osd', { data: {} }, 500, 'osd'],
    ['thing/product/G1/services_reply', { tid: 't', bid: 'b', data: {} }, 200, 'replies'],
    ['thing/product/G1/property/set_reply', { tid: 't', bid: 'b', data: {} }, 200, 'replies'],
    ['thing/product/G1/drc/up', { method: 'osd_info_push', data: {} }, 1_000, 'DRC messages'],
    ['sys/product/G1/network/probe', {}, 200, 'probes'],
    ['thing/product/G1/status', topo('A1'), 10, 'topologies'],
  ])('of %s is not read or answered, and is reported once', async (topic, body, burst, kind) => {
    for (let count = 0; count < burst; count += 1) await say(topic, body)
    const answered = sent.length
    for (let count = 0; count < 20; count += 1) await say(topic, body)
    // Not even read: that is what costs.
    await say(topic, new TextEncoder().encode('no JSON'))
    expect(sent.length).toBe(answered)
    expect(events.of('message.invalid')).toEqual([
      expect.objectContaining({
        topic,
        gateway: 'G1',
        reason: expect.stringContaining(`rate: more ${kind} than`),
      }),
    ])
    clock.advance(60_000)
    await say(topic, body)
    if (answered > 0) expect(sent.length).toBeGreaterThan(answered)
    expect(events.of('message.invalid')).toHaveLength(1)
  })

  it.each([...OWN_TOPICS.gateway])('%s has a limit', async (kind) => {
    const limited = new Set<string>()
    const rates = {
      take(_gateway: string, name: string) {
        limited.add(name)
        return { ok: false, dropped: null } as const
      },
    }
    protocol = createGatewayProtocol({ ...parts, rates })
    await say(topicOf(kind, 'G1'), topo('A1'))
    expect(limited.size).toBe(1)
    expect([events.take(), sent]).toEqual([[], []])
  })
})
