import { loadDependency } from '../packages.ts'
import { seconds } from '../ports/clock.ts'
import type { Session } from '../ports/sessions.ts'
import type { KeyPurpose, KeyRing } from './keys.ts'

const ISSUER = 'dji-cloud'
const audience = (purpose: KeyPurpose): string => `dji-cloud:${purpose}`

/** A longer token is not even parsed. Our tokens have about 400 characters. */
const MAX_LENGTH = 4096

export interface TokenClaims {
  /** user */
  readonly sub: string
  /** session */
  readonly sid: string
  /** workspace */
  readonly wid: string
  /** token id (access) or credential id (mqtt) */
  readonly jti: string
  /** seconds since the epoch */
  readonly iat: number
  readonly exp: number
  /** gateway that an MQTT password is for; absent when it binds at its first use */
  readonly gw?: string
}

/** What a token tells without a store. The caller checks the expiry, because it knows the refresh window. */
export type TokenReading =
  | { readonly kind: 'missing' }
  | { readonly kind: 'invalid'; readonly detail: string }
  | { readonly kind: 'signed'; readonly claims: TokenClaims }

/**
 * The library has 70 files and takes a seventh of a cold start, so it is loaded while the app starts, not before. `ready`
 * resolves when it is loaded. Until then, the other functions throw.
 */
export interface TokenCodec {
  /** Rejects when the library cannot be loaded. The next call tries again. */
  ready(): Promise<void>
  /** The same session state gives the same token, so two refreshes at the same time get the same new token. */
  access(session: Session): string
  /** @param more claims for a broker that checks passwords itself; ours win over claims of the same name */
  mqtt(
    session: Session,
    credentialId: string,
    gateway: string | null,
    more?: Readonly<Record<string, unknown>>,
  ): string
  read(purpose: KeyPurpose, token: string | undefined): TokenReading
}

type Jwt = Pick<typeof import('jsonwebtoken'), 'sign' | 'verify'>

let library: Jwt | null = null
let loading: Promise<void> | null = null

async function load(): Promise<void> {
  try {
    library = (await loadDependency(() => import('jsonwebtoken'), 'jsonwebtoken')).default
  } catch (error) {
    loading = null
    throw error
  }
}

function loaded(): Jwt {
  if (library === null) throw new Error('tokens were used before they were loaded: await cloud.ready() first')
  return library
}

const text = (value: unknown): value is string => typeof value === 'string' && value !== ''

function claimsOf(payload: unknown): TokenClaims | null {
  if (typeof payload !== 'object' || payload === null) return null
  const claims = payload as Record<keyof TokenClaims, unknown>
  if (!text(claims.sub) || !text(claims.sid) || !text(claims.wid) || !text(claims.jti)) return null
  if (!Number.isInteger(claims.iat) || !Number.isInteger(claims.exp)) return null
  if (claims.gw !== undefined && !text(claims.gw)) return null
  return payload as TokenClaims
}

/** The key id of a token's header. The header is not trusted beyond choosing among our own keys. */
function keyIdOf(token: string): string | null {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'),
    )
    const kid = (header as { kid?: unknown } | null)?.kid
    return typeof kid === 'string' ? kid : null
  } catch {
    return null
  }
}

export function createTokenCodec(keys: KeyRing): TokenCodec {
  const sign = (
    purpose: KeyPurpose,
    claims: TokenClaims,
    more: Readonly<Record<string, unknown>> = {},
  ): string => {
    const key = keys.signing(purpose)
    return loaded().sign({ ...more, ...claims, iss: ISSUER, aud: audience(purpose) }, key.sign, {
      algorithm: key.algorithm,
      keyid: key.kid,
    })
  }
  return {
    ready() {
      loading ??= load()
      return loading
    },
    access: (session) =>
      sign('access', {
        sub: session.userId,
        sid: session.id,
        wid: session.workspaceId,
        jti: session.tokenId,
        iat: seconds(session.tokenIssuedAt),
        exp: seconds(session.tokenExpiresAt),
      }),
    mqtt: (session, credentialId, gateway, more) =>
      sign(
        'mqtt',
        {
          sub: session.userId,
          sid: session.id,
          wid: session.workspaceId,
          jti: credentialId,
          iat: seconds(session.createdAt),
          exp: seconds(session.expiresAt),
          ...(gateway === null ? {} : { gw: gateway }),
        },
        more,
      ),
    read(purpose, token) {
      const jwt = loaded()
      if (token === undefined || token === '') return { kind: 'missing' }
      if (token.length > MAX_LENGTH) return { kind: 'invalid', detail: 'too long' }
      const kid = keyIdOf(token)
      const key = kid === null ? undefined : keys.find(purpose, kid)
      if (key === undefined) return { kind: 'invalid', detail: 'unknown key' }
      try {
        const payload = jwt.verify(token, key.verify, {
          algorithms: [key.algorithm],
          issuer: ISSUER,
          audience: audience(purpose),
          ignoreExpiration: true,
          ignoreNotBefore: true,
        })
        const claims = claimsOf(payload)
        return claims === null ? { kind: 'invalid', detail: 'claims' } : { kind: 'signed', claims }
      } catch (error) {
        return { kind: 'invalid', detail: error instanceof Error ? error.message : 'unreadable' }
      }
    },
  }
}
