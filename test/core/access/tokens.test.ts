import jwt from 'jsonwebtoken'
import { describe, expect, it, test, vi } from 'vitest'
import { createKeyRing } from '../../../src/core/access/keys.ts'
import { createTokenCodec } from '../../../src/core/access/tokens.ts'
import { sessionOf } from '../../support/sessions.ts'

const SECRET = 'an obviously fake secret for these tests only'
const OTHER = 'another obviously fake secret for these tests'
const ring = createKeyRing([], [SECRET])
const codec = createTokenCodec(ring)
const session = sessionOf(Date.UTC(2026, 0, 15, 12))
await codec.ready()
const good = codec.access(session)

const claims = {
  sub: 'user-1',
  sid: 'session-1',
  wid: 'w',
  jti: 'token-2',
  iat: 1,
  exp: 2_000_000_000,
  iss: 'dji-cloud',
  aud: 'dji-cloud:access',
}
const key = ring.signing('access')
/** Signed by our own key, with claims changed; JSON drops the undefined ones. */
const made = (more: object, options: jwt.SignOptions = {}) =>
  jwt.sign(JSON.parse(JSON.stringify({ ...claims, ...more })), key.sign, { keyid: key.kid, ...options })
const [head = '', body = '', signature = ''] = good.split('.')
const segment = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a token as a string', () => {
  test('reads back what was signed', () => {
    expect(codec.read('access', good)).toMatchObject({
      kind: 'signed',
      claims: { sub: 'user-1', sid: 'session-1', wid: session.workspaceId, jti: 'token-2' },
    })
  })

  test('is the same for the same state, so that two refreshes at once share one successor', () => {
    expect(codec.access(session)).toBe(good)
    expect(codec.access({ ...session, tokenId: 'token-3' })).not.toBe(good)
  })

  test.each<[string, string | undefined, string]>([
    ['absent', undefined, 'missing'],
    ['empty', '', 'missing'],
    ['an own one made by hand', made({}), 'signed'],
    ['truncated', good.slice(0, -4), 'invalid'],
    ['without a signature', `${head}.${body}.`, 'invalid'],
    ['unsigned (alg none)', `${segment({ alg: 'none', kid: key.kid })}.${body}.`, 'invalid'],
    ['another algorithm', made({}, { algorithm: 'HS512' }), 'invalid'],
    ['another key under our key id', jwt.sign(claims, OTHER, { keyid: key.kid }), 'invalid'],
    ['another key under its own id', createTokenCodec(createKeyRing([], [OTHER])).access(session), 'invalid'],
    ['no key id', jwt.sign(claims, key.sign), 'invalid'],
    ['changed claims', `${head}.${segment({ ...claims, sub: 'admin' })}.${signature}`, 'invalid'],
    ['another audience', made({ aud: 'dji-cloud:mqtt' }), 'invalid'],
    ['another issuer', made({ iss: 'somebody' }), 'invalid'],
    ['no session', made({ sid: undefined }), 'invalid'],
    ['no expiry', made({ exp: undefined }), 'invalid'],
    ['an empty user', made({ sub: '' }), 'invalid'],
    ['not a token', 'hello', 'invalid'],
    ['dots only', '...', 'invalid'],
    [
      'a header that is not an object',
      `${Buffer.from('null').toString('base64url')}.${body}.${signature}`,
      'invalid',
    ],
    ['far too long', `${good}${'a'.repeat(5000)}`, 'invalid'],
  ])('%s', (_name, token, kind) => {
    expect(codec.read('access', token).kind).toBe(kind)
  })

  test('that was right once makes no other token right', () => {
    const fresh = createTokenCodec(ring)
    expect(fresh.read('access', good).kind).toBe('signed')
    expect(fresh.read('access', good)).toEqual(codec.read('access', good))
    expect(fresh.read('mqtt', good).kind).toBe('invalid')
    const changed = segment({ ...claims, sub: 'admin' })
    for (const forged of [
      `${head}.${changed}.${signature}`,
      `${head}.${body}.`,
      good.slice(0, -1),
      ` ${good}`,
    ])
      expect(fresh.read('access', forged).kind).toBe('invalid')
  })

  test('an MQTT password is no access token, nor the other way round', () => {
    const password = codec.mqtt(session, 'credential', 'RCFAKE00000001')
    expect(codec.read('mqtt', password)).toMatchObject({ kind: 'signed', claims: { gw: 'RCFAKE00000001' } })
    expect(codec.read('access', password).kind).toBe('invalid')
    expect(codec.read('mqtt', good).kind).toBe('invalid')
  })

  test('each purpose has its own key, so a broker that knows one cannot sign for the other', () => {
    const mqtt = ring.signing('mqtt').sign
    const forged = jwt.sign(claims, mqtt, { keyid: key.kid })
    expect(codec.read('access', forged).kind).toBe('invalid')
  })

  test('rotation: the first secret signs, the older ones still verify', () => {
    const rotated = createTokenCodec(createKeyRing([], [OTHER, SECRET]))
    expect(rotated.read('access', good).kind).toBe('signed')
    expect(createTokenCodec(createKeyRing([], [OTHER])).read('access', rotated.access(session)).kind).toBe(
      'signed',
    )
  })
})

describe('the library', () => {
  it('is not there before it is asked for, and says what to wait for', async () => {
    vi.resetModules()
    const fresh = await import('../../../src/core/access/tokens.ts')
    const early = fresh.createTokenCodec(ring)
    expect(() => early.access(session)).toThrow('Await cloud.ready()')
    expect(() => early.read('access', good)).toThrow('Await cloud.ready()')
    await early.ready()
    expect(early.access(session)).toBe(good)
  })

  it('that cannot be loaded is told, and looked for again', async () => {
    vi.resetModules()
    vi.doMock('jsonwebtoken', () => {
      throw new Error('disk full')
    })
    const fresh = await import('../../../src/core/access/tokens.ts')
    const codec = fresh.createTokenCodec(ring)
    await expect(codec.ready()).rejects.toThrow()
    vi.doUnmock('jsonwebtoken')
    await expect(codec.ready()).resolves.toBeUndefined()
  })
})
