import { DjiCloudError } from '../errors.ts'
import type { User } from '../ports/index.ts'
import { hostDataOf } from './host-data.ts'
import type { Granted, SessionService } from './sessions.ts'

const REASON = /^[a-z][a-z0-9-]{0,63}$/

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Why a user is logged in without a password check. */
export interface OpenReason {
  /** For the audit trail, such as `oidc`: small letters, digits and hyphens. Stands in `login.succeeded` as `by`. */
  readonly reason: string
  /** Remote IP address of the caller. @default not known */
  readonly address?: string | undefined
  /**
   * Id of the sign-in source that vouches for the user and whose `findById` is asked at each refresh (`signedInUser` names
   * it). @default the option `users`
   */
  readonly source?: string | undefined
  /** JSON that `findById` gets at each refresh, 4 KiB at most; kept with the session, and nowhere else. @default nothing */
  readonly data?: unknown
}

/** `sessions.open` of hosts and plugins. */
export const openSession =
  (sessions: Pick<SessionService, 'open'>) =>
  async (user: User, { reason, address, source, data }: OpenReason): Promise<Granted> => {
    checkUser(user, reason)
    const more = { signInSource: source ?? null, hostData: hostDataOf(data) }
    return sessions.open(user, address ?? null, reason, more)
  }

/** Checks a user that the host passes. A mistake would make a session that nobody can end by name, or one for a wrong workspace. */
function checkUser(user: User, reason: string): void {
  const refusal = (field: string, needs: string): DjiCloudError =>
    new DjiCloudError('INVALID_INPUT', { message: `sessions.open: ${field} needs ${needs}.` })
  // The caller may be JavaScript.
  const given = user as Partial<User> | null | undefined
  if (typeof given !== 'object' || given === null) throw refusal('the user', 'an object')
  if (!isText(given.id)) throw refusal('user.id', 'a text')
  if (!isText(given.username)) throw refusal('user.username', 'a text')
  if (given.role !== 'pilot' && given.role !== 'web') throw refusal('user.role', "'pilot' or 'web'")
  if (!isText(given.workspace?.id)) throw refusal('user.workspace.id', 'the id of a workspace')
  if (typeof reason !== 'string' || !REASON.test(reason))
    throw refusal('reason', 'small letters, digits and hyphens, such as oidc')
}
