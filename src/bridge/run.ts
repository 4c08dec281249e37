import type { Bootstrap } from '../core/pages/page-data.ts'
import { planBootstrap } from '../core/pages/plan.ts'
import type { FlowContext } from './context.ts'
import { execute } from './execute.ts'
import { hintForServer } from './hints.ts'
import { readNative, watchStanding } from './native.ts'
import { succeeded } from './server.ts'
import { reasonOf } from './token.ts'
import type { FlowOutcome, FlowResponse, TokenSituation } from './types.ts'
import { createWatch, readAircraft } from './watch.ts'

const BRIDGE_EVERY_MS = 200
const BRIDGE_FOR_MS = 5_000
const GATEWAY_EVERY_MS = 1_000
const GATEWAY_FOR_MS = 4_000
const RETRY_FIRST_MS = 5_000
const RETRY_LONGEST_MS = 60_000

export interface Run {
  start(bootstrap: Bootstrap | null): Promise<FlowOutcome>
  /** Pilot may inject the bridge late; resolves when it is there or not to be expected. */
  findBridge(): Promise<boolean>
  linkChanged(): void
  stop(): void
}

/** Goes from whatever stands to connected, and again whenever something new makes it possible to get further. */
export function createRun(context: FlowContext): Run {
  const { env, bridge, server, keeper, pauses, report, update } = context
  let current: Promise<FlowOutcome> | null = null
  let outcome: FlowOutcome | null = null
  let retryAt: number | null = null
  let retryAfter = RETRY_FIRST_MS
  const watch = createWatch(context, { onTick, onRefused })

  /** @param known whether the bootstrap that is known already will do; a pilot who tries again wants a fresh one */
  function start(given: Bootstrap | null, known = false): Promise<FlowOutcome> {
    if (current === null) {
      const changes = context.thing.state + context.ws.state
      current = attempt(given ?? (known ? context.state().bootstrap : null))
        .catch(broken)
        .then((reached) => {
          current = null
          outcome = reached
          announce(reached)
          // A link that came up while the attempt was ending would otherwise be noticed by nobody.
          if (reached.kind === 'waiting' && changes !== context.thing.state + context.ws.state) linkChanged()
          return reached
        })
    }
    return current
  }

  function announce(reached: FlowOutcome): void {
    if (pauses.stopped) return
    // Nothing is left to be watched over without a token; the next run starts it again.
    if (reached.kind === 'login') watch.stop()
    env.onOutcome?.(reached)
  }

  /** Only a mistake of ours ends here; the pilot sees it as a step, and the page lives on. */
  function broken(error: unknown): FlowOutcome {
    const message = error instanceof Error ? error.message : String(error)
    return { kind: 'failed', step: report('page', 'failed', { message, hint: 'hint.pilot_error' }) }
  }

  async function attempt(given: Bootstrap | null): Promise<FlowOutcome> {
    const present = await findBridge()
    // Also when the server cannot be reached: the link of a controller that is up is shown as up.
    if (present) watchStanding(context)
    const refused = await ensureToken(given)
    if (refused !== null) return refused
    watch.start()
    const bootstrap = given ?? (await fetchBootstrap())
    if ('kind' in bootstrap) return bootstrap
    retryAfter = RETRY_FIRST_MS
    retryAt = null
    update({ bootstrap })
    if (!present) return { kind: 'outside' }
    const plan = planBootstrap(bootstrap, readNative(context, bootstrap))
    const checked = plan.findIndex(({ action }) => action === 'check') + 1
    const licence = await execute(plan.slice(0, checked), bootstrap, context)
    if (licence.failed !== null) return await afterFailure(licence.failed)
    // Not sooner: before the licence is verified Pilot tells no serial number either (facts B4).
    await readSerials()
    const { failed, waiting } = await execute(plan.slice(checked), bootstrap, context)
    if (failed !== null) return await afterFailure(failed)
    return waiting || context.thing.state !== 'connected' ? { kind: 'waiting' } : { kind: 'connected' }
  }

  async function findBridge(): Promise<boolean> {
    const present = env.insidePilot
      ? await pauses.until(bridge.present, BRIDGE_EVERY_MS, BRIDGE_FOR_MS)
      : bridge.present()
    update({ bridge: present ? 'present' : 'absent' })
    return present
  }

  async function ensureToken(given: Bootstrap | null): Promise<FlowOutcome | null> {
    if (given !== null && given.token.access_token !== null)
      keeper.adopt(given.token.access_token, given.token.expires_at)
    if (keeper.token !== null && keeper.refreshAt !== null) return null
    report('session', 'running')
    const situation = await keeper.resolve()
    if (situation.kind === 'valid') report('session', 'ok')
    return situation.kind === 'valid' ? null : withoutToken(situation)
  }

  function withoutToken(situation: Exclude<TokenSituation, { kind: 'valid' }>): FlowOutcome {
    if (situation.kind === 'unreachable')
      return tryAgainLater({ status: 0, code: 0, message: '', data: null })
    return { kind: 'login', reason: situation.kind === 'login' ? situation.reason : null }
  }

  async function fetchBootstrap(): Promise<Bootstrap | FlowOutcome> {
    const answer = await keeper.authorized(server.bootstrap)
    if (succeeded(answer)) return answer.data as Bootstrap
    if (answer.status !== 401) return tryAgainLater(answer)
    keeper.drop()
    return { kind: 'login', reason: reasonOf(answer.code) }
  }

  /** The server is not there: nobody is logged out, what stands keeps standing, and it is tried again. */
  function tryAgainLater(answer: FlowResponse): FlowOutcome {
    retryAt = env.timers.now() + retryAfter
    retryAfter = Math.min(retryAfter * 2, RETRY_LONGEST_MS)
    report('session', 'waiting', {
      code: answer.code || answer.status,
      message: answer.message || null,
      hint: hintForServer(answer),
    })
    watch.start()
    return { kind: 'waiting' }
  }

  async function afterFailure(step: Extract<FlowOutcome, { kind: 'failed' }>['step']): Promise<FlowOutcome> {
    if (step.id !== 'credentials') return { kind: 'failed', step }
    // Refused credentials may mean that the session has ended: ask, for the step itself cannot tell.
    const situation = await keeper.resolve()
    if (situation.kind === 'login' || situation.kind === 'none') return withoutToken(situation)
    retryAt = env.timers.now() + retryAfter
    retryAfter = Math.min(retryAfter * 2, RETRY_LONGEST_MS)
    return { kind: 'failed', step }
  }

  /** An empty serial number is asked for again for a while (facts F9), then done without. */
  async function readSerials(): Promise<void> {
    if (context.state().gateway === null) {
      report('gateway', 'running')
      await pauses.until(
        () => bridge.platformGetRemoteControllerSN().data !== '',
        GATEWAY_EVERY_MS,
        GATEWAY_FOR_MS,
      )
      const { data, code, message } = bridge.platformGetRemoteControllerSN()
      update({ gateway: data || null })
      report(
        'gateway',
        data ? 'ok' : 'waiting',
        data ? { message: data } : { code, message, hint: 'hint.gateway_unknown' },
      )
    }
    readAircraft(context)
  }

  function onTick(): void {
    if (current !== null) return
    const now = env.timers.now()
    if (retryAt !== null && now >= retryAt) {
      retryAt = null
      void start(null)
    } else if (keeper.refreshAt !== null && now >= keeper.refreshAt) void renew()
  }

  /** Early, so that none of Pilot's own requests ever meets an expired token; then `ws` is loaded with the new one. */
  async function renew(): Promise<void> {
    const situation = await keeper.refresh()
    if (pauses.stopped) return
    if (situation.kind === 'valid') {
      report('refresh', 'ok')
      void start(null, true)
    } else if (situation.kind === 'unreachable')
      report('refresh', 'waiting', { hint: 'hint.server_unreachable' })
    else announce(withoutToken(situation))
  }

  /** The server takes the token no longer, which only shows when the link is lost: somebody ended the session. */
  async function onRefused(): Promise<void> {
    const situation = await keeper.resolve()
    if (situation.kind !== 'login' && situation.kind !== 'none') return
    announce(withoutToken(situation))
  }

  function linkChanged(): void {
    const { thing, ws } = context
    if (current !== null || pauses.stopped || outcome?.kind !== 'waiting') return
    if (thing.state === 'connected' || ws.state === 'connected') void start(null, true)
  }

  return { start, findBridge, linkChanged, stop: watch.stop }
}
