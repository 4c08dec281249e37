import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import type { AedesPublish } from '../../../src/adapters/brokers/embedded/aedes.ts'
import { redisStore } from '../../../src/adapters/brokers/embedded/redis-store.ts'
import { startBroker } from '../../support/mqtt-broker.ts'
import { packetClient } from '../../support/mqtt-packets.ts'
import { withRedis } from '../../support/stores.ts'

const limits = {
  sessionsPerGateway: 2,
  sessionsPerWorkspace: 3,
  sessionsPerAccount: 4,
  queuedBytesPerGateway: 1_000,
  queuedBytesPerWorkspace: 1_500,
}
const nobody = (): boolean => false
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

withRedis('sessions in Redis', (redis) => {
  async function open() {
    const conn = new Redis(redis().url)
    closers.push(() => conn.disconnect())
    await conn.flushall()
    const stored: AedesPublish[] = []
    const persistence = {
      outgoingClearMessageId: async () => undefined,
      incomingStorePacket: async (_: unknown, packet: AedesPublish) => void stored.push(packet),
    }
    // Only these two of its methods are replaced.
    return { conn, stored, persistence, store: redisStore(persistence as never, conn, limits) }
  }

  test('too many of a gateway, or of a workspace: the first to end goes, unless it is connected', async () => {
    const { store } = await open()
    const { ledger } = store
    expect(await ledger.keep('W/G1/a', 10, nobody)).toEqual([])
    expect(await ledger.keep('W/G1/b', 5, nobody)).toEqual([])
    expect(await ledger.keep('W/G1/c', 20, (id) => id === 'W/G1/b')).toEqual(['W/G1/a'])
    await ledger.forget('W/G1/a')
    expect(await ledger.keep('W/G2/a', 30, nobody)).toEqual([])
    expect(await ledger.keep('W/G3/a', 30, nobody)).toEqual(['W/G1/b'])
    expect(await ledger.due(19)).toEqual(['W/G1/b'])
  })

  test('bytes have quotas, and come back with what was delivered and with the end of a session', async () => {
    const { conn, store } = await open()
    const { ledger } = store
    for (const id of ['W/G1/a', 'W/G1/b', 'W/G2/a']) await ledger.keep(id, 10, nobody)
    expect(await ledger.reserve('W/G1/a', 600)).toBe(true)
    expect(await ledger.reserve('W/G1/b', 500)).toBe(false)
    expect(await ledger.reserve('W/G2/a', 1_000)).toBe(false)
    expect(await ledger.reserve('V/G1/a', 1_000)).toBe(true)
    await ledger.release('W/G1/a', 100)
    expect(await ledger.reserve('W/G1/b', 500)).toBe(true)
    // Never more than it has.
    await ledger.release('W/G1/b', 9_999)
    await ledger.forget('W/G1/a')
    await ledger.forget('V/G1/a')
    expect(await conn.hgetall('mqtt-queued')).toEqual({})
  })

  test('a shared account has a limit for all its sessions, and one for those of a gateway, which take their bytes along', async () => {
    const { conn, store } = await open()
    const { ledger } = store
    const [a, b, c, d, e] = [
      'legacy/old/a',
      'legacy/old/b',
      'legacy/old/c',
      'legacy/old/d',
      'legacy/old/e',
    ] as const
    for (const [endsAt, id] of [a, b, c].entries()) expect(await ledger.keep(id, endsAt, nobody)).toEqual([])
    await ledger.reserve(a, 600)
    expect(await ledger.keep(a, 1, nobody, 'G1')).toEqual([])
    expect(await ledger.keep(b, 2, nobody, 'G1')).toEqual([])
    // Tied once is tied: its subscriptions are still stored.
    expect(await ledger.keep(b, 2, nobody)).toEqual([])
    expect(await ledger.reserve(b, 500)).toBe(false)
    expect(await ledger.keep(c, 3, nobody, 'G1')).toEqual([a])
    await ledger.forget(a)
    expect(await ledger.reserve(b, 500)).toBe(true)
    await ledger.keep(d, 4, nobody)
    await ledger.keep(e, 5, nobody)
    expect(await ledger.keep('legacy/old/f', 6, nobody)).toEqual([b])
    expect(await ledger.keep('legacy/other/a', 7, nobody)).toEqual([])
    for (const id of [b, c, d, e, 'legacy/old/f', 'legacy/other/a']) await ledger.forget(id)
    expect(await conn.keys('*')).toEqual([])
  })

  test('of an unreleased QoS 2 message its id is kept', async () => {
    const { stored, persistence, store, conn } = await open()
    const packet = { cmd: 'publish', topic: 't', payload: Buffer.alloc(1_000), qos: 2, messageId: 7 } as const
    await persistence.incomingStorePacket({ id: 'W/G1/a' }, packet)
    expect(stored).toMatchObject([{ messageId: 7, payload: new Uint8Array(0) }])
    await conn.hset('incoming:W%2FG1%2Fa', 7, 'x')
    expect([...(await store.unreleased('W/G1/a'))]).toEqual([7])
    await store.dropUnreleased('W/G1/a')
    expect([...(await store.unreleased('W/G1/a'))]).toEqual([])
  })

  test('at a broker: a session keeps what there is room for, and one that is one too many leaves nothing behind', async () => {
    const { conn } = await open()
    const broker = await startBroker({
      options: { redis: redis().url, limits: { queuedBytesPerGateway: 20_000, sessionsPerGateway: 1 } },
    })
    closers.push(() => broker.stop())
    const own = 'thing/product/G1/services'
    const visit = async (clientId: string): Promise<void> => {
      const client = await packetClient(broker.tcpPort, 'G1', { clientId, clean: false, protocolVersion: 4 })
      await client.subscribe(own)
      await client.cut()
    }
    await visit('a')
    for (let count = 0; count < 50; count += 1)
      await broker.adapter.publish({ topic: own, payload: 'x'.repeat(1_000), qos: 1 })
    const waiting = await conn.llen('outgoing:W1%2FG1%2Fa')
    expect(waiting).toBeGreaterThan(5)
    expect(waiting).toBeLessThan(20)
    await visit('b')
    // The count of its bytes goes last.
    while ((await conn.hlen('mqtt-queued')) > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await conn.exists('outgoing:W1%2FG1%2Fa', 'client:W1%2FG1%2Fa')).toBe(0)
    expect(await conn.call('ZRANGE', 'mqtt-sessions', 0, -1)).toEqual(['W1/G1/b'])
  })
})
