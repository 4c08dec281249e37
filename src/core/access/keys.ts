import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'

/** Purpose of a key. */
export type KeyPurpose = 'access' | 'mqtt'

export type KeyAlgorithm = 'HS256' | 'RS256' | 'ES256'

export interface Key {
  readonly kid: string
  readonly algorithm: KeyAlgorithm
  /** Null for an older key, which only verifies. */
  readonly sign: KeyObject | null
  readonly verify: KeyObject
}

/** The first key signs and all keys verify, so a key can be rotated without logging anybody out. */
export interface KeyRing {
  signing(purpose: KeyPurpose): Key & { readonly sign: KeyObject }
  /** All keys of this purpose, by `kid`. */
  verifying(purpose: KeyPurpose): ReadonlyMap<string, Key>
  /** Public keys as a JSON Web Key Set (RFC 7517); null with secrets only, which have no public part. */
  readonly jwks: { readonly keys: readonly JsonWebKey[] } | null
  /** Keys of 32 bytes for another purpose, the newest first. They are derived from the keys that sign, and from those that only verify. */
  derive(purpose: string): readonly Uint8Array[]
}

/**
 * A key pair, PEM. The private key is enough; with `publicKey` alone it only verifies what it signed before it was
 * replaced.
 */
export type KeyPair =
  | {
      /** PEM. Signs. The public key is derived from it. */
      readonly privateKey: string
      /** PEM. Enough for a pair that was replaced, and only has to verify what it has signed before. */
      readonly publicKey?: string | undefined
      /** Name of the key in tokens and in the JWKS. @default the thumbprint of the public key (RFC 7638) */
      readonly kid?: string | undefined
    }
  | {
      /** PEM. Verifies what its private key signed before it was replaced. */
      readonly publicKey: string
      /** The name that its tokens carry. @default the thumbprint of the public key (RFC 7638) */
      readonly kid?: string | undefined
    }

const PURPOSES: readonly KeyPurpose[] = ['access', 'mqtt']
const MIN_RSA_BITS = 2048

/** Public id of a secret. It shows which secret signed, and nothing else about the secret. */
const secretId = (secret: string): string =>
  createHash('sha256').update(`dji-cloud/kid/${secret}`).digest('base64url').slice(0, 10)

/**
 * Derives a separate key for each purpose. A broker that gets the MQTT key to check passwords cannot make access tokens
 * with it.
 */
function derive(secret: string, purpose: KeyPurpose): Key {
  const bytes = hkdfSync('sha256', secret, 'dji-cloud', purpose, 32)
  const key = createSecretKey(Buffer.from(bytes))
  return { kid: secretId(secret), algorithm: 'HS256', sign: key, verify: key }
}

/**
 * The key for a broker that checks MQTT passwords itself, in place of the platform's secret. It works for MQTT passwords
 * only, not for access tokens. Base64 of the 32 bytes of an HS256 key.
 */
export const mqttVerificationKey = (secret: string): string =>
  derive(secret, 'mqtt').verify.export().toString('base64')

/** @throws TypeError for a key that is neither RSA of at least 2048 bits nor EC on P-256; the message holds no key */
export function readKeyPair(pair: KeyPair): Key {
  const sign = 'privateKey' in pair ? createPrivateKey(pair.privateKey) : null
  const verify = createPublicKey('privateKey' in pair ? pair.privateKey : pair.publicKey)
  const algorithm = algorithmOf(verify)
  return { kid: pair.kid ?? thumbprint(verify), algorithm, sign, verify }
}

function algorithmOf(key: KeyObject): KeyAlgorithm {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return 'RS256'
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256'
  throw new TypeError('needs an RSA key of at least 2048 bits or an EC key on P-256')
}

const secretBytes = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' })

/** The thumbprint of RFC 7638, so that a key has the same id on every node without configuration. */
function thumbprint(key: KeyObject): string {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' })
  const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/**
 * @param pairs newest first; they come before the secrets, so that a host can change from secrets to key pairs
 * @param secrets newest first
 */
export function createKeyRing(pairs: readonly KeyPair[], secrets: readonly string[]): KeyRing {
  const asymmetric = pairs.map(readKeyPair)
  const byPurpose = new Map<KeyPurpose, readonly Key[]>()
  for (const purpose of PURPOSES) {
    // Other programs get only the public key, which cannot sign. So one pair may have both purposes; the audience of a
    // token separates them.
    byPurpose.set(purpose, [...asymmetric, ...secrets.map((secret) => derive(secret, purpose))])
  }
  return {
    signing(purpose) {
      const key = byPurpose.get(purpose)?.find(({ sign }) => sign !== null)
      if (key === undefined || key.sign === null)
        throw new TypeError('A key ring needs a secret or a private key.')
      return key as Key & { readonly sign: KeyObject }
    },
    verifying: (purpose) => new Map(byPurpose.get(purpose)?.map((key) => [key.kid, key])),
    derive: (purpose) =>
      // A public key is known to other programs, so a secret key must not be derived from it.
      [...asymmetric.flatMap(({ sign }) => (sign === null ? [] : [secretBytes(sign)])), ...secrets].map(
        (secret) => new Uint8Array(hkdfSync('sha256', secret, 'dji-cloud', purpose, 32)),
      ),
    jwks:
      asymmetric.length === 0
        ? null
        : {
            keys: asymmetric.map(({ kid, algorithm, verify }) => ({
              ...verify.export({ format: 'jwk' }),
              kid,
              alg: algorithm,
              use: 'sig',
            })),
          },
  }
}
