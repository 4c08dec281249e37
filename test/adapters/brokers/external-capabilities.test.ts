import { expect, test } from 'vitest'
import { capabilitiesOf, weaknessOf } from '../../../src/adapters/brokers/external/capabilities.ts'
import type { ExternalBrokerParts } from '../../../src/adapters/brokers/external/parts.ts'

const refusal = { status: 200, contentType: 'text/plain', body: 'deny' }
const hooks = { kind: 'hooks', secret: 'x', refusal, questions: {} } as const
const accounts = { kind: 'accounts', put: async () => ({ username: '', password: '' }) } as const
const tokens = { kind: 'tokens' } as const
const nothing = async () => undefined
const kick = async () => 0

test.each<[string, ExternalBrokerParts, string]>([
  ['hooks', { credentials: hooks }, 'gateway, dynamic, no kick, on-reconnect, client-id'],
  ['hooks and a kick', { credentials: hooks, kick }, 'gateway, dynamic, kick, immediate, client-id'],
  ['accounts', { credentials: accounts }, 'gateway, fixed, no kick, never, no static accounts'],
  [
    'accounts that can be removed',
    { credentials: { ...accounts, remove: nothing } },
    'gateway, fixed, no kick, on-reconnect, no static accounts',
  ],
  [
    'accounts that close when they are removed',
    { credentials: { ...accounts, remove: nothing, removeCloses: true } },
    'gateway, fixed, no kick, immediate, no static accounts',
  ],
  [
    'accounts that only close when they are not removed',
    { credentials: { ...accounts, removeCloses: true }, kick },
    'gateway, fixed, kick, never, no static accounts',
  ],
  [
    'accounts with everything',
    { credentials: { ...accounts, setAccess: nothing, remove: nothing, legacyAccounts: true }, kick },
    'gateway, dynamic, kick, immediate, list',
  ],
  ['tokens', { credentials: tokens }, 'gateway, fixed, no kick, on-expiry, no static accounts'],
  ['tokens and a kick', { credentials: tokens, kick }, 'gateway, fixed, kick, on-expiry, no static accounts'],
  [
    'tokens that can be revoked',
    { credentials: { ...tokens, revoke: nothing } },
    'gateway, fixed, no kick, on-reconnect, no static accounts',
  ],
  [
    'tokens that can be revoked, and a kick',
    { credentials: { ...tokens, revoke: nothing }, kick },
    'gateway, fixed, kick, immediate, no static accounts',
  ],
  [
    'one account for all',
    { credentials: { kind: 'shared', login: { username: '', password: '' } }, kick },
    'shared, dynamic, kick, never, no static accounts',
  ],
])('%s', (_name, parts, words) => {
  const can = capabilitiesOf(parts)
  expect(
    [
      can.credentials,
      can.dynamicAcl ? 'dynamic' : 'fixed',
      can.kick ? 'kick' : 'no kick',
      can.revocation,
      can.legacyAccounts ?? 'no static accounts',
    ].join(', '),
  ).toBe(words)
  // Nothing of it is stated.
  expect(can).toMatchObject({ presence: 'inferred', willAfterKick: true, maxQos: 2 })
  expect(can.unboundCredentials).toBe(can.credentials === 'shared')
  expect(weaknessOf(can) === null).toBe(can.revocation === 'immediate')
})

test('what is stated is said', () => {
  expect(
    capabilitiesOf({ credentials: hooks, presence: 'reported', willAfterKick: false, maxQos: 1 }),
  ).toMatchObject({ presence: 'reported', willAfterKick: false, maxQos: 1 })
})
