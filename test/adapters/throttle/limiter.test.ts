import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RateLimitCounter, RateLimitStore } from '../../../src/core/ports/index.ts'
import { memoryRateLimitStore, redisRateLimitStore } from '../../../src/index.ts'
import { withRedis } from '../../support/stores.ts'

const LIMIT = { attempts: 3, windowSeconds: 60 }

/** `+`: counts an attempt. `-`: takes one back. `*`: five are taken back at once. */
const ROWS = [
  ['nothing', '', 3],
  ['one attempt', '+', 2],
  ['one that was right', '+-', 3],
  ['a refund without an attempt, as after the end of its window', '-', 3],
  ['many of them', '----', 3],
  ['many at once', '*', 3],
  ['one attempt and many refunds at once', '+*', 3],
  ['an attempt after such a refund', '-+', 2],
  ['a refund too many between attempts', '+--+', 2],
  ['all attempts', '+++', 0],
  ['all attempts, and one of them was right', '+++-', 1],
] as const

async function play(counter: RateLimitCounter, key: string, steps: string): Promise<number> {
  for (const step of steps) {
    if (step === '+') await counter.consume(key)
    else await Promise.all(Array.from({ length: step === '*' ? 5 : 1 }, () => counter.refund(key)))
  }
  let left = 0
  while (left < 10 && (await counter.consume(key)) === 0) left += 1
  return left
}

describe('the limits in memory', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(ROWS)('after %s (%j) let %i attempts through', async (_what, steps, left) => {
    expect(await play(memoryRateLimitStore().counter('logins', LIMIT), 'pia', steps)).toBe(left)
  })

  it('let no more through in the window after the one whose attempt was taken back late', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    const counter = memoryRateLimitStore().counter('logins', LIMIT)
    await counter.consume('pia')
    vi.advanceTimersByTime(LIMIT.windowSeconds * 1000)
    expect(await play(counter, 'pia', '-')).toBe(LIMIT.attempts)
  })

  it('are looked at without counting', async () => {
    const counter = memoryRateLimitStore().counter('logins', LIMIT)
    for (let times = 0; times < 10; times += 1) expect(await counter.retryAfterMs('pia')).toBe(0)
    expect(await play(counter, 'pia', '')).toBe(LIMIT.attempts)
    expect(await counter.retryAfterMs('pia')).toBeGreaterThan(0)
  })
})

withRedis('the limits in Redis', (redis) => {
  const stores: RateLimitStore[] = []
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close?.()
  })

  it.each(ROWS)('after %s (%j) let %i attempts through', async (_what, steps, left) => {
    const store = redisRateLimitStore({ url: redis().url, prefix: `limits-${steps}:` })
    stores.push(store)
    expect(await play(store.counter('logins', LIMIT), 'pia', steps)).toBe(left)
  })
})
