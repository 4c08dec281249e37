import mqttPacket, { type Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import type { AedesPublish } from '../../../src/adapters/brokers/embedded/aedes.ts'
import { memoryLedger, memoryQueues } from '../../../src/adapters/brokers/embedded/memory-store.ts'
import { DEFAULT_LIMITS } from '../../../src/adapters/brokers/embedded/options.ts'
import { publishSize } from '../../../src/adapters/brokers/embedded/packet-size.ts'
import { costOf, holdersOf } from '../../../src/adapters/brokers/embedded/session-store.ts'
import { boundSessions } from '../../../src/adapters/brokers/embedded/sessions.ts'
import { silentLogger } from '../../../src/core/ports/index.ts'

const limits = {
  sessionsPerGateway: 2,
  sessionsPerWorkspace: 3,
  sessionsPerAccount: 4,
  queuedBytesPerGateway: 1_000,
  queuedBytesPerWorkspace: 1_500,
}
const nobody = (): boolean => false

describe('the ledger', () => {
  it.each([
    ['W/G1/client', null, 'W', 'W/G1', false],
    ['W/~S1.any/client', null, 'W', 'W/~S1.any', false],
    ['W/~S1.any/client', 'G1', 'W', 'W/G1', false],
    // Many controllers share them.
    ['anonymous/client', null, 'anonymous', 'anonymous/client', true],
    ['anonymous/client', 'G1', 'anonymous', 'anonymous//G1', true],
    ['legacy/account/client', null, 'legacy/account', 'legacy/account/client', true],
    ['legacy/account/client', 'G1', 'legacy/account', 'legacy/account//G1', true],
  ])('knows who holds %s, tied to %s', (id, gateway, workspace, owner, isShared) => {
    expect(holdersOf(id, gateway)).toEqual({ workspace, owner, isShared })
  })

  const ids = (prefix: string): string[] => Array.from({ length: 2_000 }, (_, count) => `${prefix}${count}`)
  it.each([
    ['a static account', ids('legacy/old/c'), null, 1_000],
    ['a static account, for one gateway', ids('legacy/old/c'), 'G1', 16],
    ['anonymous clients', ids('anonymous/c'), null, 1_000],
    ['anonymous clients, for one gateway', ids('anonymous/c'), 'G1', 16],
    ['a gateway', ids('W/G1/c'), 'G1', 16],
    ['a credential that is not tied', ids('W/~S1.any/c'), null, 16],
    ['many credentials, tied to one gateway later', ids('W/~S').map((id) => `${id}/c`), 'G1', 16],
  ])('with its default limits keeps few sessions of %s', (_, all, gateway, most) => {
    const ledger = memoryLedger(DEFAULT_LIMITS)
    for (const [endsAt, id] of all.entries()) {
      for (const tied of [null, gateway])
        for (const ended of ledger.keep(id, endsAt, nobody, tied) as string[]) ledger.forget(ended)
    }
    expect(ledger.size()).toBe(most)
  })

  it('a static account ends no session of another account, or of a gateway with its own credentials', () => {
    const ledger = memoryLedger(limits)
    for (const id of ['W/G1/a', 'W/G1/b', 'legacy/other/a']) ledger.keep(id, 1, nobody, 'G1')
    const ended: string[] = []
    for (const id of ids('legacy/old/c').slice(0, 20)) {
      for (const one of ledger.keep(id, 10, nobody, 'G1') as string[]) {
        ledger.forget(one)
        ended.push(one)
      }
    }
    expect(ended).toHaveLength(18)
    expect(ended.every((id) => id.startsWith('legacy/old/'))).toBe(true)
  })

  it('a session that is tied stays so, and takes its bytes along', () => {
    const ledger = memoryLedger(limits)
    for (const id of ['legacy/old/a', 'legacy/old/b']) ledger.keep(id, 10, nobody)
    expect(ledger.reserve('legacy/old/a', 600)).toBe(true)
    for (const id of ['legacy/old/a', 'legacy/old/b']) ledger.keep(id, 10, nobody, 'G1')
    ledger.keep('legacy/old/b', 20, nobody)
    expect(ledger.reserve('legacy/old/b', 500)).toBe(false)
    ledger.forget('legacy/old/a')
    expect(ledger.reserve('legacy/old/b', 1_000)).toBe(true)
    ledger.forget('legacy/old/b')
    expect(ledger.size()).toBe(0)
  })

  it('ends the first to end of a gateway that has too many, never one that is connected', () => {
    const ledger = memoryLedger(limits)
    expect(ledger.keep('W/G1/a', 10, nobody)).toEqual([])
    expect(ledger.keep('W/G1/b', 5, nobody)).toEqual([])
    expect(ledger.keep('W/G1/c', 20, nobody)).toEqual(['W/G1/b'])
    expect(ledger.keep('W/G1/d', 20, (id) => id === 'W/G1/b')).toEqual(['W/G1/a'])
  })

  it('of a workspace that has too many, those of the gateway that asks go first', () => {
    const ledger = memoryLedger(limits)
    for (const [id, endsAt] of [
      ['W/G1/a', 10],
      ['W/G2/a', 5],
      ['W/G3/a', 20],
    ] as const)
      ledger.keep(id, endsAt, nobody)
    expect(ledger.keep('W/G1/b', 30, nobody)).toEqual(['W/G1/a'])
    ledger.forget('W/G1/a')
    expect(ledger.keep('W/G4/a', 30, nobody)).toEqual(['W/G2/a'])
    expect(ledger.keep('V/G5/a', 30, nobody)).toEqual([])
  })

  it.each([
    ['bytes of one gateway, whichever of its sessions', 'W/G1/b', 500, false],
    ['bytes of one workspace', 'W/G2/a', 1_000, false],
    ['room that is left', 'W/G2/a', 900, true],
    ['another workspace', 'V/G1/a', 1_000, true],
    ['a session that is not there', 'W/G1/x', 1, false],
  ])('has quotas: %s', (_, id, bytes, expected) => {
    const ledger = memoryLedger(limits)
    for (const one of ['W/G1/a', 'W/G1/b', 'W/G2/a', 'V/G1/a']) ledger.keep(one, 10, nobody)
    expect(ledger.reserve('W/G1/a', 600)).toBe(true)
    expect(ledger.reserve(id, bytes)).toBe(expected)
  })

  it('gives room back: what was delivered, and all of a session that ends', () => {
    const ledger = memoryLedger(limits)
    for (const one of ['W/G1/a', 'W/G1/b']) ledger.keep(one, 10, nobody)
    ledger.reserve('W/G1/a', 1_000)
    ledger.release('W/G1/a', 400)
    expect(ledger.reserve('W/G1/b', 400)).toBe(true)
    ledger.forget('W/G1/a')
    expect(ledger.reserve('W/G1/b', 600)).toBe(true)
    ledger.forget('W/G1/b')
    expect(ledger.size()).toBe(0)
  })
})

const message = (counter: number, payload = 'x', qos: 1 | 2 = 1): AedesPublish => ({
  cmd: 'publish',
  topic: 'thing/product/G1/services',
  payload: Buffer.from(payload),
  qos,
  brokerId: 'B',
  brokerCounter: counter,
})

describe('the queues of one process', () => {
  const collect = async (queues: ReturnType<typeof memoryQueues>, id: string): Promise<AedesPublish[]> =>
    queues.outgoingStream({ id }).toArray() as Promise<AedesPublish[]>

  it('keep a message until it is acknowledged, by its id', async () => {
    const freed: number[] = []
    const queues = memoryQueues((_, bytes) => freed.push(bytes))
    await queues.outgoingEnqueueCombi([{ clientId: 'a' }], message(1))
    await queues.outgoingEnqueueCombi([{ clientId: 'a' }], message(2))
    await queues.outgoingUpdate({ id: 'a' }, { ...message(1), messageId: 7 })
    expect(
      (await collect(queues, 'a')).map(({ messageId, brokerCounter }) => [brokerCounter, messageId]),
    ).toEqual([
      [1, 7],
      [2, undefined],
    ])
    await queues.outgoingClearMessageId({ id: 'a' }, { ...message(0), messageId: 7 })
    expect((await collect(queues, 'a')).map(({ brokerCounter }) => brokerCounter)).toEqual([2])
    expect(freed).toEqual([costOf(message(1))])
  })

  // aedes took out the first that had no id, whichever it was.
  it('take out the one that is not to be delivered, not another', async () => {
    const queues = memoryQueues(() => undefined)
    for (const counter of [1, 2, 3]) await queues.outgoingEnqueueCombi([{ clientId: 'a' }], message(counter))
    await queues.outgoingClearMessageId({ id: 'a' }, message(2))
    expect((await collect(queues, 'a')).map(({ brokerCounter }) => brokerCounter)).toEqual([1, 3])
  })

  it('keep PUBREL in the place of its message, and free what that took', async () => {
    let freed = 0
    const queues = memoryQueues((_, bytes) => {
      freed += bytes
    })
    await queues.outgoingEnqueueCombi([{ clientId: 'a' }], message(1, 'x'.repeat(500), 2))
    await queues.outgoingUpdate({ id: 'a' }, { ...message(1), messageId: 7 })
    await queues.outgoingUpdate({ id: 'a' }, { cmd: 'pubrel', messageId: 7 } as AedesPublish)
    expect(freed).toBeGreaterThan(500)
    expect(await collect(queues, 'a')).toMatchObject([{ cmd: 'pubrel', messageId: 7 }])
    queues.drop('a')
    expect(freed).toBe(costOf(message(1, 'x'.repeat(500), 2)))
    expect(queues.size()).toBe(0)
  })

  it('hold on to the bytes of a message alone, not to all that arrived with it', async () => {
    const queues = memoryQueues(() => undefined)
    const chunk = Buffer.alloc(65_536)
    await queues.outgoingEnqueueCombi([{ clientId: 'a' }], { ...message(1), payload: chunk.subarray(0, 10) })
    const [kept] = await collect(queues, 'a')
    expect(kept?.payload).toHaveProperty('buffer.byteLength', 10)
  })

  it('keep no more of an unreleased QoS 2 message than its id, and nothing of one that was released', async () => {
    const queues = memoryQueues(() => undefined)
    const packet = { ...message(1, 'x'.repeat(1_000), 2), messageId: 3 }
    await expect(queues.incomingGetPacket({ id: 'a' }, packet)).rejects.toThrow()
    await queues.incomingStorePacket({ id: 'a' }, packet)
    expect(await queues.incomingGetPacket({ id: 'a' }, packet)).toEqual({ messageId: 3 })
    await queues.incomingDelPacket({ id: 'a' }, packet)
    expect(queues.size()).toBe(0)
  })
})

describe('sessions', () => {
  /** Everything in memory, and a clock by hand. */
  function stage() {
    let now = 1_700_000_000_000
    const live = new Map<string, object>()
    const ledger = memoryLedger({ ...limits, queuedBytesPerGateway: 10_000, queuedBytesPerWorkspace: 20_000 })
    const queues = memoryQueues(ledger.release)
    const cleaned: string[] = []
    const { drop, dropUnreleased, unreleased, ...methods } = queues
    const persistence = {
      ...methods,
      cleanSubscriptions: async ({ id }: { id: string }) => void cleaned.push(id),
    }
    const sessions = boundSessions({
      // The rest of it is not called.
      persistence: persistence as never,
      store: { ledger, drop, dropUnreleased, unreleased: async (id) => unreleased(id) },
      limits: { sessionSeconds: 7 * 24 * 3_600 },
      isLive: (id) => live.has(id),
      liveClients: () => [...live.values()] as never,
      gatewayOf: () => null,
      now: () => now,
      logger: silentLogger,
    })
    return {
      ledger,
      queues,
      sessions,
      persistence,
      cleaned,
      live,
      pass: (ms: number) => {
        now += ms
      },
      async visit(id: string, more: object = {}) {
        const client = { id, version: 4, clean: false, ...more } as never
        live.set(id, client)
        await sessions.opened(client)
        live.delete(id)
        await sessions.left(client)
      },
    }
  }
  const DAY = 24 * 3_600_000

  it.each([
    ['MQTT 3.1.1', { version: 4 }, 7 * DAY],
    ['MQTT 3.1', { version: 3 }, 7 * DAY],
    ['MQTT 5', { version: 5, sessionExpiryInterval: 3_600 }, 3_600_000],
    ['MQTT 5, for ever', { version: 5, sessionExpiryInterval: 0xffff_ffff }, 7 * DAY],
  ])('end in time, with all that waits in them: %s', async (_, client, ms) => {
    const { sessions, visit, pass, queues, persistence, cleaned, ledger } = stage()
    await visit('W/G1/a', client)
    await persistence.outgoingEnqueueCombi([{ clientId: 'W/G1/a' }], message(1))
    await queues.incomingStorePacket({ id: 'W/G1/a' }, { ...message(2), messageId: 1 })
    pass(ms - 1)
    await sessions.sweep()
    expect(cleaned).toEqual([])
    expect(queues.size()).toBe(1)
    pass(1)
    await sessions.sweep()
    expect(cleaned).toEqual(['W/G1/a'])
    expect([queues.size(), ledger.size()]).toEqual([0, 0])
  })

  it('a connected one does not end', async () => {
    const { sessions, pass, cleaned, live } = stage()
    const client = { id: 'W/G1/a', version: 4, clean: false } as never
    live.set('W/G1/a', client)
    await sessions.opened(client)
    for (let day = 0; day < 30; day += 1) {
      pass(DAY)
      await sessions.sweep()
    }
    expect(cleaned).toEqual([])
  })

  it('a clean one leaves no unreleased messages behind', async () => {
    const { queues, visit } = stage()
    await queues.incomingStorePacket({ id: 'W/G1/a' }, { ...message(1), messageId: 1 })
    await visit('W/G1/a', { clean: true })
    expect(queues.size()).toBe(0)
  })

  it('one more than a gateway may have ends the oldest, and frees it', async () => {
    const { visit, pass, cleaned, queues, persistence } = stage()
    for (const id of ['W/G1/a', 'W/G1/b', 'W/G1/c']) {
      await visit(id)
      pass(1_000)
      await persistence.outgoingEnqueueCombi([{ clientId: id }], message(1))
    }
    expect(cleaned).toEqual(['W/G1/a'])
    expect(queues.size()).toBe(2)
  })

  it('keep what there is room for', async () => {
    const { visit, persistence, queues } = stage()
    await visit('W/G1/a')
    for (let count = 0; count < 100; count += 1)
      await persistence.outgoingEnqueueCombi([{ clientId: 'W/G1/a' }], message(count, 'x'.repeat(400)))
    const kept = await queues.outgoingStream({ id: 'W/G1/a' }).toArray()
    expect(kept).toHaveLength(Math.floor(10_000 / costOf(message(1, 'x'.repeat(400)))))
  })
})

describe('the size of a message on the wire', () => {
  it.each([
    {},
    {
      properties: {
        payloadFormatIndicator: true,
        messageExpiryInterval: 5,
        contentType: 'ü',
        responseTopic: 'a/b',
      },
    },
    { properties: { correlationData: Buffer.from('abc'), subscriptionIdentifier: 300 } },
    { properties: { userProperties: { a: 'b', c: ['d', 'e'] } } },
    { qos: 0 as const, payload: Buffer.alloc(200) },
    { payload: 'x'.repeat(20_000), properties: { userProperties: { long: 'y'.repeat(200) } } },
  ])('%j', (more) => {
    const packet = { ...message(1), ...more, messageId: 5, dup: false, retain: false }
    for (const version of [4, 5])
      expect(publishSize(packet, version)).toBe(
        mqttPacket.generate(packet as Packet, { protocolVersion: version }).length,
      )
  })
})
