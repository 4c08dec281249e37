import { createAuthClient } from '../../bridge/access.ts'
import { browserEnvironment, isDjiPilot } from '../../bridge/browser.ts'
import type { TokenStatus } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Translate } from './browser.ts'
import { onClick, setText, show } from './dom.ts'
import { createLoginForPlugins, openToPlugins } from './for-plugins.ts'
import { startCode } from './login-code.ts'
import { startContinue } from './login-continue.ts'
import { startForm } from './login-form.ts'
import { fail } from './login-problem.ts'

const RETRY_MS = 5_000

/** What the page shows: a token is checked, the logins are offered, or a code is asked for. */
type Shown = 'checking' | 'offered' | 'code'

export function startLogin(data: PageData, t: Translate): void {
  const env = browserEnvironment(data.urls)
  const access = createAuthClient(env)
  const { memory } = access
  const goHome = (): void => location.replace(isDjiPilot() ? data.urls.home : data.urls.fleet)
  const { offer, forPlugins } = createLoginForPlugins((token, expiresAt) => {
    access.keeper.adopt(token, expiresAt)
    goHome()
  })
  openToPlugins(data, t, memory.token, forPlugins)
  const signIn = startContinue(data, t, access, goHome)
  const code = startCode(access, t, {
    onDone: goHome,
    onBack(words, wait) {
      showOnly('offered')
      if (form !== null && wait !== null) form.block(wait.seconds, wait.username, words)
      else if (words !== null) fail('login-problem', words, null)
      focusFirst()
    },
  })
  const form = startForm(data, t, access, env.storage, {
    onDone: goHome,
    onSubmit() {
      formWanted = true
    },
    onChallenge(challenge) {
      if (code === null) return false
      showOnly('code')
      code.open(challenge)
      return true
    },
  })
  let formWanted = false

  const about = env.isDjiPilot ? 'login.about.pilot' : 'login.about.browser'
  setText('login-about', t(about, { platform: data.platform_name }))
  if (data.reason === 'signed_out') memory.forget()
  void check()

  /** If Pilot or this page still has a valid token, no login is needed. */
  async function check(): Promise<void> {
    const held = memory.token() !== null
    if (held) showOnly('checking')
    else focusFirst()
    const situation = await access.resolveToken()
    if (formWanted) return
    if (situation.kind === 'valid') return goHome()
    show('unreachable', situation.kind === 'unreachable')
    setText('login-title', t(situation.kind === 'unreachable' ? 'link.connecting' : 'login.title'))
    if (situation.kind === 'unreachable') {
      showOnly('checking')
      window.setTimeout(() => void check(), RETRY_MS)
      return
    }
    // The page was loaded again while the code was looked up.
    if (code?.resume() === true) return showOnly('code')
    showOnly('offered')
    explain(situation)
    if (held) focusFirst()
  }

  function explain(situation: TokenStatus): void {
    if (situation.kind !== 'login' || data.reason !== null) return
    setText('reason', t(`reason.${situation.reason}`))
    show('reason', true)
  }

  function showOnly(shown: Shown): void {
    show('login-form', shown === 'offered')
    show('sign-in', shown === 'offered')
    show('checking', shown === 'checking')
    show('code-form', shown === 'code')
    show('welcome', shown !== 'code')
    if (shown === 'code') show('reason', false)
    offer(shown === 'offered')
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
    setText('login-title', t('login.title'))
    showOnly('offered')
    focusFirst()
  })
}
