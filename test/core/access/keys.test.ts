import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { describe, expect, test } from 'vitest'
import { createKeyRing, readKeyPair } from '../../../src/core/access/keys.ts'
import { createTokenCodec } from '../../../src/core/access/tokens.ts'
import { parseOptions } from '../../../src/core/options/parse.ts'
import { sessionOf } from '../../support/sessions.ts'

const SECRET = 'an obviously fake secret for these tests only'
const session = sessionOf(Date.UTC(2026, 0, 15, 12))

const pem = { type: 'pkcs8', format: 'pem' } as const
const spki = { type: 'spki', format: 'pem' } as const
const ec = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: pem, publicKeyEncoding: spki })
const rsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength, privateKeyEncoding: pem, publicKeyEncoding: spki })
const old = ec()
const fresh = ec()

await createTokenCodec(createKeyRing([], [])).ready()

describe('key pairs', () => {
  test.each([
    ['EC', old, 'ES256'],
    ['RSA', rsa(2048), 'RS256'],
  ])(
    '%s signs with the algorithm of its kind, and everybody can check it with the published key',
    (_name, pair, algorithm) => {
      const ring = createKeyRing([pair], [])
      const password = createTokenCodec(ring).mqtt(session, 'credential', 'RCFAKE00000001')
      const [published] = ring.jwks?.keys ?? []
      expect(published).toMatchObject({ alg: algorithm, use: 'sig' })
      expect(published).not.toHaveProperty('d')
      const key = createPublicKey({ key: published ?? {}, format: 'jwk' })
      expect(
        jwt.verify(password, key, {
          algorithms: [algorithm as jwt.Algorithm],
          audience: 'dji-cloud:mqtt',
          ignoreExpiration: true,
        }),
      ).toMatchObject({ gw: 'RCFAKE00000001' })
    },
  )

  test('the public key is no HMAC secret (algorithm confusion)', () => {
    const ring = createKeyRing([old], [])
    const { kid } = ring.signing('access')
    const forged = jwt.sign(
      {
        sub: 'a',
        sid: 's',
        wid: 'w',
        jti: 'j',
        iss: 'dji-cloud',
        aud: 'dji-cloud:access',
        exp: 2_000_000_000,
      },
      old.publicKey,
      { algorithm: 'HS256', keyid: kid },
    )
    expect(createTokenCodec(ring).read('access', forged).kind).toBe('invalid')
  })

  test('rotation: put the new one in front, keep the public half of the old one, drop it later', () => {
    const before = createTokenCodec(createKeyRing([old], [])).access(session)
    const during = createTokenCodec(createKeyRing([fresh, { publicKey: old.publicKey }], []))
    expect(during.read('access', before).kind).toBe('signed')
    expect(createTokenCodec(createKeyRing([fresh], [])).read('access', during.access(session)).kind).toBe(
      'signed',
    )
    expect(createTokenCodec(createKeyRing([fresh], [])).read('access', before).kind).toBe('invalid')
  })

  test('a host moves from a secret to keys without logging anybody out', () => {
    const before = createTokenCodec(createKeyRing([], [SECRET])).access(session)
    const ring = createKeyRing([fresh], [SECRET])
    expect(createTokenCodec(ring).read('access', before).kind).toBe('signed')
    expect(ring.signing('access').algorithm).toBe('ES256')
  })

  test("the id is the key's own, the same on every node", () => {
    expect(readKeyPair(old).kid).toBe(readKeyPair({ publicKey: old.publicKey }).kid)
    expect(readKeyPair({ ...old, kid: 'mine' }).kid).toBe('mine')
  })

  test.each([
    ['RSA of 1024 bits', () => rsa(1024)],
    [
      'another curve',
      () =>
        generateKeyPairSync('ec', {
          namedCurve: 'secp384r1',
          privateKeyEncoding: pem,
          publicKeyEncoding: spki,
        }),
    ],
    ['Ed25519', () => generateKeyPairSync('ed25519', { privateKeyEncoding: pem, publicKeyEncoding: spki })],
    ['no key at all', () => ({ privateKey: 'hello' })],
  ])('%s is refused', (_name, make) => {
    expect(() => readKeyPair(make())).toThrow()
  })

  test('secrets publish nothing', () => {
    expect(createKeyRing([], [SECRET]).jwks).toBeNull()
  })

  test('two keys with the same kid are refused: a token could be checked with the wrong key', () => {
    const pairs = [
      { ...old, kid: 'main' },
      { ...fresh, kid: 'main' },
    ]
    expect(() => parseOptions({ keys: pairs }, {})).toThrow('kid of another key')
  })
})
