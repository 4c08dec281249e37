import { beforeEach, describe, expect, it } from 'vitest'
import { NOWHERE } from '../../../src/core/devices/holding.ts'
import { deviceModel } from '../../../src/core/devices/models.ts'
import { createRegistry, type Registry, type RegistryParts } from '../../../src/core/devices/registry.ts'
import { createFleetSignals } from '../../../src/core/fleet-signals.ts'
import type { Topology } from '../../../src/core/mqtt/messages.ts'
import type { BrokerConnection, DeviceChange } from '../../../src/core/ports/index.ts'
import { connection, fakeClock, fakeDevices, principal, recordEvents } from '../../support/mqtt-core.ts'

const topology = (...serials: string[]): Topology => ({
  model: deviceModel(2, 144, 0),
  thingVersion: null,
  subDevices: serials.map((serial) => ({
    serial,
    model: deviceModel(0, 77, 0),
    index: null,
    thingVersion: null,
  })),
  problems: [],
})

let events: ReturnType<typeof recordEvents>
let devices: ReturnType<typeof fakeDevices>
let clock: ReturnType<typeof fakeClock>
let registry: Registry

beforeEach(() => {
  events = recordEvents()
  devices = fakeDevices()
  clock = fakeClock()
  registry = createRegistry({ devices, emit: events.emit, clock })
})

const connect = (gateway: string, workspaceId = 'W1', sessionId = 'S1', userId = 'U1'): BrokerConnection => {
  const made = connection(principal(gateway, workspaceId, sessionId, userId))
  registry.connected(gateway, made)
  return made
}

describe('online and offline', () => {
  it('a topology brings gateway and aircraft online, once', async () => {
    connect('G1')
    expect(events.take()).toEqual([])
    await registry.learn('G1', topology('A1'))
    await registry.learn('G1', topology('A1'))
    expect(events.events[0]?.event).toEqual({
      workspaceId: 'W1',
      gateway: 'G1',
      sessionId: 'S1',
      model: { key: '2-144-0', name: 'RC Pro Enterprise' },
      at: clock.now(),
    })
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
    expect(registry.get('G1')).toMatchObject({
      online: true,
      connected: true,
      aircraft: [{ serial: 'A1', online: true }],
    })
  })

  it('an empty topology takes the aircraft offline', async () => {
    connect('G1')
    await registry.learn('G1', topology('A1'))
    events.take()
    await registry.learn('G1', topology())
    expect(events.take()).toEqual(['aircraft.offline A1 unlinked'])
    expect(registry.access('G1').size).toBe(0)
    expect(registry.gatewayOf('A1')).toBeNull()
  })

  it('a lost connection takes the gateway and its aircraft offline', async () => {
    const made = connect('G1')
    await registry.learn('G1', topology('A1'))
    events.take()
    registry.disconnected('G1', made)
    registry.disconnected('G1', made)
    expect(events.take()).toEqual([
      'aircraft.offline A1 connection_lost',
      'gateway.offline G1 connection_lost',
    ])
    expect(registry.get('G1')).toMatchObject({ online: false, connected: false })
  })

  it('a gateway that was never online causes no event', () => {
    registry.disconnected('G1', connect('G1'))
    registry.disconnected('G9', connection(principal('G9')))
    expect(events.take()).toEqual([])
  })

  it('an older socket that closes late takes no device offline', async () => {
    const old = connect('G1')
    await registry.learn('G1', topology('A1'))
    const newer = connect('G1', 'W1', 'S2')
    registry.disconnected('G1', old)
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
    expect(registry.get('G1')).toMatchObject({ online: true, sessionId: 'S2' })
    registry.disconnected('G1', newer)
    expect(events.take()).toHaveLength(2)
  })

  it('a topology whose connection has ended brings no device online', async () => {
    const made = connect('G1')
    const learned = registry.learn('G1', topology('A1'))
    registry.disconnected('G1', made)
    await learned
    expect(events.take()).toEqual([])
  })

  it('after a reconnect a message of a known device brings that device online, and no other', async () => {
    const made = connect('G1')
    await registry.learn('G1', topology('A1'))
    registry.disconnected('G1', made)
    registry.seen('G1', 'G1')
    events.take()
    connect('G1')
    expect([...registry.access('G1')]).toEqual(['A1'])
    registry.seen('G1', 'G1')
    registry.seen('G1', 'G1')
    expect(events.take()).toEqual(['gateway.online G1'])
    registry.seen('G1', 'A1')
    registry.seen('G1', 'A2')
    expect(events.take()).toEqual(['aircraft.online A1'])
  })

  it('topologies are handled in the order in which they came', async () => {
    connect('G1')
    await Promise.all([
      registry.learn('G1', topology('A1')),
      registry.learn('G1', topology('A2')),
      registry.learn('G1', topology()),
    ])
    expect(events.take()).toEqual([
      'gateway.online G1',
      'aircraft.online A1',
      'aircraft.offline A1 unlinked',
      'aircraft.online A2',
      'aircraft.offline A2 unlinked',
    ])
  })

  it('if the store fails, one topology fails, and the next one does not', async () => {
    connect('G1')
    devices.trouble = new Error('store down')
    await expect(registry.learn('G1', topology('A1'))).rejects.toThrow('store down')
    devices.trouble = null
    await registry.learn('G1', topology('A1'))
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
  })
})

describe('grace', () => {
  it('a reconnect within it causes no event; at its end the gateway is offline', async () => {
    const timers: (() => void)[] = []
    let cancelled = 0
    registry = createRegistry({
      devices,
      emit: events.emit,
      clock,
      graceMs: 5_000,
      schedule: (run, ms) => {
        expect(ms).toBe(5_000)
        timers.push(run)
        return () => {
          cancelled += 1
        }
      },
    })
    const first = connect('G1')
    await registry.learn('G1', topology('A1'))
    registry.disconnected('G1', first)
    const second = connect('G1')
    expect(cancelled).toBe(1)
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
    registry.disconnected('G1', second)
    timers[1]?.()
    expect(events.take()).toEqual([
      'aircraft.offline A1 connection_lost',
      'gateway.offline G1 connection_lost',
    ])
  })
})

it('the grace is longer by the time in which this process could not take connections, at most twice as long', () => {
  const timers: [() => void, number][] = []
  let missed = 2_000
  registry = createRegistry({
    ...{ devices, emit: events.emit, clock, graceMs: 5_000, missedSince: () => missed },
    schedule(run, ms) {
      timers.push([run, ms])
      return () => undefined
    },
  })
  const first = connect('G1')
  registry.seen('G1', 'G1', true)
  events.take()
  registry.disconnected('G1', first)
  timers[0]?.[0]()
  missed = 60_000
  timers[1]?.[0]()
  expect([timers.map(([, ms]) => ms), events.take()]).toEqual([[5_000, 2_000, 3_000], []])
  timers[2]?.[0]()
  expect(events.take()).toEqual(['gateway.offline G1 connection_lost'])
})

describe('one aircraft, two gateways', () => {
  const start = (more: Partial<RegistryParts> = {}) => {
    registry = createRegistry({ devices, emit: events.emit, clock, silenceMs: 60_000, ...more })
  }
  const both = async (userOfG2: string) => {
    start()
    const [g1, g2] = [connect('G1'), connect('G2', 'W1', 'S2', userOfG2)]
    await registry.learn('G1', topology('A1'))
    await registry.learn('G2', topology())
    events.take()
    const learned = await registry.learn('G2', topology('A1'))
    return { g1, g2, learned }
  }
  const speak = (gateway: string) => registry.seen(gateway, 'A1', true)
  const mayAll = () => ['G1', 'G2'].filter((gateway) => registry.access(gateway).has('A1'))

  describe('of one user', () => {
    it('both may speak, the first one holds it', async () => {
      const { learned } = await both('U1')
      expect(learned).toEqual({ refused: [], inUse: [] })
      expect([speak('G1'), speak('G2'), speak('G2')]).toEqual([true, true, true])
      expect(events.take()).toEqual([])
      expect([registry.gatewayOf('A1'), mayAll(), registry.linkedTo('A1')]).toEqual([
        'G1',
        ['G1', 'G2'],
        ['G1', 'G2'],
      ])
      expect(registry.get('G1')).toMatchObject({ aircraft: [{ serial: 'A1' }], linked: [] })
      expect(registry.get('G2')).toMatchObject({ aircraft: [], linked: [{ serial: 'A1', mayReport: true }] })
    })

    it('the second goes offline: no event', async () => {
      const { g2 } = await both('U1')
      speak('G2')
      registry.disconnected('G2', g2)
      expect(events.take()).toEqual(['gateway.offline G2 connection_lost'])
      expect([speak('G1'), registry.gatewayOf('A1')]).toEqual([true, 'G1'])
      expect(events.take()).toEqual([])
    })

    it.each<[string, (g1: BrokerConnection) => unknown, string[]]>([
      ['is lost', (g1) => registry.disconnected('G1', g1), ['gateway.offline G1 connection_lost']],
      ['is put out', () => registry.takeOffline({ gateway: 'G1' }, 'forced'), ['gateway.offline G1 forced']],
      ['lets it go', () => registry.learn('G1', topology()), []],
      ['is forgotten', () => registry.forget('G1', 'W1'), ['gateway.offline G1 forced']],
    ])('the first %s: the aircraft moves, and stays online', async (_, leave, others) => {
      const { g1, g2 } = await both('U1')
      const since = registry.get('G1')?.aircraft[0]?.onlineSince
      clock.advance(10)
      await leave(g1)
      expect(events.of('aircraft.moved')).toMatchObject([{ aircraft: 'A1', gateway: 'G2', from: 'G1' }])
      expect(events.take()).toEqual(['aircraft.moved A1', ...others])
      expect(registry.get('G2')).toMatchObject({
        aircraft: [{ serial: 'A1', online: true, onlineSince: since, handovers: 1 }],
      })
      registry.disconnected('G2', g2)
      expect(events.take()).toEqual([
        'aircraft.offline A1 connection_lost',
        'gateway.offline G2 connection_lost',
      ])
    })

    it('the first sends no report of it for six seconds: the aircraft moves with the next report of the second', async () => {
      await both('U1')
      clock.advance(6_000)
      speak('G2')
      expect(events.take()).toEqual([])
      clock.advance(1)
      speak('G2')
      expect(events.take()).toEqual(['aircraft.moved A1'])
      // Not to and fro: the first one speaks again, and does not take it back.
      speak('G1')
      speak('G2')
      expect([events.take(), registry.gatewayOf('A1')]).toEqual([[], 'G2'])
    })

    it('this process could not listen: that is not their silence', async () => {
      let missed = 10_000
      start({ missedSince: () => missed })
      connect('G1')
      await registry.learn('G1', topology('A1'))
      events.take()
      clock.advance(70_000)
      registry.sweep()
      expect(events.take()).toEqual([])
      missed = 9_999
      registry.sweep()
      expect(events.take()).toEqual(['aircraft.offline A1 silence', 'gateway.offline G1 silence'])
    })

    it('both are silent: the aircraft goes offline once, and comes online once', async () => {
      await both('U1')
      clock.advance(60_001)
      registry.seen('G1', 'G1')
      registry.seen('G2', 'G2')
      registry.sweep()
      expect(events.take()).toEqual(['aircraft.offline A1 silence'])
      speak('G2')
      speak('G1')
      expect([events.take(), registry.gatewayOf('A1')]).toEqual([['aircraft.online A1'], 'G2'])
    })
  })

  describe('of two users', () => {
    it('naming it changes nothing, and is reported as refused', async () => {
      const { learned } = await both('U2')
      expect(learned).toEqual({ refused: [], inUse: ['A1'] })
      expect([speak('G2'), events.take(), mayAll()]).toEqual([false, [], ['G1']])
      expect([...registry.silent('G2')]).toEqual(['A1'])
      expect(registry.get('G2')).toMatchObject({ aircraft: [], linked: [{ serial: 'A1', mayReport: false }] })
      // Nor does naming it again, or going.
      await registry.learn('G2', topology('A1'))
      await registry.learn('G2', topology())
      expect([speak('G1'), events.take()]).toEqual([true, []])
    })

    it('waiting changes nothing while the other one reports', async () => {
      await both('U2')
      for (let second = 0; second < 300; second += 2) {
        clock.advance(2_000)
        speak('G1')
        registry.seen('G2', 'G2')
        registry.sweep()
        expect(speak('G2')).toBe(false)
      }
      expect(events.take()).toEqual([])
    })

    it('the first goes offline: the aircraft goes offline, and comes online with the next report of the second', async () => {
      const { g1 } = await both('U2')
      registry.disconnected('G1', g1)
      expect(events.take()).toEqual([
        'aircraft.offline A1 connection_lost',
        'gateway.offline G1 connection_lost',
      ])
      // For a while it waits for its user: a gap in the mobile network is no gift to a colleague.
      expect([mayAll(), [...registry.silent('G2')], speak('G2')]).toEqual([['G1'], ['A1'], false])
      clock.advance(60_000)
      registry.seen('G2', 'G2')
      registry.sweep()
      expect([mayAll(), [...registry.silent('G2')]]).toEqual([['G1', 'G2'], []])
      expect([speak('G2'), events.take()]).toEqual([true, ['aircraft.online A1']])
      // Now the first one is the other one.
      connect('G1')
      registry.seen('G1', 'G1')
      expect([speak('G1'), registry.gatewayOf('A1'), mayAll()]).toEqual([false, 'G2', ['G2']])
    })

    it('the first sends DISCONNECT: the second may have it after the grace', async () => {
      const { g1 } = await both('U2')
      registry.disconnected('G1', g1, true)
      events.take()
      expect([mayAll(), speak('G2'), events.take()]).toEqual([['G1', 'G2'], true, ['aircraft.online A1']])
    })

    it('one topology without it and one with it again: the first keeps it', async () => {
      await both('U2')
      await registry.learn('G1', topology())
      expect([speak('G2'), registry.gatewayOf('A1')]).toEqual([false, null])
      await registry.learn('G1', topology('A1'))
      expect([speak('G1'), registry.gatewayOf('A1'), mayAll()]).toEqual([true, 'G1', ['G1']])
    })

    it('the first no longer names it: after the wait, the second has it with the next report', async () => {
      await both('U2')
      await registry.learn('G1', topology())
      expect(events.take()).toEqual(['aircraft.offline A1 unlinked'])
      expect(registry.get('G2')).toMatchObject({ aircraft: [], linked: [{ serial: 'A1', mayReport: false }] })
      clock.advance(60_000)
      registry.seen('G2', 'G2')
      registry.sweep()
      expect([speak('G2'), events.take()]).toEqual([true, ['aircraft.online A1']])
    })

    it('the first sends no report of it: the gateway that reports first has it', async () => {
      await both('U2')
      const rest = () => {
        registry.seen('G1', 'G1')
        registry.seen('G2', 'G2')
        registry.sweep()
      }
      clock.advance(60_000)
      rest()
      expect([mayAll(), events.take()]).toEqual([['G1'], []])
      clock.advance(1)
      rest()
      expect([mayAll(), events.take()]).toEqual([['G1', 'G2'], ['aircraft.offline A1 silence']])
      speak('G1')
      expect([mayAll(), events.take()]).toEqual([['G1'], ['aircraft.online A1']])
      clock.advance(60_001)
      rest()
      events.take()
      expect([speak('G2'), mayAll(), events.take()]).toEqual([true, ['G2'], ['aircraft.online A1']])
    })

    it('a topology of the second that names the serial number of the first changes nothing', async () => {
      await both('U2')
      const { refused } = await registry.learn('G2', topology('G1'))
      expect([refused, events.take()]).toEqual([['G1: is a gateway'], []])
    })

    it('another user on the first controller takes over its aircraft, and closes the earlier connection', async () => {
      const replaced: string[] = []
      const signals = createFleetSignals()
      signals.on('replaced', ({ principal: { userId } }) => replaced.push(userId))
      start({ signals })
      connect('G1')
      await registry.learn('G1', topology('A1'))
      connect('G1', 'W1', 'S3', 'U3')
      connect('G1', 'W1', 'S4', 'U3')
      expect(replaced).toEqual(['U1', 'U1'])
    })
  })

  describe('after a restart of the platform', () => {
    beforeEach(async () => {
      for (const serial of ['G1', 'G2', 'A1']) await devices.claim(serial, 'W1')
      await devices.update('A1', 'W1', { model: '0-77-0', gateway: 'G1' })
      await devices.update('G1', 'W1', { model: '2-144-0', aircraft: ['A1'], liveUser: 'U1' })
      start()
    })

    it('a colleague who names it before its controller is back does not get it', async () => {
      connect('G2', 'W1', 'S2', 'U2')
      expect((await registry.learn('G2', topology('A1'))).inUse).toEqual(['A1'])
      expect([speak('G2'), events.take()]).toEqual([false, ['gateway.online G2']])
      connect('G1')
      expect([speak('G1'), events.take()]).toEqual([true, ['gateway.online G1', 'aircraft.online A1']])
      expect(speak('G2')).toBe(false)
    })

    it('the wait is as long as for a silent controller', async () => {
      connect('G2', 'W1', 'S2', 'U2')
      await registry.learn('G2', topology('A1'))
      events.take()
      clock.advance(60_001)
      registry.seen('G2', 'G2')
      registry.sweep()
      expect([mayAll().includes('G2'), speak('G2'), events.take()]).toEqual([
        true,
        true,
        ['aircraft.online A1'],
      ])
    })
  })

  it('of two workspaces: the first keeps it, and the second gets only the serial number', async () => {
    connect('G1', 'W1')
    connect('G2', 'W2')
    await registry.learn('G1', topology('A1'))
    const { refused } = await registry.learn('G2', topology('A1', 'A2'))
    expect(refused).toEqual(['A1: another workspace owns it'])
    expect([...registry.access('G2')]).toEqual(['A2'])
    expect(registry.gatewayOf('A1')).toBe('G1')
    expect(registry.list('W2').map((gateway) => gateway.serial)).toEqual(['G2'])
  })

  it('a gateway cannot become an aircraft, now or later', async () => {
    connect('G1')
    connect('G2')
    const { refused } = await registry.learn('G1', topology('G1', 'G2', 'G3'))
    expect(refused).toEqual(['G1: is a gateway', 'G2: is a gateway'])
    expect([...registry.access('G1')]).toEqual(['G3'])
    expect([registry.isNamed('G3'), registry.isNamed('G2')]).toEqual([true, false])
    // What a controller that is there has named stays its own, whatever connects under that name.
    connect('G3')
    expect([...registry.access('G1')]).toEqual(['G3'])
  })

  it('a gateway that an offline gateway named as its aircraft is not an aircraft any more', async () => {
    const g1 = connect('G1')
    await registry.learn('G1', topology('G3'))
    registry.disconnected('G1', g1)
    connect('G3')
    expect([...registry.access('G1')]).toEqual([])
  })
})

describe('a gateway that this node has never had', () => {
  it.each<[string, DeviceChange, string[]]>([
    ['told its model', { model: '2-144-0' }, ['X1: is a gateway']],
    ['had aircraft', { aircraft: ['A9'] }, ['X1: is a gateway']],
    ['was only bound', { boundBy: 'U1' }, []],
    ['is an aircraft', { model: '0-77-0', gateway: 'G2' }, []],
    ['is an aircraft that the host has entered', { model: '0-77-0' }, []],
  ])('by its record: %s', async (_, change, refused) => {
    await devices.claim('X1', 'W1')
    await devices.update('X1', 'W1', change)
    connect('G1')
    expect((await registry.learn('G1', topology('X1'))).refused).toEqual(refused)
    expect(registry.access('G1').has('X1')).toBe(refused.length === 0)
  })

  it('by the reports of other nodes', async () => {
    const elsewhere = { ...NOWHERE, isGateway: (serial: string) => serial === 'X1' }
    registry = createRegistry({ devices, emit: events.emit, clock, elsewhere })
    connect('G1')
    expect((await registry.learn('G1', topology('X1'))).refused).toEqual(['X1: is a gateway'])
  })
})

describe('disconnected by the platform', () => {
  it.each([
    ['gateway', { gateway: 'G1' }],
    ['session', { sessionId: 'S1' }],
    ['credential', { credentialId: 'S1.G1' }],
    ['all', 'all'],
  ] as const)('by %s: its last words do not bring it back, a new connection does', async (_, target) => {
    const made = connect('G1')
    await registry.learn('G1', topology('A1'))
    events.take()
    expect(registry.takeOffline(target, 'logout')).toEqual(['G1'])
    registry.seen('G1', 'A1')
    await registry.learn('G1', topology('A1'))
    registry.disconnected('G1', made)
    expect(events.take()).toEqual(['aircraft.offline A1 logout', 'gateway.offline G1 logout'])
    connect('G1')
    await registry.learn('G1', topology('A1'))
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
  })

  it('a gateway with a connection of another session stays online', async () => {
    connect('G1', 'W1', 'S1')
    connect('G1', 'W1', 'S2')
    await registry.learn('G1', topology('A1'))
    expect(registry.takeOffline({ sessionId: 'S1' }, 'logout')).toEqual([])
    expect(registry.get('G1')?.online).toBe(true)
  })

  it('an unbound device is forgotten, but only by its own workspace', async () => {
    connect('G1')
    await registry.learn('G1', topology('A1'))
    events.take()
    registry.forget('A1', 'W2')
    expect(events.take()).toEqual([])
    registry.forget('A1', 'W1')
    expect(events.take()).toEqual(['aircraft.offline A1 unlinked'])
    registry.forget('G1', 'W1')
    expect(events.take()).toEqual(['gateway.offline G1 forced'])
    expect(registry.get('G1')).toBeNull()
  })

  it('a gateway that comes back in another workspace starts without its old data', async () => {
    connect('G1', 'W1')
    await registry.learn('G1', topology('A1'))
    events.take()
    connect('G1', 'W2')
    expect(events.take()).toEqual(['aircraft.offline A1 forced', 'gateway.offline G1 forced'])
    expect(registry.get('G1')).toMatchObject({ workspaceId: 'W2', online: false, aircraft: [] })
  })
})

it('access is the same set until it changes', async () => {
  connect('G1')
  await registry.learn('G1', topology('A1'))
  const before = registry.access('G1')
  await registry.learn('G1', topology('A1'))
  expect(registry.access('G1')).toBe(before)
  await registry.learn('G1', topology('A1', 'A2'))
  expect(registry.access('G1')).not.toBe(before)
  expect(registry.access('G9')).toBe(registry.access('G8'))
})
