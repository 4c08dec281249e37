import type { LoginReason } from '../../plugin.ts'

/**
 * Why a login, or a check of a user, failed. `untrusted`: the answer does not belong to this login, or was changed; it
 * may be an attack. `used`: the answer came a second time; a reload, or an attack. `broken`: provider and platform do not
 * fit together, and an administrator has to repair it.
 */
export type FailureKind =
  | 'refused'
  | 'cancelled'
  | 'expired'
  | 'unavailable'
  | 'untrusted'
  | 'used'
  | 'broken'

/** A failure with all facts that a log may contain: no token, no claim, no text of unlimited length. */
export class LoginFailure extends Error {
  override readonly name = 'OidcLoginFailure'
  readonly kind: FailureKind
  readonly facts: Readonly<Record<string, string | number>>

  /** @param cause an error that nobody expected */
  constructor(
    kind: FailureKind,
    message: string,
    facts: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? {} : { cause })
    this.kind = kind
    this.facts = facts
  }
}

/** What the login page shows. */
export const REASONS: Readonly<Record<FailureKind, LoginReason>> = {
  refused: 'sign_in_refused',
  cancelled: 'sign_in_cancelled',
  expired: 'sign_in_expired',
  unavailable: 'sign_in_unavailable',
  untrusted: 'sign_in_failed',
  // Its words are also "or was finished in another window".
  used: 'sign_in_expired',
  broken: 'sign_in_failed',
}

/**
 * The fields of an error of openid-client. It is recognised by them, because the module is loaded only when it is
 * needed.
 */
interface ClientError {
  readonly name?: unknown
  readonly code?: unknown
  readonly status?: unknown
  readonly error?: unknown
  readonly error_description?: unknown
  readonly cause?: unknown
}

/** Errors of the authorisation response (OpenID Connect Core, section 3.1.2.6) that are the user's decision. */
const USER_SAID_NO = [
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]
const PROVIDER_TROUBLE = ['temporarily_unavailable', 'server_error']
const WRONG_SECRET =
  'the provider did not take client id and secret: check the options clientId and clientSecret, and when the secret ends'

/** An error of a request to the provider, or of what it answered. */
export function failureOf(error: unknown): LoginFailure {
  if (error instanceof LoginFailure) return error
  const { code, error: word, status, error_description: description, cause } = fieldsOf(error)
  // Thrown while an answer was read, and wrapped by openid-client.
  if (cause instanceof LoginFailure) return cause
  const facts = {
    ...given('code', textOf(code) ?? textOf(fieldsOf(cause).code)),
    ...given('provider_error', textOf(word)),
    ...given('provider_says', textOf(description)),
    ...(typeof status === 'number' ? { status } : {}),
  }
  const make = (kind: FailureKind, message: string) => new LoginFailure(kind, message, facts)
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') {
    if (USER_SAID_NO.includes(String(word))) return make('cancelled', 'the provider did not log the user in')
    return PROVIDER_TROUBLE.includes(String(word))
      ? make('unavailable', 'the provider could not log the user in')
      : make('broken', 'the provider refused the authorisation request')
  }
  if (code === 'OAUTH_RESPONSE_BODY_ERROR') {
    if (Number(status) >= 500) return make('unavailable', 'the provider answered with an error')
    if (word === 'invalid_grant') return make('untrusted', 'the provider did not take the code or the token')
    return make(
      'broken',
      isRegistrationFault(error) ? WRONG_SECRET : 'the provider refused the request of this platform',
    )
  }
  if (code === 'STORE_UNAVAILABLE') return make('unavailable', 'a store of the platform does not answer')
  if (code === 'PACKAGE_MISSING') return make('broken', textOf((error as Error).message) ?? '')
  if (isOutage(error)) return make('unavailable', 'the provider does not answer')
  if (isRegistrationFault(error)) return make('broken', WRONG_SECRET)
  if (textOf(code)?.startsWith('OAUTH_') === true)
    return make(
      'untrusted',
      error instanceof Error ? error.message : 'the answer of the provider is not valid',
    )
  return new LoginFailure(
    'broken',
    'the login failed for a reason that this plugin does not know',
    facts,
    error,
  )
}

/** Answers to a refresh token that mean: this user has to log in again, or may not log in any more. */
const GONE = ['invalid_grant', 'interaction_required', 'login_required', 'consent_required']
/** RFC 6749 says 400. Some providers send 401 or 403. */
const GONE_STATUS: readonly unknown[] = [400, 401, 403]

/**
 * True: the provider no longer vouches for the user. False: it could not be asked, or another server answered in its
 * place.
 */
export function hasTakenBack(error: unknown): boolean {
  // The answer was about another user.
  if (error instanceof LoginFailure) return error.kind === 'untrusted'
  const { code, error: word, status } = fieldsOf(error)
  return code === 'OAUTH_RESPONSE_BODY_ERROR' && GONE_STATUS.includes(status) && GONE.includes(String(word))
}

/** True: the provider did not take the refresh token. */
export function isTokenRefused(error: unknown): boolean {
  return fieldsOf(error).error === 'invalid_grant' && hasTakenBack(error)
}

/** Failures of a connection that never came about. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/** True: the refresh token was not used up, because the provider refused the request, or was never reached. */
export function hasAnswered(error: unknown): boolean {
  const { code, status, cause } = fieldsOf(error)
  if (code === 'OAUTH_RESPONSE_BODY_ERROR') return Number(status) < 500
  return code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' || NEVER_SENT.includes(String(fieldsOf(cause).code))
}

/** Faults of the userinfo endpoint. They tell nothing about the secret or the refresh token. */
export function userInfoFailure(error: unknown): unknown {
  const { code } = fieldsOf(error)
  const { kind, facts } = failureOf(error)
  if (code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED')
    return new LoginFailure('untrusted', 'the userinfo endpoint answered about another user', facts)
  if (code !== 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' && code !== 'OAUTH_RESPONSE_BODY_ERROR') return error
  const message = 'the userinfo endpoint of the provider refused the access token'
  return new LoginFailure(kind === 'unavailable' ? kind : 'broken', message, facts)
}

/** True: the provider refused the platform itself, so nobody can log in until somebody repairs it. */
export function isRegistrationFault(error: unknown): boolean {
  const { code, error: word } = fieldsOf(error)
  return (
    code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' ||
    (code === 'OAUTH_RESPONSE_BODY_ERROR' && (word === 'invalid_client' || word === 'unauthorized_client'))
  )
}

/** True: a failure of all users, and not of this one. */
export function concernsAll(error: unknown): boolean {
  const { code } = fieldsOf(error)
  // The first comes through a browser, so anybody can write it. The second is not the provider's.
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR' || code === 'STORE_UNAVAILABLE') return false
  return isRegistrationFault(error) || failureOf(error).kind === 'unavailable'
}

/** No connection, no answer in time, or an answer of a proxy in front of the provider. */
function isOutage(error: unknown): boolean {
  const { name, code, cause } = fieldsOf(error)
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT' || name === 'TimeoutError') return true
  // fetch() throws this for every failure of the network: `fetch failed`, `terminated`.
  if (error instanceof TypeError && code === undefined && cause !== undefined) return true
  return code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && Number(fieldsOf(cause).status) >= 500
}

const fieldsOf = (error: unknown): ClientError =>
  typeof error === 'object' && error !== null ? (error as ClientError) : {}

const LONGEST = 200

/** Texts of a provider come through the browser, so anybody can write them. Keeps one line, of limited length. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  return value.replace(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST)
}

const given = (name: string, value: string | undefined): Readonly<Record<string, string>> =>
  value === undefined ? {} : { [name]: value }
