import { createHash, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** What a key may be used for. Each purpose has a key of its own, so that a broker that checks MQTT passwords cannot make access tokens. */
export type KeyPurpose = 'access' | 'mqtt'

export type KeyAlgorithm = 'HS256' | 'RS256' | 'ES256'

export interface Key {
  readonly kid: string
  readonly algorithm: KeyAlgorithm
  readonly sign: KeyObject
  readonly verify: KeyObject
}

/** The first key signs, all verify: that is how a secret is rotated without logging anybody out. */
export interface KeyRing {
  signing(purpose: KeyPurpose): Key
  find(purpose: KeyPurpose, kid: string): Key | undefined
}

const PURPOSES: readonly KeyPurpose[] = ['access', 'mqtt']

/** Public name of a secret: says which one signed, and nothing else about it. */
const keyId = (secret: string): string =>
  createHash('sha256').update(`dji-cloud/kid/${secret}`).digest('base64url').slice(0, 10)

function derive(secret: string, purpose: KeyPurpose): Key {
  const bytes = hkdfSync('sha256', secret, 'dji-cloud', purpose, 32)
  const key = createSecretKey(Buffer.from(bytes))
  return { kid: keyId(secret), algorithm: 'HS256', sign: key, verify: key }
}

/** @param secrets newest first; at least one */
export function createSecretKeyRing(secrets: readonly string[]): KeyRing {
  const keys = new Map<string, Key>()
  for (const purpose of PURPOSES) {
    for (const secret of secrets) keys.set(`${purpose} ${keyId(secret)}`, derive(secret, purpose))
  }
  const first = secrets[0]
  if (first === undefined) throw new TypeError('a key ring needs a secret')
  return {
    signing: (purpose) => keys.get(`${purpose} ${keyId(first)}`) as Key,
    find: (purpose, kid) => keys.get(`${purpose} ${kid}`),
  }
}
