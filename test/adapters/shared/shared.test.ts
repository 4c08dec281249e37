import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { memoryShared } from '../../../src/adapters/shared/memory.ts'
import { redisShared } from '../../../src/adapters/shared/redis.ts'
import type { SharedStore } from '../../../src/core/ports/index.ts'
import { withRedis } from '../../support/stores.ts'

/** What a shared store promises. `make`: another node of the same store. */
function promises(name: string, make: () => SharedStore): void {
  const nodes = async (use: (...stores: [SharedStore, SharedStore]) => Promise<void>): Promise<void> => {
    const made: [SharedStore, SharedStore] = [make(), make()]
    try {
      await use(...made)
    } finally {
      for (const store of made) await store.close?.()
    }
  }

  it(`${name}: keeps a value, replaces it, and gives it to one taker of many`, () =>
    nodes(async (one, two) => {
      const key = randomUUID()
      expect(await two.get(key)).toBeNull()
      await one.put(key, 'first', 60_000)
      await one.put(key, 'second', 60_000)
      expect(await two.get(key)).toBe('second')
      const taken = await Promise.all([one, two, one, two].map((store) => store.take(key)))
      expect(taken.filter((value) => value !== null)).toEqual(['second'])
      expect(await one.get(key)).toBeNull()
    }))

  it(`${name}: is new for one caller of many, and free again when its holder lets go`, () =>
    nodes(async (one, two) => {
      const key = randomUUID()
      const won = await Promise.all(
        [one, two, one, two].map((store, at) => store.putNew(key, `${at}`, 60_000)),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      const holder = String(won.indexOf(true))
      expect(await two.remove(key, 'somebody else')).toBe(false)
      expect(await one.get(key)).toBe(holder)
      expect(await two.remove(key, holder)).toBe(true)
      expect(await two.remove(key, holder)).toBe(false)
      expect(await two.putNew(key, 'again', 60_000)).toBe(true)
    }))

  it(`${name}: forgets a value at its end`, () =>
    nodes(async (one, two) => {
      const key = randomUUID()
      await one.put(key, 'short', 20)
      await expect.poll(() => two.get(key)).toBeNull()
      expect(await two.take(key)).toBeNull()
      expect(await one.putNew(key, 'next', 60_000)).toBe(true)
    }))
}

const shared = memoryShared()
promises('memory', () => shared)

it('memory: what was put first goes first, where there is too much of it', async () => {
  const store = memoryShared()
  for (let at = 0; at < 100_001; at += 1) await store.put(`key ${at}`, 'x', 60_000)
  expect(await store.get('key 0')).toBeNull()
  expect(await store.get('key 1')).toBe('x')
  expect(await store.get('key 100000')).toBe('x')
})

withRedis('redis', (redis) => {
  promises('redis', () => redisShared({ url: redis().url }))
})
