import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Encrypts values that leave the process: in a cookie, in an address, in a store. Nobody can read or change them. */
export interface Seal {
  /** @returns text of letters, digits, `-` and `_` */
  close(value: unknown): string
  /** Null: not sealed by this platform for this purpose, changed, or too old. */
  open(text: string | null): unknown
}

const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM with a random initialisation vector.
 * @param keys for one purpose only, newest first: the first one seals, all of them open
 */
export function createSeal(keys: readonly Uint8Array[], lifetimeMs: number, now: () => number): Seal {
  const [newest] = keys
  if (newest === undefined) throw new TypeError('a seal needs a key')
  return {
    close(value) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', newest, iv)
      const text = JSON.stringify({ value, until: now() + lifetimeMs })
      const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), bytes]).toString('base64url')
    },
    open(text) {
      if (text === null) return null
      const bytes = Buffer.from(text, 'base64url')
      if (bytes.length <= IV_BYTES + TAG_BYTES) return null
      for (const key of keys) {
        const opened = decrypted(bytes, key)
        if (opened !== null) return opened.until > now() ? (opened.value ?? null) : null
      }
      return null
    },
  }
}

function decrypted(
  bytes: Buffer,
  key: Uint8Array,
): { readonly value: unknown; readonly until: number } | null {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
    // What this key has sealed was made by `close`.
    return JSON.parse(text.toString('utf8')) as { readonly value: unknown; readonly until: number }
  } catch {
    return null
  }
}
