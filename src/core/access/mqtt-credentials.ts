import {
  type Clock,
  type ConnectAttempt,
  type ConnectDecision,
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
  /** Never rejects: a store that cannot be reached is `unavailable`. */
  verify(attempt: ConnectAttempt): Promise<ConnectDecision>
}

const usernameFor = (session: Session, gateway: string | null): string => gateway ?? `session-${session.id}`

export function createMqttCredentials(parts: {
  readonly tokens: TokenCodec
  readonly sessions: Pick<SessionService, 'alive'>
  readonly clock: Clock
}): MqttCredentials {
  const { tokens, sessions, clock } = parts
  return {
    issue(session, gateway) {
      const credentialId = gateway === null ? session.id : `${session.id}.${gateway}`
      return {
        username: usernameFor(session, gateway),
        password: tokens.mqtt(session, credentialId, gateway),
        clientId: gateway,
        expiresAt: seconds(session.expiresAt),
      }
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
      if (!belongs || attempt.username !== usernameFor(session, gateway))
        return { allow: false, reason: 'bad_credentials' }
      return {
        allow: true,
        principal: {
          kind: 'gateway',
          sessionId: session.id,
          userId: session.userId,
          workspaceId: session.workspaceId,
          credentialId: claims.jti,
          gateway,
        },
      }
    },
  }
}
