import { describe, expect, test } from 'vitest'
import { memoryAttempts } from '../../../src/adapters/throttle/limiter.ts'
import { createLoginThrottle } from '../../../src/core/access/login-throttle.ts'

const LIMITS = {
  perAccountAndAddress: { attempts: 3, window: 60 },
  perAddress: { attempts: 6, window: 60 },
  perAccount: { attempts: 8, window: 60 },
}
const throttled = expect.objectContaining({
  error: 'THROTTLED',
  status: 429,
  headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) },
})
const make = () => createLoginThrottle(memoryAttempts(), LIMITS)
const guess = async (throttle: ReturnType<typeof make>, times: number, address: string, name: string) => {
  for (let count = 0; count < times; count += 1) await throttle.attempt(address, name)
}

describe('failed logins', () => {
  test('one account from one address: the limit, then a wait', async () => {
    const throttle = make()
    await guess(throttle, 3, '192.0.2.1', 'amelia')
    await expect(throttle.attempt('192.0.2.1', 'amelia')).rejects.toEqual(throttled)
    await throttle.attempt('192.0.2.1', 'bert')
    await throttle.attempt('192.0.2.2', 'amelia')
  })

  test('a hundred at once get no more than the limit through', async () => {
    const throttle = make()
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () => throttle.attempt('192.0.2.1', 'amelia')),
    )
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  })

  test('many accounts from one address', async () => {
    const throttle = make()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await throttle.attempt('192.0.2.1', name)
    await expect(throttle.attempt('192.0.2.1', 'g')).rejects.toEqual(throttled)
  })

  test('one account from many addresses', async () => {
    const throttle = make()
    for (let host = 1; host <= 8; host += 1) await throttle.attempt(`192.0.2.${host}`, 'amelia')
    await expect(throttle.attempt('192.0.2.9', 'amelia')).rejects.toEqual(throttled)
  })

  test('somebody who is locked out no longer locks out others', async () => {
    const throttle = make()
    await guess(throttle, 3, '192.0.2.1', 'amelia')
    for (let count = 0; count < 50; count += 1)
      await throttle.attempt('192.0.2.1', 'amelia').catch(() => undefined)
    await throttle.attempt('192.0.2.2', 'amelia')
    await throttle.attempt('192.0.2.1', 'bert')
  })

  test('a success counts against nobody', async () => {
    const throttle = make()
    for (let count = 0; count < 50; count += 1) {
      await throttle.attempt('192.0.2.1', 'amelia')
      await throttle.succeeded('192.0.2.1', 'amelia')
    }
  })

  test('capitals make no new account', async () => {
    const throttle = make()
    for (const name of ['amelia', 'Amelia', 'AMELIA']) await throttle.attempt('192.0.2.1', name)
    await expect(throttle.attempt('192.0.2.1', 'aMELIA')).rejects.toEqual(throttled)
  })

  test('a store that is away is a 503, not an open door', async () => {
    const away = {
      blockedFor: () => Promise.reject(new Error('away')),
      count: async () => 0,
      giveBack: async () => undefined,
      forget: async () => undefined,
    }
    const throttle = createLoginThrottle({ counter: () => away }, LIMITS)
    await expect(throttle.attempt('192.0.2.1', 'amelia')).rejects.toMatchObject({
      error: 'STORE_UNAVAILABLE',
    })
  })
})
