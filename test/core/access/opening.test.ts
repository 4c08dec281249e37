import { describe, expect, test } from 'vitest'
import { invalid } from '../../../src/core/access/host-sessions.ts'
import { checkOpening, userIdOf } from '../../../src/core/access/opening.ts'
import type { TokenStatus } from '../../../src/core/access/tokens.ts'
import { sessionOf, WORKSPACE_A } from '../../support/sessions.ts'

const amelia = { id: 'u1', username: 'amelia', role: 'pilot', workspace: WORKSPACE_A }
const session = sessionOf(Date.UTC(2026, 0, 15))

describe('what sessions.open is given', () => {
  test.each<[string, unknown, string]>([
    ['a record', amelia, 'u1'],
    ['a record with a number as id', { ...amelia, id: 7 }, '7'],
    ['a record without a role', { ...amelia, role: undefined }, 'u1'],
    ['an id', 'u1', 'u1'],
    ['a number', 0, '0'],
  ])('%s is taken', (_name, user, id) => {
    expect(() =>
      checkOpening(user as never, { reason: 'kiosk', flag: 2, gateway: '5YSZKFAKE0001' }),
    ).not.toThrow()
    expect(userIdOf(user as never)).toBe(id)
  })

  test.each<[string, unknown, object, RegExp]>([
    ['nobody', null, {}, /the user needs an object, or the id of a user/],
    ['an empty id', '', {}, /the user needs an object/],
    ['half a number', 1.5, {}, /the user needs an object/],
    ['a list', [], {}, /user\.id needs a text/],
    ['a record without id', { ...amelia, id: undefined }, {}, /user\.id needs a text/],
    ['a very long id', 'x'.repeat(257), {}, /user\.id needs at most 256/],
    ['a record without name', { ...amelia, username: '' }, {}, /user\.username needs a text/],
    ['a record with another role', { ...amelia, role: 'admin' }, {}, /user\.role needs 'pilot' or 'web'/],
    ['a record without workspace', { ...amelia, workspace: null }, {}, /user\.workspace\.id needs the id/],
    ['no reason', 'u1', { reason: undefined }, /reason needs small letters/],
    ['a reason with blanks', 'u1', { reason: 'my kiosk' }, /reason needs small letters/],
    ['another flag', 'u1', { flag: 3 }, /flag needs 1 for browsers or 2/],
    ['a gateway that is no serial number', 'u1', { gateway: 'a/+' }, /gateway needs the serial number/],
  ])('%s is refused with the field', (_name, user, more, words) => {
    const call = () => checkOpening(user as never, { reason: 'kiosk', ...more } as never)
    expect(call).toThrow(words)
    expect(call).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })
})

describe('what verify says of a token that is not valid', () => {
  test.each<[Exclude<TokenStatus, { kind: 'valid' }>, object]>([
    [{ kind: 'none' }, { reason: 'missing', canRefresh: false, endReason: null }],
    [{ kind: 'invalid' }, { reason: 'unknown', canRefresh: false, endReason: null }],
    [
      { kind: 'refreshable', session },
      { reason: 'expired', canRefresh: true, endReason: null },
    ],
    [{ kind: 'expired' }, { reason: 'expired', canRefresh: false, endReason: null }],
    [
      { kind: 'spent', session },
      { reason: 'replaced', canRefresh: false, endReason: null },
    ],
    [
      { kind: 'ended', reason: 'logout' },
      { reason: 'ended', canRefresh: false, endReason: 'logout' },
    ],
    [
      { kind: 'ended', reason: 'unknown' },
      { reason: 'unknown', canRefresh: false, endReason: null },
    ],
  ])('%j', (status, expected) => {
    expect(invalid(status)).toEqual({ valid: false, ...expected })
  })
})
