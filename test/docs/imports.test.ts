import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { circles, importGraph, importsOf } from './imports.ts'

const graph = await importGraph(fileURLToPath(new URL('../../src/', import.meta.url)))

/** The rooms of docs/architecture.md, lowest first. A room loads itself and what is named beside it. */
const MAY_LOAD: Readonly<Record<string, readonly string[]>> = {
  core: ['views/embedded.gen.ts'],
  bridge: ['core'],
  adapters: ['core', 'views/embedded.gen.ts'],
  doctor: ['core', 'bridge', 'testing'],
  testing: ['core', 'bridge'],
}

/** What `dji-cloud/plugin`, `dji-cloud/bridge` and `dji-cloud/testing` are; a browser script takes the types of traces from where they are. */
const PUBLIC_ENTRIES = ['plugin.ts', 'bridge/index.ts', 'testing/index.ts', 'testing/trace/trace.ts']

const roomOf = (file: string): string => file.split('/')[0] ?? ''

describe('imports of the source', () => {
  it('are read', () => {
    expect(graph.size).toBeGreaterThan(200)
    expect(graph.get('core/cloud.ts')).toContain('core/emitter.ts')
    expect(importsOf("import type { A } from './a.ts'\nexport { b } from '../b.ts'\n")).toEqual([
      './a.ts',
      '../b.ts',
    ])
    expect(importsOf("await import('./lazy.ts')\n/** import x from './comment.ts' */\n")).toEqual([
      './lazy.ts',
    ])
  })

  it('have no circle, not even by types', () => {
    expect(circles(graph)).toEqual([])
  })

  it('finds a circle where there is one', () => {
    const three = new Map([
      ['a.ts', ['b.ts']],
      ['b.ts', ['c.ts', 'd.ts']],
      ['c.ts', ['a.ts']],
      ['d.ts', []],
    ])
    expect(circles(three)).toEqual(['a.ts -> b.ts -> c.ts -> a.ts'])
  })

  it('of a bundled plugin are what any plugin may import: the public entries, and what is its own', () => {
    const reached = [...graph]
      .filter(([file]) => roomOf(file) === 'plugins')
      .flatMap(([file, targets]) => targets.map((target) => [file, target] as const))
    expect(reached.length).toBeGreaterThan(10)
    const folder = (file: string) => file.split('/').slice(0, 2).join('/')
    const foreign = reached.filter(
      ([file, target]) => folder(file) !== folder(target) && !PUBLIC_ENTRIES.includes(target),
    )
    expect(foreign).toEqual([])
  })

  it.each(Object.entries(MAY_LOAD))('%s loads only what stands below it', (room, below) => {
    const upward = [...graph]
      .filter(([file]) => roomOf(file) === room)
      .flatMap(([file, targets]) => targets.map((target) => [file, target] as const))
      .filter(
        ([, target]) => ![room, ...below].some((name) => target === name || target.startsWith(`${name}/`)),
      )
      .map(([file, target]) => `${file} -> ${target}`)
    expect(upward).toEqual([])
  })
})
