import { DjiCloudError } from '../errors.ts'
import type { Role, Session } from '../ports/index.ts'
import type { SessionService } from './sessions.ts'

/** Who is asking, for the host's own routes. */
export interface Identity {
  readonly userId: string
  readonly username: string
  readonly role: Role
  readonly workspaceId: string
  readonly sessionId: string
}

export interface Demand {
  readonly role?: Role | undefined
  /** The workspace that the request is about. */
  readonly workspace?: string | undefined
}

export type Guard = (token: string | undefined, demand: Demand) => Promise<Identity>

/** @throws DjiCloudError 401 for the token, 403 for role or workspace: a 401 makes Pilot leave the cloud (facts C3) */
export const createGuard =
  (sessions: Pick<SessionService, 'require'>): Guard =>
  async (token, demand) => {
    const session = await sessions.require(token)
    if (demand.role !== undefined && session.role !== demand.role) throw new DjiCloudError('ROLE_REQUIRED')
    if (demand.workspace !== undefined && session.workspaceId !== demand.workspace)
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
