import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createDjiCloud, type DjiCloud, type DjiCloudOptions, isDjiCloudError } from '../../../src/index.ts'
import { type AnyPlugin, definePlugin, type PluginParts, route } from '../../../src/plugin.ts'
import { idleBroker } from '../../support/idle-broker.ts'

const clouds: DjiCloud[] = []
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close()
})

function start(plugins: readonly AnyPlugin[], options: DjiCloudOptions = {}): void {
  clouds.push(createDjiCloud({ broker: idleBroker(), logger: false, simulator: false, ...options, plugins }))
}

/** `option: fix` of every fault of the start. */
function faults(plugins: readonly AnyPlugin[], options: DjiCloudOptions = {}): string[] {
  try {
    start(plugins, options)
    return []
  } catch (error) {
    if (!isDjiCloudError(error) || error.code !== 'OPTIONS') throw error
    const found = error.data?.['faults'] as readonly { option: string; fix: string }[]
    for (const { fix } of found) expect(error.message).toContain(fix)
    return found.map(({ option, fix }) => `${option}: ${fix}`)
  }
}

const plugin = (id: string, parts: PluginParts = {}, more: Partial<AnyPlugin> = {}): AnyPlugin => ({
  id,
  setup: () => parts,
  ...more,
})
const row = (path: string, method: 'GET' | 'POST' = 'GET') =>
  route({ method, path, guard: 'token', handle: () => null })
const open = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', crossSite = false, path = '/a') =>
  route({ method, path, guard: 'public', crossSite, handle: () => null })
const badge = { id: 'badge', label: 'Badge', currentUser: () => null, startUrl: () => '/badge' }
const event = z.object({})
const check = { id: 'fine', title: 'x', path: '/a/x', what: 'Wrong.', why: 'So.', server: 'Right.' }
const upward = { publisher: 'gateway', input: z.any(), handle: () => null } as const

describe('plugins by themselves', () => {
  const table: readonly (readonly [string, readonly AnyPlugin[], readonly (string | RegExp)[]])[] = [
    [
      'nothing is wrong',
      [plugin('a', { routes: [row('/a/x')] }), plugin('b', { routes: [row('/b/x')] })],
      [],
    ],
    ['an id that is too long for tables', [plugin('a'.repeat(33))], [/32 characters at most/]],
    [
      'an id of tables of the platform',
      [plugin('users')],
      [/^plugins\.0: has the id users, but table names/],
    ],
    ['an id with capitals', [plugin('Flight')], [/^plugins\.0: needs an id of small letters/]],
    ['two of one id', [plugin('a'), plugin('a')], ['plugins.a: has the id a twice']],
    [
      'a missing dependency',
      [plugin('a', {}, { dependsOn: ['files'] })],
      [/^plugins\.a: depends on the plugin files, which is missing/],
    ],
    [
      'a circle of dependencies',
      [plugin('a', {}, { dependsOn: ['b'] }), plugin('b', {}, { dependsOn: ['a'] })],
      [/^plugins: depend on each other in a circle: a, b/],
    ],
    [
      'an error that logs pilots out',
      [plugin('a', {}, { errors: { A_GONE: [401_500, 401, 'Gone.', 'Come back.'] } })],
      [/^plugins\.a: has an error table with a fault: A_GONE has the status 401/],
    ],
    [
      "the name of one of the platform's errors, a number of its range, a small name",
      [
        plugin(
          'a',
          {},
          {
            errors: {
              NOT_FOUND: [404_600, 404, 'Gone.', 'Look.'],
              A_GONE: [404_001, 404, 'Gone.', 'Look.'],
              a_gone: [404_601, 404, 'Gone.', 'Look.'],
            },
          },
        ),
      ],
      [
        /NOT_FOUND is the name of an error of dji-cloud/,
        /A_GONE needs a code from 404500/,
        /a_gone needs a name/,
      ],
    ],
    [
      'two owners of an error and of its code',
      [
        plugin('a', {}, { errors: { GONE: [404_600, 404, 'Gone.', 'Look.'] } }),
        plugin('b', {}, { errors: { GONE: [404_600, 404, 'Gone.', 'Look.'] } }),
      ],
      [
        'plugins.b: has the error GONE, which the plugin a has already',
        'plugins.b: has the error code 404600, which the plugin a has already',
      ],
    ],
    [
      'events with a first word of the platform, without a dot, of two owners',
      [
        plugin('a', {}, { events: { 'device.washed': event, washed: event, 'wash.done': event } }),
        plugin('b', {}, { events: { 'wash.done': event } }),
      ],
      [
        /"device\.washed"; its first word belongs to the events of dji-cloud/,
        /"washed"; needs a name of words with dots/,
        'plugins.b: has the event wash.done, which the plugin a has already',
      ],
    ],
    [
      'its own check',
      [plugin('a', {}, { check: () => [{ option: 'a.folder', fix: 'is missing; set one' }] })],
      ['a.folder: is missing; set one'],
    ],
    [
      'a check that throws',
      [
        plugin(
          'a',
          {},
          {
            check: () => {
              throw new Error('no disk')
            },
          },
        ),
      ],
      ['plugins.a: could not check the options: no disk'],
    ],
  ]
  it.each(table)('%s', (_name, plugins, expected) => {
    const found = faults(plugins)
    expect(found).toHaveLength(expected.length)
    for (const [index, wanted] of expected.entries())
      if (typeof wanted === 'string') expect(found[index]).toBe(wanted)
      else expect(found[index]).toMatch(wanted)
  })

  it('are in one error with the faults of the options', () => {
    expect(faults([plugin('A')], { environment: 'production', insecure: [] }).length).toBeGreaterThan(3)
    expect(faults([plugin('A')], { environment: 'production' }).at(-1)).toMatch(/^plugins\.0/)
  })

  it('a factory that was not called is named differently from other values', () => {
    expect(faults([plugin] as never)).toEqual([
      expect.stringMatching(/^plugins\.0: needs a plugin .* has to be called/),
    ])
  })
})

describe('parts of plugins', () => {
  const bad = (given: object) => plugin('a', { routes: [given as never] })
  const table: readonly (readonly [
    name: string,
    plugins: readonly AnyPlugin[],
    expected: readonly (string | RegExp)[],
    options?: DjiCloudOptions,
  ])[] = [
    [
      'a route without a guard',
      [bad({ method: 'GET', path: '/a', handle: () => 1 })],
      [/GET \/a without a guard/],
    ],
    [
      'a page that wants a token or a header, which a browser does not send when it opens a page',
      [
        bad({ method: 'GET', path: '/a', guard: 'token', answers: 'document', handle: () => 1 }),
        bad({ method: 'GET', path: '/b', guard: 'browser', answers: 'page', handle: () => 1 }),
      ].map((one, index) => ({ ...one, id: `a${index}` })),
      [
        /GET \/a with guard: 'token' and answers: 'document'; .*guard: 'public'/,
        /GET \/b with guard: 'browser' and answers: 'page'/,
      ],
    ],
    [
      'a row that changes something for every site, in a plugin that asks who a browser is',
      [
        plugin('a', { signIn: [badge], routes: [open('POST'), open('GET'), open('DELETE', true)] }),
        plugin('b', { routes: [open('PATCH', false, '/b')] }, { needs: ['signIn'] }),
        plugin('c', { routes: [open('PUT', false, '/c')] }),
      ],
      [
        /^plugins\.a: has the route POST \/a with guard: 'public', .*needs guard: 'browser', or crossSite: true/,
        /^plugins\.b: has the route PATCH \/b/,
      ],
    ],
    [
      'a row for other sites that lets none in',
      [bad({ method: 'POST', path: '/a', guard: 'browser', crossSite: true, handle: () => 1 })],
      [/only guard: 'public' lets other sites call it/],
    ],
    [
      'an OPTIONS row for our own pages',
      [bad({ method: 'OPTIONS', path: '/a', guard: 'browser', handle: () => 1 })],
      [/OPTIONS \/a with guard: 'browser'; browsers send no token/],
    ],
    [
      'a method that is none',
      [bad({ method: 'get', path: '/a', guard: 'token', handle: () => 1 })],
      [/needs to be GET/],
    ],
    [
      'a path without a slash',
      [bad({ method: 'GET', path: 'a', guard: 'token', handle: () => 1 })],
      [/slash in front/],
    ],
    ['no handler', [bad({ method: 'GET', path: '/a', guard: 'token' })], [/without a function handle/]],
    [
      'a row of the platform, whatever its parameters are called',
      [
        plugin('a', {
          routes: [row('/pilot'), row('/pilot/assets/:x/:y'), row('/manage/api/v1/users/current')],
        }),
      ],
      [/GET \/pilot, which dji-cloud itself has already/, /assets/, /users\/current/],
    ],
    [
      'a row of another plugin',
      [
        plugin('a', { routes: [row('/a/:id')] }),
        plugin('b', { routes: [row('/a/:name'), row('/a/:name', 'POST')] }),
      ],
      ['plugins.b: has the route GET /a/:name, which the plugin a has already as /a/:id'],
    ],
    [
      'one row twice',
      [plugin('a', { routes: [row('/a/x'), row('/a/x')] })],
      ['plugins.a: has the route GET /a/x twice'],
    ],
    [
      'rows that answer some of the same paths, and none is the narrower one',
      [
        plugin('a', { routes: [row('/a/:id/name')] }),
        plugin('b', { routes: [row('/a/list/:page'), row('/a/list/:page', 'POST')] }),
      ],
      [
        'plugins.b: has the route GET /a/list/:page, which answers some of the paths of /a/:id/name of the plugin a, and neither path is more specific, so it is not clear which row answers; change one of the paths',
      ],
    ],
    [
      'a narrower row of another plugin, and a rest of a path: no fault',
      [
        plugin('a', { routes: [row('/a/:id'), row('/a/files/:key+')] }),
        plugin('b', { routes: [row('/a/list'), row('/a/files/:first')] }),
      ],
      [],
    ],
    [
      'a rest that is not at the end, a parameter twice, a parameter in front',
      [plugin('a', { routes: [row('/a/:key+/b'), row('/a/:id/:id'), row('/:id/b')] })],
      [
        /its path needs .* \/files\/:key\+/,
        /the parameter :id twice/,
        /its path needs a slash in front, a word/,
      ],
    ],
    [
      'a body of an unknown kind, one without a limit, a limit of calls that is none',
      [
        {},
        { body: 'blob', bodyLimit: 1 },
        { body: 'multipart' },
        { rateLimit: { attempts: 0, windowSeconds: 1 } },
        { rateLimit: { attempts: 1, windowSeconds: 1, per: 'user' } },
      ].map((more, index) =>
        plugin(`a${index}`, {
          routes: [{ method: 'PUT', path: `/a${index}`, guard: 'public', handle: () => 1, ...more } as never],
        }),
      ),
      [
        /body needs to be 'stream' or 'multipart'/,
        /a multipart without a bodyLimit/,
        /both whole numbers above 0/,
        /with guard: 'token' per 'user'/,
      ],
    ],
    [
      'OPTIONS behind a token',
      [bad({ method: 'OPTIONS', path: '/a', guard: 'token', handle: () => 1 })],
      [/browsers send no token with OPTIONS/],
    ],
    [
      'two owners of a device request, an event, a push and a module',
      ['a', 'b'].map((id) =>
        plugin(id, {
          deviceRequests: { storage_config_get: { input: z.any(), handle: () => ({}) } },
          deviceEvents: { hms: { input: z.any(), handle: () => ({}) } },
          pushes: ['map_element_create'],
          modules: ['map'],
        }),
      ),
      [/device request storage_config_get/, /device event hms/, /push map_element_create/, /module map/],
    ],
    [
      'two owners of a topic, and topics of the platform',
      [
        plugin('a', { topics: { 'thing/payload/report': upward, 'thing/osd': upward } }),
        plugin('b', {
          topics: {
            'thing/payload/report': { publisher: 'cloud' },
            'thing/services': { publisher: 'cloud' },
          },
        }),
      ],
      [
        'plugins.a: has the topic thing/osd, which dji-cloud itself has already',
        'plugins.b: has the topic thing/payload/report, which the plugin a has already',
        'plugins.b: has the topic thing/services, which dji-cloud itself has already',
      ],
    ],
    [
      'topics with a wildcard, outside of the tree of the device, of another form',
      [
        plugin('a', {
          topics: {
            'thing/+/report': upward,
            'thing/#': upward,
            'thing/../G2/osd': upward,
            'other/report': upward,
            'thing/a.b': upward,
            'thing//x': upward,
            '$SYS/x': upward,
            'thing/no_publisher': { ...upward, publisher: 'somebody' as never },
            'thing/no_schema': { publisher: 'gateway', handle: () => 1 } as never,
            'thing/no_handler': { publisher: 'device', input: z.any() } as never,
          },
        }),
      ],
      [
        /"thing\/\+\/report", which has a wildcard; name each topic/,
        /"thing\/#", which has a wildcard/,
        /"thing\/\.\.\/G2\/osd", which leaves the device's own topics/,
        /"other\/report", which needs a form such as thing\/payload\/report/,
        /"thing\/a\.b", which needs a form/,
        /"thing\/\/x", which needs a form/,
        /"\$SYS\/x", which needs a form/,
        /thing\/no_publisher; publisher needs to be/,
        /thing\/no_schema without a zod schema/,
        /thing\/no_handler without a function handle/,
      ],
    ],
    [
      'doctor checks without an id, a sentence, a path, a known field, and twice',
      [
        plugin('a', {
          doctor: [
            { ...check, id: 'A' },
            { ...check, id: 'no-server', server: '' },
            { ...check, id: 'away', path: '//192.0.2.1/x' },
            { ...check, id: 'field', expect: { fields: { 'data.x': 'date' as never } } },
            check,
            check,
          ],
        }),
      ],
      [
        /"A"; its id needs/,
        /no-server without server/,
        /away; its path needs a slash/,
        /field; expect\.fields\["data\.x"\] needs to be one of text/,
        'plugins.a: has the doctor check a/fine twice',
      ],
    ],
    [
      'a text of the host for a key that neither a page nor a plugin has',
      [plugin('a', { pages: { texts: { en: { 'a.title': 'Log' } } } })],
      [/^pages\.messages\.en\.a\.titel: is not a text of a page or plugin; did you mean "a\.title"\?/],
      { pages: { messages: { en: { 'a.title': 'Our log', 'a.titel': 'x' } } } },
    ],
    [
      'a module that the host does not want',
      [plugin('a', { modules: ['media', 'map'] })],
      ['modules.media: is false, but the plugin a needs this module; remove this option or the plugin'],
      { modules: { media: false } },
    ],
    [
      'a module that Pilot does not have',
      [plugin('a', { modules: ['misson' as never] })],
      [/plugins\.a: switches on the module "misson", which is not one of Pilot; did you mean "mission"\?/],
    ],
    [
      'a push of the platform',
      [plugin('a', { pushes: ['device_osd'] })],
      [/push device_osd, which dji-cloud itself/],
    ],
    [
      'a slot that no page has, a text of somebody else',
      [
        plugin('a', {
          pages: { slots: { 'home.roof': '' } as never, texts: { en: { 'login.title': 'Hi' } } },
        }),
      ],
      [
        /slot home\.roof, which no page has; there are login\.top/,
        /text "login\.title" \(en\); its keys begin with "a\."/,
      ],
    ],
    [
      'a set-up that fails',
      [
        plugin(
          'a',
          {},
          {
            setup: () => {
              throw new Error('no disk')
            },
          },
        ),
      ],
      ['plugins.a: could not be set up: no disk'],
    ],
  ]
  const rows = table.map(([name, plugins, expected, options = {}]) => ({ name, plugins, expected, options }))
  it.each(rows)('$name', ({ plugins, expected, options }) => {
    const found = faults(plugins, options)
    expect(found).toHaveLength(expected.length)
    for (const [index, wanted] of expected.entries())
      if (typeof wanted === 'string') expect(found[index]).toBe(wanted)
      else expect(found[index]).toMatch(wanted)
  })

  it('closes what was set up when another one fails', async () => {
    const closed: string[] = []
    const fine = plugin('fine', { close: () => closed.push('fine') })
    const broken = plugin('broken', { routes: [{ method: 'GET', path: 'x' } as never] })
    expect(faults([fine, broken])).toHaveLength(1)
    await vi.waitFor(() => expect(closed).toEqual(['fine']), { timeout: 15_000 })
  })
})

describe('dependencies', () => {
  it('are set up first and closed last, at any place in the list', async () => {
    const order: string[] = []
    const make = (id: string, dependsOn: readonly string[]) =>
      definePlugin({
        id,
        dependsOn,
        setup(context) {
          order.push(`set up ${id}`)
          return {
            api: { name: id, above: dependsOn.map((other) => context.plugin(other)) },
            close: () => order.push(`closed ${id}`),
          }
        },
      })
    const cloud = createDjiCloud({
      broker: idleBroker(),
      logger: false,
      simulator: false,
      plugins: [make('routes', ['files']), make('files', [])],
    })
    expect(cloud.plugins.routes).toMatchObject({ above: [{ name: 'files' }] })
    await cloud.close()
    expect(order).toEqual(['set up files', 'set up routes', 'closed routes', 'closed files'])
  })

  it('that dependsOn does not name are not available', () => {
    const curious = definePlugin({ id: 'curious', setup: (context) => ({ api: context.plugin('files') }) })
    expect(faults([plugin('files'), curious])).toEqual([
      'plugins.curious: could not be set up: The plugin curious does not name "files" in dependsOn.',
    ])
  })
})

it('a fault of a plugin names the environment variable that sets the option', () => {
  const fault = { option: 'oidc.issuer', variable: 'MY_ISSUER', fix: 'is missing' }
  expect(() => start([plugin('a', {}, { check: () => [fault] })])).toThrow(
    'oidc.issuer (or MY_ISSUER): is missing',
  )
})
