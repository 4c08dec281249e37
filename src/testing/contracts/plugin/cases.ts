import assert from 'node:assert/strict'
import type { PluginRoute } from '../../../core/plugins/route-row.ts'
import type { PluginStage } from './stage.ts'

type Case = (stage: PluginStage) => Promise<void>

/** Somebody's id that nobody has. */
const NOBODYS = 'contract-nobody'
const LONGEST_CLOSE_MS = 1_000

const pathOf = ({ path }: PluginRoute, workspace: string): string =>
  path.replace(/:workspace_id/g, workspace).replace(/:[a-z0-9_]+\+?/g, NOBODYS)

const routesOf = ({ parts }: PluginStage): readonly PluginRoute[] => parts.routes ?? []
const guarded = (stage: PluginStage) => routesOf(stage).filter(({ guard }) => guard === 'token')
const nameOf = ({ method, path }: PluginRoute): string => `${method} ${path}`
/** A body where the row takes one. */
const bodyFor = (row: PluginRoute, text: string) => (isBodiless(row) ? {} : { body: text })
const hasEnvelope = ({ method, onError }: PluginRoute): boolean => method !== 'HEAD' && onError === undefined
/** Of an envelope. */
const errorOf = (json: Readonly<Record<string, unknown>>): unknown =>
  (json['data'] as Record<string, unknown> | undefined)?.['error']
const isBodiless = ({ method }: PluginRoute): boolean => method === 'GET' || method === 'HEAD'

export const CASES: Readonly<Record<string, Case>> = {
  async 'registers once, and a second one of its id is named at the start'({ plugin, tryStart }) {
    const fault = await tryStart([plugin, { ...plugin, setup: () => ({}) }])
    assert.match(fault ?? 'it started', new RegExp(`plugins\\.${plugin.id}: has the id ${plugin.id} twice`))
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

  async 'shows nobody what is of another workspace'(stage) {
    for (const row of guarded(stage)) {
      if (!row.path.includes(':workspace_id')) continue
      const path = pathOf(row, stage.workspaces[0])
      const { status, json } = await stage.ask(row.method, path, { as: 1, ...bodyFor(row, '{}') })
      assert.equal(status, 403, nameOf(row))
      if (hasEnvelope(row)) assert.equal(errorOf(json), 'OTHER_WORKSPACE', nameOf(row))
    }
  },

  async 'answers what nobody has, and nonsense, with a reason and never with a 500'(stage) {
    for (const row of routesOf(stage)) {
      for (const body of ['{}', '{ no json', '[1,2]', '"text"', '{"__proto__":{"a":1}}']) {
        const path = pathOf(row, stage.workspaces[0])
        const { status } = await stage.ask(row.method, path, { as: 0, ...bodyFor(row, body) })
        assert.ok(status < 500, `${nameOf(row)} answered ${status} to ${body}`)
        if (isBodiless(row)) break
      }
    }
  },

  async 'answers as its row says'(stage) {
    for (const row of guarded(stage)) {
      if (row.method !== 'GET' || row.output === undefined || (row.answers ?? 'data') !== 'data') continue
      const { status, json } = await stage.ask('GET', pathOf(row, stage.workspaces[0]), { as: 0 })
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

  async 'has its texts in English, whatever other languages it has'({ parts }) {
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
