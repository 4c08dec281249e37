import { beforeEach, describe, expect, it } from 'vitest'
import { createEmitter } from '../../../src/core/emitter.ts'
import { createUnclaimed, onlyWorkspace, type Unclaimed } from '../../../src/core/mqtt/unclaimed.ts'
import { type InboundMessage, type Role, silentLogger } from '../../../src/core/ports/index.ts'
import { fakeClock, fakeDevices, recordEvents } from '../../support/mqtt-core.ts'

const pilot = (workspaceId: string, userId = 'u1') => ({ role: 'pilot' as Role, workspaceId, userId })
const web = (workspaceId: string) => ({ role: 'web' as Role, workspaceId, userId: 'u9' })

it.each([
  ['nobody', [], null, '', false],
  ['one pilot', [pilot('W1')], 'W1', 'u1', false],
  ['one pilot twice', [pilot('W1'), pilot('W1')], 'W1', 'u1', false],
  ['two of one workspace', [pilot('W1'), pilot('W1', 'u2')], 'W1', '', false],
  ['two workspaces', [pilot('W1'), pilot('W2')], null, '', true],
  ['a browser flies nothing', [web('W1')], null, '', false],
  ['a browser of another workspace', [pilot('W1'), web('W2')], 'W1', 'u1', false],
])('%s: the workspace of a controller without one', (_, sessions, workspaceId, userId, isAmbiguous) => {
  expect(onlyWorkspace(sessions)).toEqual({ workspaceId, userId, isAmbiguous })
})

describe('a topology of a controller without a workspace', () => {
  let clock: ReturnType<typeof fakeClock>
  let devices: ReturnType<typeof fakeDevices>
  let told: ReturnType<typeof recordEvents>
  let emitter: ReturnType<typeof createEmitter>
  let sessions: ReturnType<typeof pilot>[]
  let asked: number
  let delivered: InboundMessage[]
  let unclaimed: Unclaimed
  /** Resolves with the next message that is delivered. */
  let next: () => Promise<InboundMessage>

  beforeEach(() => {
    clock = fakeClock()
    devices = fakeDevices()
    told = recordEvents()
    emitter = createEmitter(silentLogger)
    sessions = []
    asked = 0
    delivered = []
    const waiting: ((message: InboundMessage) => void)[] = []
    next = () => new Promise((resolve) => waiting.push(resolve))
    unclaimed = createUnclaimed({
      sessions: async () => {
        asked += 1
        return sessions
      },
      devices,
      redeliver(message) {
        delivered.push(message)
        for (const resolve of waiting.splice(0)) resolve(message)
      },
      on: emitter.on,
      emit: told.emit,
      clock,
      logger: silentLogger,
    })
  })

  const message = (
    gateway: string,
    body: object = { method: 'update_topo', data: {} },
    suffix = 'status',
  ) => ({
    topic: `sys/product/${gateway}/${suffix}`,
    payload: Buffer.from(JSON.stringify(body)),
    principal: null,
  })
  const bound = (serial: string, workspaceId: string) =>
    emitter.emit('device.bound', { serial, workspaceId, userId: 'U', at: 0, address: null })
  const loggedIn = (workspaceId: string) =>
    emitter.emit('login.succeeded', {
      ...{
        workspaceId,
        userId: 'U',
        username: 'u',
        sessionId: 'S',
        at: 0,
        address: null,
        by: null,
        challenge: null,
      },
    })

  it('belongs at once to the only workspace with a login', async () => {
    sessions.push(pilot('W1'))
    const done = next()
    expect(unclaimed.take(message('G1'))).toBe(true)
    expect((await done).topic).toBe('sys/product/G1/status')
    expect(await devices.holder('G1')).toBe('W1')
    expect(told.take()).toEqual([])
  })

  it('waits for the first login', async () => {
    unclaimed.take(message('G1'))
    expect(await told.first('gateway.unclaimed')).toMatchObject({ gateway: 'G1', waitsFor: 'login' })
    sessions.push(pilot('W1'))
    const done = next()
    loggedIn('W1')
    await done
    expect(await devices.holder('G1')).toBe('W1')
  })

  it('waits for a binding if pilots of two workspaces are logged in, even if one of them logs out', async () => {
    sessions.push(pilot('W1'), pilot('W2'))
    unclaimed.take(message('G1'))
    expect(await told.first('gateway.unclaimed')).toMatchObject({
      waitsFor: 'binding',
      hint: expect.stringContaining('bind G1'),
    })
    sessions.pop()
    clock.advance(5_000)
    loggedIn('W1')
    await unclaimed.beat()
    expect([delivered, await devices.holder('G1')]).toEqual([[], null])
    await devices.claim('G1', 'W2')
    bound('G1', 'W2')
    expect(delivered).toHaveLength(1)
  })

  it('is answered once, with the newest topology, and reported once', async () => {
    for (const tid of ['1', '2', '3']) unclaimed.take(message('G1', { method: 'update_topo', tid, data: {} }))
    await told.first('gateway.unclaimed')
    await unclaimed.beat()
    bound('G1', 'W1')
    bound('G1', 'W1')
    expect(delivered.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).tid)).toEqual(['3'])
    expect(told.of('gateway.unclaimed')).toHaveLength(1)
  })

  it('finds a binding that was made at another node', async () => {
    unclaimed.take(message('G1'))
    await unclaimed.beat()
    expect(delivered).toEqual([])
    await devices.claim('G1', 'W1')
    await unclaimed.beat()
    expect(delivered).toHaveLength(1)
  })

  it('is forgotten after two minutes', async () => {
    unclaimed.take(message('G1'))
    clock.advance(119_000)
    await unclaimed.beat()
    clock.advance(1_000)
    await unclaimed.beat()
    await devices.claim('G1', 'W1')
    bound('G1', 'W1')
    await unclaimed.beat()
    expect(delivered).toEqual([])
  })

  it.each([
    ['another channel', message('G1', {}, 'osd')],
    ['another method', message('G1', { method: 'hello' })],
    ['no JSON', { ...message('G1'), payload: Buffer.from('{') }],
    ['too long', message('G1', { method: 'update_topo', data: { a: 'x'.repeat(17_000) } })],
    ['no product topic', { ...message('G1'), topic: 'a/b' }],
  ])('%s does not wait', (_, given) => {
    expect(unclaimed.take(given)).toBe(false)
  })

  it('at most 1,000 wait, and they cost one look-up of the sessions', async () => {
    for (let index = 0; index < 1_000; index += 1) expect(unclaimed.take(message(`G${index}`))).toBe(true)
    expect(unclaimed.take(message('ONEMORE'))).toBe(false)
    expect(unclaimed.take(message('G7'))).toBe(true)
    expect(asked).toBe(1)
  })

  it('a message of an aircraft that claims to be a controller is not delivered again and again', async () => {
    sessions.push(pilot('W1'))
    const given = {
      claim: async () => 'W1',
      // As the notebook answers for an aircraft: it is no gateway.
      holder: async () => null,
    }
    const rounds: InboundMessage[] = []
    const strict = createUnclaimed({
      ...{ on: emitter.on, emit: told.emit, clock, logger: silentLogger, devices: given },
      sessions: async () => sessions,
      redeliver: (one) => void rounds.push(one),
    })
    strict.take(message('A1'))
    await new Promise(setImmediate)
    expect(rounds).toEqual([])
  })

  it('asks a store that failed again', async () => {
    sessions.push(pilot('W1'))
    devices.trouble = new Error('store down')
    unclaimed.take(message('G1'))
    await unclaimed.beat().catch(() => undefined)
    devices.trouble = null
    await unclaimed.beat()
    expect(delivered).toHaveLength(1)
  })
})
