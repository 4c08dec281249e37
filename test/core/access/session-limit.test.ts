import { expect, test } from 'vitest'
import { createSessionLimit, tooMany } from '../../../src/core/access/session-limit.ts'
import type { Session } from '../../../src/core/ports/index.ts'
import { sessionOf } from '../../support/sessions.ts'

const at = (id: string, tokenIssuedAt: number): Session => sessionOf(0, { id, tokenIssuedAt, createdAt: 0 })
const ids = (sessions: readonly Session[]): string[] => sessions.map(({ id }) => id)

test.each<[string, [string, number][], string[], number, string[]]>([
  [
    'no more than may be',
    [
      ['a', 1],
      ['b', 2],
    ],
    [],
    2,
    [],
  ],
  [
    'the one whose token is the oldest',
    [
      ['b', 2],
      ['a', 1],
      ['c', 3],
    ],
    [],
    2,
    ['a'],
  ],
  [
    'as many as are too many',
    [
      ['c', 3],
      ['a', 1],
      ['b', 2],
    ],
    [],
    1,
    ['a', 'b'],
  ],
  [
    'never one in use, however old',
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ],
    ['a'],
    2,
    ['b'],
  ],
  [
    'none, when those that are too many are in use',
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ],
    ['a', 'b'],
    1,
    [],
  ],
])('%s', (_, sessions, inUse, most, expected) => {
  expect(
    ids(
      tooMany(
        sessions.map(([id, time]) => at(id, time)),
        new Set(inUse),
        most,
      ),
    ),
  ).toEqual(expected)
})

test('a user who logs in without end has no more than a tenth above the limit; another one loses nothing', async () => {
  const open = new Map<string, Session>([['other', sessionOf(0, { id: 'other', userId: 'u2' })]])
  let looks = 0
  const limit = createSessionLimit({
    most: 50,
    inUse: () => new Set(['s0']),
    async list(userId) {
      looks += 1
      return [...open.values()].filter((session) => session.userId === userId)
    },
    end: async ({ id }) => open.delete(id),
  })
  for (let index = 0; index < 500; index += 1) {
    const session = sessionOf(0, { id: `s${index}`, userId: 'u1', tokenIssuedAt: index })
    open.set(session.id, session)
    await limit(session)
    expect(open.has(session.id)).toBe(true)
    expect(open.size).toBeLessThanOrEqual(50 + 5 + 2)
  }
  expect(open.has('s0')).toBe(true)
  expect(open.has('other')).toBe(true)
  expect(looks).toBeLessThanOrEqual(101)
})

test('which sessions are in use is asked only when a user has too many, because it takes a look at every connection', async () => {
  let asked = 0
  const open = [at('a', 1)]
  const limit = createSessionLimit({
    most: 2,
    inUse() {
      asked += 1
      return new Set()
    },
    list: async () => open,
    end: async ({ id }) =>
      open.splice(
        open.findIndex((one) => one.id === id),
        1,
      ),
  })
  for (const [id, expected] of [
    ['b', 0],
    ['c', 1],
  ] as const) {
    open.push(at(id, 2))
    await limit(at(id, 2))
    expect(asked).toBe(expected)
  }
  expect(ids(open)).toEqual(['b', 'c'])
})
