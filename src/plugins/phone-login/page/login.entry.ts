import type { DjiCloudPage, LoginForPlugins } from '../../../bridge/index.ts'
import { phaseOf } from '../lifetime.ts'
import { API } from '../names.ts'
import { byId, minutes, onClick, say, show } from './dom.ts'
import { forget, keep, recall, recallSerial, type Waiting } from './kept.ts'
import { drawQr } from './qr.ts'

/** After an answer that did not come. */
const RETRY_MS = 5_000
/** While nobody looks. Not never: a web view may say that it is hidden while it is not. */
const HIDDEN_MS = 10_000
const THROTTLED = 429
/** The server's clock is right. Less than this is only the way of the answer. */
const DRIFT_MS = 2_000

/** Answers of the server, as `controller-rows.ts` makes them. */
interface NewCode {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly expires_in: number
  readonly interval: number
  readonly qr: readonly string[]
}
type Told =
  | { readonly status: 'authorization_pending'; readonly opened: boolean; readonly expires_in: number }
  | { readonly status: 'slow_down'; readonly interval: number }
  | { readonly status: 'access_denied' | 'expired_token' }
  | { readonly status: 'approved'; readonly access_token: string; readonly expires_at: number }

function start(page: DjiCloudPage, login: LoginForPlugins): void {
  /** Null: no code is shown. */
  let waiting: Waiting | null = null
  let asking = false
  let timer = 0
  let askedAt = 0
  /** The code is over for phones, and the page looks whether it was approved in time. */
  let ending = false

  onClick('phone-login-start', () => void begin())
  onClick('phone-login-new', () => void begin())
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && waiting !== null) askSoon(waiting)
  })
  window.setInterval(countDown, 1_000)

  login.onOffered((offered) => {
    show('phone-login', offered)
    if (!offered || waiting !== null) return
    const kept = recall(Date.now())
    if (kept !== null) wait(kept)
    // A pilot only scans. In another browser, and where the page knows a user, the code comes when it is wanted.
    else if (isController() && !isKnown()) void begin()
  })

  async function begin(): Promise<void> {
    if (asking) return
    asking = true
    offer('none')
    setBusy(true)
    const browserKey = randomKey()
    const body = { browser_key: browserKey, serial: page.controller() || recallSerial() }
    const answer = await page.request('POST', `${API}/codes`, body)
    asking = false
    setBusy(false)
    if (answer.status !== 200 || answer.code !== 0) return failed(answer.status, answer.code)
    const made = answer.data as NewCode
    const fresh: Waiting = {
      browserKey,
      deviceCode: made.device_code,
      userCode: made.user_code,
      address: made.verification_uri.replace(/^https?:\/\//, ''),
      qr: made.qr,
      endsAt: Date.now() + made.expires_in * 1_000,
      intervalMs: made.interval * 1_000,
    }
    keep(fresh)
    wait(fresh)
  }

  function wait(with_: Waiting): void {
    waiting = with_
    ending = false
    const target = byId('phone-login-qr')
    if (target !== null) drawQr(target, with_.qr)
    say('phone-login-address', with_.address)
    say('phone-login-code', with_.userCode)
    say('phone-login-says', page.text('phone-login.waiting'))
    offer('code')
    ask(with_.intervalMs)
    countDown()
  }

  function countDown(): void {
    if (waiting === null) return
    const now = Date.now()
    const phase = phaseOf(now, waiting.endsAt)
    if (phase === 'over') {
      over('phone-login.expired')
      return
    }
    const isOpen = phase === 'open'
    const time = minutes(waiting.endsAt - now)
    say('phone-login-left', isOpen ? page.text('phone-login.left', { time }) : '')
    if (!isOpen && !ending) {
      // An approval of the last moment still counts. The server says when there is none.
      say('phone-login-says', page.text('phone-login.ending'))
      askSoon(waiting)
    }
    ending = !isOpen
  }

  /** At once, but not more often than the server allows. */
  function askSoon({ intervalMs }: Waiting): void {
    ask(Math.max(0, askedAt + intervalMs - Date.now()))
  }

  function ask(afterMs: number): void {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void poll(), afterMs)
  }

  async function poll(): Promise<void> {
    const asked = waiting
    if (asked === null) return
    askedAt = Date.now()
    const body = { device_code: asked.deviceCode, browser_key: asked.browserKey }
    const answer = await page.request('POST', `${API}/token`, body)
    if (waiting !== asked) return
    if (answer.status === 200 && answer.code === 0) return heard(asked, answer.data as Told)
    // No answer, or one that says nothing about the code.
    if (answer.status === 0 || answer.status === THROTTLED || answer.status >= 500) {
      say('phone-login-says', page.text('phone-login.offline'))
      return ask(RETRY_MS)
    }
    over('phone-login.invalid')
  }

  function heard(asked: Waiting, told: Told): void {
    if (told.status === 'approved') {
      waiting = null
      forget()
      say('phone-login-says', page.text('phone-login.approved'))
      login.finish(told.access_token, told.expires_at)
    } else if (told.status === 'authorization_pending') {
      if (!ending)
        say('phone-login-says', page.text(told.opened ? 'phone-login.opened' : 'phone-login.waiting'))
      const endsAt = Date.now() + told.expires_in * 1_000
      if (Math.abs(endsAt - asked.endsAt) > DRIFT_MS) {
        waiting = { ...asked, endsAt }
        keep(waiting)
      }
      ask(document.hidden ? Math.max(HIDDEN_MS, asked.intervalMs) : asked.intervalMs)
    } else if (told.status === 'slow_down') {
      waiting = { ...asked, intervalMs: told.interval * 1_000 }
      keep(waiting)
      ask(waiting.intervalMs)
    } else over(told.status === 'access_denied' ? 'phone-login.denied' : 'phone-login.expired')
  }

  /** The code has come to its end: says why, and offers another. */
  function over(why: string): void {
    waiting = null
    window.clearTimeout(timer)
    forget()
    say('phone-login-problem', page.text(why))
    offer('over')
  }

  function failed(status: number, code: number): void {
    const key = status === 0 ? 'unreached' : status === THROTTLED ? 'busy' : 'failed'
    const number = code || status
    say('phone-login-problem', `${page.text(`phone-login.${key}`)}${number === 0 ? '' : ` (${number})`}`)
    offer('over')
  }

  function offer(what: 'none' | 'code' | 'over'): void {
    show('phone-login-start', what === 'none')
    show('phone-login-shown', what === 'code')
    show('phone-login-over', what === 'over')
  }

  function setBusy(busy: boolean): void {
    const button = byId('phone-login-start') as HTMLButtonElement | null
    if (button === null) return
    button.disabled = busy
    button.textContent = page.text(busy ? 'phone-login.making' : 'phone-login.start')
  }
}

const isKnown = (): boolean => {
  const section = byId('phone-login')
  return section !== null && section.getAttribute('data-known') === 'true'
}

/** The page is open in DJI Pilot 2 (facts A1). */
const isController = (): boolean =>
  typeof window.djiBridge !== 'undefined' || navigator.userAgent.indexOf('dji-open-platform') >= 0

/** 256 bits as hex. It leaves this page only in requests, so that a device code alone opens nothing. */
function randomKey(): string {
  const bytes = new Uint8Array(32)
  crypto.getRandomValues(bytes)
  return Array.prototype.map
    .call(bytes, (byte: number) => `${byte < 16 ? '0' : ''}${byte.toString(16)}`)
    .join('')
}

const page = window.djiCloudPage
if (page !== undefined && page.login !== null && byId('phone-login') !== null) start(page, page.login)
