import type { FlowOutcome } from '../bridge/types.ts'
import { written } from '../core/checking/loose.ts'
import { aircraftFrom, gatewayFrom } from './devices.ts'
import { createEventLog } from './event-log.ts'
import type { PilotEvent } from './events.ts'
import { createHeadlessPage } from './headless-page.ts'
import { knobsWith } from './knobs.ts'
import { logIn } from './log-in.ts'
import { createMask } from './mask.ts'
import { methodNames } from './native/bridge.ts'
import type { NativeContext } from './native/context.ts'
import { createNativePilot } from './native/native-pilot.ts'
import { alongPath } from './native/path.ts'
import { readingsOf } from './native/readings.ts'
import { newState } from './native/state.ts'
import { createPageCalls } from './page-calls.ts'
import { createPageResponder, pageScript } from './page-script.ts'
import { systemTimers } from './timers.ts'
import { createReplay, knobsOfTrace } from './trace/replay.ts'
import type { VirtualPilot, VirtualPilotOptions } from './types.ts'
import { createWebClient } from './web-client.ts'

/**
 * A Pilot 2 made of software, with a controller and an aircraft. It works with a real page in a real browser, or
 * without a browser. It talks to any platform over real HTTP, MQTT and WebSocket.
 * @throws DjiCloudError OPTIONS for a knob that does not exist
 */
export function createVirtualPilot(options: VirtualPilotOptions): VirtualPilot {
  const { url } = options
  const { trace } = options
  const knobs = knobsWith({ ...(trace ? knobsOfTrace(trace) : {}), ...written(options.knobs) })
  const timers = options.timers ?? systemTimers
  const mask = createMask()
  const log = createEventLog(timers, mask, options.logLimit ?? 2_000)
  if (options.onEvent) log.onAny(options.onEvent)
  const network = { up: true }
  const state = newState(options.aircraft === null ? null : aircraftFrom(options.aircraft))
  const methods = methodNames(knobs.missingMethods)
  const web = createWebClient({ knobs, log, mask, network })
  const page = createHeadlessPage({
    knobs,
    timers,
    web,
    methods,
    call: (method, args) => native.call(method, args),
    standIn: options.fakeLicense === true ? () => log.emit('fault', STAND_IN) : null,
  })
  const calls = createPageCalls({ knobs, timers, log, page })
  const home = options.home ?? { latitude: 47, longitude: 8 }
  const gateway = gatewayFrom(options.gateway)
  const context: NativeContext = {
    gateway,
    knobs,
    timers,
    mask,
    log,
    state,
    network,
    home,
    services: options.services,
    onReport: options.onReport,
    replay: trace ? createReplay(trace) : null,
    callPage: calls.callback,
  }
  const native = createNativePilot(context, pageGone)

  function pageGone(): void {
    state.pageOpen = false
    page.unload()
    log.emit('page', { state: 'closed', url, status: null })
  }

  const open: VirtualPilot['open'] = async () => {
    const visit = await page.load(url)
    native.pageOpened()
    log.emit('page', { state: 'opened', url: visit.url, status: visit.status })
    return visit
  }

  const flow = async () => {
    if (page.flow() === null) await open()
    const running = page.flow()
    if (running === null) throw new Error('The page was closed while it was loaded.')
    return running
  }

  const resume = async (): Promise<FlowOutcome> => {
    const running = await flow()
    const situation = await running.resolveToken()
    if (situation.kind === 'none') return { kind: 'login', reason: null }
    if (situation.kind === 'login') return { kind: 'login', reason: situation.reason }
    return running.run()
  }

  /** Sends a request or an event of the controller itself, and resolves to `data` of the reply. */
  async function said(name: 'requests' | 'events', method: string, data: unknown, timeoutMs?: number) {
    const since = log.mark()
    const tid = native.say(name, method, data)
    if (tid === null)
      throw new Error(
        `The controller is not connected, so it cannot send ${method}. Await connected() first.`,
      )
    const isReply = ({ topic, payload }: PilotEvent<'mqtt.in'>): boolean =>
      topic.endsWith(`/${name}_reply`) && (payload as { tid?: unknown } | null)?.tid === tid
    const { payload } = await log.waitFor('mqtt.in', isReply, { ...waiting(timeoutMs), since })
    return (payload as { readonly data?: unknown }).data
  }

  const leavePage = (): void => {
    if (!state.pageOpen) return
    if (knobs.reloadOnReentry) page.unload()
    native.pageLeft()
    log.emit('page', { state: 'left', url, status: null })
  }

  return {
    gateway,
    get aircraft() {
      return state.aircraft
    },
    knobs,
    url,
    log: log.events,
    cursor: log.mark,
    on: log.on,
    onAny: log.onAny,
    waitFor: log.waitFor,
    native: native.view,

    open,
    resume,
    async login(username, password, more = {}) {
      mask.learn(password)
      const running = await flow()
      const { done, code, message } = await logIn(running, username, password, more, mask.learn)
      return done
        ? running.run()
        : {
            kind: 'failed',
            step: { id: 'login', status: 'failed', code, message, hint: null, at: timers.now() },
          }
    },
    flowState: () => page.flow()?.state() ?? null,
    flowSteps: page.steps,
    logout: async () => (await flow()).logout(),
    leavePage,
    async reenterPage() {
      if (!knobs.reloadOnReentry && page.flow() !== null) {
        native.pageOpened()
        return native.view.mqtt === 'connected' ? { kind: 'connected' } : { kind: 'waiting' }
      }
      await open()
      return resume()
    },

    async pressBack() {
      const handled = (await calls.hook('onBackClick')) === true
      if (!handled) leavePage()
      return handled
    },
    async exit() {
      await calls.hook('onStopPlatform')
      native.stop('pilot')
    },
    restart: native.restart,
    plugAircraft(given) {
      const aircraft = aircraftFrom(given)
      log.emit('aircraft', { state: 'plugged', serial: aircraft.serial })
      native.setAircraft(aircraft)
    },
    unplugAircraft() {
      if (state.aircraft === null) return
      log.emit('aircraft', { state: 'unplugged', serial: state.aircraft.serial })
      native.setAircraft(null)
    },
    fly(path, { speed = 8, height = 60 } = {}) {
      state.flight = path.length === 0 ? null : alongPath(path, speed, height, timers.now())
    },
    readings(values = {}) {
      state.readings = readingsOf(values)
      native.report()
    },
    sendRequest: (method, data, options) => said('requests', method, data, options?.timeoutMs),
    sendEvent: (method, data, options) => said('events', method, data, options?.timeoutMs),
    pauseTelemetry(held) {
      state.telemetryHeld = held
    },
    cutNetwork: ({ silent = false } = {}) => native.cut(silent),
    restoreNetwork: native.restore,

    async connected(timeoutMs) {
      if (native.view.mqtt !== 'connected')
        await log.waitFor('mqtt.state', (event) => event.state === 'connected', waiting(timeoutMs))
    },
    async topologyAcknowledged(timeoutMs) {
      if (!native.view.topologyAcknowledged)
        await log.waitFor('topology', (event) => event.state === 'answered', waiting(timeoutMs))
    },
    async close() {
      page.unload()
      await native.close()
      log.close()
    },

    pageScript: (given = {}) => pageScript({ methods, delayMs: knobs.injectionDelayMs, ...given }),
    answer: createPageResponder(native.call),
    call: native.call,
    onScript: calls.attach,
    pageLoaded(loaded) {
      page.unload()
      native.pageOpened()
      log.emit('page', { state: 'opened', url: loaded, status: null })
    },
  }
}

const STAND_IN = {
  where: 'license',
  message: 'The platform has no licence, so the virtual Pilot uses a fake one. A real Pilot would stop here.',
}

const waiting = (timeoutMs: number | undefined) => (timeoutMs === undefined ? {} : { timeoutMs })
