import type { DjiCloudPage } from '../../../bridge/index.ts'
import { API } from '../names.ts'
import { byId, minutes, onClick, say, show } from './dom.ts'

/** What the row of the page gives (`phone-rows.ts`). */
interface Values {
  readonly code: string | null
  readonly user: { readonly id: string; readonly name: string; readonly workspace: string } | null
}

interface Shown {
  readonly state: 'open'
  readonly user_code: string
  readonly serial: string | null
  readonly device: string | null
  readonly known: { readonly model: string | null; readonly nickname: string | null } | null
  readonly address: string
  readonly network: 'other' | 'unknown'
  readonly asked_seconds_ago: number
  readonly expires_in: number
}

/** `NOT_SIGNED_IN` of the platform. */
const NOT_SIGNED_IN = 403007
const THROTTLED = 429
/**
 * The buttons do not work in the first second. The page of an attacker could ask for a double click and open this page between the
 * two clicks, so that the second one would approve. Reading takes longer than that.
 */
const ARM_MS = 1_000
const LETTERS = 8
const HOUR_AND_MINUTE = { hour: '2-digit', minute: '2-digit' } as const

function start(page: DjiCloudPage, { code, user }: Values): void {
  onClick('phone-log-in', rememberLogin)
  if (user === null) return
  const field = byId('phone-code') as HTMLInputElement | null
  const next = byId('phone-next') as HTMLButtonElement | null
  const form = byId('phone-enter')
  const buttons = ['phone-approve', 'phone-deny'].map((id) => byId(id) as HTMLButtonElement | null)
  /** The request that is shown. */
  let shown: { readonly code: string; readonly askedAt: number; readonly endsAt: number } | null = null
  let arming = 0
  /** A decision is on its way: until its answer is there, nobody may say that the code has run out. */
  let deciding = false

  if (next !== null) next.disabled = false
  if (form !== null)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      if (field !== null) void look(field.value)
    })
  onClick('phone-again', again)
  onClick('phone-approve', () => void decide(true))
  onClick('phone-deny', () => void decide(false))
  // A pilot who comes back from another window or page has to read again too.
  document.addEventListener('visibilitychange', arm)
  for (const back of ['focus', 'pageshow']) window.addEventListener(back, arm)
  window.setInterval(tick, 1_000)
  if (code === null) focus(field)
  else void look(code)

  async function look(typed: string): Promise<void> {
    if (typed.replace(/[^A-Za-z0-9\uff21-\uff3a\uff41-\uff5a]/g, '').length !== LETTERS) {
      only('phone-enter')
      say('phone-hint', page.text('phone-login.page.short'))
      return focus(field)
    }
    only('phone-busy')
    const answer = await page.request('POST', `${API}/lookup`, { user_code: typed, user_id: user?.id })
    if (!isAnswer(answer)) return
    const found = answer.data as Shown | { readonly state: string }
    if (found.state === 'open') present(found as Shown)
    else result(found.state)
  }

  function present(found: Shown): void {
    const now = Date.now()
    const endsAt = now + found.expires_in * 1_000
    shown = { code: found.user_code, askedAt: now - found.asked_seconds_ago * 1_000, endsAt }
    say('phone-shown-code', found.user_code)
    say('phone-device', deviceOf(found))
    show('phone-claimed', found.device !== null || found.serial !== null)
    say('phone-address', found.address)
    show('phone-far', found.network === 'other')
    show('phone-problem', false)
    only('phone-request')
    tick()
    focus(byId('phone-question'))
    arm()
  }

  /** What the platform knows of the controller comes first; the rest is what its page says. */
  function deviceOf({ known, device, serial }: Shown): string {
    const name = known === null ? device : known.nickname || known.model || device
    const parts = [name, serial].filter((part) => part !== null && part !== '')
    return parts.length === 0 ? page.text('phone-login.page.nameless') : parts.join(' · ')
  }

  function arm(): void {
    window.clearTimeout(arming)
    enable(false)
    if (shown !== null && !deciding && !document.hidden)
      arming = window.setTimeout(() => enable(true), ARM_MS)
  }

  function enable(enabled: boolean): void {
    for (const button of buttons) if (button !== null) button.disabled = !enabled
  }

  function tick(): void {
    if (shown === null) return
    const now = Date.now()
    const time = timeOf(shown.askedAt)
    say('phone-when', page.text('phone-login.page.ago', { time, ago: minutes(now - shown.askedAt) }))
    say('phone-left', page.text('phone-login.page.left', { time: minutes(shown.endsAt - now) }))
    if (!deciding && now >= shown.endsAt) result('expired')
  }

  function timeOf(at: number): string {
    try {
      return new Date(at).toLocaleTimeString(page.language, HOUR_AND_MINUTE)
    } catch {
      // A host may call a language as it likes, such as `en_US`, and the browser knows only its own names.
      return new Date(at).toLocaleTimeString()
    }
  }

  async function decide(approve: boolean): Promise<void> {
    const about = shown
    if (about === null || user === null) return
    deciding = true
    arm()
    show('phone-problem', false)
    const body = { user_code: about.code, user_id: user.id, approve }
    const answer = await page.request('POST', `${API}/decision`, body)
    deciding = false
    if (shown !== about) return
    if (answer.status === 0 || answer.status >= 500) {
      // It may have arrived all the same: asking again is safe, and says what happened.
      say('phone-problem', page.text('phone-login.page.unreached'))
      show('phone-problem', true)
      return arm()
    }
    if (isAnswer(answer)) result((answer.data as { readonly state: string }).state)
  }

  /** False: the answer was none, and the page says so. */
  function isAnswer({ status, code: number }: { readonly status: number; readonly code: number }): boolean {
    if (status === 200 && number === 0) return true
    // That login has ended, or is another user's now.
    if (number === NOT_SIGNED_IN) result('signed_out')
    else if (status === THROTTLED) result('throttled')
    else if (status === 0) result('offline')
    else result('failed', String(number || status))
    return false
  }

  function result(state: string, number = ''): void {
    shown = null
    enable(false)
    const values = {
      code: number,
      name: user === null ? '' : user.name,
      workspace: user === null ? '' : user.workspace,
    }
    say('phone-result-title', page.text(`phone-login.${state}.title`))
    say('phone-result-text', page.text(`phone-login.${state}.text`, values))
    const card = byId('phone-result')
    if (card !== null) card.setAttribute('data-state', state)
    show('phone-log-out', state === 'approved' && isLoginForThis())
    only('phone-result')
    focus(byId('phone-result-title'))
  }

  function again(): void {
    const card = byId('phone-result')
    // The page that comes says who is logged in.
    if (card !== null && card.getAttribute('data-state') === 'signed_out') {
      location.reload()
      return
    }
    if (field !== null) field.value = ''
    say('phone-hint', page.text('phone-login.page.hint'))
    only('phone-enter')
    focus(field)
  }

  function only(id: string): void {
    for (const one of ['phone-enter', 'phone-busy', 'phone-request', 'phone-result']) show(one, one === id)
  }

  function focus(element: HTMLElement | null): void {
    if (element !== null) element.focus()
  }
}

/** The login on this phone was begun on this page, in this tab: then it may be needed for nothing else. */
const LOGIN_FOR_THIS = 'dji-cloud.phone-login.login'

function rememberLogin(event: Event): void {
  if (!(event.target instanceof HTMLAnchorElement)) return
  try {
    sessionStorage.setItem(LOGIN_FOR_THIS, '1')
  } catch {
    // Then the link to log out is not offered.
  }
}

function isLoginForThis(): boolean {
  try {
    return sessionStorage.getItem(LOGIN_FOR_THIS) !== null
  } catch {
    return false
  }
}

const page = window.djiCloudPage
if (page !== undefined) start(page, page.values as Values)
