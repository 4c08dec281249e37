import { createAuthClient } from '../../bridge/access.ts'
import { browserEnvironment } from '../../bridge/browser.ts'
import { SERVER_CODES } from '../../bridge/codes.ts'
import type { FlowResponse, TokenStatus } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Translate } from './browser.ts'
import { byId, onClick, setText, show } from './dom.ts'
import { openToPlugins } from './for-plugins.ts'

const RETRY_MS = 5_000

export function startLogin(data: PageData, t: Translate): void {
  const env = browserEnvironment(data.urls)
  const access = createAuthClient(env)
  const { memory } = access
  openToPlugins(data, t, memory.token)
  const username = byId('username') as HTMLInputElement
  const password = byId('password') as HTMLInputElement
  const submit = byId('login-submit') as HTMLButtonElement
  let formWanted = false

  username.value = memory.username() || ''
  submit.disabled = false
  show('outside', !env.isDjiPilot)
  if (data.reason === 'signed_out') memory.forget()
  void check()

  /** If Pilot or this page still has a valid token, no login is needed. */
  async function check(): Promise<void> {
    const held = memory.token() !== null
    if (held) showForm(false)
    else focusFirst()
    const situation = await access.resolveToken()
    if (formWanted) return
    if (situation.kind === 'valid') return location.replace(data.urls.home)
    show('unreachable', situation.kind === 'unreachable')
    if (situation.kind === 'unreachable') {
      showForm(false)
      window.setTimeout(() => void check(), RETRY_MS)
      return
    }
    showForm(true)
    explain(situation)
    if (held) focusFirst()
  }

  function explain(situation: TokenStatus): void {
    if (situation.kind !== 'login' || data.reason !== null) return
    setText('reason', t(`reason.${situation.reason}`))
    show('reason', true)
  }

  function showForm(visible: boolean): void {
    show('login-form', visible)
    show('checking', !visible)
  }

  /** Does not focus a field on a controller: its keyboard would open and cover half of the page. */
  function focusFirst(): void {
    if (env.isDjiPilot) return
    const target = username.value === '' ? username : password
    target.focus()
  }

  onClick('other-account', () => {
    formWanted = true
    show('unreachable', false)
    showForm(true)
    focusFirst()
  })

  onClick('reveal', () => {
    const hidden = password.type === 'password'
    password.type = hidden ? 'text' : 'password'
    setText('reveal', t(hidden ? 'login.hide' : 'login.show'))
    const button = byId('reveal')
    if (button !== null) button.setAttribute('aria-pressed', String(hidden))
  })

  ;(byId('login-form') as HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    void logIn()
  })

  async function logIn(): Promise<void> {
    if (submit.disabled) return
    if (username.value.trim() === '' || password.value === '') {
      fail(t('login.missing'), null)
      const target = username.value.trim() === '' ? username : password
      target.focus()
      return
    }
    formWanted = true
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
    fail(t(problemOf(answer)), answer)
    if (answer.code === SERVER_CODES.LOGIN_REFUSED) password.select()
  }

  function fail(words: string, answer: FlowResponse | null): void {
    const code = answer === null ? 0 : answer.code || answer.status
    setText('login-problem', code === 0 ? words : `${words} (${code})`)
    show('login-problem', true)
  }
}

function problemOf({ status, code }: FlowResponse): string {
  if (code === SERVER_CODES.LOGIN_REFUSED) return 'login.refused'
  if (code === SERVER_CODES.ACCOUNT_TYPE) return 'login.account'
  if (code === SERVER_CODES.THROTTLED) return 'login.throttled'
  return status === 0 ? 'login.unreachable' : 'login.failed'
}
