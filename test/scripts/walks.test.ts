import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { climbs, files, inEveryRound, tree, WALKS } from '../../scripts/walks/walk.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Lower a number when a walk gets shorter. Raise one only with a reason that helps the reader of the code. */
const MOST = {
  ask: 17,
  // With the lateness of the process and the frames of a tick, without which a large fleet gets its pushes late.
  report: 19,
  leave: 42,
}

interface Measured {
  readonly name: keyof typeof MOST
  readonly files: readonly string[]
  readonly climbs: readonly unknown[]
}

/** The files in the block of a walk in docs/architecture.md. */
function inPage(page: string, title: string): string[] {
  const [, block = ''] = page.slice(page.toLowerCase().indexOf(`### ${title.toLowerCase()}`)).split('```')
  return [...block.matchAll(/[\w./-]+\.ts/g)].map(([file]) => file).sort()
}

it('no walk gets longer, none climbs, and docs/architecture.md shows them (npm run walks -- --write)', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'scripts/walks.ts', '--json'],
    { cwd: root },
  )
  const walks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Measured)
  expect(walks.map(({ name }) => name)).toEqual(Object.keys(MOST))
  const page = await readFile(join(root, 'docs/architecture.md'), 'utf8')
  for (const { name, files, climbs } of walks) {
    expect(files.length, `${name} has too few files to be true`).toBeGreaterThan(8)
    expect({ name, files, most: MOST[name] }).toSatisfy(() => files.length <= MOST[name])
    expect({ name, climbs }).toEqual({ name, climbs: [] })
    expect(inPage(page, WALKS[name])).toEqual([...files].sort())
  }
})

describe('a walk', () => {
  const walk = [
    { from: null, to: 'door.ts' },
    { from: 'door.ts', to: 'room.ts' },
    { from: 'room.ts', to: 'house.ts' },
    { from: 'house.ts', to: 'cellar.ts' },
  ]
  const imports = new Map([
    ['house.ts', ['hall.ts', 'cellar.ts']],
    ['hall.ts', ['door.ts', 'room.ts']],
  ])

  it('crosses each file once', () => {
    expect(files([...walk, { from: 'cellar.ts', to: 'room.ts' }])).toEqual(
      new Set(['door.ts', 'room.ts', 'house.ts', 'cellar.ts']),
    )
  })
  it('climbs to a file that imports the caller, directly or not', () => {
    expect(climbs(walk, imports)).toEqual([{ from: 'room.ts', to: 'house.ts' }])
  })
  it('keeps what every round has', () => {
    const late = { from: null, to: 'timer.ts' }
    expect(inEveryRound([[...walk, late], walk])).toEqual(walk)
    expect(inEveryRound([walk, [...walk, late]])).toEqual(walk)
  })
  it('is shown as a tree, with a mark at each climb', () => {
    expect(tree(walk, climbs(walk, imports)).split('\n')).toEqual([
      'door.ts',
      '  room.ts',
      '    ^ house.ts',
      '      cellar.ts',
    ])
  })
})
