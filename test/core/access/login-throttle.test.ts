import { describe, expect, test } from 'vitest'
import { memoryRateLimitStore } from '../../../src/adapters/throttle/limiter.ts'
import { createKnownLogins, createLoginThrottle } from '../../../src/core/access/login-throttle.ts'

const LIMITS = {
  perAccountAndAddress: { attempts: 3, windowSeconds: 60 },
  perAddress: { attempts: 6, windowSeconds: 60 },
  perAccount: { attempts: 8, windowSeconds: 60 },
}
const throttled = expect.objectContaining({
  code: 'THROTTLED',
  status: 429,
  headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) },
})
const make = () => createLoginThrottle(memoryRateLimitStore(), LIMITS, createKnownLogins())
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

  test('who logged in before is not locked out by guesses at its name elsewhere, or at other names there', async () => {
    const throttle = make()
    const [here, there] = ['192.0.2.1', '198.51.100.7']
    await throttle.attempt(here, 'amelia')
    await throttle.succeeded(here, 'amelia')
    for (let host = 1; host <= 8; host += 1) await throttle.attempt(`203.0.113.${host}`, 'amelia')
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await throttle.attempt(here, name)
    await expect(throttle.attempt(there, 'amelia')).rejects.toEqual(throttled)
    await expect(throttle.attempt(here, 'bert')).rejects.toEqual(throttled)
    await throttle.attempt(here, 'amelia')
    await throttle.succeeded(here, 'amelia')
    // But guesses at this name from there are limited, and nobody else is let in by its logins.
    await guess(throttle, 3, here, 'amelia')
    await expect(throttle.attempt(here, 'amelia')).rejects.toEqual(throttled)
    await expect(throttle.attempt(there, 'amelia')).rejects.toEqual(throttled)
    await expect(throttle.attempt(here, 'bert')).rejects.toEqual(throttled)
  })

  test('capitals make no new account', async () => {
    const throttle = make()
    for (const name of ['amelia', 'Amelia', 'AMELIA']) await throttle.attempt('192.0.2.1', name)
    await expect(throttle.attempt('192.0.2.1', 'aMELIA')).rejects.toEqual(throttled)
  })

  test.each([
    ['blanks around and in it', [' amelia', 'amelia ', 'amelia\u00a0', '\u3000amelia', 'ame lia']],
    ['control characters', ['amelia\0', '\u0001amelia', 'amelia\r\n', 'ame\tlia']],
    [
      'characters of no width',
      ['amelia\u200b', 'ame\u200dlia', '\ufeffamelia', 'ame\u00adlia', 'amelia\u2060'],
    ],
    [
      'what Unicode says to ignore',
      ['amelia\u034f', 'amelia\ufe0f', '\u115famelia', '\u3164amelia', 'amelia\u180e'],
    ],
    ['directions', ['\u202eamelia', '\u2066amelia\u2069']],
    ['other forms of the same letters', ['ａｍｅｌｉａ', '𝐚𝐦𝐞𝐥𝐢𝐚', 'ＡＭＥＬＩＡ', 'ⓐⓜⓔⓛⓘⓐ']],
    ['accents, which some tables do not compare', ['amélia', 'ame\u0301lia', 'ÄMELIA']],
  ])('%s make no new account', async (_, names) => {
    for (const name of names) {
      const throttle = make()
      await guess(throttle, 3, '192.0.2.1', 'amelia')
      await expect(throttle.attempt('192.0.2.1', name)).rejects.toEqual(throttled)
    }
  })

  test.each([
    ['Straße', 'STRASSE'],
    ['ﬁnn', 'FINN'],
    ['İstanbul', 'istanbul'],
  ])('%s is %s', async (name, same) => {
    const throttle = make()
    await guess(throttle, 3, '192.0.2.1', name)
    await expect(throttle.attempt('192.0.2.1', same)).rejects.toEqual(throttled)
    await throttle.attempt('192.0.2.1', `${same}2`)
  })

  test('a store that is away is a 503, not an open door', async () => {
    const away = {
      retryAfterMs: () => Promise.reject(new Error('away')),
      consume: async () => 0,
      refund: async () => undefined,
      reset: async () => undefined,
    }
    const throttle = createLoginThrottle({ counter: () => away }, LIMITS, createKnownLogins())
    await expect(throttle.attempt('192.0.2.1', 'amelia')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
  })
})
