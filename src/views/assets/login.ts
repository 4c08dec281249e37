import { createAuthClient } from '../../bridge/access.ts'
import { browserEnvironment } from '../../bridge/browser.ts'
import { SERVER_CODES } from '../../bridge/codes.ts'
import type { FlowResponse, TokenStatus } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Translate } from './browser.ts'
import { byId, onClick, setText, show } from './dom.ts'
import { createLoginForPlugins, openToPlugins } from './for-plugins.ts'

const RETRY_MS = 5_000

export function startLogin(data: PageData, t: Translate): void {
  const env = browserEnvironment(data.urls)
  const access = createAuthClient(env)
  const { memory } = access
  const { offer, forPlugins } = createLoginForPlugins((token, expiresAt) => {
    access.keeper.adopt(token, expiresAt)
    location.replace(data.urls.home)
  })
  openToPlugins(data, t, memory.token, forPlugins)
  const signIn = startContinue(data, t, access)
  const form = startForm(data, t, access, () => {
    formWanted = true
  })
  let formWanted = false

  show('outside', !env.isDjiPilot)
  if (data.reason === 'signed_out') memory.forget()
  void check()

  /** If Pilot or this page still has a valid token, no login is needed. */
  async function check(): Promise<void> {
    const held = memory.token() !== null
    if (held) showLogin(false)
    else focusFirst()
    const situation = await access.resolveToken()
    if (formWanted) return
    if (situation.kind === 'valid') return location.replace(data.urls.home)
    show('unreachable', situation.kind === 'unreachable')
    if (situation.kind === 'unreachable') {
      showLogin(false)
      window.setTimeout(() => void check(), RETRY_MS)
      return
    }
    showLogin(true)
    explain(situation)
    if (held) focusFirst()
  }

  function explain(situation: TokenStatus): void {
    if (situation.kind !== 'login' || data.reason !== null) return
    setText('reason', t(`reason.${situation.reason}`))
    show('reason', true)
  }

  function showLogin(visible: boolean): void {
    show('login-form', visible)
    show('sign-in', visible)
    show('checking', !visible)
    offer(visible)
  }

  /** Does not focus a field on a controller: its keyboard would open and cover half of the page. */
  function focusFirst(): void {
    if (env.isDjiPilot) return
    if (signIn !== null) signIn.focus()
    else if (form !== null) form.focus()
  }

  onClick('other-account', () => {
    formWanted = true
    show('unreachable', false)
    showLogin(true)
    focusFirst()
  })
}

type AuthClient = ReturnType<typeof createAuthClient>

/** The button "Continue as ...". @returns the button; null if the page has none */
function startContinue(data: PageData, t: Translate, access: AuthClient): HTMLButtonElement | null {
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
    if (answer.code === 0 && answer.status === 200) return location.replace(data.urls.home)
    // That login has ended, or is another user's now: the page that comes says which.
    if (answer.code === SERVER_CODES.NOT_SIGNED_IN) return location.replace(data.urls.login)
    pressed.disabled = false
    pressed.textContent = words
    fail('continue-problem', t(problemOf(answer)), answer)
  }
}

/** The form for name and password. @returns how to focus it; null if the page has none */
function startForm(data: PageData, t: Translate, access: AuthClient, onSubmit: () => void) {
  const form = byId('login-form') as HTMLFormElement | null
  if (form === null) return null
  const username = byId('username') as HTMLInputElement
  const password = byId('password') as HTMLInputElement
  const submit = byId('login-submit') as HTMLButtonElement
  username.value = access.memory.username() || ''
  submit.disabled = false

  onClick('reveal', () => {
    const hidden = password.type === 'password'
    password.type = hidden ? 'text' : 'password'
    setText('reveal', t(hidden ? 'login.hide' : 'login.show'))
    const button = byId('reveal')
    if (button !== null) button.setAttribute('aria-pressed', String(hidden))
  })

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void logIn()
  })

  async function logIn(): Promise<void> {
    if (submit.disabled) return
    if (username.value.trim() === '' || password.value === '') {
      fail('login-problem', t('login.missing'), null)
      focus()
      return
    }
    onSubmit()
    submit.disabled = true
    submit.textContent = t('login.busy')
    show('login-problem', false)
    const answer = await access.login(username.value.trim(), password.value)
    if (answer.code === 0 && answer.status === 200) {
      password.value = ''
      return location.replace(data.urls.home)
    }
    submit.disabled = false
    submit.textContent = t('login.submit')
    fail('login-problem', t(problemOf(answer)), answer)
    if (answer.code === SERVER_CODES.LOGIN_REFUSED) password.select()
  }

  function focus(): void {
    const target = username.value.trim() === '' ? username : password
    target.focus()
  }

  return { focus }
}

function fail(id: string, words: string, answer: FlowResponse | null): void {
  const code = answer === null ? 0 : answer.code || answer.status
  setText(id, code === 0 ? words : `${words} (${code})`)
  show(id, true)
}

function problemOf({ status, code }: FlowResponse): string {
  if (code === SERVER_CODES.LOGIN_REFUSED) return 'login.refused'
  if (code === SERVER_CODES.ACCOUNT_TYPE) return 'login.account'
  if (code === SERVER_CODES.THROTTLED) return 'login.throttled'
  return status === 0 ? 'login.unreachable' : 'login.failed'
}
