import { CALLBACKS, linkSignal, subscribe } from './callbacks.ts'
import { PILOT_CODES } from './codes.ts'
import type { FlowContext } from './context.ts'
import { issueCredentials } from './credentials.ts'
import { hintFor } from './hints.ts'

const TICK_MS = 1_000
const AIRCRAFT_EVERY = 5
const SERVER_EVERY = 3
/** Loading `thing` connects by itself. `thingConnect` is called only if no connection is seen after this time (facts B6). */
const RECONNECT_AFTER_MS = 10_000
const RECONNECT_AGAIN_MS = 60_000

export interface Watch {
  start(): void
  /** Polls now. Does nothing if the watch was not started. */
  wake(): void
  stop(): void
}

export interface WatchHooks {
  /** Called once a second, after each poll. */
  readonly onTick: () => void
  /** Called when the server refuses new credentials because of the token. */
  readonly onRefused: () => Promise<void>
}

/**
 * Polls both links and the aircraft, beside the callbacks. Pilot calls back by a `javascript:` URL, which a page
 * may never receive, so nothing depends on a callback alone.
 */
export function createWatch(context: FlowContext, { onTick, onRefused }: WatchHooks): Watch {
  const { env, bridge, thing, ws } = context
  let timer: unknown = null
  let ticks = 0
  let reconnectAt = 0
  let unsubscribe: readonly (() => void)[] = []

  function tick(): void {
    timer = env.timers.set(tick, TICK_MS)
    ticks += 1
    ws.polled(answered(bridge.wsGetConnectState()))
    if (bridge.has('thingGetConnectState')) {
      const up = answered(bridge.thingGetConnectState())
      thing.polled(up)
      // Note the time of the check even if nothing changed: the page shows how fresh its state is.
      if (up !== null) context.update({})
    } else if (ticks % SERVER_EVERY === 0) void askServer(context)
    if (ticks % AIRCRAFT_EVERY === 0 && bridge.present()) readAircraft(context)
    if (thing.downFor() >= RECONNECT_AFTER_MS && env.timers.now() >= reconnectAt) {
      reconnectAt = env.timers.now() + RECONNECT_AGAIN_MS
      void reconnect(context, onRefused)
    }
    onTick()
  }

  return {
    start() {
      if (timer !== null) return
      unsubscribe = (['thing', 'ws'] as const).map((name) =>
        subscribe(env.globals, CALLBACKS[name], (argument) => {
          const up = linkSignal(argument)
          if (up !== null) context[name].said(up)
        }),
      )
      timer = env.timers.set(tick, TICK_MS)
    },
    wake() {
      if (timer === null) return
      env.timers.clear(timer)
      tick()
    },
    stop() {
      if (timer !== null) env.timers.clear(timer)
      timer = null
      for (const end of unsubscribe) end()
      unsubscribe = []
    },
  }
}

const answered = ({ ok, data }: { readonly ok: boolean; readonly data: boolean }): boolean | null =>
  ok ? data : null

/** "No aircraft" is not an error, in any of the forms that Pilot uses (facts B2). */
export function readAircraft({ bridge, state, update }: FlowContext): void {
  const aircraft = bridge.platformGetAircraftSN().data || null
  if (aircraft !== state().aircraft) update({ aircraft })
}

/** Old firmware has no thingGetConnectState (facts B2), so the server is asked whether the controller is online. */
async function askServer({ state, keeper, server, thing }: FlowContext): Promise<void> {
  const { gateway, bootstrap } = state()
  if (gateway === null || bootstrap === null || keeper.token === null || thing.downFor() === 0) return
  const { data } = await server.device(keeper.token, bootstrap.workspace.id, gateway)
  if (typeof data === 'object' && data !== null && 'status' in data && data.status === true) thing.said(true)
}

async function reconnect(context: FlowContext, onRefused: WatchHooks['onRefused']): Promise<void> {
  const { bridge, pauses, report } = context
  if (!bridge.has('thingConnect')) return
  const issued = await issueCredentials(context)
  if ('failed' in issued && issued.failed.hint === 'hint.session_ended') return onRefused()
  if ('failed' in issued || pauses.stopped || context.thing.state === 'connected') return
  const { username, password } = issued.credentials
  const connect = () => bridge.thingConnect(username, password, CALLBACKS.thing)
  report('reconnect', 'running')
  let answer = connect()
  if (answer.code === PILOT_CODES.THING_NOT_LOADED) {
    await pauses.until(() => bridge.platformIsComponentLoaded('thing').data, 200, 5_000)
    answer = connect()
  }
  const { ok, code, message } = answer
  report('reconnect', ok ? 'ok' : 'failed', {
    code,
    message,
    hint: ok ? 'hint.mqtt_address' : hintFor('connect', answer),
  })
}
