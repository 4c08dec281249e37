import { expect, it } from 'vitest'
import { hintOf, type RefusalFacts } from '../../../src/core/mqtt/refusals.ts'

const nobody = { gateway: null, serial: null }
it.each<[RefusalFacts, RegExp | null]>([
  [
    { reason: 'other_gateway', gateway: 'G1', serial: 'G2' },
    /belong to G1, .* topic names G2.* credentials for G2/,
  ],
  // A second controller with credentials that were asked for the first one by name.
  [
    { reason: 'foreign', gateway: 'G1', serial: 'G2' },
    /belong to G1, .* topic names G2.* credentials for G2/,
  ],
  [{ reason: 'foreign', ...nobody }, null],
  [{ reason: 'other_gateway', ...nobody }, null],
  [{ reason: 'bad_credentials', ...nobody }, /Log in on the controller again/],
  [{ reason: 'session_ended', ...nobody }, /Log in on the controller again/],
  [{ reason: 'other_workspace', gateway: 'G1', serial: 'G1' }, /Unbind it there/],
  [{ reason: 'in_use', gateway: 'G2', serial: 'A1' }, /Another user has the device in use.* free the device/],
  [{ reason: 'is_aircraft', gateway: null, serial: 'A1' }, /unbind it first/],
  [{ reason: 'limit', ...nobody }, null],
])('%j', (facts, expected) => {
  const hint = hintOf(facts)
  if (expected === null) expect(hint).toBeNull()
  else expect(hint).toMatch(expected)
})
