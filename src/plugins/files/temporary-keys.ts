import { createHmac } from 'node:crypto'
import { isSameSecret } from '../../plugin.ts'

/** What temporary credentials allow. */
export interface Grant {
  /** Whole parts of a key; with `exact`, one key. */
  readonly prefix: string
  /** `write`: uploads and reads below the prefix. `read`: reads this one file. */
  readonly access: 'read' | 'write'
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface TemporaryKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** Why credentials are not accepted. */
export type KeyFault = 'unknown' | 'token' | 'expired'

/**
 * Temporary credentials that are derived and not stored: the token states what they allow, the access key is bound to the token,
 * and the secret is made of both. So they need no database, and are the same on every node and after a restart.
 * @param keys of 32 bytes, newest first: the first one makes credentials, all accept them
 */
export function createTemporaryKeys(keys: readonly Uint8Array[], randomId: () => string) {
  const derived = (key: Uint8Array, purpose: string, text: string): Buffer =>
    createHmac('sha256', key).update(`${purpose}\n${text}`).digest()
  const secretOf = (key: Uint8Array, token: string): string =>
    derived(key, 'secret', token).toString('base64').slice(0, 40)
  const sealOf = (key: Uint8Array, payload: string): string =>
    derived(key, 'token', payload).toString('base64url')

  return {
    make(grant: Grant): TemporaryKeys {
      const [key] = keys
      if (key === undefined) throw new TypeError('temporary credentials need a key')
      const accessKeyId = `DJTK${randomId()}`
      const { prefix, access, expiresAt } = grant
      const payload = Buffer.from(JSON.stringify([accessKeyId, prefix, access, expiresAt])).toString(
        'base64url',
      )
      const sessionToken = `${payload}.${sealOf(key, payload)}`
      return { accessKeyId, secretAccessKey: secretOf(key, sessionToken), sessionToken }
    },

    /** @returns the secret and what it allows, or why the credentials are not accepted */
    open(
      accessKeyId: string,
      sessionToken: string | undefined,
      now: number,
    ): { readonly secret: string; readonly grant: Grant } | KeyFault {
      if (!/^DJTK[A-Z0-9]{16}$/.test(accessKeyId) || sessionToken === undefined) return 'unknown'
      const [payload = '', seal = ''] = sessionToken.split('.')
      const key = keys.find((one) => isSameSecret(sealOf(one, payload), seal))
      if (key === undefined || sessionToken !== `${payload}.${seal}`) return 'token'
      // Only this function's counterpart makes texts that pass the seal.
      const [owner, prefix, access, expiresAt] = JSON.parse(
        Buffer.from(payload, 'base64url').toString(),
      ) as readonly [string, string, Grant['access'], number]
      if (owner !== accessKeyId) return 'token'
      if (now >= expiresAt) return 'expired'
      return { secret: secretOf(key, sessionToken), grant: { prefix, access, expiresAt } }
    },
  }
}
