import { SERVER_CODES } from '../../bridge/codes.ts'
import type { FlowResponse } from '../../bridge/types.ts'
import { setText, show } from './dom.ts'

/** Shows what went wrong, with the code for support. @param answer null: nothing was sent */
export function fail(id: string, words: string, answer: FlowResponse | null): void {
  const code = answer === null ? 0 : answer.code || answer.status
  setText(id, code === 0 ? words : `${words} (${code})`)
  show(id, true)
}

/** The key of the words for a login that did not succeed. */
export function problemOf({ status, code }: FlowResponse): string {
  if (code === SERVER_CODES.LOGIN_REFUSED) return 'login.refused'
  if (code === SERVER_CODES.ACCOUNT_TYPE) return 'login.account'
  if (code === SERVER_CODES.THROTTLED) return 'login.throttled'
  if (code === SERVER_CODES.BUSY) return 'login.many'
  if (code === SERVER_CODES.CHALLENGE) return 'login.code.unasked'
  return status === 0 ? 'login.unreachable' : 'login.failed'
}

/** A longer wait is shown, and a shorter one is waited for. */
const SHORT_SECONDS = 5
const MOST_TRIES = 8

/** How many seconds the server asks to wait, if it has refused unseen. Null: it has not. */
export function waitIn({ code, data }: FlowResponse): number | null {
  if (code !== SERVER_CODES.THROTTLED && code !== SERVER_CODES.BUSY) return null
  const seconds = (data as { readonly retry_after?: unknown } | null)?.retry_after
  return typeof seconds === 'number' && seconds > 0 ? seconds : null
}

/**
 * Sends again while the server has no turn for this login: after the time that it names and a little more, so that controllers
 * that came at the same moment do not come again at the same moment.
 * @param onWait called before each wait
 */
export async function withTurns<Answer extends FlowResponse>(
  send: () => Promise<Answer>,
  onWait: () => void,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await send()
    const seconds = waitIn(answer)
    if (seconds === null || seconds > SHORT_SECONDS || tries >= MOST_TRIES) return answer
    onWait()
    const ms = seconds * 1000 * (1 + Math.random() / 2)
    await new Promise((resolve) => window.setTimeout(resolve, ms))
  }
}
