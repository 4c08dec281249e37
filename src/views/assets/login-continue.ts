import type { AuthClient } from '../../bridge/access.ts'
import { SERVER_CODES } from '../../bridge/codes.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Translate } from './browser.ts'
import { byId, show } from './dom.ts'
import { fail, problemOf } from './login-problem.ts'

/** The button "Continue as ...". @returns the button; null if the page has none */
export function startContinue(
  data: PageData,
  t: Translate,
  access: AuthClient,
  onDone: () => void,
): HTMLButtonElement | null {
  const button = byId('continue') as HTMLButtonElement | null
  const user = data.sign_in === null ? null : data.sign_in.user
  if (button === null || user === null) return null
  const words = button.textContent
  button.disabled = false
  button.addEventListener('click', () => void go(button))
  return button

  async function go(pressed: HTMLButtonElement): Promise<void> {
    if (pressed.disabled || user === null) return
    pressed.disabled = true
    pressed.textContent = t('login.busy')
    show('continue-problem', false)
    const answer = await access.continueAs(user.id)
    if (answer.code === 0 && answer.status === 200) return onDone()
    // That login has ended, or is another user's now: the page that comes says which.
    if (answer.code === SERVER_CODES.NOT_SIGNED_IN) return location.replace(data.urls.login)
    pressed.disabled = false
    pressed.textContent = words
    fail('continue-problem', t(problemOf(answer)), answer)
  }
}
