import { describe, expect, it } from 'vitest'
import { MODULE_TABLE } from '../../../src/core/pages/module-table.ts'
import type { ModuleName } from '../../../src/core/pages/page-data.ts'
import { type NativeState, planBootstrap } from '../../../src/core/pages/plan.ts'
import { sampleBootstrap } from '../../bridge/scripted-server.ts'

const bootstrap = sampleBootstrap({ mission: true })
const boundTo = { workspaceId: bootstrap.workspace.id, userId: 'user-1', sessionId: 'session-1' }
const nothing: NativeState = {
  verified: false,
  loaded: [],
  connected: [],
  boundTo: null,
  apiTokenCurrent: false,
  wsTokenCurrent: false,
}
const all: readonly ModuleName[] = ['api', 'thing', 'ws', 'tsa', 'mission']
const everything: NativeState = {
  verified: true,
  loaded: all,
  connected: ['thing', 'ws'],
  boundTo,
  apiTokenCurrent: true,
  wsTokenCurrent: true,
}

const todo = (native: NativeState, plan = bootstrap): readonly string[] =>
  planBootstrap(plan, native)
    .filter(({ stands }) => !stands)
    .map(({ id }) => id)

const platform = ['workspace', 'information']
const modules = [
  'load:api',
  'token:api',
  'load:thing',
  'connect:thing',
  'load:ws',
  'connect:ws',
  'load:tsa',
  'load:mission',
]
const backwards = ['unload:mission', 'unload:tsa', 'unload:ws', 'unload:thing', 'unload:api']
const renewWs = ['unload:tsa', 'unload:ws', 'load:ws', 'connect:ws', 'load:tsa']

describe('what there is left to do', () => {
  const table: readonly (readonly [string, NativeState, readonly string[]])[] = [
    ['nothing stands', nothing, ['verify', 'check', ...platform, ...modules]],
    ['only the licence stands', { ...nothing, verified: true }, [...platform, ...modules]],
    ['everything stands', everything, []],
    ['another token in api', { ...everything, apiTokenCurrent: false }, ['token:api']],
    ['the token was rotated', { ...everything, wsTokenCurrent: false }, renewWs],
    ['thing is loaded but not connected', { ...everything, connected: ['ws'] }, ['connect:thing']],
    ['ws is loaded but not connected', { ...everything, connected: ['thing'] }, ['connect:ws']],
    ['tsa is missing', { ...everything, loaded: ['api', 'thing', 'ws', 'mission'] }, ['load:tsa']],
    [
      'api is missing: what needs it is loaded again',
      { ...everything, loaded: ['thing', 'ws', 'tsa', 'mission'] },
      [
        'unload:mission',
        'unload:tsa',
        'unload:ws',
        'load:api',
        'token:api',
        'load:ws',
        'connect:ws',
        'load:tsa',
        'load:mission',
      ],
    ],
    [
      'thing is missing: the workspace is set again',
      { ...everything, loaded: ['api', 'ws', 'tsa'], connected: ['ws'] },
      [
        'unload:tsa',
        'unload:ws',
        ...platform,
        'load:thing',
        'connect:thing',
        'load:ws',
        'connect:ws',
        'load:tsa',
        'load:mission',
      ],
    ],
    [
      'another workspace',
      { ...everything, boundTo: { ...boundTo, workspaceId: 'w2' } },
      [...backwards, ...platform, ...modules],
    ],
    [
      'another user',
      { ...everything, boundTo: { ...boundTo, userId: 'u2' } },
      [...backwards, ...platform, ...modules],
    ],
    [
      'another session',
      { ...everything, boundTo: { ...boundTo, sessionId: 's2' } },
      [...backwards, ...platform, ...modules],
    ],
    ['nobody knows whose it is', { ...everything, boundTo: null }, [...backwards, ...platform, ...modules]],
    [
      'a module that the host switched off',
      { ...everything, loaded: [...all, 'liveshare'] },
      ['unload:liveshare'],
    ],
  ]
  it.each(table)('%s', (_, native, expected) => {
    expect(todo(native)).toEqual(expected)
  })
})

it('names every step, also those that stand, in one order', () => {
  const ids = ['verify', 'check', ...platform, ...modules]
  expect(planBootstrap(bootstrap, everything).map(({ id }) => id)).toEqual(ids)
  expect(planBootstrap(bootstrap, nothing).map(({ id }) => id)).toEqual(ids)
})

it('reloads mop too for a new token', () => {
  const withMop = sampleBootstrap({ mop: true })
  const native = {
    ...everything,
    loaded: ['api', 'thing', 'ws', 'tsa', 'mop'] as const,
    wsTokenCurrent: false,
  }
  expect(todo(native, withMop)).toEqual([
    'unload:mop',
    'unload:tsa',
    'unload:ws',
    'load:ws',
    'connect:ws',
    'load:tsa',
    'load:mop',
  ])
})

describe('the table of modules', () => {
  it('needs only what stands before it', () => {
    MODULE_TABLE.forEach(({ needs }, index) => {
      const before = MODULE_TABLE.slice(0, index).map(({ name }) => name)
      for (const needed of needs) expect(before).toContain(needed)
    })
  })

  it('switches on what the options say', () => {
    const names = (options: Parameters<typeof sampleBootstrap>[0]) =>
      sampleBootstrap(options).modules.map(({ name }) => name)
    expect(names({})).toEqual(['api', 'thing', 'ws', 'tsa'])
    expect(names({ liveshare: {}, map: true, media: false, mission: true, mop: {} })).toEqual([
      'api',
      'thing',
      'ws',
      'tsa',
      'liveshare',
      'map',
      'mission',
      'mop',
    ])
  })

  it('builds the parameters of facts B7', () => {
    const built = sampleBootstrap({
      liveshare: { videoPublishType: 'video-by-manual' },
      map: { elementPreName: 'N' },
      media: { photoType: 'preview' },
    })
    const params = Object.fromEntries(built.modules.map(({ name, params }) => [name, params]))
    expect(params).toEqual({
      api: { host: 'http://127.0.0.1:9/drones/' },
      thing: {},
      ws: { host: 'ws://127.0.0.1:9/drones/api/v1/ws' },
      tsa: {},
      liveshare: { videoPublishType: 'video-by-manual' },
      map: { userName: 'pilot', elementPreName: 'N' },
      media: { autoUploadPhoto: true, autoUploadPhotoType: 1, autoUploadVideo: false },
    })
  })
})
