import type { FlowResponse, LoginExtras, PilotFlow } from '../bridge/types.ts'

interface Outcome extends Pick<FlowResponse, 'code' | 'message'> {
  readonly done: boolean
}

/**
 * Logs in, with a code if the platform asks for one.
 * @param learn called with the code, so that no event shows it
 * @returns `done`: the page has a token
 */
export async function logIn(
  flow: Pick<PilotFlow, 'login' | 'answerChallenge'>,
  username: string,
  password: string,
  { fields, code }: LoginExtras,
  learn: (secret: string) => void,
): Promise<Outcome> {
  const first = await flow.login(username, password, fields)
  const { challenge } = first
  if (challenge === null) return outcome(first)
  if (code === undefined)
    return {
      done: false,
      code: first.code,
      message: `The password is right, and the platform asks for a code (${challenge.kind}). Give the login a code.`,
    }
  const given = typeof code === 'string' ? code : await code(challenge)
  learn(given)
  return outcome(await flow.answerChallenge(challenge, given))
}

const outcome = ({ status, code, message }: FlowResponse): Outcome => ({
  done: status === 200 && code === 0,
  code,
  message,
})
