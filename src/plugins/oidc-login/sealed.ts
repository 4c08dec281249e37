import { createSealer } from '../../plugin.ts'

/** Encrypts values that leave the process: in a cookie, in an address, in a store. Nobody can read or change them. */
export interface Seal {
  /** @returns text of letters, digits, `-` and `_` */
  close(value: unknown): string
  /** Null: not sealed by this platform for this purpose, changed, or too old. */
  open(text: string | null): unknown
}

/** @param keys for one purpose only, newest first: the first one seals, all of them open */
export function createSeal(keys: readonly Uint8Array[], lifetimeMs: number, now: () => number): Seal {
  const sealer = createSealer(keys)
  return {
    close: (value) => sealer.seal(JSON.stringify({ value, until: now() + lifetimeMs })),
    open(text) {
      const opened = text === null ? null : sealer.open(text)
      if (opened === null) return null
      // What these keys have sealed was made by `close`.
      const { value, until } = JSON.parse(opened) as { readonly value: unknown; readonly until: number }
      return until > now() ? (value ?? null) : null
    },
  }
}
