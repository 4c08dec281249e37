import { describe, expect, test } from 'vitest'
import { createLoginQueue, DEFAULT_QUEUE } from '../../../src/core/access/login-queue.ts'
import { isDjiCloudError } from '../../../src/core/errors.ts'

/** Logins of strangers, each from its address; looking at a password ends when the test says so. */
function stage() {
  const known = new Set<string>()
  const queue = createLoginQueue(DEFAULT_QUEUE, { now: () => 0 })
  const running: (() => void)[] = []
  const outcomes = new Map<string, Promise<string>>()
  return {
    welcome: (address: string, username: string) => known.add(`${address} ${username}`),
    login(address: string, username: string): void {
      const outcome = queue
        .run(
          { address, username, isKnown: known.has(`${address} ${username}`) },
          () => new Promise<string>((resolve) => running.push(() => resolve('in'))),
        )
        .catch((error: unknown) => (isDjiCloudError(error) ? error.code : String(error)))
      outcomes.set(`${address} ${username}`, outcome)
    },
    /** What became of those whose name begins so, once everything that waits was looked at. */
    async settle(prefix: string): Promise<Record<string, number>> {
      let isOver = false
      const all = Promise.all(outcomes.values()).then(() => (isOver = true))
      while (!isOver) {
        for (const end of running.splice(0)) end()
        await new Promise(setImmediate)
      }
      await all
      const counts: Record<string, number> = {}
      for (const [key, outcome] of outcomes) {
        if (!key.split(' ')[1]!.startsWith(prefix)) continue
        const what = await outcome
        counts[what] = (counts[what] ?? 0) + 1
      }
      return counts
    },
  }
}

const GOOD = 50
/** Elsewhere: other sites of one other provider, so that they are one group themselves. */
const goodAddress = (index: number): string => `2001:db9:${index.toString(16)}::1`

describe.each<[string, (index: number) => string]>([
  ['203 networks of one /48', (index) => `2001:db8:1:${((index % 203) << 8).toString(16)}::1`],
  ['203 sites of one provider', (index) => `2001:db8:${(index % 203).toString(16)}::1`],
  ['203 addresses of one IPv4 /24', (index) => `192.0.2.${index % 203}`],
  ['203 sites of one IPv4 /16', (index) => `198.51.${index % 203}.1`],
])('a flood from %s', (_title, attacker) => {
  test.each([
    ['after', 0],
    ['among', 20],
  ])('leaves room for all good logins that come %s it', async (_when, every) => {
    const { login, settle } = stage()
    const flood = 1_000
    for (let index = 0; index < flood; index += 1) {
      login(attacker(index), `guess-${index}`)
      if (every > 0 && index % every === 0) login(goodAddress(index / every), `good-${index / every}`)
    }
    if (every === 0) for (let index = 0; index < GOOD; index += 1) login(goodAddress(index), `good-${index}`)
    expect(await settle('good')).toEqual({ in: GOOD })
    const guesses = await settle('guess')
    expect(guesses['in']).toBeLessThanOrEqual(DEFAULT_QUEUE.queueLimit + DEFAULT_QUEUE.concurrency)
    expect((guesses['in'] ?? 0) + (guesses['BUSY'] ?? 0)).toBe(flood)
  })
})

test('who logged in before from the address of a flood gets in beside it, and soon', async () => {
  const { login, welcome, settle } = stage()
  welcome('192.0.2.7', 'good-amelia')
  for (let index = 0; index < 1_000; index += 1) login('192.0.2.7', `guess-${index}`)
  login('192.0.2.7', 'good-amelia')
  login('192.0.2.7', 'new-bert')
  expect(await settle('good')).toEqual({ in: 1 })
  // Who is not known there shares the room of the address with the guesses.
  expect(await settle('new')).toEqual({ THROTTLED: 1 })
})
