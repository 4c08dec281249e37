import type { Bootstrap, ModuleName } from '../core/pages/page-data.ts'
import { dependants, planBootstrap } from '../core/pages/plan.ts'
import type { FlowContext } from './context.ts'
import { execute } from './execute.ts'
import { loadedModules, readNative, watchStanding } from './native.ts'
import { createSession } from './session.ts'
import { unload } from './steps.ts'
import type { FlowOutcome, FlowStep } from './types.ts'
import { createWatch, readAircraft } from './watch.ts'

const GATEWAY_EVERY_MS = 1_000
const GATEWAY_FOR_MS = 4_000

export interface Run {
  start(bootstrap: Bootstrap | null): Promise<FlowOutcome>
  reload(name: ModuleName): Promise<FlowOutcome>
  linkChanged(): void
  wake(): void
  stop(): void
}

/** Goes from whatever stands to connected, and again whenever something new makes it possible to get further. */
export function createRun(context: FlowContext): Run {
  const { env, bridge, keeper, pauses, report, update } = context
  let current: Promise<FlowOutcome> | null = null
  let outcome: FlowOutcome | null = null
  const session = createSession(context)
  const watch = createWatch(context, { onTick, onRefused })

  /** @param known whether the bootstrap that is known already will do; a pilot who tries again wants a fresh one */
  function start(given: Bootstrap | null, known = false): Promise<FlowOutcome> {
    if (current === null) {
      const changes = context.thing.state + context.ws.state
      current = attempt(given ?? (known ? context.state().bootstrap : null), given !== null)
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

  async function attempt(known: Bootstrap | null, fresh: boolean): Promise<FlowOutcome> {
    const present = await context.findBridge()
    // Also when the server cannot be reached: the link of a controller that is up is shown as up.
    if (present) watchStanding(context)
    const refused = await session.ensureToken(fresh ? known : null)
    if (refused?.kind !== 'login') watch.start()
    if (refused !== null) return refused
    // One that was given has been seen by the session by now, which put this page's addresses into it.
    const bootstrap = (fresh ? context.state().bootstrap : known) ?? (await session.fetchBootstrap())
    if ('kind' in bootstrap) return bootstrap
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

  async function afterFailure(step: FlowStep): Promise<FlowOutcome> {
    if (step.id !== 'credentials') return { kind: 'failed', step }
    // Refused credentials may mean that the session has ended: ask, for the step itself cannot tell.
    const ended = await session.refused()
    if (ended !== null) return ended
    session.retryLater()
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
    if (session.retryDue()) void start(null)
    else if (keeper.refreshAt !== null && env.timers.now() >= keeper.refreshAt) void renew()
  }

  /** Early, so that none of Pilot's own requests ever meets an expired token; then `ws` is loaded with the new one. */
  async function renew(): Promise<void> {
    const renewed = await session.renew()
    if (pauses.stopped || renewed === null) return
    if (renewed === 'renewed') void start(null, true)
    else announce(renewed)
  }

  /** The server takes the token no longer, which only shows when the link is lost: somebody ended the session. */
  async function onRefused(): Promise<void> {
    const ended = await session.refused()
    if (ended !== null) announce(ended)
  }

  function linkChanged(): void {
    const { thing, ws } = context
    if (current !== null || pauses.stopped || outcome?.kind !== 'waiting') return
    if (thing.state === 'connected' || ws.state === 'connected') void start(null, true)
  }

  return {
    start,
    linkChanged,
    stop: watch.stop,
    /** With all that needs it, last loaded first (facts B7); the plan then loads what is missing. */
    async reload(name) {
      if (current !== null) await current
      const { bootstrap } = context.state()
      if (bootstrap === null || pauses.stopped) return start(null)
      const loaded = loadedModules(context)
      const again = dependants(bootstrap, [name]).filter((one) => loaded.indexOf(one) >= 0)
      for (const one of again.slice().sort(backwards(bootstrap))) unload(`unload:${one}`, one, context)
      return start(null, true)
    },
    wake() {
      if (pauses.stopped) return
      session.retryNow()
      watch.wake()
    },
  }
}

const backwards = ({ modules }: Bootstrap) => {
  const names = modules.map(({ name }) => name)
  return (a: ModuleName, b: ModuleName): number => names.indexOf(b) - names.indexOf(a)
}
