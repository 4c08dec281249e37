import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { Logger, Role, Session } from '../ports/index.ts'
import type { SessionService } from './sessions.ts'

/** The caller of one of the host's own routes. */
export interface Identity {
  readonly userId: string
  readonly username: string
  readonly role: Role
  readonly workspaceId: string
  readonly sessionId: string
}

export interface AuthRequirement {
  readonly role?: Role | undefined
  /**
   * The workspace that the request is about. Any other workspace than the caller's is refused. A missing value is refused
   * too, so that a forgotten parameter gives no access.
   */
  readonly workspace?: { readonly id: unknown } | undefined
}

export type Guard = (token: string | undefined, demand: AuthRequirement) => Promise<Identity>

/** @throws DjiCloudError 401 for the token, 403 for role or workspace: a 401 makes Pilot leave the cloud (facts C3) */
export const createGuard =
  (sessions: Pick<SessionService, 'require'>, logger: Logger): Guard =>
  async (token, demand) => {
    const session = await sessions.require(token).catch((error: unknown) => {
      if (!isDjiCloudError(error) || error.status >= 500)
        logger.error(
          { err: error },
          'A request was refused, because a store did not answer and its session was not looked up. Check the stores.',
        )
      throw error
    })
    if (demand.role !== undefined && session.role !== demand.role) throw new DjiCloudError('ROLE_REQUIRED')
    if (demand.workspace !== undefined && session.workspaceId !== demand.workspace.id)
      throw new DjiCloudError('OTHER_WORKSPACE')
    return identityOf(session)
  }

const identityOf = (session: Session): Identity => ({
  userId: session.userId,
  username: session.username,
  role: session.role,
  workspaceId: session.workspaceId,
  sessionId: session.id,
})
