import { beforeEach, describe, expect, it } from 'vitest'
import { deviceModel } from '../../../src/core/devices/models.ts'
import { createRegistry, type Registry } from '../../../src/core/devices/registry.ts'
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

const connect = (gateway: string, workspaceId = 'W1', sessionId = 'S1'): BrokerConnection => {
  const made = connection(principal(gateway, workspaceId, sessionId))
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

  it('an empty topology is the aircraft going', async () => {
    connect('G1')
    await registry.learn('G1', topology('A1'))
    events.take()
    await registry.learn('G1', topology())
    expect(events.take()).toEqual(['aircraft.offline A1 unlinked'])
    expect(registry.access('G1').size).toBe(0)
    expect(registry.gatewayOf('A1')).toBeNull()
  })

  it('a lost connection is the gateway going, and its aircraft with it', async () => {
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

  it('nothing is said of a gateway that was never online', () => {
    registry.disconnected('G1', connect('G1'))
    registry.disconnected('G9', connection(principal('G9')))
    expect(events.take()).toEqual([])
  })

  it('an older socket that closes late takes nobody offline', async () => {
    const old = connect('G1')
    await registry.learn('G1', topology('A1'))
    const newer = connect('G1', 'W1', 'S2')
    registry.disconnected('G1', old)
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
    expect(registry.get('G1')).toMatchObject({ online: true, sessionId: 'S2' })
    registry.disconnected('G1', newer)
    expect(events.take()).toHaveLength(2)
  })

  it('a topology whose connection has gone brings nobody online', async () => {
    const made = connect('G1')
    const learned = registry.learn('G1', topology('A1'))
    registry.disconnected('G1', made)
    await learned
    expect(events.take()).toEqual([])
  })

  it('after a reconnect any word brings back what is known, each for itself', async () => {
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

  it('topologies are taken in the order in which they came', async () => {
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

  it('a store in trouble fails one topology, not the next', async () => {
    connect('G1')
    devices.trouble = new Error('store down')
    await expect(registry.learn('G1', topology('A1'))).rejects.toThrow('store down')
    devices.trouble = null
    await registry.learn('G1', topology('A1'))
    expect(events.take()).toEqual(['gateway.online G1', 'aircraft.online A1'])
  })
})

describe('grace', () => {
  it('a reconnect within it is nothing; its end is offline', async () => {
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

describe('one aircraft, two gateways', () => {
  it('of one workspace: it moves', async () => {
    connect('G1')
    connect('G2')
    await registry.learn('G1', topology('A1'))
    await registry.learn('G2', topology())
    events.take()
    await registry.learn('G2', topology('A1'))
    const [offline] = events.of('aircraft.offline')
    expect(offline).toMatchObject({ gateway: 'G1', aircraft: 'A1', reason: 'swapped' })
    expect(events.take()).toEqual(['aircraft.offline A1 swapped', 'aircraft.online A1'])
    expect([...registry.access('G1')]).toEqual([])
    expect([...registry.access('G2')]).toEqual(['A1'])
    expect(registry.gatewayOf('A1')).toBe('G2')
  })

  it('of two workspaces: the first keeps it, the second is told by serial number only', async () => {
    connect('G1', 'W1')
    connect('G2', 'W2')
    await registry.learn('G1', topology('A1'))
    const { refused } = await registry.learn('G2', topology('A1', 'A2'))
    expect(refused).toEqual(['A1: held by another workspace'])
    expect([...registry.access('G2')]).toEqual(['A2'])
    expect(registry.gatewayOf('A1')).toBe('G1')
    expect(registry.list('W2').map((gateway) => gateway.serial)).toEqual(['G2'])
  })

  it('a gateway is nobody’s aircraft, neither known nor later', async () => {
    connect('G1')
    connect('G2')
    const { refused } = await registry.learn('G1', topology('G1', 'G2', 'G3'))
    expect(refused).toEqual(['G1: is a gateway', 'G2: is a gateway'])
    expect([...registry.access('G1')]).toEqual(['G3'])
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

  it('by what other nodes say', async () => {
    const isGatewayElsewhere = (serial: string) => serial === 'X1'
    registry = createRegistry({ devices, emit: events.emit, clock, isGatewayElsewhere })
    connect('G1')
    expect((await registry.learn('G1', topology('X1'))).refused).toEqual(['X1: is a gateway'])
  })
})

describe('put out by the platform', () => {
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

  it('a gateway that another session still holds stays', async () => {
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

  it('a gateway that comes back in another workspace starts anew', async () => {
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
