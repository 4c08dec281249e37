import type { Device, NativeView } from '../types.ts'
import { callBridge } from './bridge.ts'
import type { NativeContext } from './context.ts'
import { createNativeHttp } from './http-client.ts'
import { createModules, type Modules, type Parts, tellWs } from './modules.ts'
import { isRegistered, newState } from './state.ts'
import { createThingSession, type ThingSession } from './thing-session.ts'
import { createWsLink } from './ws-link.ts'

export interface NativePilot {
  readonly view: NativeView
  call(method: string, args: readonly unknown[]): unknown
  setAircraft(aircraft: Device | null): void
  say: ThingSession['say']
  report: ThingSession['report']
  /** Called when Pilot closes the web view. */
  pageLeft(): void
  pageOpened(): void
  stop(by: 'page' | 'pilot'): void
  restart(): void
  cut(silent: boolean): void
  restore(): void
  close(): Promise<void>
}

/** The pushes after which Pilot requests the topologies again (facts E). */
const REFETCH = new Set(['device_online', 'device_offline', 'device_update_topo'])

/** Pilot without its web view: everything that continues while no page is open. `pageGone` closes the page. */
export function createNativePilot(context: NativeContext, pageGone: () => void): NativePilot {
  const { knobs, log, network, state } = context

  const thing = createThingSession(context)
  const http = createNativeHttp(context, withdraw)
  const ws = createWsLink(
    context,
    (body) => {
      if (REFETCH.has(String(body.biz_code)) && state.components.has('tsa')) modules.refetch('tsa')
    },
    (connected) => tellWs(context, connected),
  )
  const parts: Parts = { thing, ws, http }
  const modules: Modules = createModules(context, parts)

  /** Forgets everything about the platform, but keeps the token if the knobs say so. */
  function forget(keepToken: boolean): void {
    modules.unloadAll()
    const fresh = newState(state.aircraft)
    state.verified = false
    state.workspaceId = null
    state.information = null
    state.host = ''
    if (!keepToken) state.token = fresh.token
  }

  function withdraw(url: string): void {
    if (state.withdrawn) return
    state.withdrawn = true
    forget(false)
    log.emit('withdrawn', { url })
    pageGone()
  }

  function stop(by: 'page' | 'pilot'): void {
    forget(false)
    log.emit('stopped', { by })
    pageGone()
  }

  const view: NativeView = {
    get verified() {
      return state.verified
    },
    get workspaceId() {
      return state.workspaceId
    },
    get platformName() {
      return state.information?.platform ?? null
    },
    get components() {
      return [...state.components.keys()]
    },
    get mqtt() {
      return thing.link.state()
    },
    get ws() {
      return ws.state()
    },
    get topologyAcknowledged() {
      return thing.topology.isAnswered()
    },
    get withdrawn() {
      return state.withdrawn
    },
    get pageOpen() {
      return state.pageOpen
    },
  }

  return {
    view,
    say: thing.say,
    report: thing.report,
    call: (method, args) => callBridge({ ...context, modules, parts, stop }, method, args),
    setAircraft(aircraft) {
      state.aircraft = aircraft
      thing.aircraftChanged()
    },
    pageOpened() {
      state.pageOpen = true
      state.withdrawn = false
    },
    pageLeft() {
      state.pageOpen = false
      if (!knobs.keepNativeState) return forget(false)
      if (knobs.dropMqttOnLeave && !isRegistered(state)) thing.link.disconnect()
    },
    stop,
    restart() {
      forget(knobs.tokenSurvivesRestart)
      pageGone()
    },
    cut(silent) {
      network.up = false
      thing.link.cut(silent)
      ws.cut()
    },
    restore() {
      network.up = true
      thing.link.restore()
      ws.restore()
    },
    async close() {
      await Promise.all([thing.link.close(), ws.close(), http.close()])
    },
  }
}
