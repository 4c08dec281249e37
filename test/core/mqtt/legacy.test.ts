import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { throttleWrongPasswords } from '../../../src/core/access/mqtt-throttle.ts'
import { createLegacyAccounts, withLegacy } from '../../../src/core/mqtt/legacy.ts'
import type { Principal } from '../../../src/core/ports/index.ts'
import { fakeClock, principal } from '../../support/mqtt-core.ts'

const OLD = { username: 'JavaServer', password: 'obviously-fake', workspace: 'W1' }
const FEW = { username: 'few', password: 'also-fake', workspace: 'W2', gateways: ['G1', 'G2'] }

it.each([
  ['user name and password', 'JavaServer', 'obviously-fake', 'W1'],
  ['another account', 'few', 'also-fake', 'W2'],
  ['the password of another account', 'few', 'obviously-fake', null],
  ['a wrong password', 'JavaServer', 'obviously-fak', null],
  ['no password', 'JavaServer', undefined, null],
  ['an empty password', 'JavaServer', '', null],
  ['an unknown name', 'javaserver', 'obviously-fake', null],
  ['no name', undefined, 'obviously-fake', null],
])('verify: %s', (_, username, password, workspaceId) => {
  const found = createLegacyAccounts([OLD, FEW]).verify({ username, password })
  expect(found?.workspaceId ?? null).toBe(workspaceId)
  if (found !== null) expect(found).toMatchObject({ kind: 'legacy', gateway: null, credentialId: username })
})

it.each([
  ['JavaServer', 'G9', 'G9'],
  ['few', 'G2', 'G2'],
  ['few', 'G9', null],
  ['few', 'g1', null],
  ['JavaServer', 'not-a-serial', null],
  ['JavaServer', '', null],
  ['JavaServer', undefined, null],
  ['nobody', 'G1', null],
])('named: %s by the client id %s', (username, clientId, gateway) => {
  expect(createLegacyAccounts([OLD, FEW]).named(username, clientId)?.gateway ?? null).toBe(gateway)
})

describe('counts', () => {
  const on = (username: string, gateway: string | null): Principal => ({
    ...principal(gateway),
    kind: 'legacy',
    credentialId: username,
  })

  it('each controller once, until it connects with its own credentials or with another account', () => {
    const accounts = createLegacyAccounts([OLD, FEW])
    expect(accounts.uses()).toEqual([
      { username: 'JavaServer', gateways: 0, lastUsedAt: null },
      { username: 'few', gateways: 0, lastUsedAt: null },
    ])
    expect([
      accounts.came(on('JavaServer', null), 1),
      accounts.came(on('JavaServer', 'G1'), 2),
      accounts.came(on('JavaServer', 'G1'), 3),
      accounts.came(on('JavaServer', 'G2'), 4),
      accounts.came(on('few', 'G2'), 5),
      accounts.came(principal('G1'), 6),
    ]).toEqual([false, true, false, true, true, false])
    expect(accounts.uses()).toEqual([
      { username: 'JavaServer', gateways: 0, lastUsedAt: 4 },
      { username: 'few', gateways: 1, lastUsedAt: 5 },
    ])
  })

  it('at most 10,000 controllers of one account', () => {
    const accounts = createLegacyAccounts([OLD])
    for (let index = 0; index < 10_010; index += 1) accounts.came(on('JavaServer', `G${index}`), 1)
    expect(accounts.uses()).toEqual([{ username: 'JavaServer', gateways: 10_000, lastUsedAt: 1 }])
  })
})

it('shows no password, however it is printed', () => {
  for (const keeps of [true, false]) {
    const accounts = createLegacyAccounts([OLD, FEW], keeps)
    const found = accounts.verify(OLD)
    const printed = inspect([accounts, found, accounts.uses()], { depth: 9, showHidden: true })
    expect(`${printed}${JSON.stringify([accounts, found])}`).not.toMatch(/obviously-fake|also-fake/)
  }
  expect(createLegacyAccounts([OLD]).logins).toEqual([])
  expect(createLegacyAccounts([OLD], true).logins[0]?.password()).toBe('obviously-fake')
})

it('a static password cannot be guessed: after ten wrong ones from an address the right one is refused too', async () => {
  const verify = throttleWrongPasswords({
    verify: withLegacy(createLegacyAccounts([OLD]), async () => ({
      allow: false,
      reason: 'bad_credentials',
    })),
    isSigned: () => false,
    clock: fakeClock(),
  })
  const attempt = { ...OLD, clientId: 'G1', address: '192.0.2.1' }
  const reasons = new Set<string>()
  for (let count = 0; count < 10; count += 1) {
    const decision = await verify({ ...attempt, password: `guess ${count}` })
    if (!decision.allow) reasons.add(decision.reason)
  }
  expect([...reasons]).toEqual(['bad_credentials'])
  expect(await verify(attempt)).toEqual({ allow: false, reason: 'throttled' })
  expect(await verify({ ...attempt, address: '198.51.100.1' })).toMatchObject({ allow: true })
})
