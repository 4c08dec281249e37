import { describe, expect, test } from 'vitest'
import { memoryRateLimitStore } from '../../../src/adapters/throttle/limiter.ts'
import { typedHash } from '../../../src/core/access/known-logins.ts'
import { createLoginThrottle } from '../../../src/core/access/login-throttle.ts'

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
/** A login as a pilot. */
const of = (
  address: string,
  username: string,
  {
    role = 'pilot',
    ...fields
  }: { readonly role?: 'pilot' | 'web'; readonly [field: string]: string | undefined } = {},
) => ({ address, username, typed: typedHash({ role, username, fields }) })
const make = () => createLoginThrottle(memoryRateLimitStore(), LIMITS)
const guess = async (throttle: ReturnType<typeof make>, times: number, address: string, name: string) => {
  for (let count = 0; count < times; count += 1) await throttle.attempt(of(address, name))
}

describe('failed logins', () => {
  test('one account from one address: the limit, then a wait', async () => {
    const throttle = make()
    await guess(throttle, 3, '192.0.2.1', 'amelia')
    await expect(throttle.attempt(of('192.0.2.1', 'amelia'))).rejects.toEqual(throttled)
    await throttle.attempt(of('192.0.2.1', 'bert'))
    await throttle.attempt(of('192.0.2.2', 'amelia'))
  })

  test('a hundred at once get no more than the limit through', async () => {
    const throttle = make()
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () => throttle.attempt(of('192.0.2.1', 'amelia'))),
    )
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  })

  test('many accounts from one address', async () => {
    const throttle = make()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await throttle.attempt(of('192.0.2.1', name))
    await expect(throttle.attempt(of('192.0.2.1', 'g'))).rejects.toEqual(throttled)
  })

  test('one account from many addresses', async () => {
    const throttle = make()
    for (let host = 1; host <= 8; host += 1) await throttle.attempt(of(`192.0.2.${host}`, 'amelia'))
    await expect(throttle.attempt(of('192.0.2.9', 'amelia'))).rejects.toEqual(throttled)
  })

  test('somebody who is locked out no longer locks out others', async () => {
    const throttle = make()
    await guess(throttle, 3, '192.0.2.1', 'amelia')
    for (let count = 0; count < 50; count += 1)
      await throttle.attempt(of('192.0.2.1', 'amelia')).catch(() => undefined)
    await throttle.attempt(of('192.0.2.2', 'amelia'))
    await throttle.attempt(of('192.0.2.1', 'bert'))
  })

  test('a success counts against nobody', async () => {
    const throttle = make()
    for (let count = 0; count < 50; count += 1) {
      await throttle.attempt(of('192.0.2.1', 'amelia'))
      await throttle.succeeded(of('192.0.2.1', 'amelia'))
    }
  })

  test('who logged in before is not locked out by guesses at its name elsewhere, or at other names there', async () => {
    const throttle = make()
    const [here, there] = ['192.0.2.1', '198.51.100.7']
    await throttle.attempt(of(here, 'amelia'))
    await throttle.succeeded(of(here, 'amelia'))
    for (let host = 1; host <= 8; host += 1) await throttle.attempt(of(`203.0.113.${host}`, 'amelia'))
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await throttle.attempt(of(here, name))
    await expect(throttle.attempt(of(there, 'amelia'))).rejects.toEqual(throttled)
    await expect(throttle.attempt(of(here, 'bert'))).rejects.toEqual(throttled)
    await throttle.attempt(of(here, 'amelia'))
    await throttle.succeeded(of(here, 'amelia'))
    // But guesses at this name from there are limited, and nobody else is let in by its logins.
    await guess(throttle, 3, here, 'amelia')
    await expect(throttle.attempt(of(here, 'amelia'))).rejects.toEqual(throttled)
    await expect(throttle.attempt(of(there, 'amelia'))).rejects.toEqual(throttled)
    await expect(throttle.attempt(of(here, 'bert'))).rejects.toEqual(throttled)
  })

  test('capitals make no new account', async () => {
    const throttle = make()
    for (const name of ['amelia', 'Amelia', 'AMELIA']) await throttle.attempt(of('192.0.2.1', name))
    await expect(throttle.attempt(of('192.0.2.1', 'aMELIA'))).rejects.toEqual(throttled)
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
      await expect(throttle.attempt(of('192.0.2.1', name))).rejects.toEqual(throttled)
    }
  })

  test.each([
    ['Straße', 'STRASSE'],
    ['ﬁnn', 'FINN'],
    ['İstanbul', 'istanbul'],
  ])('%s is %s', async (name, same) => {
    const throttle = make()
    await guess(throttle, 3, '192.0.2.1', name)
    await expect(throttle.attempt(of('192.0.2.1', same))).rejects.toEqual(throttled)
    await throttle.attempt(of('192.0.2.1', `${same}2`))
  })

  test('a store that is away is a 503, not an open door', async () => {
    const away = {
      retryAfterMs: () => Promise.reject(new Error('away')),
      consume: async () => 0,
      refund: async () => undefined,
    }
    const throttle = createLoginThrottle({ counter: () => away }, LIMITS)
    await expect(throttle.attempt(of('192.0.2.1', 'amelia'))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
  })
})

describe('two accounts that have one counter', () => {
  const here = '192.0.2.1'
  const [north, south] = [of(here, 'ada', { tenant: 'north' }), of(here, 'ada', { tenant: 'south' })]
  /** Guesses at one with a success of the other before each round. @returns how many guesses were let through */
  async function guesses(victim: ReturnType<typeof of>, own: ReturnType<typeof of>): Promise<number> {
    const throttle = make()
    let through = 0
    for (let round = 0; round < 20; round += 1) {
      try {
        await throttle.attempt(own)
        await throttle.succeeded(own)
      } catch {
        // Its owner is locked out, too.
      }
      for (let guess = 0; guess < LIMITS.perAccountAndAddress.attempts - 1; guess += 1)
        await throttle.attempt(victim).then(
          () => (through += 1),
          () => undefined,
        )
    }
    return through
  }

  test.each([
    ['a field of the form', north, south],
    ['an accent', of(here, 'René'), of(here, 'Rene')],
    ['a capital', of(here, 'ada'), of(here, 'ADA')],
    ['a blank', of(here, 'ada b'), of(here, 'adab')],
    ['the role', of(here, 'ada'), of(here, 'ada', { role: 'web' })],
  ])('that differ in %s: a success of one wipes out no guess at the other', async (_name, victim, own) => {
    expect(await guesses(victim, own)).toBe(LIMITS.perAccountAndAddress.attempts)
    expect(await guesses(own, victim)).toBe(LIMITS.perAccountAndAddress.attempts)
  })

  test.each([
    ['a field of the form', { tenant: 'north' }, 'ada', { tenant: 'south' }, 'ada'],
    ['a capital', {}, 'ada', {}, 'ADA'],
    ['an accent', {}, 'René', {}, 'Rene'],
    ['the role', {}, 'ada', { role: 'web' as const }, 'ada'],
  ])(
    'that differ in %s: who knows one gets no privilege at the other',
    async (_name, theirs, victim, mine, own) => {
      const throttle = make()
      let through = 0
      const addresses = Array.from({ length: 12 }, (_, host) => `192.0.2.${host + 1}`)
      for (const address of addresses) {
        await throttle.attempt(of(address, own, mine))
        await throttle.succeeded(of(address, own, mine))
      }
      for (const address of addresses) {
        expect(throttle.isKnown(of(address, own, mine))).toBe(true)
        expect(throttle.isKnown(of(address, victim, theirs))).toBe(false)
        await throttle.attempt(of(address, victim, theirs)).then(
          () => (through += 1),
          () => undefined,
        )
      }
      // From everywhere together, not for each address anew.
      expect(through).toBe(LIMITS.perAccount.attempts)
    },
  )

  test('with a new value of a free field each time are still one counter', async () => {
    const throttle = make()
    for (const callsign of ['one', 'two', 'three']) await throttle.attempt(of(here, 'ada', { callsign }))
    await expect(throttle.attempt(of(here, 'ada', { callsign: 'four' }))).rejects.toEqual(throttled)
  })

  test('a success takes back its own attempt, and leaves the failures before it', async () => {
    const throttle = make()
    await guess(throttle, 2, here, 'amelia')
    for (let count = 0; count < 5; count += 1) {
      await throttle.attempt(of(here, 'amelia'))
      await throttle.succeeded(of(here, 'amelia'))
    }
    await throttle.attempt(of(here, 'amelia'))
    await expect(throttle.attempt(of(here, 'amelia'))).rejects.toEqual(throttled)
  })
})
