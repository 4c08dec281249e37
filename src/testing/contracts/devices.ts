import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { DeviceRecord, DeviceStore } from '../../core/ports/index.ts'
import { type ContractRunner, withStores } from './runner.ts'

/** Options of `deviceStoreContract`. */
export interface DeviceStoreContract extends ContractRunner {
  /** The name of the store, for the report. */
  readonly name: string
  /** Makes a store. Called once or twice for each test; the store may have data of other tests. It is closed after the test. */
  readonly make: () => DeviceStore | Promise<DeviceStore>
  /** Whether two stores of `make` are two nodes on the same data. @default true */
  readonly shared?: boolean | undefined
  /** Whether its data survives the end of the process. Then it must have `listOnline`. @default false */
  readonly lasting?: boolean | undefined
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

  'lets only its workspace release a serial number, once; then any workspace can claim it': async (a, b) => {
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

  'gives a serial number to one of 100 workspaces that claim it at once, and says to all which one': async (
    a,
    b,
  ) => {
    const serial = newSerial()
    const claims = Array.from({ length: 100 }, (_, index) =>
      (index % 2 === 0 ? a : b).claim(serial, randomUUID()),
    )
    const holders = new Set(await Promise.all(claims))
    assert.equal(holders.size, 1)
    assert.ok(holders.has((await b.holder(serial)) ?? ''))
  },

  'releases a serial number for one of 20 calls at once': async (a, b) => {
    const [serial, workspaceId] = [newSerial(), randomUUID()]
    await a.claim(serial, workspaceId)
    const releases = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? a : b).release(serial, workspaceId),
    )
    assert.equal((await Promise.all(releases)).filter(Boolean).length, 1)
  },
}

/** The record of a device that was claimed and has never connected. */
const unknown = (serial: string, workspaceId: string): DeviceRecord => ({
  serial,
  workspaceId,
  model: null,
  nickname: null,
  boundBy: null,
  boundAt: null,
  claimedBy: null,
  lastSeenAt: null,
  gateway: null,
  aircraft: [],
  liveUser: null,
  onlineSince: null,
})

const recordCases: Readonly<Record<string, Case>> = {
  'keeps what is known of a device, field by field': async (a, b) => {
    const [serial, workspaceId] = [newSerial(), randomUUID()]
    await a.claim(serial, workspaceId)
    assert.deepEqual(await b.get(serial), unknown(serial, workspaceId))
    const bound = { boundBy: 'user-1', boundAt: 1_700_000_000_123, nickname: 'Älpha 1' }
    assert.equal(await a.update(serial, workspaceId, bound), true)
    const seen = {
      model: '2-144-0',
      lastSeenAt: 1_700_000_000_456,
      aircraft: ['A1', 'A2'],
      gateway: 'G1',
      liveUser: 'u2',
      onlineSince: 1_700_000_000_400,
    }
    assert.equal(await b.update(serial, workspaceId, seen), true)
    assert.deepEqual(await a.get(serial), { ...unknown(serial, workspaceId), ...bound, ...seen })
    assert.equal(
      await a.update(serial, workspaceId, { nickname: null, aircraft: [], lastSeenAt: null }),
      true,
    )
    const left = { ...bound, ...seen, nickname: null, aircraft: [], lastSeenAt: null }
    assert.deepEqual(await b.get(serial), { ...unknown(serial, workspaceId), ...left })
    assert.equal(await a.update(serial, workspaceId, {}), true)
  },

  'remembers who claimed it first, until it is released': async (a, b) => {
    const [serial, workspaceId, other] = [newSerial(), randomUUID(), randomUUID()]
    await a.claim(serial, workspaceId, 'user-1')
    await b.claim(serial, workspaceId, 'user-2')
    await b.claim(serial, other, 'user-3')
    assert.equal((await b.get(serial))?.claimedBy, 'user-1')
    await a.update(serial, workspaceId, { boundBy: 'user-2' })
    assert.deepEqual(
      (await a.list(workspaceId)).map(({ claimedBy }) => claimedBy),
      ['user-1'],
    )
    await a.release(serial, workspaceId)
    await a.claim(serial, other)
    assert.deepEqual(await b.get(serial), unknown(serial, other))
    await b.claim(serial, other, 'user-3')
    assert.equal((await a.get(serial))?.claimedBy, null)
  },

  'lets only its workspace change a device, and forgets the device when it is released': async (a, b) => {
    const [serial, first, second] = [newSerial(), randomUUID(), randomUUID()]
    assert.equal(await a.update(serial, first, { nickname: 'x' }), false)
    assert.equal(await a.get(serial), null)
    await a.claim(serial, first)
    assert.equal(await b.update(serial, second, { nickname: 'stolen' }), false)
    await a.update(serial, first, { nickname: 'mine' })
    await a.release(serial, first)
    assert.equal(await b.get(serial), null)
    await b.claim(serial, second)
    assert.deepEqual(await a.get(serial), unknown(serial, second))
  },

  'lists what a workspace owns, by serial number, and nothing else': async (a, b) => {
    const [first, second] = [randomUUID(), randomUUID()]
    const serials = Array.from({ length: 5 }, newSerial).sort()
    for (const serial of [...serials].reverse()) await a.claim(serial, first)
    const [moved = '', ...left] = serials
    await a.release(moved, first)
    await b.claim(moved, second)
    const of = async (workspaceId: string) => (await b.list(workspaceId)).map(({ serial }) => serial)
    assert.deepEqual(await of(first), left)
    assert.deepEqual(await of(second), [moved])
    assert.deepEqual(await of(randomUUID()), [])
  },
}

/** For stores whose data survives the end of the process. */
const onlineCases: Readonly<Record<string, Case>> = {
  'lists who is online, of all workspaces, until it is offline or released': async (a, b) => {
    const held = Array.from({ length: 4 }, () => [newSerial(), randomUUID()] as const)
    for (const [serial, workspaceId] of held) await a.claim(serial, workspaceId)
    for (const [index, [serial, workspaceId]] of held.slice(1).entries())
      await a.update(serial, workspaceId, {
        onlineSince: 1_700_000_000_000 + index,
        liveUser: `user-${index}`,
      })
    const [, one, two, three] = held as [never, ...(typeof held)[number][]]
    const online = async () => {
      const all = (await b.listOnline?.()) ?? []
      const ours = all.filter(({ serial }) => held.some(([own]) => own === serial))
      return new Map(ours.map((record) => [record.serial, record]))
    }
    const before = await online()
    assert.deepEqual([...before.keys()].sort(), [one![0], two![0], three![0]].sort())
    assert.deepEqual(before.get(two![0]), {
      ...unknown(...two!),
      onlineSince: 1_700_000_000_001,
      liveUser: 'user-1',
    })
    await b.update(...one!, { onlineSince: null })
    await b.release(...two!)
    assert.deepEqual([...(await online()).keys()], [three![0]])
    // Another workspace has it now, and it is not online.
    await a.claim(two![0], randomUUID())
    assert.deepEqual([...(await online()).keys()], [three![0]])
    await a.update(...one!, { onlineSince: 1_700_000_000_009 })
    assert.equal((await online()).get(one![0])?.onlineSince, 1_700_000_000_009)
  },
}

/** The tests that every device store has to pass. */
export function deviceStoreContract({
  name,
  make,
  shared = true,
  lasting = false,
  describe,
  test,
}: DeviceStoreContract): void {
  describe(`device store contract: ${name}`, () => {
    for (const [title, body] of Object.entries({ ...cases, ...recordCases })) {
      test(title, () => withStores(make, shared ? 2 : 1, (a, b) => body(a!, b ?? a!)))
    }
    for (const [title, body] of Object.entries(lasting ? onlineCases : {})) {
      test(title, () =>
        withStores(make, shared ? 2 : 1, async (a, b) => {
          assert.equal(
            typeof a!.listOnline,
            'function',
            'a store whose data survives the process must have listOnline',
          )
          await body(a!, b ?? a!)
        }),
      )
    }
  })
}
