import { createHmac } from 'node:crypto'
import type { z } from 'zod'
import { createSealer, type PluginStore } from '../../plugin.ts'

/** Values of one kind in the shared store, sealed. Every method rejects with STORE_UNAVAILABLE while the store is down. */
export interface Shelf<Value> {
  put(name: string, value: Value, ttlMs: number): Promise<void>
  /** Exactly one caller, on all nodes together, gets true. */
  putNew(name: string, value: Value, ttlMs: number): Promise<boolean>
  /** Null: there is none, or it was not sealed here, for this place. */
  get(name: string): Promise<Value | null>
  /** Exactly one caller, on all nodes together, gets it. */
  take(name: string): Promise<Value | null>
}

export interface Vault {
  /**
   * @param names `secret`: what the value is called is a code, so the store sees only its HMAC. `plain`: it is a random id, which opens
   * nothing. Only these have one place while keys are rotated, so `putNew` decides only about them.
   */
  shelf<Schema extends z.ZodType>(
    kind: string,
    schema: Schema,
    names: 'secret' | 'plain',
  ): Shelf<z.output<Schema>>
}

export interface VaultKeys {
  /** Seal the values; the newest first. */
  readonly values: readonly Uint8Array[]
  /** Hide the names; the newest first. */
  readonly names: readonly Uint8Array[]
}

/**
 * Who reads the shared store finds no code, no address and no user there; who writes into it can make no approval, change none, and move none
 * to another request: each value is sealed together with its place.
 */
export function createVault(store: PluginStore, keys: VaultKeys): Vault {
  const sealer = createSealer(keys.values)

  return {
    shelf<Schema extends z.ZodType>(kind: string, schema: Schema, names: 'secret' | 'plain') {
      const placesOf = (name: string): readonly string[] =>
        names === 'plain'
          ? [`${kind}:${name}`]
          : keys.names.map(
              (key) => `${kind}:${createHmac('sha256', key).update(`${kind} ${name}`).digest('base64url')}`,
            )
      const newest = (name: string): string => {
        const [place] = placesOf(name)
        if (place === undefined) throw new TypeError('a vault needs a key for names')
        return place
      }
      const sealed = (place: string, value: unknown): string => sealer.seal(JSON.stringify([place, value]))

      /** The value that was sealed for this place. Another program may have written there. */
      function opened(place: string, found: unknown): z.output<Schema> | null {
        const text = typeof found === 'string' ? sealer.open(found) : null
        if (text === null) return null
        const [at, value] = JSON.parse(text) as [unknown, unknown]
        const parsed = at === place ? schema.safeParse(value) : null
        return parsed?.success === true ? parsed.data : null
      }

      /** Rotation: what was put away with an older key is found by it. */
      async function first(
        name: string,
        look: (place: string) => Promise<unknown>,
      ): Promise<z.output<Schema> | null> {
        for (const place of placesOf(name)) {
          const value = opened(place, await look(place))
          if (value !== null) return value
        }
        return null
      }

      return {
        async put(name, value, ttlMs) {
          const place = newest(name)
          await store.put(place, sealed(place, value), ttlMs)
        },
        async putNew(name, value, ttlMs) {
          const place = newest(name)
          return store.putNew(place, sealed(place, value), ttlMs)
        },
        get: (name) => first(name, store.get),
        take: (name) => first(name, store.take),
      }
    },
  }
}
