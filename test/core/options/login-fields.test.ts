import { describe, expect, it } from 'vitest'
import { wordsIn } from '../../../src/core/access/login-fields.ts'
import { loginFormFaults } from '../../../src/core/options/login-fields.ts'
import { parseOptions } from '../../../src/core/options/parse.ts'

const store = (more: object) => ({ authenticate: async () => null, findById: async () => null, ...more })
const label = 'Tenant'

describe('the fields of a user store', () => {
  it.each<[string, unknown]>([
    ['none', undefined],
    ['one', { tenant: { label } }],
    [
      'all settings',
      {
        tenant: { label: { en: 'Tenant', 'zh-CN': '租户' }, required: false, maxLength: 5, remember: false },
      },
    ],
    ['choices', { tenant: { label, choices: { 1: 'One', two: { en: 'Two' } } } }],
    ['settings that are undefined', { tenant: { label, required: undefined, choices: undefined } }],
  ])('%s: fine', (_name, fields) => {
    expect(loginFormFaults(store({ fields }), true)).toEqual([])
    expect(() => parseOptions({ users: store({ fields }) }, {})).not.toThrow()
  })

  it.each<[string, unknown, string, string]>([
    ['a list', ['tenant'], 'users.fields', 'needs an object'],
    ['no label', { tenant: {} }, 'users.fields.tenant.label', 'is missing'],
    ['an empty label', { tenant: { label: ' ' } }, 'users.fields.tenant.label', 'must not be empty'],
    ['a label in no language', { tenant: { label: {} } }, 'users.fields.tenant.label', 'needs a text'],
    [
      'a label in a language that is none',
      { tenant: { label: { English: 'Tenant' } } },
      'users.fields.tenant.label.English',
      'language tags',
    ],
    ['a name of the login', { password: { label } }, 'users.fields.password', 'choose another one'],
    [
      'a name that every object has',
      { constructor: { label } },
      'users.fields.constructor',
      'choose another one',
    ],
    ['a name with a hyphen', { 'call-sign': { label } }, 'users.fields.call-sign', 'such as tenant'],
    ['no choices', { tenant: { label, choices: {} } }, 'users.fields.tenant.choices', 'at least one'],
    [
      'a mistyped setting',
      { tenant: { label, require: true } },
      'users.fields.tenant.require',
      'did you mean "required"?',
    ],
    [
      'too many',
      Object.fromEntries('abcdefg'.split('').map((name) => [name, { label }])),
      'users.fields',
      'at most 6',
    ],
  ])('%s: the error names it and the fix', (_name, fields, option, words) => {
    const faults = loginFormFaults(store({ fields }), true)
    expect(faults).toMatchObject([{ option, fix: expect.stringContaining(words) }])
    expect(() => parseOptions({ users: store({ fields }) }, {})).toThrow(words)
  })

  it('a fixed list of users has none', () => {
    expect(loginFormFaults([{ username: 'ada', password: 'fake' }], true)).toEqual([])
    expect(loginFormFaults(false, true)).toEqual([])
  })
})

describe('a second step', () => {
  it('needs a function, and limits', () => {
    expect(loginFormFaults(store({ verifyChallenge: true }), true)).toMatchObject([
      { option: 'users.verifyChallenge' },
    ])
    const verifyChallenge = async () => null
    expect(loginFormFaults(store({ verifyChallenge }), true)).toEqual([])
    expect(loginFormFaults(store({ verifyChallenge }), false)).toMatchObject([{ option: 'loginRateLimit' }])
  })

  it('can be left only if there is one, and with a function', () => {
    const [verifyChallenge, cancelChallenge] = [async () => null, async () => undefined]
    expect(loginFormFaults(store({ verifyChallenge, cancelChallenge }), true)).toEqual([])
    for (const wrong of [{ cancelChallenge }, { verifyChallenge, cancelChallenge: true }])
      expect(loginFormFaults(store(wrong), true)).toMatchObject([{ option: 'users.cancelChallenge' }])
  })
})

it.each([
  ['Tenant', 'zh', 'Tenant'],
  [{ en: 'Tenant', zh: '租户' }, 'zh', '租户'],
  [{ en: 'Tenant', zh: '租户' }, 'zh-CN', '租户'],
  [{ en: 'Tenant', zh: '租户' }, 'fr', 'Tenant'],
  [{ de: 'Mandant' }, 'fr', 'Mandant'],
  [{ en: 'Tenant' }, 'constructor', 'Tenant'],
])('words %j in %s: %s', (words, language, expected) => {
  expect(wordsIn(words, language)).toBe(expected)
})
