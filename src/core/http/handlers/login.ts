import { z } from 'zod'
import { isChallenge } from '../../access/challenge.ts'
import { typedHash } from '../../access/known-logins.ts'
import { readLoginFields } from '../../access/login-fields.ts'
import { ERRORS } from '../../errors.ts'
import { loginFieldsOf } from '../../options/login-fields.ts'
import { API_PATH } from '../../pages/urls.ts'
import { hasNoNul, NO_NUL } from '../body.ts'
import { open, type Route } from '../routes.ts'
import { createLoginSteps } from './login-steps.ts'
import { flagInput, optionalFlag, type Services } from './services.ts'

const pageKey = z.string().max(256, 'is too long').nullish()

const loginInput = z.looseObject({
  username: z.string().min(1, 'is required').max(256, 'is too long').refine(hasNoNul, NO_NUL),
  password: z.string().min(1, 'is required').max(1024, 'is too long'),
  flag: flagInput,
  page_key: pageKey,
})

const cancelInput = z.object({
  token: z.string().min(1, 'is required').max(16_384, 'is too long'),
  flag: optionalFlag,
  page_key: pageKey,
})

const challengeInput = cancelInput.extend({
  code: z.string().min(1, 'is required').max(256, 'is too long').refine(hasNoNul, NO_NUL),
})

/**
 * These errors have HTTP 200, as in the demo: its front ends show the `message` of a 200, and only the number of
 * another status.
 */
const REFUSALS = {
  LOGIN_REFUSED: ERRORS.LOGIN_REFUSED[0],
  LOGIN_FIELDS: ERRORS.LOGIN_FIELDS[0],
  ACCOUNT_TYPE: ERRORS.ACCOUNT_TYPE[0],
  CHALLENGE: ERRORS.CHALLENGE[0],
  THROTTLED: ERRORS.THROTTLED[0],
  BUSY: ERRORS.BUSY[0],
}

/** Log in with a password, and with a code if the user store asks for one. Field names are the demo's (facts G). */
export function loginRoutes(services: Services): Route[] {
  const steps = createLoginSteps(services)

  return [
    open(
      'POST',
      `${API_PATH}/login`,
      loginInput,
      async ({ body, request }) => {
        const { username, password, flag, page_key } = body
        const context = steps.contextOf(flag, request)
        const { language, address } = context
        const page = () => steps.accessLink(request)
        const fields = readLoginFields(loginFieldsOf(services.users), body, { language, page })
        const typed = typedHash({ role: context.role, username, fields })
        const first = { username, address, typed, flag, pageKey: page_key ?? null }
        const answer = await steps.authenticate({ ...fields, username, password }, context, first)
        if (answer === null) throw steps.refused('credentials', username, request)
        if (isChallenge(answer)) throw steps.challenged(answer, first, request)
        return steps.complete(answer, first, request, null)
      },
      { declines: REFUSALS },
    ),

    // With HTTP statuses: no front end of the demo knows this path.
    open('POST', `${API_PATH}/login/challenge`, challengeInput, async ({ body, request }) => {
      const pending = steps.pending(body.token, fromOf(body), request)
      const user = await steps.answer(pending, body.code, request)
      return steps.complete(user, pending, request, pending.kind)
    }),

    // The button "Back". After it, the code that was sent is not accepted any more.
    open('POST', `${API_PATH}/login/challenge/cancel`, cancelInput, async ({ body, request }) =>
      steps.cancel(steps.pending(body.token, fromOf(body), request), request),
    ),
  ]
}

const fromOf = ({ page_key, flag }: z.output<typeof cancelInput>) => ({
  pageKey: page_key ?? null,
  flag: flag ?? null,
})
