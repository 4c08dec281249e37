import type { AuthClient } from '../../bridge/access.ts'
import { SERVER_CODES } from '../../bridge/codes.ts'
import type { FlowEnvironment, OpenChallenge } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Translate } from './browser.ts'
import { byId, onClick, setText, show } from './dom.ts'
import { createLoginFields } from './login-fields.ts'
import { fail, problemOf, waitIn, withTurns } from './login-problem.ts'
import { createLoginWait } from './login-wait.ts'

export interface LoginForm {
  focus(): void
  /** This user has to wait. The wait goes on if the page is loaded again. */
  block(seconds: number, username: string, words: string | null): void
}

interface Hooks {
  readonly onSubmit: () => void
  readonly onDone: () => void
  /** @returns false: this page cannot ask for a code */
  readonly onChallenge: (challenge: OpenChallenge) => boolean
}

/** The form for name and password. Null: the page has none. */
export function startForm(
  data: PageData,
  t: Translate,
  access: AuthClient,
  storage: FlowEnvironment['storage'],
  { onSubmit, onDone, onChallenge }: Hooks,
): LoginForm | null {
  const form = byId('login-form') as HTMLFormElement | null
  if (form === null) return null
  const username = byId('username') as HTMLInputElement
  const password = byId('password') as HTMLInputElement
  const submit = byId('login-submit') as HTMLButtonElement
  const fields = createLoginFields(data.login === null ? [] : data.login.fields, storage)
  let busy = false
  const wait = createLoginWait(storage, t, refresh)
  // A user who has to wait finds the name again, and sees how long it takes.
  username.value = wait.username() || access.memory.username() || ''
  let waitWords = t('login.throttled')
  let waiting = false
  refresh()
  username.addEventListener('input', refresh)

  function typedName(): string {
    return username.value.trim()
  }

  /** A user who has to wait cannot log in; another one, whose name is typed here, can. */
  function refresh(): void {
    const left = wait.left(typedName())
    if (left !== null && !waiting) fail('login-problem', waitWords, null)
    if (left === null && waiting) show('login-problem', false)
    waiting = left !== null
    submit.disabled = busy || waiting
    submit.setAttribute('data-waiting', String(waiting))
    const words = left === null ? t('login.submit') : t('login.wait', { time: left })
    submit.textContent = busy ? t('login.busy') : words
  }

  onClick('reveal', () => {
    const hidden = password.type === 'password'
    password.type = hidden ? 'text' : 'password'
    setText('reveal', t(hidden ? 'login.hide' : 'login.show'))
    const button = byId('reveal')
    if (button !== null) button.setAttribute('aria-pressed', String(hidden))
  })

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (submit.disabled) return
    const missing = fields.missing()
    const [first] = missing
    if (typedName() === '' || password.value === '') {
      fail('login-problem', t('login.missing'), null)
      focus()
    } else if (first !== undefined) {
      fail('login-problem', t('login.fields', { fields: missing.map(({ label }) => label).join(', ') }), null)
      first.element.focus()
    } else void logIn(typedName())
  })

  async function logIn(name: string): Promise<void> {
    onSubmit()
    busy = true
    refresh()
    show('login-problem', false)
    const answer = await withTurns(
      () => access.login(name, password.value, fields.values()),
      () => {
        setText('login-status', t('login.queued'))
        show('login-status', true)
      },
    )
    busy = false
    show('login-status', false)
    const isRight = (answer.code === 0 && answer.status === 200) || answer.challenge !== null
    if (isRight) {
      fields.keep()
      // Nobody who comes to this screen later shall read it.
      password.value = ''
    }
    if (isRight && answer.challenge === null) return onDone()
    refresh()
    if (answer.challenge !== null && onChallenge(answer.challenge)) return
    const seconds = waitIn(answer)
    if (answer.code === SERVER_CODES.THROTTLED && seconds !== null) return block(seconds, name, null)
    fail('login-problem', wordsOf(answer.code) || t(problemOf(answer)), answer)
    if (answer.code === SERVER_CODES.LOGIN_REFUSED) password.select()
  }

  function wordsOf(code: number): string | null {
    if (code !== SERVER_CODES.LOGIN_FIELDS) return null
    return t('login.fields', { fields: fields.labels() })
  }

  function block(seconds: number, name: string, words: string | null): void {
    waitWords = words || t('login.throttled')
    waiting = false
    wait.begin(seconds, name)
  }

  function focus(): void {
    const target = typedName() === '' ? username : password
    target.focus()
  }

  return { focus, block }
}
