import { expect, test } from 'vitest'
import type { Route } from '../../../src/core/http/routes.ts'
import { createRowLimits } from '../../../src/core/http/row-rate-limit.ts'
import type { HttpRequest } from '../../../src/core/http/types.ts'
import { memoryRateLimitStore } from '../../../src/index.ts'
import { sessionOf } from '../../support/sessions.ts'

const LIMIT = { attempts: 1, windowSeconds: 60 }
const from = (address: string) => ({ address }) as HttpRequest
const route = (path: string) => ({ method: 'POST', path }) as unknown as Route
const session = sessionOf(Date.UTC(2026, 0, 15, 12))
const refusal = expect.objectContaining({ code: 'THROTTLED', status: 429 })

test.each<[string, string, string, boolean]>([
  ['one address', '192.0.2.1', '192.0.2.1', false],
  ['two addresses', '192.0.2.1', '192.0.2.2', true],
  ['two addresses of one IPv6 network, which one person may have', '2001:db8::1', '2001:db8::2', false],
  ['two IPv6 networks', '2001:db8:0:100::1', '2001:db8:0:200::1', true],
  ['one address in both forms', '192.0.2.1', '::ffff:192.0.2.1', false],
])('%s: counted apart', async (_name, one, other, isApart) => {
  const limits = createRowLimits(memoryRateLimitStore())
  const row = route('/a')
  await limits.count(row, LIMIT, from(one), null)
  const second = limits.count(row, LIMIT, from(other), null)
  if (isApart) await expect(second).resolves.toBeUndefined()
  else await expect(second).rejects.toEqual(refusal)
})

test('each row has its own count, and a user one at all addresses', async () => {
  const limits = createRowLimits(memoryRateLimitStore())
  const [row, other] = [route('/a'), route('/b')]
  const perUser = { ...LIMIT, per: 'user' } as const
  await limits.count(row, perUser, from('192.0.2.1'), session)
  await limits.count(other, perUser, from('192.0.2.1'), session)
  await limits.count(row, perUser, from('192.0.2.1'), { ...session, userId: 'somebody else' })
  await expect(limits.count(row, perUser, from('192.0.2.2'), session)).rejects.toEqual(refusal)
})

test('a limit per address is counted before the token is checked, and one per user only after it', async () => {
  const limits = createRowLimits(memoryRateLimitStore())
  const row = route('/a')
  const perUser = { ...LIMIT, per: 'user' } as const
  for (let call = 0; call < 3; call += 1) {
    await limits.count(row, perUser, from('192.0.2.1'), null)
    await limits.count(row, LIMIT, from('192.0.2.1'), session)
  }
  await limits.count(row, LIMIT, from('192.0.2.1'), null)
  await expect(limits.count(row, LIMIT, from('192.0.2.1'), null)).rejects.toEqual(refusal)
})
