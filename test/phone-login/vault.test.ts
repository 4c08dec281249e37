import { expect, it } from 'vitest'
import { z } from 'zod'
import { memoryShared } from '../../src/index.ts'
import type { PluginStore } from '../../src/plugin.ts'
import { createVault } from '../../src/plugins/phone-login/vault.ts'

const key = (letter: string): Uint8Array => new Uint8Array(32).fill(letter.charCodeAt(0))
const TTL = 60_000
const shape = z.object({ who: z.string() })

/** A store that shows everything that is in it. */
function openStore() {
  const values = new Map<string, unknown>()
  const shared = memoryShared()
  const store: PluginStore = {
    async put(name, value, ttl) {
      values.set(name, value)
      await shared.put(name, JSON.stringify(value), ttl)
    },
    async putNew(name, value, ttl) {
      const isNew = await shared.putNew(name, JSON.stringify(value), ttl)
      if (isNew) values.set(name, value)
      return isNew
    },
    async get(name) {
      const text = await shared.get(name)
      return text === null ? undefined : JSON.parse(text)
    },
    async take(name) {
      const text = await shared.take(name)
      return text === null ? undefined : JSON.parse(text)
    },
  }
  return { store, values }
}

const vaultOf = (store: PluginStore, letters: string) =>
  createVault(store, { values: [...letters].map(key), names: [...letters.toUpperCase()].map(key) })

it('shows neither names that are codes nor values', async () => {
  const { store, values } = openStore()
  const shelf = vaultOf(store, 'a').shelf('code', shape, 'secret')
  await shelf.put('BCDFGHJK', { who: 'ada' }, TTL)
  expect(JSON.stringify([...values])).not.toMatch(/BCDFGHJK|"ada"/)
  expect(await shelf.get('BCDFGHJK')).toEqual({ who: 'ada' })
  expect(await shelf.get('BCDFGHJL')).toBeNull()
})

it('opens a value in its own place only, and none that another program has written or changed', async () => {
  const { store, values } = openStore()
  const shelf = vaultOf(store, 'a').shelf('claim', shape, 'plain')
  const other = vaultOf(store, 'a').shelf('other', shape, 'plain')
  await shelf.put('one', { who: 'ada' }, TTL)
  const sealed = String(values.get('claim:one'))
  for (const value of [sealed.slice(0, -4), `${sealed}AAAA`, { who: 'eve' }, '{"who":"eve"}', '', null]) {
    await store.put('claim:one', value, TTL)
    expect(await shelf.get('one')).toBeNull()
  }
  await store.put('claim:two', sealed, TTL)
  await store.put('other:one', sealed, TTL)
  expect(await shelf.get('two')).toBeNull()
  expect(await other.get('one')).toBeNull()
  await store.put('claim:one', sealed, TTL)
  expect(await shelf.get('one')).toEqual({ who: 'ada' })
})

it('gives no value of another form', async () => {
  const { store } = openStore()
  await vaultOf(store, 'a')
    .shelf('claim', z.object({ who: z.number() }), 'plain')
    .put('one', { who: 1 }, TTL)
  expect(await vaultOf(store, 'a').shelf('claim', shape, 'plain').get('one')).toBeNull()
})

it('finds what was put away before the keys were rotated, and is closed to other keys', async () => {
  const { store } = openStore()
  const names = ['secret', 'plain'] as const
  for (const kind of names) await vaultOf(store, 'a').shelf(kind, shape, kind).put('one', { who: 'ada' }, TTL)
  for (const kind of names) {
    expect(await vaultOf(store, 'b').shelf(kind, shape, kind).get('one')).toBeNull()
    expect(await vaultOf(store, 'ba').shelf(kind, shape, kind).get('one')).toEqual({ who: 'ada' })
    expect(await vaultOf(store, 'ba').shelf(kind, shape, kind).take('one')).toEqual({ who: 'ada' })
    expect(await vaultOf(store, 'a').shelf(kind, shape, kind).get('one')).toBeNull()
  }
})

it('decides between a node with the new key and one with the old key, for plain names', async () => {
  const { store } = openStore()
  const [old, rotated] = ['a', 'ba'].map((keys) => vaultOf(store, keys).shelf('decision', shape, 'plain'))
  expect(await old?.putNew('one', { who: 'ada' }, TTL)).toBe(true)
  expect(await rotated?.putNew('one', { who: 'ben' }, TTL)).toBe(false)
  expect(await rotated?.get('one')).toEqual({ who: 'ada' })
})
