import { Redis } from 'ioredis'
import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { redisDevices } from '../../../src/adapters/devices/redis.ts'
import { sqlDevices } from '../../../src/adapters/devices/sql.ts'
import { redisSessions } from '../../../src/adapters/sessions/redis.ts'
import { sqlSessions } from '../../../src/adapters/sessions/sql.ts'
import { type SqlUserStore, sqlUsers } from '../../../src/adapters/users/sql.ts'
import type { DeviceStore, SessionStore } from '../../../src/core/ports/index.ts'
import { freePort } from '../../support/server-binary.ts'
import type { ServerProcess } from '../../support/server-process.ts'
import { DAY, sessionOf } from '../../support/sessions.ts'
import { withPostgres, withRedis } from '../../support/stores.ts'

const SERIAL = 'RCFAKE00000001'
const GRACE = 30_000

interface Stores {
  readonly sessions: SessionStore
  readonly devices: DeviceStore
  readonly users?: SqlUserStore
}

withRedis('redis that goes away', (redis) => {
  const closing: { close?(): Promise<void> }[] = []
  afterEach(async () => {
    for (const store of closing.splice(0)) await store.close?.()
  })
  const stores = () => {
    const source = { url: redis().url }
    const made = { sessions: redisSessions(source), devices: redisDevices(source) }
    closing.push(made.sessions, made.devices)
    return made
  }
  const hang = async () => {
    redis().freeze()
    return async () => redis().thaw()
  }
  faults(redis, stores, 'SIGKILL', hang)

  test('a client of the host works too, and stays open', async () => {
    const client = new Redis(redis().url, { lazyConnect: true })
    const sessions = redisSessions({ client, prefix: 'elsewhere:' })
    const session = sessionOf(Date.now(), { id: 'with-client' })
    await sessions.create(session)
    await sessions.close?.()
    expect(await client.hget('elsewhere:session:{with-client}', 'username')).toBe(session.username)
    const ended = new Promise((resolve) => client.once('end', resolve))
    await client.quit()
    await ended
    await expect(sessions.get(session.id)).rejects.toThrow('The Redis client is closed.')
  })

  test('a client of the host that would wait for ever does not make a request wait', async () => {
    const client = new Redis(redis().url)
    const sessions = redisSessions({ client })
    await sessions.get('any')
    redis().freeze()
    try {
      await expect(fast(() => sessions.get('any'))).resolves.toBe('rejected in time')
    } finally {
      redis().thaw()
    }
    await expect.poll(() => sessions.get('any').catch(() => 'not yet')).toBeNull()
    await client.quit()
  })

  test('a script cache that was emptied is filled again', async () => {
    const { sessions } = stores()
    const client = new Redis(redis().url)
    const session = sessionOf(Date.now(), { id: 'flushed' })
    await sessions.create(session)
    await client.script('FLUSH')
    await expect(sessions.end(session.id, 'logout', Date.now())).resolves.toBe(true)
    await client.quit()
  })

  test("what is over is forgotten by Redis itself, by the caller's clock", async () => {
    const { sessions } = stores()
    const client = new Redis(redis().url)
    // A platform whose clock is a year behind still has its sessions for as long as they live.
    const now = Date.now() - 365 * DAY
    const session = sessionOf(now, { id: 'behind', createdAt: now, expiresAt: now + DAY, userId: 'late' })
    await sessions.create(session)
    await sessions.bindGateway(session.id, 'credential', SERIAL)
    await sessions.end(session.id, 'logout', now)
    expect(await sessions.get(session.id)).toMatchObject({ endReason: 'logout' })
    for (const key of await client.keys('*{behind}*')) {
      const life = await client.pttl(key)
      expect([key, life > DAY - 60_000 && life <= DAY]).toEqual([key, true])
    }
    expect(await client.zcard('dji-cloud:sessions:user:late')).toBe(0)

    const brief = sessionOf(Date.now(), { id: 'brief', createdAt: 0, expiresAt: 20, userId: 'brief' })
    await sessions.create(brief)
    await expect.poll(() => sessions.get('brief')).toBeNull()
    expect(await client.keys('*brief*')).toEqual([])
    await client.quit()
  })
})

withPostgres('postgresql that goes away', (node, postgres) => {
  const stores = () => {
    const source = { db: node() }
    return { sessions: sqlSessions(source), devices: sqlDevices(source), users: sqlUsers(source) }
  }
  // Each connection is a process of its own there; a lock makes them all hang.
  const hang = async () => {
    const db = node(1)
    await sql`begin`.execute(db)
    await sql`lock table dji_cloud_sessions, dji_cloud_devices in access exclusive mode`.execute(db)
    return async () => void (await sql`rollback`.execute(db))
  }
  faults(postgres, stores, 'SIGQUIT', hang)
})

describe('a Redis that never was', () => {
  test('rejects fast, and does not end the process', async () => {
    const sessions = redisSessions({ url: `redis://127.0.0.1:${await freePort()}` })
    await expect(fast(() => sessions.get('any'))).resolves.toBe('rejected in time')
    await sessions.close?.()
    await expect(sessions.get('any')).rejects.toThrow('The Redis store is closed.')
  })
})

/** @param hang makes the server answer nothing, until what it returns is called */
function faults(
  server: () => ServerProcess,
  stores: () => Stores,
  kill: NodeJS.Signals,
  hang: () => Promise<() => Promise<void>>,
): void {
  const everyMethod = ({ sessions, devices, users }: Stores, id: string): (() => Promise<unknown>)[] => {
    const now = Date.now()
    const next = { tokenId: 'never', issuedAt: now, expiresAt: now + DAY }
    return [
      () => sessions.create(sessionOf(now, { id: 'never' })),
      () => sessions.get(id),
      () => sessions.rotate(id, 'token-2', next, now, GRACE),
      () => sessions.end(id, 'revoked', now),
      () => sessions.list({ id }, now),
      () => sessions.list({ userId: 'user-1' }, now),
      () => sessions.bindGateway(id, 'credential-2', SERIAL),
      () => devices.claim(SERIAL, 'somebody else'),
      () => devices.release(SERIAL, 'me'),
      () => devices.holder(SERIAL),
      ...(users === undefined
        ? []
        : [() => users.authenticate({ username: 'amelia', password: 'any' }), () => users.findById('any')]),
    ]
  }

  test('killed: every method rejects fast; started again: all of them work, and nothing is lost', async () => {
    const all = stores()
    const { sessions, devices } = all
    const session = sessionOf(Date.now(), { id: `killed-${kill}` })
    await sessions.create(session)
    await sessions.bindGateway(session.id, 'credential-1', SERIAL)
    await devices.claim(SERIAL, 'me')

    await server().stop(kill)
    const answers = await Promise.all(everyMethod(all, session.id).map(fast))
    expect(new Set(answers)).toEqual(new Set(['rejected in time']))

    await server().start()
    await expect
      .poll(() => sessions.get(session.id).catch(() => 'not yet'), { timeout: 10_000 })
      .toEqual(session)
    expect(await sessions.bindGateway(session.id, 'credential-1', 'RCFAKE00000002')).toBe(SERIAL)
    expect(await devices.claim(SERIAL, 'somebody else')).toBe('me')
    expect(await sessions.list({ userId: session.userId }, Date.now())).toEqual([session])
    // Nothing that was rejected is carried out late.
    expect(await sessions.get('never')).toBeNull()
    const now = Date.now()
    const next = { tokenId: 'token-3', issuedAt: now, expiresAt: now + DAY }
    expect(await sessions.rotate(session.id, session.tokenId, next, now, GRACE)).toMatchObject({
      outcome: 'rotated',
    })
    expect(await sessions.end(session.id, 'logout', now)).toBe(true)
    await devices.release(SERIAL, 'me')
  })

  test('hanging: every method rejects fast, and works when the server goes on', async () => {
    const all = stores()
    const session = sessionOf(Date.now(), { id: `hanging-${kill}` })
    await all.sessions.create(session)
    const goOn = await hang()
    try {
      // Only such as change nothing: what a hanging server has received, it does when it goes on.
      const readers = [() => all.sessions.get(session.id), () => all.devices.holder(SERIAL)]
      const answers = await Promise.all(readers.map(fast))
      expect(new Set(answers)).toEqual(new Set(['rejected in time']))
    } finally {
      await goOn()
    }
    await expect
      .poll(() => all.sessions.get(session.id).catch(() => 'not yet'), { timeout: 10_000 })
      .toEqual(session)
  })
}

/** What became of it within the time that a request may hang on a store; a busy machine gets one second more. */
async function fast(work: () => Promise<unknown>): Promise<string> {
  const start = performance.now()
  const outcome = await work().then(
    () => 'answered',
    () => 'rejected',
  )
  const took = performance.now() - start
  return took < 3000 ? `${outcome} in time` : `${outcome} after ${took} ms`
}
