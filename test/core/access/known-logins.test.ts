import { expect, test } from 'vitest'
import { createKnownLogins, type Typed, typedHash } from '../../../src/core/access/known-logins.ts'

const ADA: Typed = { role: 'pilot', username: 'ada', fields: { tenant: 'north' } }

test.each<readonly [string, Partial<Typed>]>([
  ['another role', { role: 'web' }],
  ['a capital', { username: 'Ada' }],
  ['an accent', { username: 'adá' }],
  ['a blank', { username: 'ada ' }],
  ['another value', { fields: { tenant: 'south' } }],
  ['another field', { fields: { area: 'north' } }],
  ['one field less', { fields: {} }],
  ['one field more', { fields: { tenant: 'north', callsign: '' } }],
  ['a value that looks like two fields', { fields: { tenant: 'north","callsign","x' } }],
  ['a name that ends like a field', { username: 'ada","tenant","north', fields: {} }],
])('%s is another login', (_name, change) => {
  expect(typedHash({ ...ADA, ...change })).not.toBe(typedHash(ADA))
})

test('the order of the fields, and an optional field that is empty, make no difference', () => {
  const hash = typedHash({ ...ADA, fields: { callsign: 'x', tenant: 'north' } })
  expect(typedHash({ ...ADA, fields: { tenant: 'north', callsign: 'x', note: undefined } })).toBe(hash)
})

test('one account that types many values of a free field pushes out nobody elsewhere', () => {
  const known = createKnownLogins()
  known.add('192.0.2.1 amelia', 'amelia')
  for (let count = 0; count < 20_000; count += 1) known.add('192.0.2.9 ada', `ada ${count}`)
  expect(known.has('192.0.2.1 amelia', 'amelia')).toBe(true)
  // And the last ones of its own are known.
  expect(known.has('192.0.2.9 ada', 'ada 19999')).toBe(true)
  expect(known.has('192.0.2.9 ada', 'ada 19990')).toBe(false)
})

test('who was known at one place is not known at another', () => {
  const known = createKnownLogins()
  known.add('192.0.2.1 amelia', 'amelia')
  expect(known.has('192.0.2.2 amelia', 'amelia')).toBe(false)
  expect(known.has('192.0.2.1 amelia', 'bert')).toBe(false)
})
