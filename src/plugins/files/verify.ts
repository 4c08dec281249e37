import { isSameSecret } from '../../plugin.ts'
import { type Authorization, authorizationOf } from './authorization.ts'
import type { Signed } from './places.ts'
import { Refusal } from './refusal.ts'
import { canonicalRequest, type SignedRequest, sign, signingKey, stringToSign, timeOf } from './signature.ts'
import type { createTemporaryKeys, Grant, KeyFault } from './temporary-keys.ts'

/** A request whose signature is right. */
export interface Verified {
  readonly authorization: Authorization
  readonly grant: Grant
  /** Signs the pieces of a body that is sent in signed pieces. */
  readonly key: Uint8Array
}

export interface VerifyParts {
  readonly keys: Pick<ReturnType<typeof createTemporaryKeys>, 'open'>
  readonly region: string
  /** Hosts and addresses that the client may have signed: a proxy may have changed them. */
  readonly signedAs: readonly Signed[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The clocks of client and server may differ by this. */
const SKEW_MS = 15 * 60_000

const FAULTS: Readonly<Record<KeyFault, 'InvalidAccessKeyId' | 'InvalidToken' | 'ExpiredToken'>> = {
  unknown: 'InvalidAccessKeyId',
  token: 'InvalidToken',
  expired: 'ExpiredToken',
}

/** Checks the signature of a request, its time and its credentials. @throws Refusal */
export function verify(request: SignedRequest, { keys, region, signedAs, now }: VerifyParts): Verified {
  const authorization = authorizationOf(request)
  const { accessKeyId, sessionToken, amzDate, scope, signature, signedHeaders, payloadHash } = authorization
  if (authorization.region !== region)
    throw new Refusal(
      'AuthorizationHeaderMalformed',
      `The region ${authorization.region} is wrong; expecting '${region}'.`,
    )
  checkTime(authorization, now)
  const opened = keys.open(accessKeyId, sessionToken, now)
  if (typeof opened === 'string') throw new Refusal(FAULTS[opened])
  const key = signingKey(opened.secret, scope)
  const { method, headers } = request
  const fits = signedAs.some(({ host, rawUrl }) => {
    const canonical = canonicalRequest({ method, headers, rawUrl }, signedHeaders, payloadHash, host)
    return (
      canonical !== null && isSameSecret(sign(key, stringToSign(canonical, { amzDate, scope })), signature)
    )
  })
  if (!fits) throw new Refusal('SignatureDoesNotMatch')
  return { authorization, grant: opened.grant, key }
}

function checkTime({ amzDate, scope, expiresSeconds }: Authorization, now: number): void {
  const signedAt = timeOf(amzDate)
  if (Number.isNaN(signedAt) || !scope.startsWith(`${amzDate.slice(0, 8)}/`))
    throw new Refusal('AuthorizationHeaderMalformed', 'The time of the signature is missing or wrong.')
  if (signedAt > now + SKEW_MS) throw new Refusal('RequestTimeTooSkewed')
  if (expiresSeconds === null && signedAt < now - SKEW_MS) throw new Refusal('RequestTimeTooSkewed')
  if (expiresSeconds !== null && now >= signedAt + expiresSeconds * 1000)
    throw new Refusal('AccessDenied', 'Request has expired. Ask for a new address.')
}
