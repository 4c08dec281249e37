import type { Role } from './users.ts'

/** Why a session ended. `session.ended` names it. */
export type EndReason =
  | 'logout'
  | 'revoked'
  | 'reused'
  | 'user_gone'
  | 'workspace_changed'
  | 'role_changed'
  /** Its user has more than `limits.sessionsPerUser` sessions, and this one had the oldest token. */
  | 'limit'
  | 'expired'

/** A session that has ended. */
export interface EndedSession {
  readonly sessionId: string
  readonly reason: EndReason
  /** False: another node of the app ended it and told this one. */
  readonly endedHere: boolean
}

/** One login. It has many access tokens and MQTT connections over time, which all end with it. Times in ms. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly username: string
  readonly workspaceId: string
  readonly role: Role
  readonly createdAt: number
  /** Latest end. A refresh does not move it. */
  readonly expiresAt: number
  /** The one access token that may still be refreshed. */
  readonly tokenId: string
  readonly tokenIssuedAt: number
  readonly tokenExpiresAt: number
  /** The token before it. Within the grace time after `spentAt`, a refresh with it returns the same next token. */
  readonly spentTokenId: string | null
  readonly spentAt: number | null
  readonly endedAt: number | null
  readonly endReason: EndReason | null
  /** Id of the sign-in source that identified the user; null: the option `users`. */
  readonly signInSource: string | null
}

/** A session as a store keeps it. */
export interface StoredSession extends Session {
  /**
   * The host's data for the session, as JSON, at most 4 KiB; null: none. It may hold secrets, so only the store and `findById`
   * get it: it is never in a token, log line, event or list.
   */
  readonly hostData: string | null
}

/** The token that replaces a spent one. Times in ms since the epoch. */
export interface NextToken {
  readonly tokenId: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The result of one attempt to spend a token. */
export type RotationResult =
  /** This caller was first: `next` is now the session's token. */
  | { readonly outcome: 'rotated'; readonly session: StoredSession }
  /** Another caller was first, within the grace time: `session` has the token that it made. */
  | { readonly outcome: 'grace'; readonly session: StoredSession }
  /** The token was spent longer ago, or never belonged to this session: it may be stolen. The caller ends the session. */
  | { readonly outcome: 'reused'; readonly session: StoredSession }
  | { readonly outcome: 'ended'; readonly session: StoredSession | null }

/**
 * Selects sessions that match every given field. `undefined` is not allowed. Otherwise a filter whose user is missing
 * by mistake would match every session.
 */
export interface SessionFilter {
  /** The id of one session. */
  readonly id?: string
  /** All sessions of this user. */
  readonly userId?: string
  /** All sessions of this workspace. */
  readonly workspaceId?: string
}

/** Where sessions live. Every method rejects when the store cannot be reached. */
export interface SessionStore {
  create(session: StoredSession): Promise<void>
  /** Ended sessions are still returned (with `endedAt`) until `expiresAt`, so that a refusal can say why. */
  get(id: string): Promise<StoredSession | null>
  /**
   * Replaces `tokenId` by `next`, atomically: of all simultaneous callers with the same token, on all nodes, exactly one
   * gets `rotated`.
   * @param now and @param graceMs in milliseconds
   */
  rotate(id: string, tokenId: string, next: NextToken, now: number, graceMs: number): Promise<RotationResult>
  /** True: this call ended the session. Of all calls, only one gets true. */
  end(id: string, reason: EndReason, now: number): Promise<boolean>
  /** Sessions that have not ended and have not expired at `now`. */
  list(filter: SessionFilter, now: number): Promise<readonly StoredSession[]>
  /**
   * Atomically binds a credential that was issued without a gateway to the first serial number that uses it.
   * @returns the serial number that the credential is bound to now
   */
  bindGateway(sessionId: string, credentialId: string, gateway: string): Promise<string>
  close?(): Promise<void>
}
