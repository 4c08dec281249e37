import { FLAG_OF_ROLE } from '../../access/account-flag.ts'
import { expiresAtSeconds, type Granted } from '../../access/sessions.ts'
import type { User } from '../../ports/index.ts'
import type { HttpRequest } from '../types.ts'
import { mqttFields, type Services } from './services.ts'

/** The answer for every new session, however it was opened. Field names are the demo's (facts G). */
export const loginAnswer = async (
  services: Services,
  granted: Granted,
  user: User,
  request: HttpRequest,
) => ({
  user_id: user.id,
  username: user.username,
  user_type: FLAG_OF_ROLE[user.role],
  workspace_id: user.workspace.id,
  access_token: granted.token,
  expires_at: expiresAtSeconds(granted.session),
  ...(await mqttFields(services, granted.session, request)),
})
