import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const IV = 12
const TAG = 16

/** Texts that other people or programs carry for us. Only this platform can read, change or make one. */
export interface Sealer {
  seal(text: string): string
  /** Null: the text was not made by this platform, or was changed. */
  open(sealed: string): string | null
}

/**
 * AES-256-GCM with a random nonce.
 * @param keys of 32 bytes, newest first (`KeyRing.derive`): the first one seals, all open, so that keys can be rotated
 */
export function createSealer(keys: readonly Uint8Array[]): Sealer {
  return {
    seal(text) {
      const [key] = keys
      if (key === undefined) throw new TypeError('Sealing needs at least one key.')
      const iv = randomBytes(IV)
      const cipher = createCipheriv(ALGORITHM, key, iv)
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      )
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length <= IV + TAG) return null
      for (const key of keys) {
        const text = openWith(key, bytes)
        if (text !== null) return text
      }
      return null
    },
  }
}

function openWith(key: Uint8Array, bytes: Buffer): string | null {
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV), { authTagLength: TAG })
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
  try {
    const plain = decipher.update(bytes.subarray(IV, bytes.length - TAG))
    return Buffer.concat([plain, decipher.final()]).toString('utf8')
  } catch {
    // The tag does not fit: another key, or a text that was changed.
    return null
  }
}
