import { expect, test } from 'vitest'
import { isSameSecret } from '../../../src/core/access/same-secret.ts'

test.each<[string, string | null | undefined, boolean]>([
  ['a secret', 'a secret', true],
  ['a secret', 'a secres', false],
  ['a secret', 'a secret ', false],
  ['a secret', '', false],
  ['a secret', null, false],
  ['', null, false],
  ['', undefined, false],
  // As many characters, and more bytes.
  ['secret', 'secrét', false],
])('%j and %j: %s', (expected, given, same) => {
  expect(isSameSecret(expected, given)).toBe(same)
})
