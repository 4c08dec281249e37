import { DjiCloudError } from '../errors.ts'
import { isSerial } from '../mqtt/topics.ts'
import type { Role } from '../ports/index.ts'

const REASON = /^[a-z][a-z0-9-]{0,63}$/
const LONGEST_ID = 256

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** A user as the host has it. Other fields of the object are ignored. */
export interface HostUser {
  /** As the option `users` knows it; a number becomes its text. */
  readonly id: string | number
  /** Only for the audit trail of a refusal: the session has the name that the option `users` has. */
  readonly username: string
  /** Checked if it is given. */
  readonly role?: Role | undefined
  /** It has to be the same as in the option `users`. */
  readonly workspace: {
    /** A UUID. */
    readonly id: string
  }
}

/** Who is logged in: the id of a user, or the user's record. */
export type NamedUser = HostUser | string | number

/** Why and how a user is logged in without a password check. */
export interface OpenSessionOptions {
  /**
   * For the audit trail, such as `oidc`: small letters, digits and hyphens. It is the field `by` of `login.succeeded`
   * and `login.failed`.
   */
  readonly reason: string
  /** Remote IP address of the caller. @default not known */
  readonly address?: string | undefined
  /**
   * Id of the sign-in source that vouches for the user and whose `findById` is asked now and at each refresh
   * (`signedInUser` names it). @default the option `users`
   */
  readonly source?: string | undefined
  /** JSON that `findById` gets now and at each refresh, 4 KiB at most; kept with the session, and nowhere else. @default nothing */
  readonly data?: unknown
  /**
   * The account type that this place takes, as at the login: 1 for browsers (role `web`), 2 for controllers (role
   * `pilot`). A user of the other type is refused with ACCOUNT_TYPE. @default both
   */
  readonly flag?: 1 | 2 | undefined
  /**
   * Serial number of the controller that the MQTT credentials are for. The user's workspace then owns it.
   * @default credentials that bind to the first controller that uses them
   */
  readonly gateway?: string | undefined
  /**
   * Host name under which the controller reaches this server. Used for the address of the broker where the option
   * `mqtt.url` is not set. @default that of `publicUrl`, otherwise localhost
   */
  readonly hostname?: string | undefined
}

/** The option `users` has numbers as texts. */
export const userIdOf = (given: NamedUser): string => String(typeof given === 'object' ? given.id : given)

/**
 * Checks what the host passes. A mistake would make a session that nobody can end by name, or one for a wrong workspace.
 * @throws DjiCloudError INVALID_INPUT, naming the field
 */
export function checkOpening(user: NamedUser, { reason, flag, gateway }: OpenSessionOptions): void {
  const refusal = (field: string, needs: string): DjiCloudError =>
    new DjiCloudError('INVALID_INPUT', { message: `sessions.open: ${field} needs ${needs}.` })
  // The caller may be JavaScript.
  if (typeof user === 'object' && user !== null) {
    const given: { readonly [Name in keyof HostUser]?: unknown } = user
    if (!isText(given.id) && !Number.isInteger(given.id)) throw refusal('user.id', 'a text')
    if (!isText(given.username)) throw refusal('user.username', 'a text')
    if (given.role !== undefined && given.role !== 'pilot' && given.role !== 'web')
      throw refusal('user.role', "'pilot' or 'web'")
    if (!isText((given.workspace as Partial<HostUser['workspace']> | null | undefined)?.id))
      throw refusal('user.workspace.id', 'the id of a workspace')
  } else if (!isText(user) && !Number.isInteger(user))
    throw refusal('the user', 'an object, or the id of a user')
  if (userIdOf(user).length > LONGEST_ID) throw refusal('user.id', `at most ${LONGEST_ID} characters`)
  if (typeof reason !== 'string' || !REASON.test(reason))
    throw refusal('reason', 'small letters, digits and hyphens, such as oidc')
  if (flag !== undefined && flag !== 1 && flag !== 2)
    throw refusal('flag', '1 for browsers or 2 for controllers')
  if (gateway !== undefined && (typeof gateway !== 'string' || !isSerial(gateway)))
    throw refusal('gateway', 'the serial number of a controller: 1 to 32 letters and digits')
}
