import type { Bootstrap } from '../core/pages/page-data.ts'
import type { FlowContext } from './context.ts'
import { hintForServer } from './hints.ts'
import { succeeded } from './server.ts'
import { reasonOf } from './token.ts'
import type { FlowOutcome, FlowResponse, TokenStatus } from './types.ts'

const RETRY_FIRST_MS = 5_000
const RETRY_LONGEST_MS = 60_000

/** The server's side of a run: a valid token, a bootstrap, and retries while the server cannot be reached. */
export interface SessionHalf {
  /** Finds or renews a valid token. Null means success. */
  ensureToken(given: Bootstrap | null): Promise<FlowOutcome | null>
  fetchBootstrap(): Promise<Bootstrap | FlowOutcome>
  /** Checks the session after a refusal that may be about the token. Null means that the session is still valid. */
  refused(): Promise<FlowOutcome | null>
  /** Renews the token early. Null means that the server could not be reached; the renewal is tried again. */
  renew(): Promise<'renewed' | FlowOutcome | null>
  /** True one time when the retry is due. */
  retryDue(): boolean
  retryLater(): void
  retryNow(): void
}

export function createSession({ env, here, server, keeper, report, update }: FlowContext): SessionHalf {
  let retryAt: number | null = null
  let retryAfter = RETRY_FIRST_MS
  let isAway = false

  function retryLater(): void {
    retryAt = env.timers.now() + retryAfter
    retryAfter = Math.min(retryAfter * 2, RETRY_LONGEST_MS)
  }

  function withoutToken(situation: Exclude<TokenStatus, { kind: 'valid' }>): FlowOutcome {
    if (situation.kind === 'unreachable') return away({ status: 0, code: 0, message: '', data: null })
    return { kind: 'login', reason: situation.kind === 'login' ? situation.reason : null }
  }

  /** The server cannot be reached: keep the login and the loaded modules, and try again later. */
  function away(answer: FlowResponse): FlowOutcome {
    retryLater()
    isAway = true
    report('session', 'waiting', {
      code: answer.code || answer.status,
      message: answer.message || null,
      hint: hintForServer(answer),
    })
    return { kind: 'waiting' }
  }

  function arrived(given: Bootstrap, askedAt: number): Bootstrap {
    const bootstrap = here.arrived(given)
    retryAfter = RETRY_FIRST_MS
    retryAt = null
    if (isAway) report('session', 'ok')
    isAway = false
    const middle = (askedAt + env.timers.now()) / 2
    update({ bootstrap, skewMs: Math.round(bootstrap.server_time * 1000 - middle) })
    return bootstrap
  }

  return {
    retryLater,
    retryNow() {
      if (retryAt !== null) retryAt = env.timers.now()
    },
    retryDue() {
      const due = retryAt !== null && env.timers.now() >= retryAt
      if (due) retryAt = null
      return due
    },
    async ensureToken(given) {
      if (given !== null) {
        if (given.token.access_token !== null) keeper.adopt(given.token.access_token, given.token.expires_at)
        arrived(given, env.timers.now())
      }
      if (keeper.token !== null && keeper.refreshAt !== null) return null
      report('session', 'running')
      const situation = await keeper.resolve()
      if (situation.kind === 'valid') report('session', 'ok')
      return situation.kind === 'valid' ? null : withoutToken(situation)
    },
    async fetchBootstrap() {
      const askedAt = env.timers.now()
      const answer = await keeper.authorized(server.bootstrap)
      if (succeeded(answer)) return arrived(answer.data as Bootstrap, askedAt)
      if (answer.status !== 401) return away(answer)
      keeper.drop()
      return { kind: 'login', reason: reasonOf(answer.code) }
    },
    async refused() {
      const situation = await keeper.resolve()
      return situation.kind === 'login' || situation.kind === 'none' ? withoutToken(situation) : null
    },
    async renew() {
      const situation = await keeper.refresh()
      if (situation.kind === 'valid') {
        report('refresh', 'ok')
        return 'renewed'
      }
      if (situation.kind !== 'unreachable') return withoutToken(situation)
      report('refresh', 'waiting', { hint: 'hint.server_unreachable' })
      return null
    },
  }
}
