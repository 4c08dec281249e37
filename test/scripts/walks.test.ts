import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { climbs, files, inEveryRound, tree } from '../../scripts/walks/walk.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Lower a number when a walk gets shorter. Raise one only with a reason that helps the reader of the code. */
const MOST = {
  ask: { files: 17, climbs: 0 },
  report: { files: 16, climbs: 0 },
  leave: { files: 42, climbs: 0 },
}

interface Measured {
  readonly name: keyof typeof MOST
  readonly files: readonly string[]
  readonly climbs: readonly unknown[]
}

it('no walk gets longer, and none climbs more often', async () => {
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
  for (const { name, files, climbs } of walks) {
    expect(files.length, `${name} has too few files to be true`).toBeGreaterThan(8)
    expect({ name, files, most: MOST[name].files }).toSatisfy(() => files.length <= MOST[name].files)
    expect({ name, climbs, most: MOST[name].climbs }).toSatisfy(() => climbs.length <= MOST[name].climbs)
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
      '      door.ts',
      '        room.ts',
      '          ^ house.ts',
      '            cellar.ts',
    ])
  })
})
