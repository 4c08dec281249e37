import type { AuthClient } from '../../bridge/access.ts'
import { SERVER_CODES } from '../../bridge/codes.ts'
import type { FlowResponse, OpenChallenge } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { countDown, timeLeft } from './countdown.ts'
import { byId, onClick, setText, show } from './dom.ts'
import { fail, problemOf, waitIn, withTurns } from './login-problem.ts'

export interface CodeForm {
  /** Asks for the code. The page shows the form. */
  open(challenge: OpenChallenge): void
  /** Goes on with what this tab has begun before it was loaded again. @returns false: nothing, or its time is over */
  resume(): boolean
}

interface Hooks {
  readonly onDone: () => void
  /**
   * The login has to begin again.
   * @param words why; null: the user wants it
   * @param wait this user has to wait
   */
  readonly onBack: (
    words: string | null,
    wait: { readonly seconds: number; readonly username: string } | null,
  ) => void
}

/** The second step of a login. Null: the page has no form for it. */
export function startCode(access: AuthClient, t: Translate, { onDone, onBack }: Hooks): CodeForm | null {
  const form = byId('code-form') as HTMLFormElement | null
  const input = byId('code') as HTMLInputElement | null
  const submit = byId('code-submit') as HTMLButtonElement | null
  if (form === null || input === null || submit === null) return null
  const field = input
  const button = submit
  let open: OpenChallenge | null = null
  let stop = (): void => {}

  onClick('code-back', () => {
    // The page does not wait for it. Without it the code ends by its time.
    if (open !== null) void access.cancelChallenge(open)
    leave(null)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (button.disabled || open === null) return
    const problem = faultOf(field.value, open)
    if (problem === null) return void send(open)
    fail('code-problem', problem, null)
    field.focus()
  })

  function ask(challenge: OpenChallenge): void {
    const { digits, hint, username, expiresAt } = challenge
    open = challenge
    keep(challenge)
    setText('code-title', t('login.code.title', { name: username }))
    setText('code-hint', hint === null ? t('login.code.hint') : hint)
    setText(
      'code-label',
      digits === null ? t('login.code.label') : t('login.code.label.digits', { digits: String(digits) }),
    )
    // A keypad, where the code has digits only.
    if (digits !== null) field.setAttribute('inputmode', 'numeric')
    field.value = ''
    show('code-problem', false)
    enable(true)
    stop()
    stop = countDown(
      expiresAt,
      (left) => setText('code-left', t('login.code.time', { time: timeLeft(left, t) })),
      () => leave(t('login.code.expired')),
    )
    // At once, also on a controller: there is nothing else to do here.
    window.setTimeout(() => field.focus(), 0)
  }

  async function send(challenge: OpenChallenge): Promise<void> {
    enable(false)
    show('code-problem', false)
    const answer = await withTurns(
      () => access.answerChallenge(challenge, field.value),
      () => {},
    )
    // The user has gone back, or the time was over, while the answer was on its way.
    if (open !== challenge && !isDone(answer)) return
    if (isDone(answer)) {
      stop()
      keep(null)
      return onDone()
    }
    enable(true)
    const seconds = waitIn(answer)
    if (answer.code === SERVER_CODES.THROTTLED && seconds !== null)
      return leave(t('login.code.throttled'), { seconds, username: challenge.username })
    if (answer.code === SERVER_CODES.CHALLENGE_VOID) return leave(t(voidWords(answer)))
    if (answer.code === SERVER_CODES.ACCOUNT_TYPE) return leave(t('login.account'))
    const refused = refusedWords(answer)
    // Beside the number of tries, the number of the error would be misread.
    if (refused !== null) fail('code-problem', refused, null)
    else fail('code-problem', t(problemOf(answer)), answer)
    field.select()
    field.focus()
  }

  function enable(enabled: boolean): void {
    button.disabled = !enabled
    button.textContent = t(enabled ? 'login.submit' : 'login.busy')
  }

  function leave(words: string | null, wait: Parameters<Hooks['onBack']>[1] = null): void {
    stop()
    open = null
    keep(null)
    field.value = ''
    onBack(words, wait)
  }

  function faultOf(typed: string, { digits }: OpenChallenge): string | null {
    const code = typed.replace(/\s/g, '')
    if (code === '') return t('login.code.missing')
    // Digits of any keyboard count; the server knows them all.
    return digits === null || code.length === digits
      ? null
      : t('login.code.digits', { digits: String(digits) })
  }

  function refusedWords({ code, data }: FlowResponse): string | null {
    if (code !== SERVER_CODES.CHALLENGE_REFUSED) return null
    const { attempts_left } = (data || {}) as { readonly attempts_left?: unknown }
    return t('login.code.refused', { left: String(attempts_left) })
  }

  return {
    open: ask,
    resume() {
      const kept = readKept()
      if (kept === null || kept.expiresAt <= Date.now()) return false
      ask(kept)
      return true
    },
  }
}

const isDone = ({ status, code }: FlowResponse): boolean => code === 0 && status === 200

function voidWords({ data }: FlowResponse): string {
  const { reason } = (data || {}) as { readonly reason?: unknown }
  return reason === 'expired' || reason === 'too_many' ? `login.code.${reason}` : 'login.code.void'
}

const KEY = 'dji-cloud.challenge'

/** In this tab only, so that it ends with it. Alone it opens nothing: it waits for a code. */
function keep(challenge: OpenChallenge | null): void {
  try {
    if (challenge === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, JSON.stringify(challenge))
  } catch {
    // Storage is forbidden here: a page that is loaded again asks for the password again.
  }
}

function readKept(): OpenChallenge | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || 'null') as OpenChallenge | null
    return kept !== null && typeof kept.token === 'string' ? kept : null
  } catch {
    return null
  }
}
