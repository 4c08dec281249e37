import { challengeIn } from '../bridge/challenge.ts'
import { SERVER_CODES } from '../bridge/codes.ts'
import { API_PATH } from '../core/pages/urls.ts'
import { type Answer, ask } from './ask.ts'
import type { DoctorContext } from './context.ts'

/**
 * Continues a login that asks for more than name and password.
 * @returns the answer to the code; a text: why the doctor cannot continue; null: the login asks for nothing more
 */
export async function secondStep(context: DoctorContext, answer: Answer): Promise<Answer | string | null> {
  if (answer.code === SERVER_CODES.LOGIN_FIELDS)
    return `the login asks for more fields (${fieldsIn(answer).join(', ')}): give them with --field name=value (fields)`
  const { status, code, data } = answer
  const username = context.account?.username ?? ''
  const challenge = challengeIn(
    { status, code, message: '', data },
    { username, pageKey: null },
    context.now(),
  )
  if (challenge === null) return null
  const { code: given } = context.extras
  if (given === undefined)
    return `the password is right, and the login asks for a code (${challenge.kind}): give it with --code (code)`
  try {
    const typed = typeof given === 'string' ? given : await given(challenge)
    const body = { token: challenge.token, code: typed, flag: 2 }
    return await ask(context, `${context.base}${API_PATH}/login/challenge`, { method: 'POST', body })
  } catch (error) {
    return `the code could not be asked for: ${error instanceof Error ? error.message : 'no reason given'}`
  }
}

function fieldsIn({ data }: Answer): readonly string[] {
  const issues: unknown = data['issues']
  return Array.isArray(issues) ? issues.map((issue: { field?: unknown }) => String(issue?.field)) : []
}
