import { z } from 'zod'
import { roleOfFlag, takesRole } from '../../access/account-flag.ts'
import { hostDataOf } from '../../access/host-data.ts'
import { DjiCloudError, isDjiCloudError } from '../../errors.ts'
import type { User } from '../../ports/index.ts'
import { open, type Route } from '../routes.ts'
import { success } from '../wire.ts'
import { loginAnswer } from './login-answer.ts'
import { flagInput, type Services } from './services.ts'

const input = z.object({
  flag: flagInput,
  /** The user that the page showed. Another user may have logged in since then, in another tab. */
  user_id: z.string().max(256).nullish(),
})

/**
 * "Continue as": opens a session for the user whom the host or a plugin recognises by its own cookie. Browsers send
 * that cookie with requests from every site, so this row answers only scripts of our own pages. The session and its
 * token are always new: nothing in the request becomes a session.
 */
export function continueRoutes(services: Services): Route[] {
  const { signIn, sessions, throttle, emit, clock } = services

  return [
    {
      ...open('POST', '/pilot/continue', input, async ({ body, request }) => {
        const { address } = request
        await throttled(address)
        const found = await signIn.signedInUser(request)
        const { user } = found ?? {}
        if (found === null || user === undefined || (body.user_id ?? user.id) !== user.id)
          throw new DjiCloudError('NOT_SIGNED_IN')
        const role = user.role ?? roleOfFlag(body.flag)
        if (!takesRole(body.flag, role)) {
          emit('login.failed', {
            ...{ at: clock.now(), address, username: user.username },
            ...{ reason: 'account_type', by: found.source.id },
          })
          throw new DjiCloudError('ACCOUNT_TYPE')
        }
        await throttle?.succeededFrom(address)
        const whole: User = { ...user, role }
        const { source, data } = found
        // The source was asked a moment ago, so the user is not looked up again.
        const granted = await sessions.open(whole, address, source.id, {
          signInSource: source.id,
          hostData: hostDataOf(data),
        })
        return success(await loginAnswer(services, granted, whole, request))
      }),
      guard: 'browser',
    },
  ]

  async function throttled(address: string): Promise<void> {
    try {
      await throttle?.attemptFrom(address)
    } catch (error) {
      if (isDjiCloudError(error) && error.code === 'THROTTLED')
        emit('login.throttled', {
          ...{ at: clock.now(), address, username: '' },
          retryAfterSeconds: Number(error.headers['retry-after']),
        })
      throw error
    }
  }
}
