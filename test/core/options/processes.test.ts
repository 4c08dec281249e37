import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../src/core/options/parse.ts'
import {
  limitFaultOf,
  processFaults,
  type Siblings,
  siblingsOf,
} from '../../../src/core/options/processes.ts'
import { warnings } from '../../../src/core/options/warnings.ts'
import {
  embeddedBroker,
  memoryBus,
  memoryDevices,
  memoryRateLimitStore,
  memorySessions,
  memoryShared,
  redisBus,
  redisDevices,
  redisRateLimitStore,
  redisSessions,
  redisShared,
} from '../../../src/index.ts'

const url = 'redis://127.0.0.1:1'
const WORKER: Siblings = { who: 'a worker of node:cluster' }
const SHARED = {
  sessions: redisSessions({ url }),
  devices: redisDevices({ url }),
  loginRateLimit: { store: redisRateLimitStore({ url }) },
  broker: embeddedBroker({ redis: url }),
  bus: redisBus({ url }),
}
const MEMORY = {
  sessions: memorySessions(),
  devices: memoryDevices(),
  loginRateLimit: { store: memoryRateLimitStore() },
  broker: embeddedBroker({ port: 0 }),
  bus: memoryBus()(),
}
const ALL = ['sessions', 'devices', 'loginRateLimit.store', 'broker', 'bus']

describe('the other processes of the app', () => {
  it.each([
    ['nobody', {}, null],
    ['a worker of node:cluster', { isClusterWorker: true }, WORKER],
    ['a worker thread', { isMainThread: false }, { who: 'a worker thread' }],
    ['PM2 with four', { env: { pm_id: '0', instances: '4' } }, { who: "one of PM2's 4 instances" }],
    [
      'PM2 with one for each core',
      { isClusterWorker: true, env: { pm_id: '2', instances: 'max' } },
      { who: "one of PM2's max instances" },
    ],
    [
      'PM2 with one, which its cluster mode runs as a worker',
      { isClusterWorker: true, env: { pm_id: '0', instances: '1', NODE_APP_INSTANCE: '0' } },
      null,
    ],
    [
      'PM2 with one, and another that `pm2 scale` has added',
      { isClusterWorker: true, env: { pm_id: '1', instances: '1', NODE_APP_INSTANCE: '1' } },
      { who: 'instance 1 of PM2' },
    ],
    ['PM2 in fork mode, without a count', { env: { pm_id: '0' } }, null],
    ['another program with such a variable', { env: { instances: '4' } }, null],
  ])('%s', (_who, facts, expected) => {
    const found = siblingsOf({ isClusterWorker: false, isMainThread: true, env: {}, ...facts })
    if (expected === null) expect(found).toBeNull()
    else expect(found).toMatchObject(expected)
  })
})

describe('what is in the memory of one process, if other processes run too', () => {
  it.each([
    ['nothing named', {}, ALL],
    ['memory, named', MEMORY, ALL],
    ['shared', SHARED, []],
    [
      'one forgotten',
      { ...SHARED, loginRateLimit: { store: memoryRateLimitStore() } },
      ['loginRateLimit.store'],
    ],
    ['nothing counted', { ...SHARED, loginRateLimit: false }, []],
  ])('%s', (_what, options, expected) => {
    expect(processFaults(parseOptions(options, {}), WORKER).map(({ option }) => option)).toEqual(expected)
    expect(processFaults(parseOptions(options, {}), null)).toEqual([])
  })

  it('includes the shared store, if a plugin needs one', () => {
    const plugin = (needs?: readonly 'shared'[]) => ({ id: 'codes', needs, setup: () => ({}) })
    const faults = (options: object) => processFaults(parseOptions({ ...SHARED, ...options }, {}), WORKER)
    expect(faults({ plugins: [plugin()] })).toEqual([])
    expect(faults({ plugins: [plugin(['shared'])], shared: redisShared({ url }) })).toEqual([])
    for (const shared of [undefined, memoryShared()])
      expect(faults({ plugins: [plugin(['shared'])], shared })).toMatchObject([
        { option: 'shared', fix: expect.stringMatching(/the plugin codes stores values.*redisShared/) },
      ])
  })

  it('includes the counts of a plugin, with loginRateLimit: false', () => {
    const codes = { id: 'codes', needs: ['shared'], setup: () => ({}) }
    const given = { ...SHARED, loginRateLimit: false, plugins: [codes], shared: redisShared({ url }) }
    expect(processFaults(parseOptions(given, {}), WORKER)).toMatchObject([
      {
        option: 'loginRateLimit',
        fix: expect.stringMatching(/plugin codes has limits.*redisRateLimitStore/),
      },
    ])
    expect(processFaults(parseOptions({ ...given, insecure: ['memory-stores'] }, {}), WORKER)).toEqual([])
    expect(processFaults(parseOptions(given, {}), null)).toEqual([])
  })

  it.each([
    ['production', { loginRateLimit: false }, WORKER, true],
    ['the only process', { loginRateLimit: false }, null, false],
    ['declared the only one', { loginRateLimit: false, insecure: ['memory-stores'] }, WORKER, false],
    ['development', { loginRateLimit: false, environment: 'development' }, WORKER, false],
    ['a store', { loginRateLimit: { store: redisRateLimitStore({ url }) } }, WORKER, false],
  ] as const)('a plugin with limits, %s', (_name, given, siblings, expected) => {
    const { loginRateLimit, insecure, environment } = {
      ...{ insecure: [], environment: 'production' },
      ...given,
    } as unknown as Parameters<typeof limitFaultOf>[0]
    expect(limitFaultOf({ loginRateLimit, insecure, environment }, siblings) !== null).toBe(expected)
  })

  it('is a start-up fault in production, which names the option and the fix', () => {
    const start = (more: object, siblings: Siblings | null) => () =>
      parseOptions({ environment: 'production', ...more }, {}, siblings)
    expect(start({}, WORKER)).toThrow(
      /sessions: is in the memory of one process.*node:cluster.*redisSessions/,
    )
    expect(start({}, null)).not.toThrow(/in the memory of one process/)
    expect(start({}, { who: 'a worker thread' })).toThrow(/sessions: is in the memory.*a worker thread/)
    expect(start({ insecure: ['memory-stores'] }, WORKER)).not.toThrow(/in the memory of one process/)
  })

  it('is one warning in development', () => {
    const about = (options: object) =>
      warnings(parseOptions(options, {}), WORKER).filter(({ fix }) =>
        fix.includes('in the memory of one process'),
      )
    expect(about({})).toHaveLength(1)
    expect(about({})[0]?.option).toBe(ALL.join(', '))
    expect(about(SHARED)).toEqual([])
    expect(about({ insecure: ['memory-stores'] })).toEqual([])
  })
})
