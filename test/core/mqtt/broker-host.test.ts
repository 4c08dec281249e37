import { beforeEach, describe, expect, it } from 'vitest'
import { createLiveness } from '../../../src/core/devices/live.ts'
import { createRegistry, type Registry } from '../../../src/core/devices/registry.ts'
import { createReservations } from '../../../src/core/devices/reservations.ts'
import { type BrokerHostParts, createBrokerHost } from '../../../src/core/mqtt/broker-host.ts'
import { createLegacyAccounts, withLegacy } from '../../../src/core/mqtt/legacy.ts'
import { parseTopology } from '../../../src/core/mqtt/messages.ts'
import {
  type BrokerConnection,
  type ConnectAttempt,
  type InboundMessage,
  type Principal,
  silentLogger,
} from '../../../src/core/ports/index.ts'
import {
  connection,
  fakeBindings,
  fakeClock,
  fakeDevices,
  principal,
  recordEvents,
} from '../../support/mqtt-core.ts'

const clock = fakeClock()
let events: ReturnType<typeof recordEvents>
let devices: ReturnType<typeof fakeDevices>
let bindings: ReturnType<typeof fakeBindings>
let registry: Registry
let parts: BrokerHostParts
let ended: Set<string>

beforeEach(() => {
  events = recordEvents()
  ended = new Set()
  devices = fakeDevices()
  bindings = fakeBindings()
  const reservations = createReservations({ clock, silenceMs: 60_000 })
  registry = createRegistry({ devices, reservations, emit: events.emit, clock })
  parts = {
    verifyCredential: async ({ username, password }) =>
      password === 'right'
        ? { allow: true, principal: principal(username === 'any' ? null : (username ?? null)) }
        : { allow: false, reason: 'bad_credentials' },
    registry,
    devices,
    sessions: bindings,
    isAlive: async (id) => !ended.has(id),
    inUse: createLiveness({
      find: (serial) => registry.get(registry.gatewayOf(serial) ?? serial),
      ...{ reservations, clock, silenceMs: 60_000 },
    }).inUse,
    isAircraft: async (serial) => registry.isNamed(serial),
    anonymous: null,
    emit: events.emit,
    clock,
    logger: silentLogger,
    onMessage: () => undefined,
  }
})

const attempt = (more: Partial<ConnectAttempt> = {}): ConnectAttempt => ({
  clientId: 'G1',
  username: 'G1',
  password: 'right',
  address: '127.0.0.1',
  ...more,
})

const allowed = async (
  host: ReturnType<typeof createBrokerHost>,
  more?: Partial<ConnectAttempt>,
): Promise<Principal> => {
  const decision = await host.authenticate(attempt(more))
  if (!decision.allow) throw new Error(decision.reason)
  return decision.principal
}

const learn = async (gateway: string, ...serials: string[]) => {
  const parsed = parseTopology({ type: 144, sub_devices: serials.map((sn) => ({ sn, type: 77 })) })
  if (!parsed.ok) throw new Error(parsed.reason)
  return registry.learn(gateway, parsed.value)
}

describe('connect', () => {
  const nobody = { username: undefined, password: undefined }
  it.each<[string, Partial<ConnectAttempt>, string]>([
    ['a wrong password', { password: 'wrong' }, 'bad_credentials'],
    ['nobody', nobody, 'anonymous'],
    ['empty name and password', { username: '', password: '' }, 'anonymous'],
    ['a client id with a wildcard', { clientId: 'G+' }, 'bad_client_id'],
    ['a client id with a slash', { clientId: 'a/b' }, 'bad_client_id'],
    ['a client id with a space', { clientId: 'a b' }, 'bad_client_id'],
    ['a client id with a line feed', { clientId: 'a\n' }, 'bad_client_id'],
    ['a client id of 129', { clientId: 'a'.repeat(129) }, 'bad_client_id'],
    ['a foreign will', { will: { topic: 'sys/product/G2/status', qos: 0, retain: false } }, 'will'],
    ['a retained will', { will: { topic: 'sys/product/G1/status', qos: 0, retain: true } }, 'will'],
    ['a will for $SYS', { will: { topic: '$SYS/x', qos: 0, retain: false } }, 'will'],
  ])('%s: refused and reported', async (_, more, reason) => {
    const host = createBrokerHost(parts)
    expect(await host.authenticate(attempt(more))).toEqual({ allow: false, reason })
    const clientId = more.clientId ?? 'G1'
    expect(events.of('mqtt.refused')).toMatchObject([
      { at: clock.now(), address: '127.0.0.1', reason, clientId, topic: null, gateway: null, serial: null },
    ])
  })

  it.each<[string, Partial<ConnectAttempt>]>([
    ['its serial number', {}],
    ['no client id', { clientId: '' }],
    ['any other', { clientId: 'mqttjs_ab-12.x' }],
    ['an own will', { will: { topic: 'sys/product/G1/status', qos: 1, retain: false } }],
  ])('%s: allowed', async (_, more) => {
    expect(await allowed(createBrokerHost(parts), more)).toMatchObject({ gateway: 'G1', workspaceId: 'W1' })
    expect(events.take()).toEqual([])
  })

  it('a gateway that another workspace owns', async () => {
    await devices.claim('G1', 'W2')
    const host = createBrokerHost(parts)
    expect(await host.authenticate(attempt())).toEqual({ allow: false, reason: 'other_workspace' })
  })

  it('is refused as unavailable when a store rejects or the check throws', async () => {
    devices.trouble = new Error('store down')
    expect(await createBrokerHost(parts).authenticate(attempt())).toEqual({
      allow: false,
      reason: 'unavailable',
    })
    const host = createBrokerHost({ ...parts, verifyCredential: () => Promise.reject(new Error('down')) })
    expect(await host.authenticate(attempt())).toEqual({ allow: false, reason: 'unavailable' })
  })

  it('anonymous only where the option says so, and bound like the rest', async () => {
    const host = createBrokerHost({ ...parts, anonymous: { workspaceId: 'W7' } })
    const who = await allowed(host, nobody)
    expect(who).toMatchObject({ kind: 'anonymous', workspaceId: 'W7', gateway: null })
    expect(await host.authorizePublish(who, 'sys/product/G1/status', false)).toEqual({ allow: true })
    expect(who.gateway).toBe('G1')
    expect(bindings.calls).toEqual([])
    expect(await host.authorizePublish(who, 'sys/product/G2/status', false)).toEqual({
      allow: false,
      reason: 'foreign',
    })
  })

  const uuid = '11111111-2222-4333-8444-555555555555'
  it.each<[string, Partial<ConnectAttempt>, 'anonymous' | 'bad_credentials']>([
    ['a static name and password', { username: 'JavaServer', password: 'made-up' }, 'anonymous'],
    ['a static name without a password', { username: 'JavaServer', password: undefined }, 'anonymous'],
    ['a password without a name', { username: '', password: 'made-up' }, 'anonymous'],
    ['a serial number that nobody holds', { username: 'G9', password: 'made-up' }, 'anonymous'],
    ['a controller of ours', { username: 'G1', password: 'made-up' }, 'bad_credentials'],
    ['a controller of ours without a password', { username: 'G1', password: '' }, 'bad_credentials'],
    ['a name of a login', { username: `session-${uuid}`, password: 'made-up' }, 'bad_credentials'],
    ['a credential id', { username: `${uuid}.G9`, password: 'made-up' }, 'bad_credentials'],
    ['a password of our making', { username: 'x', password: 'eyJhbGciOi.eyJzdWIi.c2ln' }, 'bad_credentials'],
  ])('anonymous: %s', async (_, more, expected) => {
    await devices.claim('G1', 'W1')
    const host = createBrokerHost({ ...parts, anonymous: { workspaceId: 'W7' } })
    const decision = await host.authenticate(attempt(more))
    if (expected === 'anonymous') expect(decision).toMatchObject({ principal: { kind: 'anonymous' } })
    else expect(decision).toEqual({ allow: false, reason: expected })
    // Without the option nobody of them gets in.
    expect(await createBrokerHost(parts).authenticate(attempt(more))).toMatchObject({ allow: false })
  })

  it.each(['expired', 'session_ended', 'unavailable'] as const)(
    'anonymous does not make up for %s',
    async (reason) => {
      const host = createBrokerHost({
        ...parts,
        anonymous: { workspaceId: 'W7' },
        verifyCredential: async () => ({ allow: false, reason }),
      })
      expect(await host.authenticate(attempt())).toEqual({ allow: false, reason })
    },
  )
})

describe('what is live with another user', () => {
  const theirs = { username: 'G1', password: 'right' }
  const refusedFor = (serial: string | null) =>
    events
      .of('mqtt.refused')
      .map((event) => [event.reason, event.serial, event.topic, serial === event.serial])

  /** A connection of somebody else stands. */
  async function fly(): Promise<BrokerConnection> {
    const flies = connection(principal('G1', 'W1', 'S9', 'U9'))
    registry.connected('G1', flies)
    await learn('G1', 'A1')
    return flies
  }

  it.each(['G1', 'A1'])('no connection as %s, with whatever credential', async (serial) => {
    const host = createBrokerHost(parts)
    await fly()
    expect(await host.authenticate(attempt({ ...theirs, username: serial }))).toEqual({
      allow: false,
      reason: 'in_use',
    })
    expect(refusedFor(serial)).toEqual([['in_use', serial, null, true]])
    expect(registry.get('G1')).toMatchObject({ online: true, userId: 'U9', aircraft: [{ online: true }] })
  })

  it.each(['G1', 'A1'])('a credential without a gateway is not tied to %s', async (serial) => {
    const host = createBrokerHost(parts)
    await fly()
    const any = await allowed(host, { username: 'any' })
    const topic = `sys/product/${serial}/status`
    expect(await host.authorizePublish(any, topic, false)).toEqual({ allow: false, reason: 'in_use' })
    const will = { topic, qos: 1, retain: false } as const
    expect(await host.authenticate(attempt({ username: 'any', will }))).toEqual({
      allow: false,
      reason: 'in_use',
    })
    expect(refusedFor(serial)).toEqual([['in_use', serial, null, true]])
    expect([any.gateway, bindings.calls]).toEqual([null, []])
  })

  it('one that a broker elsewhere has let in is closed, and takes nobody offline', async () => {
    const expelled: BrokerConnection[] = []
    const host = createBrokerHost({ ...parts, expel: (one) => void expelled.push(one) })
    await fly()
    events.take()
    const stranger = connection(principal('G1'))
    host.connected(stranger)
    host.disconnected(stranger)
    expect(expelled).toEqual([stranger])
    expect(events.take()).toEqual(['mqtt.refused G1 in_use'])
    expect(registry.get('G1')).toMatchObject({ online: true, userId: 'U9' })
  })

  it.each<[string, (flies: BrokerConnection) => void]>([
    ['has logged out', () => registry.takeOffline({ sessionId: 'S9' }, 'logout')],
    ['is gone', (flies) => registry.disconnected('G1', flies)],
    ['has said nothing for too long', () => clock.advance(61_000)],
  ])('a take-over when the other one %s', async (_, leave) => {
    registry = createRegistry({ devices, emit: events.emit, clock, silenceMs: 60_000 })
    const host = createBrokerHost({ ...parts, registry })
    leave(await fly())
    registry.sweep()
    await allowed(host, theirs)
  })

  it('the same user comes as often as he likes', async () => {
    const host = createBrokerHost(parts)
    registry.connected('G1', connection(principal('G1', 'W1', 'S9')))
    await allowed(host, theirs)
  })
})

describe('what may be said and heard', () => {
  it('follows the registry at once, in both directions', async () => {
    const host = createBrokerHost(parts)
    const g1 = await allowed(host)
    const g2 = await allowed(host, { username: 'G2' })
    host.connected(connection(g1))
    host.connected(connection(g2))
    const may = (who: Principal) => [
      host.authorizePublish(who, 'thing/product/A1/osd', false),
      host.authorizeForward(who, 'thing/product/A1/services'),
    ]
    const yes = [{ allow: true }, true]
    const no = [{ allow: false, reason: 'foreign' }, false]
    expect(may(g1)).toEqual(no)
    await learn('G1', 'A1')
    expect([may(g1), may(g1), may(g2)]).toEqual([yes, yes, no])
    // Two controllers of one user: both may.
    await learn('G2', 'A1')
    expect([may(g1), may(g2)]).toEqual([yes, yes])
    await learn('G1')
    expect([may(g1), may(g2)]).toEqual([no, yes])
    await learn('G2')
    expect(may(g2)).toEqual(no)
  })

  it('of an aircraft that another user has in use: denied by name and at once, and the decision is not kept', async () => {
    const host = createBrokerHost(parts)
    const [g1, g2] = [principal('G1'), principal('G2', 'W1', 'S2', 'U2')]
    const mine = connection(g1)
    host.connected(mine)
    host.connected(connection(g2))
    await learn('G1', 'A1')
    const may = (who: Principal) => [
      host.authorizePublish(who, 'thing/product/A1/osd', false),
      host.authorizeSubscribe(who, 'thing/product/A1/services'),
      host.authorizeForward(who, 'thing/product/A1/services'),
    ]
    const yes = [{ allow: true }, { allow: true }, true]
    const inUse = { allow: false, reason: 'in_use' }
    expect((await learn('G2', 'A1')).inUse).toEqual(['A1'])
    expect([may(g1), may(g2)]).toEqual([yes, [inUse, inUse, false]])
    host.disconnected(mine)
    expect(may(g2)).toEqual([inUse, inUse, false])
    host.connected(mine)
    host.disconnected(mine, true)
    expect(may(g2)).toEqual(yes)
  })

  it('a kept decision does not apply to retained messages', async () => {
    const host = createBrokerHost(parts)
    const g1 = await allowed(host)
    expect(host.authorizePublish(g1, 'thing/product/G1/osd', false)).toEqual({ allow: true })
    expect(host.authorizePublish(g1, 'thing/product/G1/osd', true)).toEqual({
      allow: false,
      reason: 'retained',
    })
    expect(host.authorizePublish(g1, 'thing/product/G1/osd', false)).toEqual({ allow: true })
  })
})

describe('a credential without a gateway', () => {
  const any = { username: 'any' }

  it('is bound by its first use, and the registry then gets the connection', async () => {
    const host = createBrokerHost(parts)
    const who = await allowed(host, any)
    const made = connection(who)
    host.connected(made)
    expect(registry.get('G1')).toBeNull()
    expect(host.authorizeForward(who, 'thing/product/G1/services')).toBe(false)
    expect(await host.authorizeSubscribe(who, 'thing/product/G1/services')).toEqual({ allow: true })
    expect(registry.get('G1')).toMatchObject({ connected: true, sessionId: 'S1' })
    expect(host.authorizeForward(who, 'thing/product/G1/services')).toBe(true)
    expect(host.authorizePublish(who, 'sys/product/G2/status', false)).toEqual({
      allow: false,
      reason: 'foreign',
    })
    host.disconnected(made)
    expect(registry.get('G1')).toMatchObject({ connected: false })
  })

  it('is not bound after its session has ended, by a topic or by its will', async () => {
    const host = createBrokerHost(parts)
    const who = await allowed(host, any)
    host.connected(connection(who))
    expect([...host.sessionIds()]).toEqual(['S1'])
    ended.add('S1')
    const refused = { allow: false, reason: 'session_ended' }
    expect(await host.authorizePublish(who, 'sys/product/G1/status', false)).toEqual(refused)
    expect(await host.authorizeSubscribe(who, 'thing/product/G1/services')).toEqual(refused)
    const will = { topic: 'sys/product/G1/status', qos: 0 as const, retain: false }
    expect(await host.authenticate(attempt({ ...any, will }))).toEqual(refused)
    expect([who.gateway, registry.get('G1'), await devices.holder('G1')]).toEqual([null, null, null])
  })

  it('two topics at the same time bind it once', async () => {
    const host = createBrokerHost(parts)
    const who = await allowed(host, any)
    const outcomes = await Promise.all([
      host.authorizePublish(who, 'sys/product/G1/status', false),
      host.authorizePublish(who, 'sys/product/G2/status', false),
      host.authorizeSubscribe(who, 'thing/product/G1/services'),
    ])
    expect(outcomes).toEqual([{ allow: true }, { allow: false, reason: 'foreign' }, { allow: true }])
    expect(bindings.calls).toEqual(['G1'])
    expect(await devices.holder('G2')).toBeNull()
  })

  it('stays bound when the client reconnects', async () => {
    const host = createBrokerHost(parts)
    await host.authorizePublish(await allowed(host, any), 'sys/product/G1/status', false)
    const again = await allowed(host, any)
    expect(await host.authorizePublish(again, 'sys/product/G1/status', false)).toEqual({ allow: true })
    expect(again.gateway).toBe('G1')
  })

  it('used by a second controller: refused with both serial numbers, and that client does not count as the first', async () => {
    const warned: object[] = []
    const logger = { ...silentLogger, warn: (fields: object) => void warned.push(fields) }
    const host = createBrokerHost({ ...parts, logger })
    const first = await allowed(host, any)
    const made = connection(first, 'G1')
    host.connected(made)
    await host.authorizePublish(first, 'sys/product/G1/status', false)
    await learn('G1', 'A1')
    const second = await allowed(host, any)
    host.connected(connection(second, 'G2'))
    const refusal = { allow: false, reason: 'other_gateway' }
    for (const topic of ['sys/product/G2/status', 'thing/product/G2/requests'])
      expect(await host.authorizePublish(second, topic, false)).toEqual(refusal)
    expect(await host.authorizeSubscribe(second, 'thing/product/G2/services')).toEqual(refusal)
    const topic = 'sys/product/G2/status'
    expect(await host.authenticate(attempt({ ...any, will: { topic, qos: 0, retain: false } }))).toEqual(
      refusal,
    )
    // What is not its own uses up nothing of the workspace's devices.
    expect(await devices.holder('G2')).toBeNull()
    // One question to the store for this connection, and one for the one with the will.
    expect(bindings.calls).toEqual(['G1', 'G2', 'G2'])
    expect(warned.filter((fields) => 'serial' in fields)).toHaveLength(2)
    expect(warned[0]).toEqual({ gateway: 'G1', serial: 'G2', clientId: 'G2' })

    host.refused({ reason: 'other_gateway', clientId: 'G2', address: '', topic, principal: second })
    const [told] = events.of('mqtt.refused').slice(-1)
    expect(told).toMatchObject({ reason: 'other_gateway', gateway: 'G1', serial: 'G2' })
    expect(told?.hint).toMatch(/belong to G1, .* ask for credentials for G2/)

    // The first controller goes: its namesake does not keep it online.
    host.disconnected(made)
    expect(registry.get('G1')).toMatchObject({ connected: false })
    expect(second.gateway).toBeNull()
  })

  it('may begin with a topic of its aircraft after a reconnect', async () => {
    const host = createBrokerHost(parts)
    const first = await allowed(host, any)
    host.connected(connection(first))
    await host.authorizePublish(first, 'sys/product/G1/status', false)
    await learn('G1', 'A1')
    const again = await allowed(host, any)
    expect(await host.authorizeSubscribe(again, 'thing/product/A1/services')).toEqual({ allow: true })
    expect(again.gateway).toBe('G1')
  })

  it('is not bound to an aircraft', async () => {
    const host = createBrokerHost(parts)
    const g1 = await allowed(host)
    host.connected(connection(g1))
    await learn('G1', 'A1')
    const asked = { ...parts, inUse: () => false, isAircraft: async (serial: string) => serial === 'A2' }
    const other = await allowed(createBrokerHost(asked), any)
    const topic = 'sys/product/A2/status'
    expect(await createBrokerHost(asked).authorizePublish(other, topic, false)).toEqual({
      allow: false,
      reason: 'is_aircraft',
    })
    expect([other.gateway, bindings.calls]).toEqual([null, []])
    // Nor is a connection let in for one that flies, where the broker has not asked.
    const expelled: unknown[] = []
    const late = createBrokerHost({ ...parts, inUse: () => false, expel: (one) => void expelled.push(one) })
    late.connected(connection(principal('A1')))
    expect(expelled).toHaveLength(1)
    expect(events.of('mqtt.refused').at(-1)).toMatchObject({ reason: 'is_aircraft', serial: 'A1' })
  })

  it('that names a device of another user: refused and closed, so that it connects again', async () => {
    const sentAway: string[] = []
    const closed = new Promise<void>((resolve) => {
      parts = { ...parts, sendAway: ({ clientId }) => resolve(void sentAway.push(clientId)) }
    })
    const host = createBrokerHost({ ...parts, inUse: () => true })
    const who = await allowed(host, any)
    const made = connection(who)
    host.connected(made)
    const refusal = await host.authorizeSubscribe(who, 'sys/product/G1/status_reply')
    expect([refusal, sentAway]).toEqual([{ allow: false, reason: 'in_use' }, []])
    await closed
    expect(sentAway).toEqual([made.clientId])
  })

  it('used first for a foreign topic and then for its own: gets its gateway', async () => {
    const host = createBrokerHost(parts)
    await host.authorizePublish(await allowed(host, any), 'sys/product/G1/status', false)
    const again = await allowed(host, any)
    expect(await host.authorizeSubscribe(again, 'thing/product/G2/services')).toMatchObject({
      reason: 'other_gateway',
    })
    expect(await host.authorizeSubscribe(again, 'thing/product/G1/services')).toEqual({ allow: true })
    expect(again.gateway).toBe('G1')
  })

  it('is not bound to a serial number that another workspace owns', async () => {
    await devices.claim('G2', 'W2')
    const host = createBrokerHost(parts)
    const who = await allowed(host, any)
    expect(await host.authorizePublish(who, 'sys/product/G2/status', false)).toEqual({
      allow: false,
      reason: 'other_workspace',
    })
    expect(await host.authorizePublish(who, 'sys/product/G1/status', false)).toEqual({ allow: true })
  })

  it('is bound by its will', async () => {
    const host = createBrokerHost(parts)
    const will = { topic: 'sys/product/G1/status', qos: 0 as const, retain: false }
    expect(await allowed(host, { ...any, will })).toMatchObject({ gateway: 'G1' })
  })

  it('is refused while the store fails, and the next try works', async () => {
    const host = createBrokerHost(parts)
    const who = await allowed(host, any)
    devices.trouble = new Error('store down')
    expect(await host.authorizePublish(who, 'sys/product/G1/status', false)).toEqual({
      allow: false,
      reason: 'unavailable',
    })
    devices.trouble = null
    expect(await host.authorizePublish(who, 'sys/product/G1/status', false)).toEqual({ allow: true })
  })
})

it('passes messages on, and survives errors in their handling', async () => {
  const heard: InboundMessage[] = []
  const message = { topic: 't', payload: new Uint8Array(), principal: principal('G1') }
  createBrokerHost({ ...parts, onMessage: (one) => void heard.push(one) }).received(message)
  expect(heard).toEqual([message])
  createBrokerHost({
    ...parts,
    onMessage: () => {
      throw new Error('bug')
    },
  }).received(message)
  createBrokerHost({ ...parts, onMessage: () => Promise.reject(new Error('bug')) }).received(message)
})

describe('a static account', () => {
  const OLD = { username: 'JavaServer', password: 'obviously-fake', workspace: 'W1' }
  const FEW = { username: 'few', password: 'also-fake', workspace: 'W2', gateways: ['G7'] }
  const yes = { allow: true }
  const no = (reason: string) => ({ allow: false, reason })
  let host: ReturnType<typeof createBrokerHost>
  let legacy: ReturnType<typeof createLegacyAccounts>
  const hostWith = (accounts: typeof legacy, more: Partial<BrokerHostParts> = {}) =>
    createBrokerHost({
      ...{ ...parts, legacy: accounts, ...more },
      verifyCredential: withLegacy(accounts, parts.verifyCredential),
    })
  beforeEach(() => {
    legacy = createLegacyAccounts([OLD, FEW])
    host = hostWith(legacy)
  })

  let count = 0
  /** A connection on the account, as a broker tells of it. */
  async function enter(clientId: string, account: object = OLD) {
    const who = await allowed(host, { clientId, ...account })
    count += 1
    const made = { id: `L${count}`, clientId, address: '', principal: who }
    host.connected(made)
    return {
      who,
      made,
      status: (serial: string) => host.authorizePublish(who, `sys/product/${serial}/status`, false),
    }
  }

  it('is bound to the first controller that its connection publishes for', async () => {
    const first = await enter('G1')
    expect(first.who).toMatchObject({ kind: 'legacy', workspaceId: 'W1', gateway: null })
    expect(await first.status('G1')).toEqual(yes)
    expect(registry.get('G1')).toMatchObject({ connected: true, workspaceId: 'W1', sessionId: '' })
    expect(await first.status('G2')).toEqual(no('foreign'))
    expect(bindings.calls).toEqual([])
    host.disconnected(first.made)
    expect(registry.get('G1')).toMatchObject({ connected: false })
  })

  it('separates its controllers: a connected one cannot be taken over', async () => {
    const first = await enter('G1')
    const second = await enter('G2')
    await first.status('G1')
    expect(await second.status('G1')).toEqual(no('in_use'))
    expect(second.who.gateway).toBeNull()
    expect(await second.status('G2')).toEqual(yes)
    expect(await first.status('G2')).toEqual(no('foreign'))
  })

  it('lets a controller reconnect beside its half-open connection, by its client id', async () => {
    const first = await enter('G1')
    await first.status('G1')
    const again = await enter('G1')
    expect(await again.status('G1')).toEqual(yes)
    host.disconnected(first.made)
    expect(registry.get('G1')).toMatchObject({ connected: true })
  })

  it('does not take a controller that is connected with its own credentials', async () => {
    const own = await allowed(host)
    host.connected(connection(own))
    const old = await enter('G1')
    expect(await old.status('G1')).toEqual(no('in_use'))
  })

  it('loses a controller that connects with its own credentials', async () => {
    const old = await enter('G1')
    await old.status('G1')
    host.connected(connection(await allowed(host)))
    expect(old.who.gateway).toBeNull()
    expect(await old.status('G1')).toEqual(no('in_use'))
    expect(host.authorizeForward(old.who, 'thing/product/G1/services')).toBe(false)
    expect(registry.get('G1')).toMatchObject({ connected: true, sessionId: 'S1' })
    // It was never gone in between.
    expect(events.of('gateway.offline')).toEqual([])
  })

  it('does not reach a controller of another workspace', async () => {
    await devices.claim('G1', 'W9')
    const old = await enter('G1')
    expect(await old.status('G1')).toEqual(no('other_workspace'))
    expect(await host.authorizeSubscribe(old.who, 'thing/product/G1/services')).toEqual(no('other_workspace'))
    expect(await devices.holder('G1')).toBe('W9')
  })

  it('with a list, works for the controllers of the list', async () => {
    const old = await enter('G7', FEW)
    expect(await old.status('G8')).toEqual(no('not_listed_gateway'))
    expect(await devices.holder('G8')).toBeNull()
    expect(await old.status('G7')).toEqual(yes)
    expect(await devices.holder('G7')).toBe('W2')
  })

  it('with a wrong password is refused, even if anonymous clients are allowed', async () => {
    const open = hostWith(legacy, { anonymous: { workspaceId: 'W7' } })
    for (const one of [host, open])
      for (const password of ['wrong', '', undefined])
        expect(await one.authenticate(attempt({ username: 'JavaServer', password }))).toEqual(
          no('bad_credentials'),
        )
    // As is one that has been removed from the options.
    const later = hostWith(createLegacyAccounts([FEW]))
    expect(await later.authenticate(attempt(OLD))).toEqual(no('bad_credentials'))
    expect([await later.isKnown('JavaServer'), await host.isKnown('JavaServer')]).toEqual([false, true])
  })

  it('reports each controller once, and counts those that still use it', async () => {
    await (await enter('G1')).status('G1')
    await (await enter('G1')).status('G1')
    await (await enter('G2')).status('G2')
    expect(events.of('gateway.legacy')).toEqual(
      ['G1', 'G2'].map((gateway) => ({
        workspaceId: 'W1',
        gateway,
        username: 'JavaServer',
        at: clock.now(),
      })),
    )
    expect(legacy.uses()[0]).toMatchObject({ gateways: 2 })
    host.connected(connection(await allowed(host)))
    expect(legacy.uses()[0]).toMatchObject({ gateways: 1 })
  })

  it('is identified by user name and client id, for brokers that name nothing else', async () => {
    const first = await host.identify('JavaServer', 'G1')
    expect(first).toMatchObject({ kind: 'legacy', gateway: 'G1', workspaceId: 'W1' })
    expect(await host.identify('JavaServer', 'G1')).toBe(first)
    expect(await host.identify('JavaServer', 'G2')).toMatchObject({ gateway: 'G2' })
    await devices.claim('G3', 'W9')
    for (const clientId of ['G3', 'a/b', '', undefined])
      expect(await host.identify('JavaServer', clientId)).toBeNull()
    expect(await host.identify('few', 'G1')).toBeNull()
    // One that is there with credentials of its own is not thrown off by its client id.
    const made = connection(await allowed(host))
    host.connected(made)
    expect(await host.identify('JavaServer', 'G1')).toBeNull()
    host.disconnected(made)
    expect(await host.identify('JavaServer', 'G1')).toMatchObject({ gateway: 'G1' })
  })
})
