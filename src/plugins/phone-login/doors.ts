import { type DjiCloudError, type HttpRequest, isDjiCloudError } from '../../plugin.ts'
import type { PhoneContext } from './context.ts'
import { REASON } from './names.ts'
import type { Doors } from './pick-up.ts'

/** The sessions of the platform, for the page of this request. */
export const doorsOf = (
  { clock, sessions, publicBase }: Pick<PhoneContext, 'clock' | 'sessions' | 'publicBase'>,
  request: HttpRequest,
): Doors => ({
  async open({ user, source, data }) {
    try {
      const { session, ...opened } = await sessions.open(
        { ...user, role: 'pilot' },
        {
          ...{ reason: REASON, source, data, flag: 2, address: request.address },
          hostname: publicBase(request).hostname,
        },
      )
      return {
        at: clock.now(),
        sessionId: session.id,
        token: opened.token,
        tokenExpiresAt: opened.expiresAt,
        user: {
          id: opened.user.id,
          username: opened.user.username,
          workspaceId: opened.user.workspace.id,
        },
      }
    } catch (error) {
      // The user was disabled or moved since the approval.
      if (isRefusal(error)) return null
      throw error
    }
  },
  isOpen: async ({ token }) => (await sessions.verify(token)).valid,
  async close({ sessionId }) {
    await sessions.end({ id: sessionId })
  },
})

const isRefusal = (error: unknown): error is DjiCloudError =>
  isDjiCloudError(error) && (error.code === 'USER_REFUSED' || error.code === 'ACCOUNT_TYPE')
