// With loginRateLimit: false the limits of plugins are in the memory of each process: several processes must not start so.
import { afterEach, expect, it, vi } from 'vitest'
import { createDjiCloud, redisBus, redisDevices, redisSessions } from '../../src/index.ts'
import { definePlugin, route } from '../../src/plugin.ts'
import { testUsers } from '../support/accounts.ts'
import { idleBroker } from '../support/idle-broker.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const limit = { attempts: 2, windowSeconds: 60 }
const row = (more: object) =>
  route({ method: 'GET', path: '/counted/row', guard: 'public', handle: () => null, ...more })

it.each([
  ['a row with rateLimit', () => ({ routes: [row({ rateLimit: limit })] })],
  [
    'context.rateLimit',
    (context: { rateLimit(name: string, given: typeof limit): unknown }) => {
      context.rateLimit('guesses', limit)
      return { routes: [row({})] }
    },
  ],
])('%s is a start-up fault that names the plugin and the fix', (_name, setup) => {
  vi.stubEnv('pm_id', '0')
  vi.stubEnv('instances', '4')
  const url = 'redis://127.0.0.1:1'
  const start = () =>
    createDjiCloud({
      environment: 'production',
      secret: 'an obviously fake secret for these tests only',
      publicUrl: 'https://drones.example.com',
      mqtt: { url: 'ssl://mqtt.example.com:8883' },
      license: { appId: '100001', appKey: 'fake-app-key', appLicense: 'fake-license' },
      users: testUsers(),
      broker: idleBroker(),
      sessions: redisSessions({ url }),
      devices: redisDevices({ url }),
      bus: redisBus({ url }),
      logger: false,
      loginRateLimit: false,
      plugins: [
        definePlugin({ id: 'free', setup: () => ({}) }),
        definePlugin({ id: 'counted', setup: setup as never }),
      ],
    })
  expect(start).toThrow(
    /1 fault in its options\n.*loginRateLimit: is false, and the plugin counted has limits.*redisRateLimitStore/,
  )
})
