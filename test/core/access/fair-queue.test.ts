import { describe, expect, test } from 'vitest'
import { createFairQueue, type FairQueueLimits } from '../../../src/core/access/fair-queue.ts'

/** Groups and their members: `x`, `y` and `z` are of one provider, `y` and `z` of one of its sites. */
const PATHS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  x: ['P', 'P1', 'x'],
  y: ['P', 'P2', 'y'],
  z: ['P', 'P2', 'z'],
}

/** Jobs by letter and number: `a1` is the first of source a. Capitals are known sources. */
function run(limits: Partial<FairQueueLimits>, jobs: string) {
  const queue = createFairQueue({ atOnce: 1, waiting: 100, waitingPerSource: 100, ...limits })
  const counts = new Map<string, number>()
  const started: string[] = []
  const shed: string[] = []
  const add = (letters: string): void => {
    for (const source of letters) {
      const count = (counts.get(source) ?? 0) + 1
      counts.set(source, count)
      queue.add({
        path: PATHS[source] ?? [source],
        known: source !== source.toLowerCase(),
        start: () => started.push(`${source}${count}`),
        shed: (why) => shed.push(`${source}${count} ${why}`),
      })
    }
  }
  add(jobs)
  const finish = (): void => {
    for (let done = 0; done < started.length; done += 1) queue.done()
  }
  return { queue, add, finish, started, shed }
}

describe('turns', () => {
  test.each<[string, number, string, string]>([
    ['of one: in order', 1, 'aaa', 'a1 a2 a3'],
    ['of two: one after the other', 1, 'aaaabb', 'a1 a2 b1 a3 b2 a4'],
    ['who comes last waits for one of each', 1, 'aaaaabbbbbc', 'a1 a2 b1 c1 a3 b2 a4 b3 a5 b4 b5'],
    ['several at once', 2, 'aaaab', 'a1 a2 a3 b1 a4'],
    ['a known source is next', 1, 'aaabbbK', 'a1 K1 a2 b1 a3 b2 b3'],
    ['known ones and strangers in turns', 1, 'abcdKKKLL', 'a1 K1 b1 L1 c1 K2 d1 L2 K3'],
    ['members of a group share its turns', 1, 'axyzbxyz', 'a1 x1 b1 y1 x2 z1 y2 z2'],
    ['known ones take turns too', 1, 'KKKKLa', 'K1 a1 K2 L1 K3 K4'],
  ])('%s', (_, atOnce, jobs, order) => {
    const { finish, started } = run({ atOnce }, jobs)
    expect(started).toEqual(order.split(' ').slice(0, atOnce))
    finish()
    expect(started.join(' ')).toBe(order)
  })

  test('a hundred of one source, then one of another: it is second', () => {
    const { finish, started } = run({}, `${'a'.repeat(100)}b`)
    finish()
    expect(started.indexOf('b1')).toBeLessThanOrEqual(2)
  })
})

describe('what waits is bounded', () => {
  test.each<[string, Partial<FairQueueLimits>, string, string[]]>([
    ['for one source', { waitingPerSource: 2 }, 'aaaaa', ['a4 source', 'a5 source']],
    ['others have places of their own', { waitingPerSource: 2 }, 'aaaaabb', ['a4 source', 'a5 source']],
    ['in all', { waiting: 2 }, 'abcd', ['d1 all']],
    ['the newest of the one that has most goes', { waiting: 4 }, 'aaaaab', ['a5 all']],
    [
      'until nobody has more than the one that comes',
      { waiting: 4 },
      'aaaaabbb',
      ['a5 all', 'a4 all', 'b3 all'],
    ],
    ['a known source takes the place of a stranger', { waiting: 2 }, 'abcK', ['b1 all']],
    ['not of another known one', { waiting: 2 }, 'aKLM', ['M1 all']],
    ['a stranger takes nobody’s that is known', { waiting: 2 }, 'aKKb', ['b1 all']],
    ['the most crowded group, there its most crowded member', { waiting: 5 }, 'axyzzzb', ['z3 all']],
    ['a member of the crowded group makes way for itself', { waiting: 4 }, 'axyyz', []],
    ['within a group the crowded member makes way', { waiting: 4 }, 'axyyyz', ['y3 all']],
    ['as many as there are places run', { atOnce: 3, waiting: 1 }, 'abcde', ['e1 all']],
  ])('%s', (_, limits, jobs, expected) => {
    const { finish, started, shed } = run(limits, jobs)
    expect(shed).toEqual(expected)
    finish()
    expect(started.length + shed.length).toBe(jobs.length)
  })

  test('any order of calls: nothing is lost, never more than may run', () => {
    let seed = 1
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 200; round += 1) {
      const limits = { atOnce: 1 + random(3), waiting: 1 + random(6), waitingPerSource: 1 + random(3) }
      const { queue, add, started, shed } = run(limits, '')
      let added = 0
      let done = 0
      for (let step = 0; step < 60; step += 1) {
        if (random(3) > 0) {
          add('abcdAB'[random(6)] ?? 'a')
          added += 1
        } else if (done < started.length) {
          done += 1
          queue.done()
        }
        expect(started.length - done).toBeLessThanOrEqual(limits.atOnce)
        expect(added - started.length - shed.length).toBeLessThanOrEqual(limits.waiting)
      }
      for (; done < started.length; done += 1) queue.done()
      expect(started.length + shed.length).toBe(added)
    }
  })
})
