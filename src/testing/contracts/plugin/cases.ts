import assert from 'node:assert/strict'
import type { PluginRoute } from '../../../core/plugins/route-row.ts'
import type { Role } from '../../../core/ports/index.ts'
import type { PluginStage } from './stage.ts'

type Case = (stage: PluginStage) => Promise<void>

/** An id that does not exist. */
const NOBODYS = 'contract-nobody'
const LONGEST_CLOSE_MS = 1_000
const MOST_SENT = 64 * 1024 * 1024

/** @param ids values of the other parameters. Default: ids that do not exist */
const pathOf = (
  { path }: PluginRoute,
  workspace: string,
  ids: (name: string) => string = () => NOBODYS,
): string =>
  path
    .replace(/:workspace_id/g, workspace)
    .replace(/:([a-z][a-z0-9_]*)\+?/g, (_, name: string) => encodeURIComponent(ids(name)))

/** A role that the row accepts. */
const roleFor = (row: PluginRoute): Role =>
  'roles' in row && row.roles?.includes('pilot') === false ? (row.roles[0] ?? 'pilot') : 'pilot'
const isStream = (row: PluginRoute): boolean => 'body' in row && row.body === 'stream'

const routesOf = ({ parts }: PluginStage): readonly PluginRoute[] => parts.routes ?? []
const guarded = (stage: PluginStage) => routesOf(stage).filter(({ guard }) => guard === 'token')
const nameOf = ({ method, path }: PluginRoute): string => `${method} ${path}`
/** A body, if the row accepts one. */
const bodyFor = (row: PluginRoute, text: string) => (isBodiless(row) ? {} : { body: text })
const hasEnvelope = ({ method, onError }: PluginRoute): boolean => method !== 'HEAD' && onError === undefined
/** What a script of our own pages sends with a request. */
const ownPage = ({ origin }: PluginStage): Readonly<Record<string, string>> => ({
  'x-dji-cloud': '1',
  ...{ origin, 'sec-fetch-site': 'same-origin' },
})
/** Requests that other sites can cause a browser to send, with the user's cookies. */
const fromElsewhere = (stage: PluginStage): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  'nothing that our pages send': {},
  'the origin of another site': { ...ownPage(stage), origin: 'https://elsewhere.example' },
  'no origin that a page has': { ...ownPage(stage), origin: 'null' },
  'the site of another page': { ...ownPage(stage), 'sec-fetch-site': 'cross-site' },
  'the format of a form': { origin: stage.origin, 'content-type': 'application/x-www-form-urlencoded' },
})
/** The error in an envelope. */
const errorOf = (json: Readonly<Record<string, unknown>>): unknown =>
  (json['data'] as Record<string, unknown> | undefined)?.['error']
const isBodiless = ({ method }: PluginRoute): boolean => method === 'GET' || method === 'HEAD'

export const CASES: Readonly<Record<string, Case>> = {
  async 'registers once; a second plugin with its id is named in the start-up error'({ plugin, tryStart }) {
    const fault = await tryStart([plugin, { ...plugin, setup: () => ({}) }])
    assert.match(fault ?? 'it started', new RegExp(`plugins\\.${plugin.id}: has the id ${plugin.id} twice`))
  },

  async 'a missing plugin that it depends on is named in the start-up error'({ plugin, tryStart }) {
    const [missing] = plugin.dependsOn ?? []
    const fault = await tryStart([plugin], 'alone')
    // The parts that another plugin of the test adds are missing too.
    if (missing === undefined && plugin.needs?.includes('signIn'))
      assert.match(fault ?? 'it started', /needs a login that knows who a browser is/)
    else if (missing === undefined) assert.equal(fault, null)
    else assert.match(fault ?? 'it started', new RegExp(`depends on the plugin ${missing}, which is missing`))
  },

  async 'gives nothing to a caller without a token'(stage) {
    for (const row of guarded(stage)) {
      const { status, json } = await stage.ask(
        row.method,
        pathOf(row, stage.workspaces[0]),
        bodyFor(row, '{}'),
      )
      assert.equal(status, 401, nameOf(row))
      if (hasEnvelope(row)) assert.equal(errorOf(json), 'TOKEN_MISSING', nameOf(row))
    }
  },

  async 'shows no data of another workspace'(stage) {
    for (const row of guarded(stage)) {
      if (!row.path.includes(':workspace_id')) continue
      const path = pathOf(row, stage.workspaces[0])
      const { status, json } = await stage.ask(row.method, path, {
        ...{ as: 1, role: roleFor(row) },
        ...bodyFor(row, '{}'),
      })
      assert.equal(status, 403, nameOf(row))
      if (hasEnvelope(row)) assert.equal(errorOf(json), 'OTHER_WORKSPACE', nameOf(row))
    }
  },

  async 'shows the data of a workspace to no user of another one, with ids of either workspace'(stage) {
    if (stage.seed === null) return
    const { marks, params = {} } = stage.seed
    let seen = 0
    for (const row of guarded(stage).filter(({ method }) => method === 'GET')) {
      for (const [as, of] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        const path = pathOf(row, stage.workspaces[as], (name) => params[name]?.[of] ?? NOBODYS)
        const { text } = await stage.ask('GET', path, { as, role: roleFor(row) })
        const foreign = marks[as === 0 ? 1 : 0]
        assert.ok(
          !text.includes(foreign),
          `${nameOf(row)} shows "${foreign}" to the other workspace: ${path}`,
        )
        if (text.includes(marks[as])) seen += 1
      }
    }
    assert.ok(seen > 1, 'no row shows what seed has put there, so nothing was tested: give its ids as params')
  },

  async 'lets no other site call the rows that trust a cookie'(stage) {
    for (const row of routesOf(stage)) {
      if (row.guard !== 'browser') continue
      for (const [what, headers] of Object.entries(fromElsewhere(stage))) {
        const path = pathOf(row, stage.workspaces[0])
        const { status, json } = await stage.ask(row.method, path, { headers, ...bodyFor(row, '{}') })
        assert.equal(status, 403, `${nameOf(row)} with ${what}`)
        if (hasEnvelope(row)) assert.equal(errorOf(json), 'CROSS_SITE', `${nameOf(row)} with ${what}`)
      }
    }
  },

  async 'lets in only the roles that its rows name'(stage) {
    for (const row of guarded(stage)) {
      const roles = 'roles' in row ? row.roles : undefined
      const barred = (['pilot', 'web'] as const).find((role) => roles?.includes(role) === false)
      if (barred === undefined) continue
      const path = pathOf(row, stage.workspaces[0])
      const { status } = await stage.ask(row.method, path, { as: 0, role: barred, ...bodyFor(row, '{}') })
      assert.equal(status, 403, `${nameOf(row)} as ${barred}`)
    }
  },

  async 'accepts no stream beyond its limit'(stage) {
    for (const row of guarded(stage)) {
      const limit = row.bodyLimit ?? 0
      // The test does not send gigabytes, and a limit that is a function depends on the request.
      if (!isStream(row) || typeof limit === 'function' || limit > MOST_SENT) continue
      const path = pathOf(row, stage.workspaces[0])
      const body = new Uint8Array(limit + 1)
      const { status } = await stage.ask(row.method, path, { as: 0, role: roleFor(row), body })
      assert.ok(status >= 400 && status < 500, `${nameOf(row)} answered ${status} to ${limit + 1} bytes`)
    }
  },

  async 'answers unknown ids and invalid input with a reason, and never with a 500'(stage) {
    for (const row of routesOf(stage)) {
      for (const body of ['{}', '{ no json', '[1,2]', '"text"', '{"__proto__":{"a":1}}']) {
        const path = pathOf(row, stage.workspaces[0])
        const { status } = await stage.ask(row.method, path, {
          ...{ as: 0, role: roleFor(row), headers: row.guard === 'browser' ? ownPage(stage) : {} },
          ...bodyFor(row, body),
        })
        assert.ok(status < 500, `${nameOf(row)} answered ${status} to ${body}`)
        if (isBodiless(row)) break
      }
    }
  },

  async 'answers as its row says'(stage) {
    for (const row of guarded(stage)) {
      if (row.method !== 'GET' || row.output === undefined || (row.answers ?? 'data') !== 'data') continue
      const { status, json } = await stage.ask('GET', pathOf(row, stage.workspaces[0]), {
        ...{ as: 0, role: roleFor(row) },
      })
      if (status !== 200) continue
      const parsed = row.output.safeParse(json['data'])
      assert.ok(parsed.success, `${nameOf(row)}: ${parsed.error?.message}`)
    }
  },

  async 'adds to the pages, and lets no hostile name become part of them'(stage) {
    for (const page of ['/pilot/login', '/pilot/home']) {
      const { status, text } = await stage.ask('GET', page)
      assert.equal(status, 200, page)
      assert.ok(!text.includes('<script>hostile()'), `${page} has an unescaped name in it`)
    }
    const broken = stage.errors.filter((line) => line.includes('could not be rendered'))
    assert.deepEqual(broken, [])
  },

  async 'runs on the pages in a browser without an error'({ openPage }) {
    if (openPage === null) return
    for (const page of ['/pilot/login', '/pilot/home']) assert.deepEqual(await openPage(page), [], page)
  },

  async 'has its texts in English, besides any other languages'({ parts }) {
    const { en = {}, ...others } = parts.pages?.texts ?? {}
    for (const [language, texts] of Object.entries(others))
      for (const key of Object.keys(texts))
        assert.ok(key in en, `${key} is there in ${language} and not in en`)
  },

  async 'closes within a second'(stage) {
    const since = Date.now()
    await stage.parts.close?.()
    assert.ok(Date.now() - since < LONGEST_CLOSE_MS, 'it took longer')
  },
}
