import { describe, expect, it } from 'vitest'
import {
  cryptoRandom,
  hashOf,
  newDeviceCode,
  newUserCode,
  readUserCode,
  shownCode,
} from '../../src/plugins/phone-login/codes.ts'

const counting = () => {
  let next = 0
  return { below: (limit: number) => next++ % limit, bytes: (count: number) => new Uint8Array(count) }
}

describe('the code for people', () => {
  it('has eight letters, none a vowel and none that looks like another letter or a digit', () => {
    const all = new Set<string>()
    const random = counting()
    for (let times = 0; times < 5; times += 1) for (const letter of newUserCode(random)) all.add(letter)
    expect([...all].sort().join('')).toBe('BCDFGHJKLMNPQRSTVWXZ')
    expect(newUserCode(cryptoRandom)).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/)
    expect(shownCode('BCDFGHJK')).toBe('BCDF-GHJK')
  })

  it.each([
    ['as it is shown', 'BCDF-GHJK', 'BCDFGHJK'],
    ['in small letters, without the hyphen', 'bcdfghjk', 'BCDFGHJK'],
    ['with spaces and another hyphen', ' bcdf – ghjk ', 'BCDFGHJK'],
    ['in full-width letters of a Chinese keyboard', 'ＢＣＤＦ－ｇｈｊｋ', 'BCDFGHJK'],
    ['too short', 'BCDFGHJ', null],
    ['too long', 'BCDFGHJKL', null],
    ['with a vowel', 'BCDFGHJA', null],
    ['with a digit', 'BCDFGHJ1', null],
    ['with a Cyrillic letter that looks the same', 'ВCDFGHJK', null],
    ['empty', '', null],
    ['very long', 'BCDFGHJK'.padEnd(1_000_000, ' '), null],
  ])('%s', (_how, typed, code) => expect(readUserCode(typed)).toBe(code))
})

describe('the device code', () => {
  it('has 256 bits, and only its hash is kept', () => {
    const code = newDeviceCode(cryptoRandom)
    expect(Buffer.from(code, 'base64url')).toHaveLength(32)
    expect(newDeviceCode(cryptoRandom)).not.toBe(code)
    expect(hashOf(code)).not.toContain(code)
    expect(hashOf(`${code}x`)).not.toBe(hashOf(code))
  })
})
