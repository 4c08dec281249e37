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

/** Runs the login flow from the present state to "connected". Runs again when new information allows a next step. */
export function createRun(context: FlowContext): Run {
  const { env, bridge, keeper, pauses, report, update } = context
  let current: Promise<FlowOutcome> | null = null
  let outcome: FlowOutcome | null = null
  const session = createSession(context)
  const watch = createWatch(context, { onTick, onRefused })

  /** @param known true: use the stored bootstrap. A retry by the pilot passes false, to load a fresh one. */
  function start(given: Bootstrap | null, known = false): Promise<FlowOutcome> {
    if (current === null) {
      const changes = context.thing.state + context.ws.state
      current = attempt(given ?? (known ? context.state().bootstrap : null), given !== null)
        .catch(broken)
        .then((reached) => {
          current = null
          outcome = reached
          announce(reached)
          // The link may have come up while this attempt was ending. Without this check, the change would be lost.
          if (reached.kind === 'waiting' && changes !== context.thing.state + context.ws.state) linkChanged()
          return reached
        })
    }
    return current
  }

  function announce(reached: FlowOutcome): void {
    if (pauses.stopped) return
    // Without a token there is nothing to watch. The next run starts the watch again.
    if (reached.kind === 'login') watch.stop()
    env.onOutcome?.(reached)
  }

  /** Catches our own bugs: the pilot sees a failed step, and the page keeps working. */
  function broken(error: unknown): FlowOutcome {
    const message = error instanceof Error ? error.message : String(error)
    return { kind: 'failed', step: report('page', 'failed', { message, hint: 'hint.pilot_error' }) }
  }

  async function attempt(known: Bootstrap | null, fresh: boolean): Promise<FlowOutcome> {
    const present = await context.findBridge()
    // Watch even when the server cannot be reached: Pilot's MQTT link may be up, and the page has to show it.
    if (present) watchStanding(context)
    const refused = await session.ensureToken(fresh ? known : null)
    if (refused?.kind !== 'login') watch.start()
    if (refused !== null) return refused
    // A bootstrap given to the page has passed the session by now, so it already has this page's addresses.
    const bootstrap = (fresh ? context.state().bootstrap : known) ?? (await session.fetchBootstrap())
    if ('kind' in bootstrap) return bootstrap
    if (!present) return { kind: 'outside' }
    const plan = planBootstrap(bootstrap, readNative(context, bootstrap))
    const checked = plan.findIndex(({ action }) => action === 'check') + 1
    const licence = await execute(plan.slice(0, checked), bootstrap, context)
    if (licence.failed !== null) return await afterFailure(licence.failed)
    // Not earlier: Pilot tells no serial number before the licence is verified (facts B4).
    await readSerials()
    const { failed, waiting } = await execute(plan.slice(checked), bootstrap, context)
    if (failed !== null) return await afterFailure(failed)
    return waiting || context.thing.state !== 'connected' ? { kind: 'waiting' } : { kind: 'connected' }
  }

  async function afterFailure(step: FlowStep): Promise<FlowOutcome> {
    if (step.id !== 'credentials') return { kind: 'failed', step }
    // Refused credentials may mean that the session has ended. The step cannot know, so ask the server.
    const ended = await session.refused()
    if (ended !== null) return ended
    session.retryLater()
    return { kind: 'failed', step }
  }

  /** Asks again for a while if the serial number is empty (facts F9). Then the flow goes on without it. */
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

  /** Renews the token early, so that Pilot's own requests never carry an expired one. Then loads `ws` with the new token. */
  async function renew(): Promise<void> {
    const renewed = await session.renew()
    if (pauses.stopped || renewed === null) return
    if (renewed === 'renewed') void start(null, true)
    else announce(renewed)
  }

  /** Handles a session that was ended elsewhere. The page only learns of it when the link is lost and the token is refused. */
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
    /** Unloads the module and those that need it, in reverse order (facts B7). The plan then loads what is missing. */
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
