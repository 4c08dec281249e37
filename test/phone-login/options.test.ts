import { describe, expect, it } from 'vitest'
import { createDjiCloud } from '../../src/index.ts'
import { type PhoneLoginOptions, phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { badgeReader } from '../support/badge-reader.ts'
import { idleBroker } from '../support/idle-broker.ts'

const faultsOf = (options: PhoneLoginOptions, others = [badgeReader()]): string => {
  try {
    const plugins = [phoneLogin(options), ...others]
    void createDjiCloud({ broker: idleBroker(), logger: false, plugins }).close()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('options of phoneLogin', () => {
  it('none are needed', () => expect(faultsOf({})).toBe(''))

  it.each<[string, PhoneLoginOptions, RegExp]>([
    ['too short', { codeTtlSeconds: 10 }, /phoneLogin\.codeTtlSeconds: needs .*60/],
    ['too long', { codeTtlSeconds: 86_400 }, /phoneLogin\.codeTtlSeconds: needs .*900/],
    ['a slip', { codeTtl: 300 } as never, /phoneLogin\.codeTtl: .*codeTtlSeconds/],
    ['no function', { mayApprove: true } as never, /phoneLogin\.mayApprove: needs a function/],
    [
      'no window',
      { limits: { guessesPerUser: { attempts: 3 } } } as never,
      /phoneLogin\.limits\.guessesPerUser\.windowSeconds/,
    ],
  ])('%s is a start-up fault with the name and the fix', (_what, options, words) =>
    expect(faultsOf(options)).toMatch(words),
  )

  it('without a login that knows the phone, the start says what is missing', () => {
    expect(faultsOf({}, [])).toMatch(/plugins\.phone-login: needs a login that knows who a browser is/)
  })
})
