import { beforeEach, describe, expect, it } from 'vitest'
import { type Commands, createCommands, type ReplyKind } from '../../../src/core/mqtt/commands.ts'
import { type OutboundMessage, systemClock } from '../../../src/core/ports/index.ts'

let sent: OutboundMessage[]
let commands: Commands
let down: Error | null

beforeEach(() => {
  sent = []
  down = null
  commands = createCommands({
    clock: systemClock,
    publish: async (message) => {
      if (down !== null) throw down
      sent.push(message)
    },
  })
})

const last = () =>
  JSON.parse(sent.at(-1)?.payload ?? '{}') as { tid: string; bid: string; method?: string; data: unknown }
const reply = (kind: ReplyKind, data: unknown, { gateway = 'G1', tid = last().tid } = {}) =>
  commands.replied(kind, gateway, { tid, bid: 'b', method: undefined, needReply: false, data })

describe('services', () => {
  it('is sent with its own identifiers, and the reply is found by them', async () => {
    const called = commands.call('G1', 'live_start_push', { url_type: 1 })
    expect(sent[0]).toMatchObject({ topic: 'thing/product/G1/services', qos: 1 })
    expect(last()).toMatchObject({
      method: 'live_start_push',
      data: { url_type: 1 },
      timestamp: expect.any(Number),
    })
    expect(last().tid).not.toBe(last().bid)
    expect(reply('services_reply', { result: 0, output: { status: 'ok' } })).toBe(true)
    expect(await called).toEqual({ result: 0, output: { status: 'ok' } })
    expect(reply('services_reply', { result: 0 })).toBe(false)
  })

  it.each([
    ['a number', { result: 613_006 }, 613_006],
    ['a text', { result: '613006' }, 613_006],
    ['nonsense', { result: {} }, -1],
  ])('a result other than 0 is a refusal: %s', async (_, data, result) => {
    const called = commands.call('G1', 'live_start_push', {})
    reply('services_reply', data)
    await expect(called).rejects.toMatchObject({
      code: 'DEVICE_REFUSED',
      data: { result, method: 'live_start_push' },
    })
  })

  it.each([['0'], [null], [undefined]])('%j is a success', async (result) => {
    const called = commands.call('G1', 'm', {})
    reply('services_reply', { result })
    await expect(called).resolves.toBeDefined()
  })

  it('another gateway cannot answer, and no other topic counts', async () => {
    const called = commands.call('G1', 'm', {}, { timeoutMs: 30 })
    expect(reply('services_reply', { result: 0 }, { gateway: 'G2' })).toBe(false)
    expect(reply('services_reply', { result: 0 }, { tid: 'guess' })).toBe(false)
    expect(reply('property/set_reply', {})).toBe(false)
    await expect(called).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT', status: 504 })
    expect(reply('services_reply', { result: 0 })).toBe(false)
  })

  it('an offline gateway, a broker that is down and a closing platform give different errors', async () => {
    const [gone, other] = [commands.call('G1', 'm', {}), commands.call('G2', 'm', {})]
    commands.gone({ gateway: 'G1' })
    await expect(gone).rejects.toMatchObject({ code: 'DEVICE_OFFLINE' })
    down = new Error('down')
    await expect(commands.call('G1', 'm', {})).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
    commands.close()
    await expect(other).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})

describe('property/set', () => {
  it('has a result for each property', async () => {
    const set = commands.setProperties('G1', { night_lights_state: 1 })
    expect(sent[0]?.topic).toBe('thing/product/G1/property/set')
    expect(last()).not.toHaveProperty('method')
    reply('property/set_reply', { night_lights_state: { result: 0 } })
    expect(await set).toEqual({ night_lights_state: { result: 0 } })
  })
  it('is refused if one property is refused', async () => {
    const set = commands.setProperties('G1', { a: 1, b: 1 })
    reply('property/set_reply', { a: { result: 0 }, b: { result: 1 } })
    await expect(set).rejects.toMatchObject({ code: 'DEVICE_REFUSED', data: { result: 1 } })
  })
})

describe('drc/down', () => {
  it('is sent once, with a number for each gateway', async () => {
    expect(await commands.sendDrcCommand('G1', { method: 'heart_beat', data: { timestamp: 1 } })).toBe(1)
    expect(await commands.sendDrcCommand('G2', { method: 'heart_beat' })).toBe(1)
    expect(
      await commands.sendDrcCommand('G1', { method: 'stick_control', data: { roll: 1024 }, seq: 40 }),
    ).toBe(40)
    expect(await commands.sendDrcCommand('G1', { method: 'drone_emergency_stop' })).toBe(41)
    expect(sent.map(({ topic, qos, payload }) => [topic, qos, JSON.parse(payload)])).toEqual([
      ['thing/product/G1/drc/down', 0, { method: 'heart_beat', data: { timestamp: 1 }, seq: 1 }],
      ['thing/product/G2/drc/down', 0, { method: 'heart_beat', data: {}, seq: 1 }],
      ['thing/product/G1/drc/down', 0, { method: 'stick_control', data: { roll: 1024 }, seq: 40 }],
      ['thing/product/G1/drc/down', 0, { method: 'drone_emergency_stop', data: {}, seq: 41 }],
    ])
    commands.gone({ gateway: 'G1' })
    expect(await commands.sendDrcCommand('G1', { method: 'heart_beat' })).toBe(1)
  })

  it.each([
    ['no method', { method: '' }, 'method'],
    ['a method of another kind', { method: 5 as unknown as string }, 'method'],
    ['a fraction', { method: 'm', seq: 1.5 }, 'seq'],
    ['a negative number', { method: 'm', seq: -1 }, 'seq'],
  ])('refuses %s, and names the field', async (_, command, field) => {
    await expect(commands.sendDrcCommand('G1', command)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(field),
    })
    expect(sent).toEqual([])
  })

  it('reports a broker that is down', async () => {
    down = new Error('down')
    await expect(commands.sendDrcCommand('G1', { method: 'm' })).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
    })
  })
})
