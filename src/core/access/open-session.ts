import { DjiCloudError } from '../errors.ts'
import type { User } from '../ports/index.ts'
import type { Granted, SessionService } from './sessions.ts'

const REASON = /^[a-z][a-z0-9-]{0,63}$/

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Why a user is logged in without a password check. */
export interface OpenReason {
  /** For the audit trail, such as `oidc`: small letters, digits and hyphens. Stands in `login.succeeded` as `by`. */
  readonly reason: string
  /** Remote IP address of the caller. @default not known */
  readonly address?: string | undefined
}

/** `sessions.open` of hosts and plugins. */
export const openSession =
  (sessions: Pick<SessionService, 'open'>) =>
  async (user: User, { reason, address }: OpenReason): Promise<Granted> => {
    checkUser(user, reason)
    return sessions.open(user, address ?? null, reason)
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
