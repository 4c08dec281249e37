import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createDjiCloud, type DjiCloud, memoryShared, type SharedStore } from '../../src/index.ts'
import {
  type AnyPlugin,
  definePlugin,
  type PluginContext,
  type PluginParts,
  route,
} from '../../src/plugin.ts'
import { logIn } from '../devices/picture.ts'
import { PILOT, WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { createSqlite } from '../support/sqlite.ts'
import { closing, start } from './start.ts'

/** A platform without ports, and the context of its one plugin. */
function contextOf(
  parts: PluginParts = {},
  options: Parameters<typeof createDjiCloud>[0] = {},
  others: readonly AnyPlugin[] = [],
) {
  let seen: PluginContext | undefined
  const plugin = definePlugin({
    id: 'test-plugin',
    setup(context) {
      seen = context as PluginContext
      return parts
    },
  })
  const cloud: DjiCloud = createDjiCloud({
    ...{ broker: idleBroker(), logger: false, simulator: false, recorder: false },
    ...options,
    plugins: [plugin, ...others],
  })
  closing.push(cloud)
  if (seen === undefined) throw new Error('not set up')
  return { cloud, context: seen }
}

describe('values that nodes share', () => {
  it('are taken once, end in time, and are kept apart by plugin and name', async () => {
    let now = 1_000
    const shared = memoryShared(() => now)
    const { context } = contextOf({}, { shared })
    const { context: elsewhere } = contextOf({}, { shared })
    const codes = context.store('codes')
    await codes.put('1234', { user: 'pia' }, 60_000)
    expect(await context.store('states').get('1234')).toBeUndefined()
    const taken = await Promise.all([
      codes.take('1234'),
      elsewhere.store('codes').take('1234'),
      codes.take('1234'),
    ])
    expect(taken.filter((value) => value !== undefined)).toEqual([{ user: 'pia' }])
    await codes.put('5678', 1, 60_000)
    now += 59_999
    expect(await codes.get('5678')).toBe(1)
    now += 1
    expect(await codes.get('5678')).toBeUndefined()
    await expect(codes.put('x', 'x'.repeat(70_000), 1_000)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(codes.put('', 1, 1_000)).rejects.toThrow(/1 to 256 characters/)
    await expect(codes.put('x', 1, 0)).rejects.toThrow(/whole milliseconds from 1/)
  })

  it('putNew(): of all callers exactly one stores its value, until that is gone', async () => {
    let now = 1_000
    const shared = memoryShared(() => now)
    const nodes = [1, 2, 3].map(() => contextOf({}, { shared }).context.store('decisions'))
    const [one] = nodes as [(typeof nodes)[0]]
    const stored = await Promise.all(nodes.map((node, index) => node.putNew('code', index, 60_000)))
    expect(stored.filter((won) => won)).toHaveLength(1)
    expect(await one.get('code')).toBe(stored.indexOf(true))
    now += 60_000
    expect(await one.putNew('code', 'later', 60_000)).toBe(true)
    await one.take('code')
    expect(await one.putNew('code', 'after that', 60_000)).toBe(true)
    await expect(one.putNew('code', 1, 0)).rejects.toThrow(/whole milliseconds from 1/)
  })

  it('once(): one node of all does the work, and one that fails gives its turn back', async () => {
    const shared = memoryShared()
    const nodes = [1, 2, 3].map(() => contextOf({}, { shared }).context)
    const done: number[] = []
    const results = await Promise.all(
      nodes.map((node, index) => node.once('report', 60_000, () => done.push(index))),
    )
    expect(done).toHaveLength(1)
    expect(results.filter(({ ran }) => ran)).toHaveLength(1)
    const [one, two] = nodes as [PluginContext, PluginContext]
    await expect(
      one.once('other', 60_000, () => {
        throw new Error('no paper')
      }),
    ).rejects.toThrow('no paper')
    expect(await two.once('other', 60_000, () => 'printed')).toEqual({ ran: true, value: 'printed' })
  })

  it('a store that hangs rejects in time, and disturbs no other plugin and no login', async () => {
    const hanging = new Proxy({} as SharedStore, {
      get: (_, name) => (name === 'close' ? undefined : () => new Promise(() => undefined)),
    })
    const slow = definePlugin({
      id: 'slow',
      setup: ({ store }) => ({
        routes: [
          route({
            method: 'GET',
            path: '/slow/value',
            guard: 'public',
            handle: () => store('values').get('x'),
          }),
        ],
      }),
    })
    const other = definePlugin({
      id: 'quick',
      setup: () => ({
        routes: [route({ method: 'GET', path: '/quick/value', guard: 'public', handle: () => 1 })],
      }),
    })
    const { url } = await start({ plugins: [slow, other], shared: hanging })
    const order: string[] = []
    const waiting = ask(url, '/slow/value').then((answer) => {
      order.push('slow')
      return answer
    })
    expect((await ask(url, '/quick/value')).json.data).toBe(1)
    order.push('quick')
    expect((await waiting).json.data).toMatchObject({ error: 'STORE_UNAVAILABLE' })
    expect(order).toEqual(['quick', 'slow'])
    expect(await logIn(url, PILOT)).toMatch(/^ey/)
  })
})

describe('a limit of a plugin', () => {
  const limit = { attempts: 2, windowSeconds: 60 }

  it('counts each key by itself, and takes back what was right', async () => {
    const guesses = contextOf().context.rateLimit('guesses', limit)
    await guesses.count('pia')
    await guesses.count('pia')
    await expect(guesses.count('pia')).rejects.toMatchObject({
      code: 'THROTTLED',
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
    })
    await guesses.count('mia')
    await guesses.count('mia')
    await guesses.refund('mia')
    await guesses.count('mia')
    await expect(guesses.count('mia')).rejects.toMatchObject({ code: 'THROTTLED' })
  })

  it('is looked at without counting, and tells then how long to wait', async () => {
    const guesses = contextOf().context.rateLimit('guesses', limit)
    for (let times = 0; times < 5; times += 1) await guesses.check('pia')
    await guesses.count('pia')
    await guesses.check('pia')
    await guesses.count('pia')
    await expect(guesses.check('pia')).rejects.toMatchObject({
      code: 'THROTTLED',
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
    })
    await guesses.check('mia')
    await guesses.refund('pia')
    await guesses.check('pia')
  })

  it('is apart from others of the plugin, and from those of another plugin', async () => {
    let other: PluginContext | undefined
    const neighbour = definePlugin({
      id: 'neighbour',
      setup(context) {
        other = context as PluginContext
        return {}
      },
    })
    const { context } = contextOf({}, {}, [neighbour])
    const once = { attempts: 1, windowSeconds: 60 }
    const guesses = context.rateLimit('guesses', once)
    await guesses.count('pia')
    await context.rateLimit('codes', once).count('pia')
    await other?.rateLimit('guesses', once).count('pia')
    await expect(guesses.count('pia')).rejects.toMatchObject({ status: 429 })
    expect(() => context.rateLimit('guesses', once)).toThrow(/the limit guesses twice/)
  })

  it('counts also where the logins are not limited', async () => {
    const { context } = contextOf({}, { loginRateLimit: false })
    const once = context.rateLimit('guesses', { attempts: 1, windowSeconds: 60 })
    await once.count('pia')
    await expect(once.count('pia')).rejects.toMatchObject({ code: 'THROTTLED' })
  })

  it('lets nobody through while its store is down', async () => {
    const down = async () => Promise.reject(new Error('the store is down'))
    const counter = { retryAfterMs: down, consume: down, refund: down, reset: down }
    const { context } = contextOf({}, { loginRateLimit: { store: { counter: () => counter } } })
    const guesses = context.rateLimit('guesses', limit)
    for (const look of [guesses.count, guesses.check])
      await expect(look('pia')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it.each([
    ['another name', 'two words', limit],
    ['no attempts', 'guesses', { attempts: 0, windowSeconds: 60 }],
    ['no window', 'guesses', { attempts: 1, windowSeconds: Number.NaN }],
  ])('with %s is an error', (_what, name, wrong) => {
    expect(() => contextOf().context.rateLimit(name, wrong)).toThrow(TypeError)
  })
})

describe('databases of a plugin', () => {
  it('have the time limit of our own, and their health is the plugin', async () => {
    const sqlite = await createSqlite()
    closing.push({ close: sqlite.remove })
    const db = sqlite.connect()
    const { cloud, context } = contextOf()
    const sql = context.connectSql({ db, timeoutMs: 50 })
    expectTypeOf(sql.db).toEqualTypeOf(db)
    expect(cloud.health().plugins).toEqual({ 'test-plugin': { status: 'up' } })
    expect(await sql.first({ execute: async () => [7] })).toBe(7)
    await expect(sql.ask({ execute: () => new Promise(() => undefined) })).rejects.toThrow(
      /did not answer within 50 ms/,
    )
    expect(cloud.health()).toMatchObject({
      status: 'degraded',
      plugins: { 'test-plugin': { status: 'down' } },
    })
    await sql.ask({ execute: async () => [] })
    expect(cloud.health().plugins).toEqual({ 'test-plugin': { status: 'up' } })
    expect(() => context.connectSql({ db: {} as never })).toThrow(/connectSql\.db: needs a Kysely instance/)
    expect(() => context.connectRedis({ url: 'http://x' })).toThrow(/connectRedis\.url: needs redis/)
  })
})

describe('metrics', () => {
  it('count what the platform does and what plugins say, by bounded labels', async () => {
    let context: PluginContext | undefined
    const plugin = definePlugin({
      id: 'flight-log',
      setup(given) {
        context = given as PluginContext
        const flights = given.metrics.counter('flights', {
          help: 'Flights.',
          labels: { outcome: ['landed', 'lost'] },
        })
        flights.add({ outcome: 'landed' }, 2)
        flights.add({ outcome: 'SN-1581F' as never })
        given.metrics.gauge('queue', { help: 'Waiting.' }, () => 3)
        given.metrics.gauge('broken', { help: 'Broken.' }, () => {
          throw new Error('no')
        })
        const seconds = given.metrics.histogram('seconds', { help: 'Time.', buckets: [1, 10] })
        for (const value of [0.5, 5, 50]) seconds.observe(value)
        expect(() => given.metrics.counter('flights', { help: 'Again.' })).toThrow(/exists already/)
        return {}
      },
    })
    const logs = recordLogs()
    const { url, cloud } = await start({ plugins: [plugin], logger: logs.logger })
    await logIn(url, PILOT)
    await ask(url, '/manage/api/v1/users/current')
    await ask(url, '/manage/api/v1/devices/RCFAKE00000001/binding', { method: 'PUT', body: {} })
    const of = (name: string) => cloud.metrics().find((metric) => metric.name === name)?.samples
    expect(of('flight_log_flights')).toEqual([
      { labels: { outcome: 'landed' }, value: 2 },
      { labels: { outcome: 'other' }, value: 1 },
    ])
    expect(of('flight_log_queue')).toEqual([{ labels: {}, value: 3 }])
    expect(of('flight_log_broken')).toEqual([])
    expect(logs.lines).toContainEqual(
      expect.objectContaining({
        message: 'A metric was not read, because the function that measures it failed. See the error.',
      }),
    )
    expect(of('flight_log_seconds')).toEqual([
      {
        labels: {},
        buckets: [
          { upTo: 1, count: 1 },
          { upTo: 10, count: 2 },
          { upTo: Number.POSITIVE_INFINITY, count: 3 },
        ],
        ...{ sum: 55.5, count: 3 },
      },
    ])
    expect(of('logins')).toEqual([{ labels: { outcome: 'succeeded' }, value: 1 }])
    expect(of('http_requests')).toEqual([
      { labels: { row: 'POST /manage/api/v1/login', status: '2xx' }, value: 1 },
      { labels: { row: 'GET /manage/api/v1/users/current', status: '4xx' }, value: 1 },
      { labels: { row: 'other', status: '4xx' }, value: 1 },
    ])
    expect(context?.metrics.read().map(({ name }) => name)).toEqual(cloud.metrics().map(({ name }) => name))
  })
})

describe('what plugins bring along for each other', () => {
  it('is given by the id of the reader, checked, and nobody is held up by what does not fit', () => {
    const logs = recordLogs()
    const tile = z.object({ title: z.string() })
    const bring = (id: string, given: unknown) =>
      definePlugin({ id, setup: () => ({ contributes: { 'test-plugin': [given], nobody: [1] } }) })
    const { context } = contextOf({}, { logger: logs.logger }, [
      bring('one', { title: 'Flights' }),
      bring('two', { title: 5 }),
      bring('three', { title: 'Media' }),
    ])
    const found = context.contributions(tile)
    expectTypeOf(found[0]?.value.title).toEqualTypeOf<string | undefined>()
    expect(found).toEqual([
      { plugin: 'one', value: { title: 'Flights' } },
      { plugin: 'three', value: { title: 'Media' } },
    ])
    expect(logs.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { plugin: 'two', reader: 'test-plugin' } },
    ])
  })

  it('rows of all, and the health of the platform, are told', () => {
    const own = route({
      method: 'GET',
      path: '/test/x',
      guard: 'token',
      roles: ['web'],
      handle: () => null,
    })
    const { cloud, context } = contextOf({ routes: [own] })
    expect(context.routes()).toContainEqual({
      ...{ method: 'GET', path: '/test/x', guard: 'token', roles: ['web'], plugin: 'test-plugin' },
    })
    expect(context.routes()).toContainEqual(
      expect.objectContaining({ path: '/manage/api/v1/login', guard: 'public', plugin: null }),
    )
    expect(context.health()).toEqual(cloud.health())
  })
})

describe('sessions that are opened without a password', () => {
  const pia = { id: 'pia', username: 'pia', role: 'pilot', workspace: WORKSPACE } as const

  it('are as good as a login, and told with their reason', async () => {
    const { url, cloud } = await start({})
    const told: unknown[] = []
    cloud.on('login.succeeded', ({ username, by, address }) => void told.push([username, by, address]))
    await logIn(url, PILOT)
    const { token, session } = await cloud.sessions.open(pia, { reason: 'kiosk', address: '192.0.2.7' })
    const { json } = await ask(url, '/manage/api/v1/users/current', { headers: { 'x-auth-token': token } })
    expect(json.data).toMatchObject({ username: 'pia', workspace_id: WORKSPACE.id })
    expect(told).toEqual([
      ['pia', null, expect.any(String)],
      ['pia', 'kiosk', '192.0.2.7'],
    ])
    expect(await cloud.sessions.end({ id: session.id })).toBe(1)
  })

  it.each<[string, object, string, RegExp]>([
    ['no workspace', { ...pia, workspace: undefined }, 'kiosk', /user\.workspace\.id needs the id/],
    ['another role', { ...pia, role: 'admin' }, 'kiosk', /user\.role needs 'pilot' or 'web'/],
    ['no reason', pia, '', /reason needs small letters/],
    ['no user', null as never, 'kiosk', /the user needs an object/],
  ])('%s: is refused with the field', async (_name, user, reason, words) => {
    const { cloud, context } = contextOf()
    for (const { open } of [cloud.sessions, context.sessions])
      await expect(open(user as never, { reason })).rejects.toThrow(words)
  })

  it('a plugin finds users by their id', async () => {
    const { context } = contextOf({}, { users: [{ ...PILOT, id: 'pia', workspace: WORKSPACE }] })
    expect(await context.findUser('pia')).toMatchObject({ username: 'pia', workspace: { id: WORKSPACE.id } })
    expect(await context.findUser('nobody')).toBeNull()
  })
})

describe('types', () => {
  it('the api of plugins that are not known by type is unknown, and never any', () => {
    const { cloud } = contextOf()
    expectTypeOf<DjiCloud['plugins'][string]>().toBeUnknown()
    expect(cloud.plugins['test-plugin']).toBeUndefined()
  })

  it('errors are typed by the table of the plugin', () => {
    definePlugin({
      id: 'typed',
      errors: { DOOR_SHUT: [403_510, 403, 'The door is shut.', 'Knock.'] },
      setup(context) {
        expectTypeOf(context.error).parameter(0).toEqualTypeOf<'DOOR_SHUT'>()
        return {}
      },
    })
  })
})
