import { describe, expect, test } from 'vitest'
import { createFairQueue, type FairQueueLimits } from '../../../src/core/access/fair-queue.ts'

/** Groups and their members: `x`, `y` and `z` are of one provider, `y` and `z` of one of its sites. */
const PATHS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  x: ['P', 'P1', 'x'],
  y: ['P', 'P2', 'y'],
  z: ['P', 'P2', 'z'],
}

/**
 * Jobs by letter and number: `a1` is the first of source a, for an account that nobody else asks for. `a@x` asks for x.
 * Capitals are known sources.
 */
function run(limits: Partial<FairQueueLimits>, jobs: string) {
  let time = 0
  const queue = createFairQueue(
    {
      ...{ atOnce: 1, waiting: 100, waitingPerSource: 100, waitingPerAccount: 100 },
      patienceMs: () => 1_000,
      ...limits,
    },
    () => time,
  )
  const counts = new Map<string, number>()
  const started: string[] = []
  const shed: string[] = []
  const add = (words: string): void => {
    for (const [word, source = ''] of words.matchAll(/([a-zA-Z])(?:@[a-z]+)?/g)) {
      const count = (counts.get(source) ?? 0) + 1
      counts.set(source, count)
      queue.add({
        path: PATHS[source] ?? [source],
        account: word === source ? `of ${source}${count}` : word.slice(2),
        known: source !== source.toLowerCase(),
        start: () => started.push(`${source}${count}`),
        shed: (why) => shed.push(`${source}${count} ${why}`),
      })
    }
  }
  add(jobs)
  let done = 0
  const finish = (most = Number.POSITIVE_INFINITY): void => {
    for (let count = 0; done < started.length && count < most; count += 1) {
      done += 1
      queue.done()
    }
  }
  const wait = (ms: number): void => {
    time += ms
  }
  return { queue, add, finish, wait, started, shed }
}

/** Letters for a number: names of accounts. */
const word = (index: number): string =>
  [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')

describe('turns', () => {
  test.each<[string, number, string, string]>([
    ['of one: in order', 1, 'aaa', 'a1 a2 a3'],
    ['of two: one after the other', 1, 'aaaabb', 'a1 b1 a2 b2 a3 a4'],
    ['who comes last is next', 1, 'aaaaabbbbbc', 'a1 c1 b1 a2 b2 a3 b3 a4 b4 a5 b5'],
    ['a turn before counts as well', 1, 'aabcc', 'a1 c1 b1 a2 c2'],
    ['several at once', 2, 'aaaab', 'a1 a2 b1 a3 a4'],
    ['a known source is next', 1, 'aaabbbK', 'a1 K1 b1 a2 b2 a3 b3'],
    ['known ones and strangers in turns', 1, 'abcdKKKLL', 'a1 K1 d1 L1 c1 K2 b1 L2 K3'],
    ['members of a group share its turns', 1, 'axyzbxyz', 'a1 b1 z1 x1 y1 x2 z2 y2'],
    ['known ones take turns too', 1, 'KKKKLa', 'K1 a1 L1 K2 K3 K4'],
    [
      'accounts take turns: many sources of one, then one of another',
      1,
      'a@x b@x c@x d@y e@x',
      'a1 d1 e1 c1 b1',
    ],
    ['of one source, the account that had no turn is first', 1, 'a@x a@x a@x a@y', 'a1 a4 a2 a3'],
    ['accounts of a known source do not matter', 1, 'K@x K@x L@x', 'K1 L1 K2'],
    ['a source that guesses at many accounts is one source', 1, 'a@p a@q a@r a@s b@t', 'a1 b1 a2 a3 a4'],
  ])('%s', (_, atOnce, jobs, order) => {
    const { finish, started } = run({ atOnce }, jobs)
    expect(started).toEqual(order.split(' ').slice(0, atOnce))
    finish()
    expect(started.join(' ')).toBe(order)
  })

  test.each<[string, string]>([
    ['of one source', 'a'.repeat(300)],
    [
      'of one source, for as many accounts',
      Array.from({ length: 300 }, (_, index) => `a@${word(index)}`).join(' '),
    ],
    [
      'of many sources, for one account',
      Array.from({ length: 300 }, (_, index) => `${'abcdefghijklm'[index % 13]}@x`).join(' '),
    ],
  ])('three hundred jobs %s: whoever comes once is next, wherever it comes', (_name, flood) => {
    for (const jobs of [`${flood} z@good`, flood.replace(/^(.{300})\b/, '$1 z@good ')]) {
      const { finish, started } = run(
        { waiting: 1_000, waitingPerSource: 1_000, waitingPerAccount: 1_000 },
        jobs,
      )
      finish()
      expect(started.indexOf('z1')).toBe(1)
    }
  })

  test('a source that comes again and again is behind one that comes for the first time', () => {
    const { add, finish, started } = run({}, 'abc')
    for (let round = 0; round < 5; round += 1) {
      finish(1)
      add(started.at(-2)?.[0] ?? '')
    }
    add('n')
    add('abc')
    finish(1)
    expect(started.at(-1)).toBe('n1')
  })

  test('turns are forgotten when nothing is left to do', () => {
    const { add, finish, started } = run({}, 'aaaaa')
    finish()
    add('cbda')
    finish()
    expect(started.slice(5).join(' ')).toBe('c1 a6 d1 b1')
  })
})

describe('what waits is bounded', () => {
  test.each<[string, Partial<FairQueueLimits>, string, string[]]>([
    ['for one source', { waitingPerSource: 2 }, 'aaaaa', ['a4 source', 'a5 source']],
    [
      'for one account, the oldest goes',
      { waitingPerAccount: 2 },
      'a@x b@x c@x d@x e@x f@y',
      ['b1 source', 'c1 source'],
    ],
    ['known ones have no limit of their account', { waitingPerAccount: 1 }, 'a@x K@x L@x M@x', []],
    ['others have places of their own', { waitingPerSource: 2 }, 'aaaaabb', ['a4 source', 'a5 source']],
    ['in all: of strangers, the oldest goes', { waiting: 2 }, 'abcd', ['b1 all']],
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
    ['as many as there are places run', { atOnce: 3, waiting: 1 }, 'abcde', ['d1 all']],
  ])('%s', (_, limits, jobs, expected) => {
    const { finish, started, shed } = run(limits, jobs)
    expect(shed).toEqual(expected)
    finish()
    expect(started.length + shed.length).toBe(jobs.replaceAll(/@\w| /g, '').length)
  })

  test('in time: strangers that wait for too long are answered, known ones wait on', () => {
    const { add, finish, wait, started, shed } = run(
      { patienceMs: (most) => (most > 2 ? 100 : 1_000) },
      'abcKdef',
    )
    wait(50)
    add('g')
    wait(60)
    add('h')
    // More than two have waited at once: those that have waited for 100 ms go, down to the last one.
    expect(shed).toEqual(['b1 all', 'c1 all', 'd1 all', 'e1 all', 'f1 all'])
    wait(1_000)
    finish()
    expect(started).toEqual(['a1', 'K1'])
    expect(shed.slice(5)).toEqual(['g1 all', 'h1 all'])
    // Nobody waits any more: there is patience again.
    add('ij')
    wait(500)
    add('k')
    expect(shed.slice(7)).toEqual([])
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
