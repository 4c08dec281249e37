import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { djiCloud } from '../../src/express.ts'
import { definePlugin, type PluginParts, route } from '../../src/plugin.ts'
import { type PluginUnderTest, pluginContract } from '../../src/testing/index.ts'

/** The cases of the contract for a plugin of these parts, by their titles. */
function casesFor(
  parts: PluginParts,
  seed?: PluginUnderTest['seed'],
): ReadonlyMap<string, () => Promise<void>> {
  const cases = new Map<string, () => Promise<void>>()
  pluginContract({
    describe: (_, body) => body(),
    test: (title, body) => cases.set(title, body),
    djiCloud,
    make: () => ({
      plugin: definePlugin({ id: 'contract-test', setup: () => parts }),
      ...(seed === undefined ? {} : { seed }),
    }),
  })
  return cases
}

const fine: PluginParts = {
  routes: [
    route({
      method: 'POST',
      path: '/contract-test/v1/workspaces/:workspace_id/notes',
      guard: 'token',
      input: z.strictObject({ text: z.string() }),
      handle: ({ body }) => body,
    }),
    route({
      method: 'POST',
      path: '/contract-test/v1/mine',
      guard: 'browser',
      input: z.strictObject({ text: z.string() }),
      handle: ({ body }) => body,
    }),
  ],
  pages: {
    slots: { 'home.status': "<p><%= t('contract-test.hello') %> <%= data.platform_name %></p>" },
    texts: { en: { 'contract-test.hello': 'Hello' }, zh: { 'contract-test.hello': '\u4f60\u597d' } },
  },
}

describe('the contract of plugins', () => {
  it.each([...casesFor(fine)])('lets a good one through: %s', (_title, run) => run())

  it('asks rows for our own pages as a script of such a page does', async () => {
    let asked = 0
    const row = route({
      ...{ method: 'PUT', path: '/contract-test/v1/mine', guard: 'browser' },
      handle: () => ({ asked: ++asked }),
    })
    const cases = casesFor({ routes: [row] })
    await cases.get('lets no other site call the rows that trust a cookie')?.()
    expect(asked).toBe(0)
    await cases.get('answers unknown ids and invalid input with a reason, and never with a 500')?.()
    expect(asked).toBe(5)
  })

  const bad: readonly (readonly [string, PluginParts])[] = [
    [
      'answers unknown ids and invalid input with a reason, and never with a 500',
      {
        routes: [
          route({
            method: 'GET',
            path: '/contract-test/v1/notes/:id',
            guard: 'token',
            handle: () => {
              throw new Error('no such note')
            },
          }),
        ],
      },
    ],
    [
      'answers as its row says',
      {
        routes: [
          route({
            method: 'GET',
            path: '/contract-test/v1/notes',
            guard: 'token',
            output: z.array(z.string()),
            // In JavaScript nothing stops it.
            handle: () => [1] as never,
          }),
        ],
      },
    ],
    [
      'adds to the pages, and lets no hostile name become part of them',
      { pages: { slots: { 'login.top': '<%- data.platform_name %>' } } },
    ],
    [
      'adds to the pages, and lets no hostile name become part of them',
      { pages: { slots: { 'home.panels': '<%= nobody.knows %>' } } },
    ],
    [
      'has its texts in English, besides any other languages',
      { pages: { texts: { zh: { 'contract-test.hello': '\u4f60\u597d' } } } },
    ],
    ['closes within a second', { close: () => new Promise((resolve) => setTimeout(resolve, 1_100)) }],
  ]
  const ISOLATION = 'shows the data of a workspace to no user of another one, with ids of either workspace'
  const marks = ['of the first', 'of the second'] as const
  /** @param show what the row answers to a workspace, by the note's id */
  const notes = (show: (workspaceId: string, id: string) => string) => ({
    routes: [
      route({
        method: 'GET',
        path: '/contract-test/v1/notes/:id',
        guard: 'token',
        roles: ['web'],
        handle: ({ session, params }) => show(session.workspaceId, params['id'] ?? ''),
      }),
    ],
  })
  let first = ''
  const seed: PluginUnderTest['seed'] = ({ workspaces }) => {
    first = workspaces[0]
    return { marks, params: { id: ['note-0', 'note-1'] } }
  }
  const ofWorkspace = (workspaceId: string) => marks[workspaceId === first ? 0 : 1]

  it('lets one through that shows each workspace its own, whosever id is named', async () => {
    await casesFor(notes(ofWorkspace), seed).get(ISOLATION)?.()
  })
  it('stops one that looks up by the id alone', async () => {
    const leaking = notes((_, id) => (id === 'note-0' ? marks[0] : marks[1]))
    await expect(casesFor(leaking, seed).get(ISOLATION)?.()).rejects.toThrow(
      /shows "of the second" to the other/,
    )
  })
  it('stops a seed that no row shows: nothing would be tested', async () => {
    await expect(
      casesFor(
        notes(() => ''),
        seed,
      ).get(ISOLATION)?.(),
    ).rejects.toThrow(/nothing was tested/)
  })

  it.each(bad)('stops one that breaks it: %s', async (title, parts) => {
    await expect(casesFor(parts).get(title)?.()).rejects.toThrow()
  })
})
