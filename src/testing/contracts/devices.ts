import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { DeviceStore } from '../../core/ports/index.ts'
import { type ContractRunner, withStores } from './runner.ts'

export interface DeviceStoreContract extends ContractRunner {
  /** Of the store, for the report. */
  readonly name: string
  /** A store, called once or twice a test; it may hold the data of other tests. Closed after the test. */
  readonly make: () => DeviceStore | Promise<DeviceStore>
  /** Whether two stores of `make` are two nodes on the same data. @default true */
  readonly shared?: boolean
}

type Case = (a: DeviceStore, b: DeviceStore) => Promise<void>

const newSerial = () => `FAKE${randomUUID()}`

const cases: Readonly<Record<string, Case>> = {
  'gives a serial number to the first workspace that uses it': async (a, b) => {
    const [serial, first, second] = [newSerial(), randomUUID(), randomUUID()]
    assert.equal(await a.holder(serial), null)
    assert.equal(await a.claim(serial, first), first)
    assert.equal(await b.claim(serial, first), first)
    assert.equal(await b.claim(serial, second), first)
    assert.equal(await b.holder(serial), first)
    assert.equal(await a.holder(newSerial()), null)
  },

  'lets only the holder release it, once, and then anybody claim it': async (a, b) => {
    const [serial, first, second] = [newSerial(), randomUUID(), randomUUID()]
    assert.equal(await a.release(serial, first), false)
    await a.claim(serial, first)
    assert.equal(await b.release(serial, second), false)
    assert.equal(await b.holder(serial), first)
    assert.equal(await b.release(serial, first), true)
    assert.equal(await a.release(serial, first), false)
    assert.equal(await a.holder(serial), null)
    assert.equal(await b.claim(serial, second), second)
    assert.equal(await a.holder(serial), second)
  },

  'gives it to one of 100 workspaces that claim it at once, and tells all of them': async (a, b) => {
    const serial = newSerial()
    const claims = Array.from({ length: 100 }, (_, index) =>
      (index % 2 === 0 ? a : b).claim(serial, randomUUID()),
    )
    const holders = new Set(await Promise.all(claims))
    assert.equal(holders.size, 1)
    assert.ok(holders.has((await b.holder(serial)) ?? ''))
  },

  'releases it for one of 20 that release it at once': async (a, b) => {
    const [serial, workspaceId] = [newSerial(), randomUUID()]
    await a.claim(serial, workspaceId)
    const releases = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? a : b).release(serial, workspaceId),
    )
    assert.equal((await Promise.all(releases)).filter(Boolean).length, 1)
  },
}

/** What every device store has to do. */
export function deviceStoreContract({
  name,
  make,
  shared = true,
  describe,
  test,
}: DeviceStoreContract): void {
  describe(`device store contract: ${name}`, () => {
    for (const [title, body] of Object.entries(cases)) {
      test(title, () => withStores(make, shared ? 2 : 1, (a, b) => body(a!, b ?? a!)))
    }
  })
}
