import { expect, test } from 'vitest'
import { memoryDevices } from '../../../src/adapters/devices/memory.ts'
import { memorySessions } from '../../../src/adapters/sessions/memory.ts'
import { memoryRateLimitStore } from '../../../src/adapters/throttle/limiter.ts'
import { statusOf } from '../../../src/core/health/report.ts'
import { createVitals } from '../../../src/core/health/vitals.ts'
import type { Logger, SessionStore, UserStore } from '../../../src/core/ports/index.ts'
import { manualClock } from '../../support/clock.ts'

const ADA = {
  id: 'ada',
  username: 'ada',
  role: 'pilot',
  workspace: { id: '11111111-2222-4333-8444-555555555555', name: 'Fake', description: '' },
} as const

const IN_TIME = { status: 'up', lateMs: 0 } as const

function stage() {
  let away = false
  let asked = 0
  const clock = manualClock()
  const said: string[] = []
  const note = (_fields: object, message: string) => said.push(message)
  const logger: Logger = { debug: note, info: note, warn: note, error: note }
  const sessions = memorySessions()
  const gone = async <T>(work: () => Promise<T>): Promise<T> => {
    asked += 1
    if (away) throw Object.assign(new Error('secret words'), { code: 'ECONNREFUSED' })
    return work()
  }
  // A class with a private field: what is called on anything but the instance itself throws.
  class Users implements UserStore {
    readonly #user = ADA
    authenticate = () => gone(async () => this.#user)
    async findById() {
      return gone(async () => this.#user)
    }
  }
  const store: SessionStore = { ...sessions, get: (id) => gone(() => sessions.get(id)) }
  const bus = { publish: () => gone(async () => undefined), subscribe: async () => undefined }
  const vitals = createVitals(
    {
      users: new Users(),
      sessions: store,
      devices: memoryDevices(),
      rateLimitStore: memoryRateLimitStore(),
      bus,
    },
    { clock, logger },
  )
  return {
    clock,
    said,
    vitals,
    asked: () => asked,
    setAway(value: boolean) {
      away = value
    },
    status: () => statusOf('up', { ...vitals.parts(), load: IN_TIME }),
  }
}

test('a store that fails is down at once, with a code and without words; the next success is up', async () => {
  const { vitals, setAway, status, said } = stage()
  expect(status()).toBe('up')
  setAway(true)
  await expect(vitals.stores.sessions.get('x')).rejects.toThrow()
  expect(status()).toBe('down')
  expect(vitals.parts().stores.sessions).toMatchObject({ status: 'down', detail: 'ECONNREFUSED' })
  expect(JSON.stringify(vitals.parts())).not.toContain('secret')
  setAway(false)
  await vitals.stores.sessions.get('x')
  expect(status()).toBe('up')
  expect(vitals.parts().stores.sessions.detail).toBeUndefined()
  expect(said).toEqual([
    'The store of sessions cannot be reached. Check that it runs, and that its address is right.',
    'The store of sessions answers again.',
  ])
})

test('asking for health asks nobody; what is down is asked by the beat, every five seconds', async () => {
  const { vitals, setAway, status, asked, clock } = stage()
  await vitals.beat()
  setAway(true)
  await vitals.stores.sessions.get('x').catch(() => undefined)
  const before = asked()
  for (let index = 0; index < 100; index += 1) expect(status()).toBe('down')
  expect(asked()).toBe(before)
  clock.advance(4_000)
  await vitals.beat()
  expect(asked()).toBe(before)
  clock.advance(1_000)
  await vitals.beat()
  expect(asked()).toBe(before + 1)
  expect(status()).toBe('down')
  setAway(false)
  clock.advance(5_000)
  await vitals.beat()
  expect(status()).toBe('up')
})

test('a store that nobody uses is found down within half a minute', async () => {
  const { vitals, setAway, status, clock } = stage()
  await vitals.beat()
  expect(vitals.parts().stores.sessions.status).toBe('up')
  setAway(true)
  clock.advance(30_000)
  await vitals.beat()
  expect(status()).toBe('down')
})

test('users are asked for somebody whom the store has named, or for nobody', async () => {
  const { vitals, setAway, clock } = stage()
  const { users } = vitals.stores
  setAway(true)
  await users
    .authenticate({ username: 'ada', password: 'x' }, { role: 'pilot', address: '192.0.2.1', language: 'en' })
    .catch(() => undefined)
  expect(vitals.parts().stores.users.status).toBe('down')
  setAway(false)
  clock.advance(31_000)
  await vitals.beat()
  // It has named nobody: there is nothing to ask, and an old failure says nothing of today.
  expect(vitals.parts().stores.users.status).toBe('unknown')
  await users.authenticate(
    { username: 'ada', password: 'x' },
    { role: 'pilot', address: '192.0.2.1', language: 'en' },
  )
  setAway(true)
  clock.advance(31_000)
  await vitals.beat()
  expect(vitals.parts().stores.users.status).toBe('down')
  setAway(false)
  clock.advance(5_000)
  await vitals.beat()
  expect(vitals.parts().stores.users.status).toBe('up')
})

test('without the bus a node is degraded, not down; a counter of failed logins is watched as well', async () => {
  const { vitals, setAway, status } = stage()
  setAway(true)
  await vitals.bus?.publish('x').catch(() => undefined)
  expect(status()).toBe('degraded')
  await vitals.stores.rateLimitStore.counter('x', { attempts: 1, windowSeconds: 1 }).consume('k')
  expect(vitals.parts().stores.loginRateLimit.status).toBe('up')
})

test.each(['starting', 'down', 'stopped'] as const)('a broker that is %s has the first word', (status) => {
  expect(statusOf(status, { ...stage().vitals.parts(), load: IN_TIME })).toBe(status)
})

test('a broker that is degraded makes the node so, unless a store is down', async () => {
  const { vitals, setAway } = stage()
  expect(statusOf('degraded', { ...vitals.parts(), load: IN_TIME })).toBe('degraded')
  setAway(true)
  await vitals.stores.sessions.get('x').catch(() => undefined)
  expect(statusOf('degraded', { ...vitals.parts(), load: IN_TIME })).toBe('down')
})

test('an overloaded process makes the node degraded, unless a store is down', async () => {
  const { vitals, setAway } = stage()
  const load = { status: 'overloaded', lateMs: 2_000 } as const
  expect(statusOf('up', { ...vitals.parts(), load })).toBe('degraded')
  setAway(true)
  await vitals.stores.sessions.get('x').catch(() => undefined)
  expect(statusOf('up', { ...vitals.parts(), load })).toBe('down')
})
