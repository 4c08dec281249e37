// One table of modules: whatever lists them is made of it.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, test } from 'vitest'
import { check } from '../../../src/core/checking/explain.ts'
import { modulesSchema } from '../../../src/core/options/modules-schema.ts'
import { MODULE_NAMES, type MODULE_TABLE, type ModuleRow } from '../../../src/core/pages/module-table.ts'
import { type ModulesOptions, planModules } from '../../../src/core/pages/modules.ts'
import { en } from '../../../src/core/pages/texts/en.ts'
import { zh } from '../../../src/core/pages/texts/zh.ts'

const CONTEXT = { username: 'amelia', apiHost: 'https://a.example/', wsHost: 'wss://a.example/ws' }
const plan = (options: ModulesOptions, ...table: [ModuleRow?]) =>
  planModules(options, CONTEXT, ...(table as [])).map(({ name, params }) => [name, params])

describe('what Pilot is given', () => {
  const ALWAYS = [
    ['api', { host: CONTEXT.apiHost }],
    ['thing', {}],
    ['ws', { host: CONTEXT.wsHost }],
    ['tsa', {}],
  ]
  test.each<[ModulesOptions, readonly unknown[]]>([
    [{}, []],
    [{ liveshare: false, map: false, mission: false }, []],
    [{ liveshare: true }, [['liveshare', { videoPublishType: 'video-on-demand' }]]],
    [
      { liveshare: { videoPublishType: 'video-by-manual' } },
      [['liveshare', { videoPublishType: 'video-by-manual' }]],
    ],
    [{ map: true }, [['map', { userName: 'amelia', elementPreName: 'PILOT' }]]],
    [
      { map: { userName: 'Crew', elementPreName: 'X' } },
      [['map', { userName: 'Crew', elementPreName: 'X' }]],
    ],
    [{ media: {} }, [['media', { autoUploadPhoto: true, autoUploadPhotoType: 0, autoUploadVideo: false }]]],
    [
      { media: { autoUploadPhoto: false, photoType: 'preview', autoUploadVideo: true } },
      [['media', { autoUploadPhoto: false, autoUploadPhotoType: 1, autoUploadVideo: true }]],
    ],
    [{ mission: true }, [['mission', {}]]],
    [{ mop: true }, [['mop', { host: CONTEXT.wsHost }]]],
    [{ mop: { host: 'ws://mop.example' } }, [['mop', { host: 'ws://mop.example' }]]],
  ])('%j', (options, more) => {
    expect(plan(options)).toEqual([...ALWAYS, ...more])
  })
})

describe('a module that Pilot may have one day', () => {
  const ROW: ModuleRow = {
    name: 'sonar',
    needs: ['thing'],
    reloadWithToken: true,
    params: [
      { native: 'depthUnit', option: 'unit', takes: { metres: 1, feet: 2 }, otherwise: 'metres' },
      { native: 'label', option: 'label', takes: 'text', otherwise: { from: 'username' } },
      { native: 'server', option: 'server', takes: 'ws-url', otherwise: { from: 'wsHost' } },
      { native: 'mode', option: 'mode', takes: ['wide', 'narrow'], otherwise: 'wide' },
      { native: 'loud', option: 'loud', takes: 'flag', otherwise: false },
    ],
  }
  const schema = modulesSchema([ROW])
  const given = (modules: unknown) => check(schema, modules)

  it('is an option by its row alone', () => {
    // Not given is not `false`: a plugin may switch it on then.
    expect(given({})).toEqual({ ok: true, value: {} })
    for (const sonar of [
      true,
      {},
      { unit: 'feet', label: 'x', server: 'wss://s.example', mode: 'narrow', loud: true },
    ])
      expect(given({ sonar })).toEqual({ ok: true, value: { sonar } })
    expect(given({ sonar: { unit: undefined } })).toEqual({ ok: true, value: { sonar: {} } })
  })

  test.each([
    [{ sonar: { unit: 'miles' } }, 'sonar.unit'],
    [{ sonar: { label: '' } }, 'sonar.label'],
    [{ sonar: { server: 'https://s.example' } }, 'sonar.server'],
    [{ sonar: { mode: 1 } }, 'sonar.mode'],
    [{ sonar: { loud: 'yes' } }, 'sonar.loud'],
    [{ sonar: { volume: 3 } }, 'sonar.volume'],
    [{ sonar: 'on' }, 'sonar'],
    [{ radar: true }, 'radar'],
  ])('%j is refused by name', (modules, path) => {
    const checked = given(modules)
    expect(checked.ok ? [] : checked.problems.map((problem) => problem.path)).toEqual([path])
  })

  it('is planned by its row alone', () => {
    const options = { sonar: { unit: 'feet', loud: true } } as ModulesOptions
    expect(planModules(options, CONTEXT, [ROW])).toEqual([
      {
        name: 'sonar',
        needs: ['thing'],
        reload_with_token: true,
        params: { depthUnit: 2, label: 'amelia', server: CONTEXT.wsHost, mode: 'wide', loud: true },
      },
    ])
    expect(planModules({}, CONTEXT, [ROW])).toEqual([])
  })
})

it('has a name in every language', () => {
  for (const texts of [en, zh])
    expect(MODULE_NAMES.filter((name) => !Object.hasOwn(texts, `module.${name}`))).toEqual([])
})

it('is the only list of modules in the source', async () => {
  const root = fileURLToPath(new URL('../../../src/', import.meta.url))
  const files = (await readdir(root, { recursive: true })).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.gen.ts'),
  )
  const list = new RegExp(`(['"\`])(?:${MODULE_NAMES.join('|')})\\1\\s*[,|]\\s*`, 'g')
  const lists = await Promise.all(
    files.map(async (path) => {
      const text = (await readFile(join(root, path), 'utf8')).replace(/needs: \[.*\]/g, '')
      return (text.match(new RegExp(`(?:\\|?\\s*${list.source}){4,}`, 'g')) ?? []).map(() => path)
    }),
  )
  expect(files.length).toBeGreaterThan(300)
  expect(lists.flat()).toEqual([])
})

// The documented types of the options and the table: this file does not compile where they differ.
type Row = (typeof MODULE_TABLE)[number]
type Optional = Exclude<Row, { readonly always: true }>
type Setting<Param> = Param extends {
  readonly option: infer Option extends string
  readonly takes: infer Takes
}
  ? { readonly [Name in Option]?: Taken<Takes> | undefined }
  : never
type Taken<Takes> = Takes extends readonly (infer Word)[]
  ? Word
  : Takes extends 'flag'
    ? boolean
    : Takes extends string
      ? string
      : keyof Takes
type All<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer Every) => void
  ? Every
  : never
type Derived = {
  readonly [One in Optional as One['name']]?:
    | boolean
    | (One['params'] extends readonly [] ? never : All<Setting<One['params'][number]>>)
    | undefined
}
const bothWays = (derived: Derived, written: ModulesOptions): [ModulesOptions, Derived] => [derived, written]
const sameNames = (name: keyof ModulesOptions): keyof Derived => name

it('has the options that are documented', () => {
  expect([bothWays({}, {}), sameNames('map')]).toBeTruthy()
})
