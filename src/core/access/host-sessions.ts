import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { CloudEmitter, LoginFailure } from '../events.ts'
import { type Clock, type EndReason, type Session, seconds, type User } from '../ports/index.ts'
import { reach } from '../promises.ts'
import { FLAG_OF_ROLE } from './account-flag.ts'
import { hostDataOf } from './host-data.ts'
import { checkOpening, type NamedUser, type OpenSessionOptions, userIdOf } from './opening.ts'
import { changeOf, type SessionHolder, type SessionService } from './sessions.ts'
import type { TokenCodec, TokenStatus } from './tokens.ts'

/** MQTT credentials of a session, as a controller's module `thing` takes them. */
export interface MqttLogin {
  /** Such as `tcp://broker.example.com:1883`. */
  readonly host: string
  /** What the controller sends as its user name when it connects. */
  readonly username: string
  /** A signed token. It is valid until the session ends. */
  readonly password: string
  /**
   * The client id that the controller is expected to use; null: the credentials are not yet for a certain controller.
   */
  readonly clientId: string | null
  /** seconds since the epoch */
  readonly expiresAt: number
}

/** The result of a login. */
export interface OpenedSession {
  readonly session: Session
  /** The access token: what Pilot, a page or a service sends as `x-auth-token`. */
  readonly token: string
  /** When the token has to be refreshed; seconds since the epoch. */
  readonly expiresAt: number
  /** As the option `users` has this user now. */
  readonly user: User
  /**
   * Null for a user with the role `web`, who flies nothing. Without `gateway` it is also null while the broker is down, or
   * if this broker makes credentials for named controllers only: the page asks for them later.
   */
  readonly mqtt: MqttLogin | null
}

/** The state of a token now. */
export type VerifiedToken =
  | { readonly valid: true; readonly session: Session; readonly user: User }
  | {
      readonly valid: false
      /**
       * `missing`: no token was given. `unknown`: it is not a token of this platform, or its session is not known any
       * more. `expired`: its time is over. `replaced`: a refresh gave a newer one. `ended`: its session was ended.
       */
      readonly reason: 'missing' | 'unknown' | 'expired' | 'replaced' | 'ended'
      /** True: `token/refresh` still gives a new token for it. */
      readonly canRefresh: boolean
      /** Why the session was ended; null for every other reason. */
      readonly endReason: EndReason | null
    }

export interface HostSessionParts {
  readonly sessions: Pick<SessionService, 'open' | 'end' | 'situation' | 'userOf'>
  /** The user as of now; null: deleted, disabled or not known. */
  readonly findUser: (holder: SessionHolder) => Promise<User | null>
  readonly tokens: Pick<TokenCodec, 'access'>
  readonly clock: Clock
  readonly emit: CloudEmitter['emit']
  /**
   * Checks the controller, and makes its credentials in a second step. So no session is opened for a controller that is
   * refused.
   */
  readonly mqtt: {
    hold(user: User, gateway: string, address: string | null): Promise<readonly string[]>
    issue(
      session: Session,
      gateway: string | null,
      aircraft: readonly string[],
      hostname: string | null,
    ): Promise<MqttLogin | null>
  }
}

/** `sessions.open` and `sessions.verify` of hosts and plugins. */
export interface HostSessions {
  open(user: NamedUser, options: OpenSessionOptions): Promise<OpenedSession>
  verify(token: string | null | undefined): Promise<VerifiedToken>
  shortLivedToken(session: Session, expiresAt: number): string
}

export function createHostSessions(parts: HostSessionParts): HostSessions {
  const { sessions, findUser, tokens, clock, emit, mqtt } = parts
  async function open(given: NamedUser, options: OpenSessionOptions): Promise<OpenedSession> {
    checkOpening(given, options)
    const { reason, address = null, flag, gateway = null, hostname = null, source = null } = options
    const record = { signInSource: source, hostData: hostDataOf(options.data) }
    const id = userIdOf(given)
    // If the source gives no role, the user gets the role that was asked for.
    const role = (typeof given === 'object' ? given.role : undefined) ?? (flag === 1 ? 'web' : 'pilot')
    const found = await reach(findUser({ userId: id, role, ...record }))
    const refuse = (failure: LoginFailure, error: DjiCloudError): never => {
      const username = found?.username ?? (typeof given === 'object' ? given.username : id)
      emit('login.failed', { at: clock.now(), address, username, reason: failure, by: reason })
      throw error
    }

    // The store decides who the user is. If the host's record differs, it is old or belongs to another user.
    const change = changeOf(found, rightsOf(given, found))
    if (found === null || change !== null) return refuse(failureOf(change), userRefused(id, change))
    if (flag !== undefined && flag !== FLAG_OF_ROLE[found.role])
      return refuse('account_type', new DjiCloudError('ACCOUNT_TYPE'))
    if (gateway !== null && found.role !== 'pilot')
      return refuse('account_type', new DjiCloudError('ROLE_REQUIRED'))

    const refused = (error: unknown): never => {
      if (isDjiCloudError(error) && error.status < 500) return refuse('gateway', error)
      throw error
    }
    const aircraft = gateway === null ? [] : await mqtt.hold(found, gateway, address).catch(refused)
    const granted = await sessions.open(found, address, reason, record)
    try {
      return {
        ...granted,
        expiresAt: seconds(granted.session.tokenExpiresAt),
        user: found,
        mqtt: found.role === 'pilot' ? await mqtt.issue(granted.session, gateway, aircraft, hostname) : null,
      }
    } catch (error) {
      // The caller gets no token, so nobody could end this session.
      await sessions.end(granted.session, 'revoked', address).catch(() => undefined)
      throw error
    }
  }

  async function verify(token: string | null | undefined): Promise<VerifiedToken> {
    // The caller may be JavaScript: a query can hold a list.
    const found = await sessions.situation(typeof token === 'string' ? token : undefined)
    if (found.kind !== 'valid') return invalid(found)
    const { session } = found
    try {
      return { valid: true, session, user: await sessions.userOf(session) }
    } catch (error) {
      if (!isDjiCloudError(error) || error.code !== 'SESSION_ENDED') throw error
      const endReason = (error.data?.['reason'] ?? 'user_gone') as EndReason
      return { valid: false, reason: 'ended', canRefresh: false, endReason }
    }
  }

  return {
    open,
    verify,
    shortLivedToken(session, expiresAt) {
      if (expiresAt > session.tokenExpiresAt)
        throw new DjiCloudError('INVALID_INPUT', {
          message: 'A shorter token cannot end after the token of its session.',
        })
      const tokenIssuedAt = Math.min(session.tokenIssuedAt, expiresAt)
      return tokens.access({ ...session, tokenIssuedAt, tokenExpiresAt: expiresAt })
    },
  }
}

/** The user as the host gave it. If the host gave only an id, the user as the store has it. */
const rightsOf = (given: NamedUser, found: User | null): Pick<Session, 'workspaceId' | 'role'> => ({
  workspaceId: typeof given === 'object' ? given.workspace.id : (found?.workspace.id ?? ''),
  role: (typeof given === 'object' ? given.role : undefined) ?? found?.role ?? 'pilot',
})

const failureOf = (change: EndReason | null): LoginFailure =>
  change === 'workspace_changed' || change === 'role_changed' ? change : 'user_gone'

function userRefused(id: string, change: EndReason | null): DjiCloudError {
  const why = {
    workspace_changed: 'is in another workspace than the record that was given',
    role_changed: 'has another role than the record that was given',
  } as const
  const is =
    (change !== null && change in why && why[change as keyof typeof why]) ||
    'is deleted, disabled or not known'
  return new DjiCloudError('USER_REFUSED', {
    message: `sessions.open: the user "${id}" ${is}, as the option users (or the sign-in source) has it.`,
  })
}

/** The states of a token, with the names that hosts get. */
export function invalid(found: Exclude<TokenStatus, { kind: 'valid' }>): VerifiedToken {
  const refusal = (
    reason: Extract<VerifiedToken, { valid: false }>['reason'],
    canRefresh = false,
    endReason: EndReason | null = null,
  ): VerifiedToken => ({ valid: false, reason, canRefresh, endReason })
  switch (found.kind) {
    case 'none':
      return refusal('missing')
    case 'invalid':
      return refusal('unknown')
    case 'refreshable':
      return refusal('expired', true)
    case 'expired':
      return refusal('expired')
    case 'spent':
      return refusal('replaced')
    case 'ended':
      return found.reason === 'unknown' ? refusal('unknown') : refusal('ended', false, found.reason)
  }
}
