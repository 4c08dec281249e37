import { loadDependency } from '../packages.ts'
import { seconds } from '../ports/clock.ts'
import type { EndReason, Session } from '../ports/sessions.ts'
import type { KeyPurpose, KeyRing } from './keys.ts'

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

/**
 * What a token says by itself, without a store. The caller checks the expiry, because only the caller knows the refresh
 * window.
 */
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

export function createTokenCodec(keys: KeyRing): TokenCodec {
  const verifying = { access: keys.verifying('access'), mqtt: keys.verifying('mqtt') }
  /**
   * Tokens whose signature was right. The signature stays right, and a client sends the same token for hours and days.
   * Each time, the session of the token decides whether the token is still accepted.
   */
  const signed = { access: new Map<string, TokenReading>(), mqtt: new Map<string, TokenReading>() }
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
      const known = signed[purpose].get(token)
      if (known !== undefined) return known
      const kid = keyIdOf(token)
      const key = kid === null ? undefined : verifying[purpose].get(kid)
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
        if (claims === null) return { kind: 'invalid', detail: 'claims' }
        const reading: TokenReading = { kind: 'signed', claims }
        if (signed[purpose].size >= REMEMBERED[purpose]) signed[purpose].clear()
        signed[purpose].set(token, reading)
        return reading
      } catch (error) {
        return { kind: 'invalid', detail: error instanceof Error ? error.message : 'unreadable' }
      }
    },
  }
}

/** The token situations of the access flow: none, valid, and the ways in which a token is no longer good. */
export type TokenStatus =
  | { readonly kind: 'none' }
  /** `superseded`: replaced by a refresh a moment ago. Requests that are still on their way with it are accepted. */
  | { readonly kind: 'valid'; readonly session: Session; readonly superseded: boolean }
  | { readonly kind: 'refreshable'; readonly session: Session }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'spent'; readonly session: Session }
  | { readonly kind: 'ended'; readonly reason: EndReason | 'unknown' }

export interface SituationRules {
  /** ms for which an expired token can still be refreshed */
  readonly refreshWindowMs: number
  /** ms for which a spent token is still honoured */
  readonly refreshGraceMs: number
}

/**
 * The state of a token: a pure function of its claims, its session and the time (ms).
 * @param session the session in the store; null if there is none
 */
export function situationOf(
  reading: TokenReading,
  session: Session | null,
  now: number,
  rules: SituationRules,
): TokenStatus {
  if (reading.kind === 'missing') return { kind: 'none' }
  if (reading.kind === 'invalid') return { kind: 'invalid' }
  const { claims } = reading
  if (session === null) return { kind: 'ended', reason: 'unknown' }
  if (claims.sid !== session.id || claims.sub !== session.userId || claims.wid !== session.workspaceId)
    return { kind: 'invalid' }
  const ended = session.endedAt !== null
  // A session that ends because of its age is ended in the store a moment earlier.
  if (ended && session.endReason !== 'expired')
    return { kind: 'ended', reason: session.endReason ?? 'unknown' }
  if (ended || now >= session.expiresAt) return { kind: 'expired' }

  const current = claims.jti === session.tokenId
  const withinGrace =
    claims.jti === session.spentTokenId &&
    session.spentAt !== null &&
    now < session.spentAt + rules.refreshGraceMs
  if (!current && !withinGrace) return { kind: 'spent', session }

  const expiresAt = claims.exp * 1000
  if (now < expiresAt) return { kind: 'valid', session, superseded: !current }
  return now < expiresAt + rules.refreshWindowMs ? { kind: 'refreshable', session } : { kind: 'expired' }
}

const ISSUER = 'dji-cloud'
const audience = (purpose: KeyPurpose): string => `dji-cloud:${purpose}`

/** A longer token is not even parsed. Our tokens have about 400 characters. */
const MAX_LENGTH = 4096

/** About 1.2 KiB each. A client sends its access token with each request, but its password only when it connects. */
const REMEMBERED = { access: 1_000, mqtt: 100 } as const

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
  if (library === null)
    throw new Error('Tokens were used before the library for them was loaded. Await cloud.ready() first.')
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
