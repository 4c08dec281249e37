import { randomUUID } from 'node:crypto'
import { DjiCloudError } from '../errors.ts'
import type { SharedStore } from '../ports/index.ts'
import { reach, withinTime } from '../promises.ts'

/** Values of one plugin that all nodes share. Each method rejects with STORE_UNAVAILABLE, within two seconds. */
export interface PluginStore {
  /**
   * @param value becomes JSON, 64 KiB at most
   * @param ttlMs how long it is kept: 1 to 7 days in ms
   */
  put(key: string, value: unknown, ttlMs: number): Promise<void>
  /**
   * Stores the value only if the key has none. Of all callers on all nodes exactly one gets true, until the value expires or is
   * taken. For decisions that only one caller may make.
   * @param value becomes JSON, 64 KiB at most
   * @param ttlMs how long it is kept: 1 to 7 days in ms
   */
  putNew(key: string, value: unknown, ttlMs: number): Promise<boolean>
  /** The value, unchecked; undefined: there is none, or it has expired. */
  get(key: string): Promise<unknown>
  /** Returns the value and removes it. Of all callers on all nodes exactly one gets it. For one-time codes. */
  take(key: string): Promise<unknown>
}

/** @param ran false: another node has done the work, or is doing it */
export type OnceResult<Value> = { readonly ran: true; readonly value: Value } | { readonly ran: false }

const LONGEST_MS = 7 * 86_400_000
const MAX_BYTES = 64 * 1024
const MAX_KEY = 256
const TIMEOUT_MS = 2_000

function checkedTtl(ttlMs: number): number {
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > LONGEST_MS)
    throw new TypeError(`ttlMs needs whole milliseconds from 1 to ${LONGEST_MS} (7 days).`)
  return ttlMs
}

function checkedKey(key: string): string {
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY)
    throw new TypeError(`A key needs 1 to ${MAX_KEY} characters.`)
  return key
}

function jsonOf(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError('The value cannot be written as JSON.')
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new DjiCloudError('INVALID_INPUT', {
      message: `The value is larger than ${MAX_BYTES / 1024} KiB; keep large values in a table of the plugin.`,
    })
  return text
}

/** If the store never answers, the request that waits for it must still end. */
const timely = <T>(work: () => Promise<T>): Promise<T> => reach(withinTime(work(), TIMEOUT_MS, tooLate))
const tooLate = (): Error => new Error(`The shared store did not answer within ${TIMEOUT_MS} ms.`)

/** @param name namespace for one kind of values of the plugin */
export function pluginStore(shared: SharedStore, id: string, name: string): PluginStore {
  const keyOf = (key: string): string => `${id}:${checkedKey(name)}:${checkedKey(key)}`
  const parsed = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text))
  return {
    async put(key, value, ttlMs) {
      const [at, text, ttl] = [keyOf(key), jsonOf(value), checkedTtl(ttlMs)]
      await timely(() => shared.put(at, text, ttl))
    },
    async putNew(key, value, ttlMs) {
      const [at, text, ttl] = [keyOf(key), jsonOf(value), checkedTtl(ttlMs)]
      return timely(() => shared.putNew(at, text, ttl))
    },
    async get(key) {
      const at = keyOf(key)
      return parsed(await timely(() => shared.get(at)))
    },
    async take(key) {
      const at = keyOf(key)
      return parsed(await timely(() => shared.take(at)))
    },
  }
}

/**
 * Runs work on only one of all nodes, once in `ttlMs`. If the work throws, another node may try it. If the work takes longer
 * than `ttlMs`, it may run a second time.
 */
export async function once<Value>(
  shared: SharedStore,
  id: string,
  name: string,
  ttlMs: number,
  run: () => Value | Promise<Value>,
): Promise<OnceResult<Value>> {
  const [key, ttl, mine] = [`${id}:once:${checkedKey(name)}`, checkedTtl(ttlMs), randomUUID()]
  if (!(await timely(() => shared.putNew(key, mine, ttl)))) return { ran: false }
  try {
    return { ran: true, value: await run() }
  } catch (error) {
    await timely(() => shared.remove(key, mine)).catch(() => undefined)
    throw error
  }
}
