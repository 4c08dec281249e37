import { z } from 'zod'
import { FLAG_OF_ROLE } from '../../access/account-flag.ts'
import { hostDataOf } from '../../access/host-data.ts'
import { expiresAtSeconds } from '../../access/sessions.ts'
import { DjiCloudError, ERRORS, isDjiCloudError } from '../../errors.ts'
import { API_PATH } from '../../pages/urls.ts'
import type { AuthenticatedUser, LoginContext, LoginCredentials } from '../../ports/index.ts'
import { reach } from '../../promises.ts'
import { hasNoNul, NO_NUL } from '../body.ts'
import { guarded, open, type Route } from '../routes.ts'
import { success } from '../wire.ts'
import { loginAnswer } from './login-answer.ts'
import { flagInput, type Services } from './services.ts'

const loginInput = z.object({
  username: z.string().min(1, 'is required').max(256, 'is too long').refine(hasNoNul, NO_NUL),
  password: z.string().min(1, 'is required').max(1024, 'is too long'),
  flag: flagInput,
})

/** Hides which package is missing. The log names it; users who log in do not need to know. */
function withoutPackage(error: unknown): never {
  if (isDjiCloudError(error) && error.code === 'PACKAGE_MISSING')
    throw new DjiCloudError('STORE_UNAVAILABLE', { cause: error, headers: { 'retry-after': '60' } })
  throw error
}

/** @throws DjiCloudError STORE_UNAVAILABLE for data that no session can keep: that is for the log, and not for those who log in */
function keptData({ data }: AuthenticatedUser): string | null {
  try {
    return hostDataOf(data)
  } catch (cause) {
    throw new DjiCloudError('STORE_UNAVAILABLE', { cause })
  }
}

/**
 * These errors have HTTP 200, as in the demo: its front ends show the `message` of a 200, and only the number of
 * another status.
 */
const REFUSALS = {
  LOGIN_REFUSED: ERRORS.LOGIN_REFUSED[0],
  ACCOUNT_TYPE: ERRORS.ACCOUNT_TYPE[0],
  THROTTLED: ERRORS.THROTTLED[0],
  BUSY: ERRORS.BUSY[0],
}

/** Log in, verify, refresh, log out. Field names are the demo's (facts G). */
export function accessRoutes(services: Services): Route[] {
  const { sessions, users, throttle, queue, clock, emit } = services

  return [
    open(
      'POST',
      `${API_PATH}/login`,
      loginInput,
      async ({ body, request }) => {
        const { flag, ...credentials } = body
        const role = flag === FLAG_OF_ROLE.pilot ? 'pilot' : 'web'
        const user = await authenticated(credentials, { role, address: request.address })
        const refuse = (reason: 'credentials' | 'account_type') =>
          emit('login.failed', {
            at: clock.now(),
            address: request.address,
            username: body.username,
            reason,
            by: null,
          })
        if (user === null) {
          refuse('credentials')
          throw new DjiCloudError('LOGIN_REFUSED')
        }
        if (user.role !== role) {
          refuse('account_type')
          throw new DjiCloudError('ACCOUNT_TYPE')
        }
        await throttle?.succeeded(request.address, body.username)
        const record = { signInSource: null, hostData: keptData(user) }
        const granted = await sessions.open(user, request.address, null, record)
        return success(await loginAnswer(services, granted, user, request))
      },
      { declines: REFUSALS },
    ),

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

  /** Waits for its turn, and is counted only then: a login that gets no turn has tested no password. */
  async function authenticated(
    credentials: LoginCredentials,
    context: LoginContext,
  ): Promise<AuthenticatedUser | null> {
    const { username } = credentials
    const { address } = context
    const turn = async () => {
      await throttle?.attempt(address, username)
      return reach(users.authenticate(credentials, context)).catch(withoutPackage)
    }
    return told(username, address, async () => {
      await throttle?.admit(address, username)
      return queue === null ? turn() : queue.run(address, username, turn)
    })
  }

  /** Tells the host about logins that are refused without a check. */
  async function told<Value>(username: string, address: string, work: () => Value): Promise<Awaited<Value>> {
    try {
      return await work()
    } catch (error) {
      if (isDjiCloudError(error) && (error.code === 'THROTTLED' || error.code === 'BUSY')) {
        emit('login.throttled', {
          at: clock.now(),
          address,
          username,
          retryAfterSeconds: Number(error.headers['retry-after']),
        })
      }
      throw error
    }
  }
}
