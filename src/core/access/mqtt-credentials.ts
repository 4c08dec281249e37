import {
  type Clock,
  type ConnectAttempt,
  type ConnectDecision,
  type CredentialRequest,
  type Principal,
  type Session,
  seconds,
} from '../ports/index.ts'
import type { SessionService } from './sessions.ts'
import type { TokenCodec } from './tokens.ts'

export interface MqttCredential {
  readonly username: string
  readonly password: string
  /** The client id that a controller is expected to use: its serial number (facts D1). A hint, never an identity. */
  readonly clientId: string | null
  /** seconds since the epoch */
  readonly expiresAt: number
}

export interface MqttCredentials {
  /**
   * Credentials of one session for one gateway. The same session and gateway always get the same ones: Pilot keeps
   * them for days and connects again with them (facts D1).
   * @param gateway serial number, or null for credentials that bind to the first gateway that uses them
   */
  issue(session: Session, gateway: string | null): MqttCredential
  /** The same as data, for a broker that makes the credential itself. */
  request(session: Session, gateway: string | null, aircraft: readonly string[]): CredentialRequest
  /** Await it before passwords are checked. Rejects if the library for tokens cannot be loaded. */
  ready(): Promise<void>
  /** True if this password was made by this platform, valid or not. Asks no store. */
  isSigned(password: string | undefined): boolean
  /** Never rejects: a store that cannot be reached is `unavailable`. */
  verify(attempt: ConnectAttempt): Promise<ConnectDecision>
  /**
   * The owner of a user name that contains its session (`credentialId`, or `session-...`). A name alone proves nothing,
   * so use this only for connections whose password was checked. Rejects if the session store fails.
   */
  identify(username: string): Promise<Principal | null>
}

const NAMED = /^([^.]+)\.([0-9A-Za-z]{1,32})$/
const UNBOUND = /^session-([^.]+)$/

/** Every password that we issue is a JWT: three parts of base64url, the first one a JSON object. */
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/
const SESSION = /^(session-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.[0-9A-Za-z]{1,32})?$/

/** True if user name or password have the form of issued ones, valid or not. */
export const looksIssued = (username: string, password: string | undefined): boolean =>
  SESSION.test(username) || (password !== undefined && JWT.test(password))

const credentialIdFor = (session: Session, gateway: string | null): string =>
  gateway === null ? session.id : `${session.id}.${gateway}`

const principalOf = (session: Session, credentialId: string, gateway: string | null): Principal => ({
  kind: 'gateway',
  sessionId: session.id,
  userId: session.userId,
  workspaceId: session.workspaceId,
  credentialId,
  gateway,
})

const usernameFor = (session: Session, gateway: string | null): string => gateway ?? `session-${session.id}`

export function createMqttCredentials(parts: {
  readonly tokens: TokenCodec
  readonly sessions: Pick<SessionService, 'alive'>
  readonly clock: Clock
}): MqttCredentials {
  const { tokens, sessions, clock } = parts
  return {
    ready: tokens.ready,
    isSigned: (password) => tokens.read('mqtt', password).kind === 'signed',
    issue(session, gateway) {
      return {
        username: usernameFor(session, gateway),
        password: tokens.mqtt(session, credentialIdFor(session, gateway), gateway),
        clientId: gateway,
        expiresAt: seconds(session.expiresAt),
      }
    },
    request(session, gateway, aircraft) {
      const credentialId = credentialIdFor(session, gateway)
      return {
        credentialId,
        sessionId: session.id,
        workspaceId: session.workspaceId,
        gateway,
        aircraft,
        expiresAt: session.expiresAt,
        username: usernameFor(session, gateway),
        password: (claims) => tokens.mqtt(session, credentialId, gateway, claims),
      }
    },
    async identify(username) {
      const [, sessionId = UNBOUND.exec(username)?.[1], gateway = null] = NAMED.exec(username) ?? []
      const session = sessionId === undefined ? null : await sessions.alive(sessionId)
      return session === null ? null : principalOf(session, credentialIdFor(session, gateway), gateway)
    },
    async verify(attempt) {
      const reading = tokens.read('mqtt', attempt.password)
      if (reading.kind === 'missing') return { allow: false, reason: 'anonymous' }
      if (reading.kind === 'invalid') return { allow: false, reason: 'bad_credentials' }
      const { claims } = reading
      if (claims.exp * 1000 <= clock.now()) return { allow: false, reason: 'expired' }
      let session: Session | null
      try {
        session = await sessions.alive(claims.sid)
      } catch {
        return { allow: false, reason: 'unavailable' }
      }
      if (session === null) return { allow: false, reason: 'session_ended' }
      const gateway = claims.gw ?? null
      const belongs = session.userId === claims.sub && session.workspaceId === claims.wid
      // Some brokers later report only the user name, so the session must be found from it.
      const named = attempt.username === usernameFor(session, gateway) || attempt.username === claims.jti
      if (!belongs || !named) return { allow: false, reason: 'bad_credentials' }
      return { allow: true, principal: principalOf(session, claims.jti, gateway) }
    },
  }
}
