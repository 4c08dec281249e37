import { describe, expect, it } from 'vitest'
import {
  isDjiCloudError,
  migrateSql,
  redisBus,
  redisDevices,
  redisRateLimitStore,
  redisSessions,
  sqlDevices,
  sqlSessions,
  sqlUsers,
} from '../../../src/index.ts'

const url = 'redis://user:hidden@127.0.0.1:1'

describe('the options of a store', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'nothing',
      () => redisRateLimitStore(undefined as never),
      /redisRateLimitStore: needs an object with client or url/,
    ],
    ['nothing of use', () => redisSessions({} as never), /redisSessions: needs client or url/],
    ['both', () => redisDevices({ client: {}, url } as never), /redisDevices: needs client or url, not both/],
    [
      'a slip',
      () => redisSessions({ url, prefx: 'x' } as never),
      /redisSessions\.prefx: is not an option; did you mean "prefix"/,
    ],
    [
      'an address of something else',
      () => redisBus({ url: 'http://127.0.0.1' }),
      /redisBus\.url: needs redis:/,
    ],
    ['a time that is none', () => redisBus({ url, timeoutMs: 0 }), /redisBus\.timeoutMs: needs milliseconds/],
    [
      'a client that is none',
      () => redisBus({ client: url } as never),
      /redisBus\.client: needs an ioredis client/,
    ],
    ['an address for SQL', () => sqlSessions({ url } as never), /sqlSessions: needs db/],
    ['a pool for SQL', () => sqlDevices({ db: {} } as never), /sqlDevices\.db: needs a Kysely instance/],
    ['nothing for users', () => sqlUsers({} as never), /sqlUsers: needs db/],
  ])('%s is refused when the store is made', (_what, make, words) => {
    let thrown: unknown
    try {
      make()
    } catch (error) {
      thrown = error
    }
    expect(isDjiCloudError(thrown) && thrown.code).toBe('OPTIONS')
    expect((thrown as Error).message).toMatch(words)
    expect((thrown as Error).message).not.toContain('hidden')
  })

  it('is also checked before tables are made', async () => {
    await expect(migrateSql({ dbb: {} } as never)).rejects.toThrow('did you mean "db"')
  })

  it('may contain undefined, as a settings file gives it', () => {
    expect(() => redisSessions({ url, prefix: undefined } as never)).not.toThrow()
  })
})
