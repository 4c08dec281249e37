import { DjiCloudError, type ErrorName } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import {
  type Clock,
  type EndedSession,
  type EndReason,
  type Session,
  type SessionFilter,
  type SessionStore,
  type StoredSession,
  seconds,
  type User,
} from '../ports/index.ts'
import { reach } from '../promises.ts'
import type { Sequence } from '../sequence.ts'
import { createEndSession } from './ending.ts'
import { recheckAll } from './recheck.ts'
import { checkedFilter, type RecheckFilter, withoutSource } from './session-filter.ts'
import { createSessionLimit } from './session-limit.ts'
import { situationOf, type TokenCodec, type TokenStatus } from './tokens.ts'

/** Life times in ms. */
export interface SessionRules {
  readonly accessTtlMs: number
  readonly refreshWindowMs: number
  readonly refreshGraceMs: number
  readonly sessionTtlMs: number
  /** Sessions of one user, without those that a connection uses. */
  readonly sessionsPerUser: number
}

/** What a session keeps about its login. */
export type SignInRecord = Pick<StoredSession, 'signInSource' | 'hostData'>

/** The user of a session, and where to look the user up. */
export type SessionHolder = Pick<StoredSession, 'userId' | 'role'> & SignInRecord

export interface SessionServiceParts {
  readonly store: SessionStore
  /** The user of a session as the store has the user now; null: deleted or disabled. */
  readonly findUser: (holder: SessionHolder) => Promise<User | null>
  readonly tokens: TokenCodec
  readonly rules: SessionRules
  readonly clock: Clock
  /** A new unguessable identifier. */
  readonly randomId: () => string
  readonly emit: CloudEmitter['emit']
  /** Sessions that a connection or WebSocket of this node uses. */
  readonly inUse: () => ReadonlySet<string>
  /** Closes the connections of a session that has ended. */
  readonly sessionEnd: Pick<Sequence<EndedSession>, 'run'>
}

export interface Granted {
  readonly session: Session
  readonly token: string
}

export interface SessionService {
  /**
   * @param by how the user logged in without a password of this platform; null: with one
   * @param challenge the second step that was answered; null: none
   */
  open(
    user: User,
    address: string | null,
    by?: string | null,
    record?: SignInRecord,
    challenge?: string | null,
  ): Promise<Granted>
  /** The state of this token. Rejects only with STORE_UNAVAILABLE. */
  situation(token: string | undefined): Promise<TokenStatus>
  /** The session of a valid token. For each other state it throws the 401 of that state. */
  require(token: string | undefined): Promise<Session>
  /** Rotates the token. A token spent longer ago than the grace ends the session (RFC 9700, section 4.14). */
  refresh(token: string | undefined, address: string | null): Promise<Granted & { readonly user: User }>
  /** The session of a credential, if it is still alive. */
  alive(sessionId: string): Promise<Session | null>
  end(session: Session, reason: EndReason, address?: string | null): Promise<boolean>
  /**
   * The user of a session as the store has it now. Ends the session if the user is gone, or has another role or workspace.
   * @throws DjiCloudError SESSION_ENDED, STORE_UNAVAILABLE
   */
  userOf(session: Session): Promise<User>
  list(filter?: SessionFilter): Promise<readonly Session[]>
  /** Ends every session that matches. @returns how many */
  endAll(filter: SessionFilter, reason?: EndReason): Promise<number>
  /**
   * For every session that matches: looks its user up again, as a refresh does, and ends the session if the user is
   * deleted or changed.
   * @returns how many ended
   * @throws what the first user that could not be looked up threw, after all others were looked up
   */
  recheck(filter?: RecheckFilter): Promise<number>
}

const REFUSALS: Readonly<Record<Exclude<TokenStatus['kind'], 'valid'>, ErrorName>> = {
  none: 'TOKEN_MISSING',
  invalid: 'TOKEN_INVALID',
  expired: 'TOKEN_EXPIRED',
  refreshable: 'TOKEN_EXPIRED_REFRESHABLE',
  spent: 'TOKEN_SPENT',
  ended: 'SESSION_ENDED',
}

/** The 401 for each state of a token except `valid`. */
function refusalOf(situation: Exclude<TokenStatus, { kind: 'valid' }>): DjiCloudError {
  const data: Record<string, unknown> = {
    status: situation.kind,
    can_refresh: situation.kind === 'refreshable',
  }
  if (situation.kind === 'ended') data['reason'] = situation.reason
  return new DjiCloudError(REFUSALS[situation.kind], { data })
}

/** Changes of the user since the login. Any of them ends the session. */
export function changeOf(
  user: User | null,
  session: Pick<Session, 'workspaceId' | 'role'>,
): EndReason | null {
  if (user === null) return 'user_gone'
  if (user.workspace.id !== session.workspaceId) return 'workspace_changed'
  return user.role === session.role ? null : 'role_changed'
}

const NO_RECORD: SignInRecord = { signInSource: null, hostData: null }

/** The session without the host's data, which may hold secrets. All code except the store gets this. */
const shown = ({ hostData: _hostData, ...session }: StoredSession): Session => session

export function createSessionService(parts: SessionServiceParts): SessionService {
  const { store, findUser, tokens, rules, clock, randomId, emit } = parts

  const nextToken = (now: number, sessionEnd: number) => ({
    tokenId: randomId(),
    issuedAt: now,
    expiresAt: Math.min(now + rules.accessTtlMs, sessionEnd),
  })

  /** The records of sessions that were just looked up, so that `userOf` does not ask the store a second time. */
  const records = new WeakMap<Session, StoredSession>()

  async function look(token: string | undefined) {
    await tokens.ready()
    const reading = tokens.read('access', token)
    const stored = reading.kind === 'signed' ? await reach(store.get(reading.claims.sid)) : null
    const session = stored === null ? null : shown(stored)
    if (session !== null && stored !== null) records.set(session, stored)
    return { stored, found: situationOf(reading, session, clock.now(), rules) }
  }
  const situation = async (token: string | undefined): Promise<TokenStatus> => (await look(token)).found

  const end = createEndSession(parts)

  /** @param stored holds data of the host for this user, which is not passed around with a session */
  async function userOf(
    stored: StoredSession | null,
    session: Session,
    address: string | null = null,
  ): Promise<User> {
    const user = stored === null ? null : await reach(findUser(stored))
    const change = changeOf(user, session)
    if (user !== null && change === null) return user
    const reason = change ?? 'user_gone'
    await end(session, reason, address)
    throw refusalOf({ kind: 'ended', reason })
  }

  const limit = createSessionLimit({
    most: rules.sessionsPerUser,
    list: (userId) => store.list({ userId }, clock.now()),
    inUse: parts.inUse,
    end: (session) => end(session, 'limit'),
  })

  return {
    situation,
    end: (session, reason, address) => end(session, reason, address),
    async open(user, address, by = null, record = NO_RECORD, challenge = null) {
      // Wait here for the library. Otherwise a session could be made that gets no token. Every login waits for this.
      await tokens.ready()
      const now = clock.now()
      const expiresAt = now + rules.sessionTtlMs
      const token = nextToken(now, expiresAt)
      const stored: StoredSession = {
        id: randomId(),
        userId: user.id,
        username: user.username,
        workspaceId: user.workspace.id,
        role: user.role,
        createdAt: now,
        expiresAt,
        tokenId: token.tokenId,
        tokenIssuedAt: token.issuedAt,
        tokenExpiresAt: token.expiresAt,
        spentTokenId: null,
        spentAt: null,
        endedAt: null,
        endReason: null,
        ...record,
      }
      await reach(store.create(stored))
      const session = shown(stored)
      emit('login.succeeded', {
        at: now,
        address,
        userId: user.id,
        username: user.username,
        workspaceId: user.workspace.id,
        sessionId: session.id,
        by,
        challenge,
      })
      // The login was right even if this fails. The next login tries again.
      await limit(session).catch(() => undefined)
      return { session, token: tokens.access(session) }
    },
    userOf: async (session) => userOf(records.get(session) ?? (await reach(store.get(session.id))), session),
    async require(token) {
      const found = await situation(token)
      if (found.kind === 'valid') return found.session
      throw refusalOf(found)
    },
    async refresh(token, address) {
      const { stored, found } = await look(token)
      if (found.kind === 'spent') await reuse(found.session, address)
      if (found.kind !== 'valid' && found.kind !== 'refreshable') throw refusalOf(found)

      const { spentAt } = found.session
      const justRotated = spentAt !== null && clock.now() < spentAt + rules.refreshGraceMs

      // Take the rights from the user as it is now, never from the old token.
      const user = await userOf(stored, found.session, address)
      const now = clock.now()
      // Only one rotation in each grace time. A store remembers one spent token. After two rotations, a late request
      // with the first token would look like theft.
      if (found.kind === 'valid' && justRotated)
        return { session: found.session, token: tokens.access(found.session), user }
      const reading = tokens.read('access', token)
      const tokenId = reading.kind === 'signed' ? reading.claims.jti : ''
      const next = nextToken(now, found.session.expiresAt)
      const consumed = await reach(store.rotate(found.session.id, tokenId, next, now, rules.refreshGraceMs))
      if (consumed.outcome === 'ended')
        throw refusalOf({ kind: 'ended', reason: consumed.session?.endReason ?? 'unknown' })
      if (consumed.outcome === 'reused') {
        const session = shown(consumed.session)
        await reuse(session, address)
        throw refusalOf({ kind: 'spent', session })
      }
      if (consumed.outcome === 'rotated')
        emit('token.refreshed', { at: now, address, sessionId: consumed.session.id, userId: user.id })
      return { session: shown(consumed.session), token: tokens.access(consumed.session), user }
    },
    async alive(sessionId) {
      await tokens.ready()
      const session = await reach(store.get(sessionId))
      return session === null || session.endedAt !== null || session.expiresAt <= clock.now()
        ? null
        : shown(session)
    },
    async list(filter = {}) {
      await tokens.ready()
      return (await reach(store.list(checkedFilter(filter), clock.now()))).map(shown)
    },
    async endAll(filter, reason = 'revoked') {
      const found = await reach(store.list(checkedFilter(filter), clock.now()))
      const ended = await Promise.all(found.map((session) => end(session, reason)))
      return ended.filter(Boolean).length
    },
    async recheck(filter = {}) {
      const [others, isAsked] = withoutSource(filter)
      const found = await reach(store.list(others, clock.now()))
      return recheckAll(found.filter(isAsked), (stored) => userOf(stored, shown(stored)))
    },
  }

  async function reuse(session: Session, address: string | null): Promise<void> {
    // Report each theft only once. Thief and pilot both ask again and again, also at the same time.
    await end(session, 'reused', address, () =>
      emit('token.reused', { at: clock.now(), address, sessionId: session.id, userId: session.userId }),
    )
  }
}

/** For `expires_at` on the wire. */
export const expiresAtSeconds = (session: Session): number => seconds(session.tokenExpiresAt)
