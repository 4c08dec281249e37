import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LruMap } from '../../src/core/lru-map.ts'

const full = (...keys: readonly string[]) => {
  const map = new LruMap<string, number>(keys.length)
  for (const [index, key] of keys.entries()) map.set(key, index)
  return map
}

describe('a full map', () => {
  it.each<[string, (map: LruMap<string, number>) => unknown, string]>([
    ['nothing', () => {}, 'bcn'],
    ['reading the oldest', (map) => map.get('a'), 'acn'],
    ['writing the oldest', (map) => map.set('a', 9), 'acn'],
    ['reading one in the middle', (map) => map.get('b'), 'bcn'],
    ['looking at the oldest', (map) => [map.peek('a'), map.has('a')], 'bcn'],
    ['deleting the newest', (map) => map.delete('c'), 'abn'],
    ['deleting the oldest', (map) => map.delete('a'), 'bcn'],
    ['deleting one in the middle', (map) => map.delete('b'), 'acn'],
  ])('loses only the entry that was used least recently: after %s', (_, use, left) => {
    const map = full('a', 'b', 'c')
    use(map)
    map.set('n', 1)
    expect([...map.keys()].sort().join('')).toBe(left)
  })

  it('tells what had to go, and nothing else', () => {
    const gone: unknown[] = []
    const map = new LruMap<string, number>(2, (key, value) => gone.push([key, value]))
    for (const [index, key] of ['a', 'b', 'b', 'c', 'd'].entries()) map.set(key, index)
    map.delete('d')
    expect(gone).toEqual([
      ['a', 0],
      ['b', 2],
    ])
  })

  it('can lose entries while it is walked over', () => {
    const map = full('a', 'b', 'c')
    const seen = []
    for (const [key] of map) {
      seen.push(key)
      map.delete('b')
    }
    expect(seen).toEqual(['a', 'c'])
  })

  it('does what a list does in which the newest is put last', () => {
    let seed = 7
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const map = new LruMap<number, number>(8)
    let list: [number, number][] = []
    for (let step = 0; step < 5_000; step += 1) {
      const [key, act] = [random(20), random(4)]
      const known = list.find(([other]) => other === key)
      const rest = list.filter(([other]) => other !== key)
      if (act === 0) {
        expect(map.delete(key)).toBe(known !== undefined)
        list = rest
      } else if (act === 1) {
        expect(map.get(key)).toBe(known?.[1])
        if (known !== undefined) list = [...rest, known]
      } else if (act === 2) expect(map.peek(key)).toBe(known?.[1])
      else {
        map.set(key, step)
        list = [...rest, [key, step] satisfies [number, number]].slice(-8)
      }
      expect(map.size).toBe(list.length)
    }
    expect(new Map(map)).toEqual(new Map(list))
  })
})

it('is the only way in which the source bounds what it remembers by number', async () => {
  const src = new URL('../../src/', import.meta.url)
  const files = (await readdir(src, { recursive: true })).filter(
    (name) => /^(core|adapters)\/.*\.ts$/.test(name) && name !== 'core/lru-map.ts',
  )
  expect(files.length).toBeGreaterThan(200)
  const byHand = []
  for (const name of files) {
    const text = await readFile(new URL(name, src), 'utf8')
    if (/keys\(\)\.next\(\)|\.size >=? \w+\) \w+\.clear\(\)/.test(text)) byHand.push(name)
  }
  expect(byHand).toEqual([])
})
