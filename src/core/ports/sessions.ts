import type { Role } from './users.ts'

/** Why a session ended. `session.ended` names it. */
export type EndReason =
  | 'logout'
  | 'revoked'
  | 'reused'
  | 'user_gone'
  | 'workspace_changed'
  | 'role_changed'
  /** Its user has more than `limits.sessionsPerUser`, and this was the one unused for longest. */
  | 'limit'
  | 'expired'

/** One login. It outlives its access tokens and its MQTT connections; all of them die with it. Times in ms. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly username: string
  readonly workspaceId: string
  readonly role: Role
  readonly createdAt: number
  /** Absolute end. No refresh moves it. */
  readonly expiresAt: number
  /** The one access token that may still be refreshed. */
  readonly tokenId: string
  readonly tokenIssuedAt: number
  readonly tokenExpiresAt: number
  /** The token before it, and when it was spent: inside the grace it leads to the same successor. */
  readonly spentTokenId: string | null
  readonly spentAt: number | null
  readonly endedAt: number | null
  readonly endReason: EndReason | null
  /** Id of the sign-in source that vouched for the user; null: the option `users`. */
  readonly signInSource: string | null
}

/** A session as a store keeps it. */
export interface StoredSession extends Session {
  /**
   * JSON of the host that belongs to the session, 4 KiB at most; null: none. It may hold secrets, so that it stays between
   * the store and `findById`: it is in no token, log line, event or list.
   */
  readonly hostData: string | null
}

/** The token that takes the place of a spent one. Times in ms since the epoch. */
export interface NextToken {
  readonly tokenId: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** What became of one attempt to spend a token. */
export type RotationResult =
  /** This caller won: `next` is now the session's token. */
  | { readonly outcome: 'rotated'; readonly session: StoredSession }
  /** Another caller won within the grace: `session` carries the token that it made. */
  | { readonly outcome: 'grace'; readonly session: StoredSession }
  /** A token spent longer ago, or never this session's: somebody holds a copy. The caller ends the session. */
  | { readonly outcome: 'reused'; readonly session: StoredSession }
  | { readonly outcome: 'ended'; readonly session: StoredSession | null }

/**
 * Which sessions are meant: those that match every field that is given. A field does not take `undefined`: a filter that
 * has lost its user would mean everybody.
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
   * Spends `tokenId` for `next`, atomically: of any number of simultaneous callers with one token, on any number of
   * nodes, exactly one gets `rotated`.
   * @param now and @param graceMs in milliseconds
   */
  rotate(id: string, tokenId: string, next: NextToken, now: number, graceMs: number): Promise<RotationResult>
  /** True for the one call that ended it. */
  end(id: string, reason: EndReason, now: number): Promise<boolean>
  /** Sessions neither ended nor expired at `now`. */
  list(filter: SessionFilter, now: number): Promise<readonly StoredSession[]>
  /**
   * Ties a credential that was issued without a gateway to the first serial number that uses it, atomically.
   * @returns the serial number that the credential is tied to now
   */
  bindGateway(sessionId: string, credentialId: string, gateway: string): Promise<string>
  close?(): Promise<void>
}
