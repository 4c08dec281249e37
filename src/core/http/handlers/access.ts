import { expiresAtSeconds } from '../../access/sessions.ts'
import { API_PATH } from '../../pages/urls.ts'
import { guarded, open, type Route } from '../routes.ts'
import { success } from '../wire.ts'
import { loginAnswer } from './login-answer.ts'
import type { Services } from './services.ts'

/** Verify, refresh, log out. Field names are the demo's (facts G). */
export function accessRoutes(services: Services): Route[] {
  const { sessions } = services

  return [
    guarded('POST', `${API_PATH}/token/verify`, null, async ({ session }) => {
      const user = await sessions.userOf(session)
      return success({
        status: 'valid',
        expires_at: expiresAtSeconds(session),
        user: { id: user.id, username: user.username, role: user.role },
        workspace: user.workspace,
      })
    }),

    // Not `guarded`, because an expired token is accepted here.
    open('POST', `${API_PATH}/token/refresh`, null, async ({ token, request }) => {
      const granted = await sessions.refresh(token, request.address)
      return success(await loginAnswer(services, granted, granted.user, request))
    }),

    guarded('POST', `${API_PATH}/logout`, null, async ({ session, request }) => {
      await sessions.end(session, 'logout', request.address)
      return success({})
    }),
  ]
}
