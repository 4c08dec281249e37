import { expect, it, vi } from 'vitest'
import { observed } from '../../../src/core/health/vitals.ts'

it('asks a store once that answers with a query which runs whenever it is waited for', async () => {
  const run = vi.fn(() => 'row')
  // biome-ignore lint/suspicious/noThenProperty: such a thing is what is tested
  const query = { then: (resolve: (value: unknown) => void) => resolve(run()) }
  const part = { succeeded: vi.fn(), failed: vi.fn() }
  const store = observed({ get: () => query as PromiseLike<unknown> }, part)
  expect(await store.get()).toBe('row')
  expect([run.mock.calls.length, part.succeeded.mock.calls.length]).toEqual([1, 1])
})

it('hears of the failure of such a query', async () => {
  // biome-ignore lint/suspicious/noThenProperty: such a thing is what is tested
  const query = { then: (_: unknown, reject: (error: unknown) => void) => reject(new Error('gone')) }
  const part = { succeeded: vi.fn(), failed: vi.fn() }
  const store = observed({ get: () => query as PromiseLike<unknown> }, part)
  await expect(store.get()).rejects.toThrow('gone')
  expect(part.failed).toHaveBeenCalledTimes(1)
})
