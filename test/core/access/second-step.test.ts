import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { memoryRateLimitStore, redisRateLimitStore } from '../../../src/adapters/throttle/limiter.ts'
import { checkedChallenge, isChallenge, readCode } from '../../../src/core/access/challenge.ts'
import { createKeyRing } from '../../../src/core/access/keys.ts'
import { createSealer } from '../../../src/core/access/sealed.ts'
import {
  createSecondStep,
  DEFAULT_SECOND_STEP,
  type FirstStep,
} from '../../../src/core/access/second-step.ts'
import { manualClock } from '../../support/clock.ts'
import { withRedis } from '../../support/stores.ts'

const SECRETS = ['an obviously fake secret number one', 'an obviously fake secret number two']
const sealerOf = (...secrets: string[]) => createSealer(createKeyRing([], secrets).derive('login-challenge'))

const ADA: FirstStep = {
  username: 'ada',
  address: '192.0.2.1',
  typed: 'hash-of-ada',
  flag: 2,
  pageKey: 'page-1',
}
const CHALLENGE = { challenge: 'otp', id: 'u1', digits: 6 }

function stage({ limits = DEFAULT_SECOND_STEP, secrets = SECRETS, store = memoryRateLimitStore() } = {}) {
  const clock = manualClock()
  const make = (...keys: string[]) =>
    createSecondStep({
      ...{ store, limits, clock, sealer: sealerOf(...keys) },
      randomId: randomUUID,
    })
  const step = make(...secrets)
  const begin = (first: Partial<FirstStep> = {}, challenge: object = {}) => {
    const { token } = step.begin(checkedChallenge({ ...CHALLENGE, ...challenge }), { ...ADA, ...first })
    const pending = step.open(token)
    if (pending === null) throw new Error('its own token does not open')
    return { token, pending }
  }
  return { clock, step, begin, make }
}

describe('the token of a challenge', () => {
  it('holds what the second step needs, and shows nothing of it', () => {
    const { begin, clock } = stage()
    const { token, pending } = begin({}, { data: { ticket: 'a-fake-secret' } })
    expect(pending).toMatchObject({
      ...{ kind: 'otp', userId: 'u1', username: 'ada', address: '192.0.2.1', flag: 2, digits: 6 },
      ...{ data: '{"ticket":"a-fake-secret"}', expiresAt: clock.now() + 300_000 },
    })
    expect(pending).not.toHaveProperty('pageKey')
    const readable = Buffer.from(token, 'base64url').toString('latin1')
    for (const secret of ['a-fake-secret', 'ada', 'u1', 'otp']) expect(readable).not.toContain(secret)
  })

  it('opens for no change in it, no other secret, and no text of another kind', () => {
    const { step, begin, make } = stage()
    const { token } = begin()
    const bytes = Buffer.from(token, 'base64url')
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      expect(step.open(changed.toString('base64url')), `byte ${at}`).toBeNull()
    }
    for (const text of ['', 'x', '====', token.slice(0, 40), token.slice(4), 'é'.repeat(50), `${token}AAAA`])
      expect(step.open(text), text).toBeNull()
    expect(make('another obviously fake secret of these').open(token)).toBeNull()
  })

  it('opens after its secret has been rotated', () => {
    const { begin, make } = stage()
    expect(make('a brand new obviously fake secret', ...SECRETS).open(begin().token)).toMatchObject({
      userId: 'u1',
    })
  })

  it('is sealed with a key of its own', () => {
    const ring = createKeyRing([], SECRETS)
    const other = createSealer(ring.derive('access'))
    expect(other.open(stage().begin().token)).toBeNull()
  })

  it('is another one each time', () => {
    const { begin } = stage()
    expect(begin().token).not.toBe(begin().token)
  })
})

describe('who may answer', () => {
  it.each([
    ['the same page', 'page-1', { pageKey: 'page-1', flag: 2 }, null],
    ['the same page that says no flag', 'page-1', { pageKey: 'page-1', flag: null }, null],
    ['another page', 'page-1', { pageKey: 'page-2', flag: 2 }, 'elsewhere'],
    ['one that has no key', 'page-1', { pageKey: null, flag: 2 }, 'elsewhere'],
    ['one with an empty key', 'page-1', { pageKey: '', flag: 2 }, 'elsewhere'],
    ['one with the digest as key', 'page-1', { pageKey: 'DIGEST', flag: 2 }, 'elsewhere'],
    ['a page that never had a key', null, { pageKey: null, flag: 2 }, null],
    ['a page that got a key in between', null, { pageKey: 'page-1', flag: 2 }, 'elsewhere'],
    ['a browser for a controller', 'page-1', { pageKey: 'page-1', flag: 1 }, 'elsewhere'],
    ['a browser that takes both, for a controller', 'page-1', { pageKey: 'page-1', flag: 3 }, 'elsewhere'],
  ])('%s', (_name, began, from, expected) => {
    const { step, begin } = stage()
    const { pending } = begin({ pageKey: began })
    const pageKey = from.pageKey === 'DIGEST' ? pending.page : from.pageKey
    expect(step.fault(pending, { ...from, pageKey })).toBe(expected)
  })

  it.each([
    [undefined, 299_999, null],
    [undefined, 300_000, 'expired'],
    [60, 59_999, null],
    [60, 60_000, 'expired'],
    // No longer than the counters of the challenge are kept.
    [3600, 300_000, 'expired'],
  ])('with expiresInSeconds %s, after %s ms: %s', (expiresInSeconds, later, expected) => {
    const { step, begin, clock } = stage()
    const { pending } = begin({}, expiresInSeconds === undefined ? {} : { expiresInSeconds })
    clock.advance(later)
    expect(step.fault(pending, { pageKey: 'page-1', flag: 2 })).toBe(expected)
  })
})

describe('codes', () => {
  const many = { ...DEFAULT_SECOND_STEP, perAccountSecondStep: { attempts: 1000, windowSeconds: 60 } }

  it('are as many as the challenge takes, and no more', async () => {
    const { step, begin } = stage({ limits: many })
    const { pending } = begin()
    const left = []
    for (let count = 0; count < 7; count += 1) left.push(await step.attempt(pending, ADA.address))
    expect(left).toEqual([4, 3, 2, 1, 0, 'too_many', 'too_many'])
  })

  it('are as many when all come at once', async () => {
    const { step, begin } = stage({ limits: many })
    const { pending } = begin()
    const left = await Promise.all(Array.from({ length: 20 }, () => step.attempt(pending, ADA.address)))
    expect(left.filter((one) => one !== 'too_many').sort()).toEqual([0, 1, 2, 3, 4])
  })

  it('finish a challenge once, also when both were right at the same time', async () => {
    const { step, begin } = stage()
    const { pending } = begin()
    await Promise.all([step.attempt(pending, ADA.address), step.attempt(pending, ADA.address)])
    const finished = await Promise.all([step.finish(pending, ADA.address), step.finish(pending, ADA.address)])
    expect(finished.sort()).toEqual([false, true])
    expect(await step.attempt(pending, ADA.address)).toBe('used')
  })

  it('are counted for the user, however often the login begins again, and from wherever', async () => {
    const { step, begin } = stage()
    for (let guess = 0; guess < 10; guess += 1) await step.attempt(begin().pending, `198.51.100.${guess}`)
    await expect(step.attempt(begin().pending, '203.0.113.9')).rejects.toMatchObject({ code: 'THROTTLED' })
    // Another name for the same user makes no difference; another user does.
    const alias = begin({ username: 'ada@example.com' }).pending
    await expect(step.attempt(alias, '203.0.113.9')).rejects.toMatchObject({ code: 'THROTTLED' })
    expect(await step.attempt(begin({}, { id: 'u2' }).pending, '203.0.113.9')).toBe(4)
  })

  it('of many challenges are counted together, also when all come at once', async () => {
    const { step, begin } = stage()
    const tried = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => step.attempt(begin().pending, `198.51.100.${index}`)),
    )
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  const logIn = async (
    { step, begin }: ReturnType<typeof stage>,
    address: string,
    first: Partial<FirstStep> = {},
    challenge: object = {},
  ) => {
    const { pending } = begin(first, challenge)
    await step.attempt(pending, address)
    await step.finish(pending, address)
  }

  it('of others lock nobody out where a code of the user was right before', async () => {
    const one = stage()
    const { step, begin } = one
    await logIn(one, ADA.address)
    for (let guess = 0; guess < 10; guess += 1) await step.attempt(begin().pending, '198.51.100.7')
    await expect(step.attempt(begin().pending, '198.51.100.7')).rejects.toMatchObject({ code: 'THROTTLED' })
    expect(await step.attempt(begin().pending, ADA.address)).toBe(4)
    // Another name of the same user makes no difference.
    expect(await step.attempt(begin({ username: 'ada@example.com' }).pending, ADA.address)).toBe(4)
    // Its own are counted there, too.
    for (let guess = 0; guess < 8; guess += 1) await step.attempt(begin().pending, ADA.address)
    await expect(step.attempt(begin().pending, ADA.address)).rejects.toMatchObject({ code: 'THROTTLED' })
  })

  it('are not more for who has logged in there with another account of the same name', async () => {
    const one = stage()
    const { step, begin } = one
    let through = 0
    for (let host = 1; host <= 50; host += 1) {
      const address = `198.51.100.${host}`
      await logIn(one, address, {}, { id: 'south/ada' })
      expect(step.isKnown(begin({}, { id: 'south/ada' }).pending, address)).toBe(true)
      expect(step.isKnown(begin({}, { id: 'corp/ada' }).pending, address)).toBe(false)
      for (let guess = 0; guess < 10; guess += 1)
        await step.attempt(begin({}, { id: 'corp/ada' }).pending, address).then(
          () => (through += 1),
          () => undefined,
        )
    }
    expect(through).toBe(DEFAULT_SECOND_STEP.perAccountSecondStep.attempts)
  })

  it('that are right are not counted as wrong, and do not wipe out the wrong ones', async () => {
    const { step, begin } = stage()
    for (let login = 0; login < 12; login += 1) {
      const { pending } = begin()
      await step.attempt(pending, ADA.address)
      await step.finish(pending, ADA.address)
    }
    for (let guess = 0; guess < 9; guess += 1) await step.attempt(begin().pending, ADA.address)
    const { pending } = begin()
    await step.attempt(pending, ADA.address)
    await step.finish(pending, ADA.address)
    await step.attempt(begin().pending, ADA.address)
    await expect(step.attempt(begin().pending, ADA.address)).rejects.toMatchObject({ code: 'THROTTLED' })
  })
})

withRedis('codes at two nodes', (redis) => {
  it('are counted together, and one node alone lets somebody in', async () => {
    const store = redisRateLimitStore({ url: redis().url, prefix: `${randomUUID()}:` })
    try {
      const limits = { ...DEFAULT_SECOND_STEP, perAccountSecondStep: { attempts: 1000, windowSeconds: 60 } }
      const nodes = [stage({ limits, store }), stage({ limits, store })] as const
      const { token } = nodes[0].begin()
      const at = (index: number) => nodes[index % 2 === 0 ? 0 : 1].step
      const pendingAt = (index: number) => at(index).open(token) ?? expect.fail('does not open')
      const left = await Promise.all(
        Array.from({ length: 20 }, (_, index) => at(index).attempt(pendingAt(index), ADA.address)),
      )
      expect(left.filter((one) => one !== 'too_many').sort()).toEqual([0, 1, 2, 3, 4])
      const finished = await Promise.all(
        [0, 1, 2, 3].map((index) => at(index).finish(pendingAt(index), ADA.address)),
      )
      expect(finished.filter(Boolean)).toHaveLength(1)
    } finally {
      await store.close?.()
    }
  })
})

it.each([
  ['123456', 6, '123456'],
  [' 123 456 ', 6, '123456'],
  ['123-456', 6, '123456'],
  ['１２３４５６', 6, '123456'],
  ['12\u00a034\u200956', 6, '123456'],
  ['12345', 6, null],
  ['1234567', 6, null],
  [' - ', 6, null],
  ['12345x', 6, null],
  ['+12345', 6, null],
  ['12345\u0661', 6, null],
  ['½12345', 6, null],
  ['123456\n', 6, '123456'],
  [' horse battery ', null, 'horse battery'],
  ['ABC-DEF', null, 'ABC-DEF'],
  ['   ', null, null],
])('the code %j with %s digits means %j', (typed, digits, meant) => {
  expect(readCode(typed, digits)).toBe(meant)
})

it.each([
  ['otp', true],
  ['', true],
  [6, true],
  [0, true],
  [true, true],
  [false, true],
  [{}, true],
  [null, false],
  [undefined, false],
])('an answer whose field challenge is %j is a challenge: %s', (challenge, expected) => {
  expect(isChallenge({ id: 'u1', challenge } as never)).toBe(expected)
})

it.each([
  [{ challenge: 'OTP', id: 'u1' }, 'challenge needs small letters, digits and hyphens, such as otp'],
  [{ challenge: 6, id: 'u1' }, 'challenge'],
  [{ challenge: 6, id: 'u1' }, 'A user who needs no code must not have the field challenge'],
  [{ challenge: 'otp', id: '' }, 'id must not be empty'],
  [{ challenge: 'otp', id: 'u1', digits: 2 }, 'digits'],
  [{ challenge: 'otp', id: 'u1', hint: 'x'.repeat(300) }, 'hint'],
  [{ challenge: 'otp', id: 'u1', expiresInSeconds: 0 }, 'expiresInSeconds'],
  [{ challenge: 'otp', id: 'u1', data: 'x'.repeat(5000) }, 'The data of a session needs'],
])('the challenge %j is refused, naming the field', (challenge, message) => {
  expect(() => checkedChallenge(challenge as never)).toThrow(message)
})
