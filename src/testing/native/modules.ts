import { MODULE_NAMES, type ModuleName } from '../../core/pages/module-table.ts'
import { type Answer, BAD_ARGUMENTS, done, refuse } from './answers.ts'
import { callbackArgument } from './callbacks.ts'
import type { NativeContext } from './context.ts'
import { type NativeHttp, requestOf } from './http-client.ts'
import { applyParams, type Component, paramOf } from './state.ts'
import type { ThingSession } from './thing-session.ts'
import type { WsLink } from './ws-link.ts'

const isModule = (name: unknown): name is ModuleName => (MODULE_NAMES as readonly unknown[]).includes(name)

export interface Parts {
  readonly thing: ThingSession
  readonly ws: WsLink
  readonly http: NativeHttp
}

export interface Modules {
  load(name: unknown, params: unknown): Answer
  unload(name: unknown): Answer
  unloadAll(): void
  /** Repeats the native requests that a module makes when it is loaded. */
  refetch(name: string): void
}

/** platformLoadComponent and platformUnloadComponent, with their effects (facts B7). */
export function createModules(context: NativeContext, parts: Parts): Modules {
  const { state, knobs, log, mask, timers } = context

  const refetch = (name: string): void => {
    const request = requestOf(name, state.workspaceId ?? '')
    if (request === null || state.host === '') return
    // The paths contain the workspace id, so no request is possible without one.
    if (state.workspaceId !== null) void parts.http.request(request.method, request.path)
  }

  const start = (name: string, component: Component): void => {
    if (state.components.get(name) !== component) return
    component.ready = true
    if (name === 'thing' && knobs.autoConnect) {
      parts.thing.link.connect({
        host: paramOf(component, 'host'),
        username: paramOf(component, 'username'),
        password: paramOf(component, 'password'),
      })
    }
    if (name === 'ws') parts.ws.connect(paramOf(component, 'host'), paramOf(component, 'token'))
    refetch(name)
  }

  const remove = (name: string): void => {
    if (!state.components.delete(name)) return
    if (name === 'thing') parts.thing.link.disconnect()
    if (name === 'ws') parts.ws.disconnect()
    log.emit('component', { name, state: 'unloaded' })
  }

  return {
    load(name, params) {
      if (!isModule(name)) return refuse(BAD_ARGUMENTS, 'there is no such component')
      const parsed = parseObject(params)
      if (parsed === null) return refuse(BAD_ARGUMENTS, 'the parameters are not a JSON text')
      for (const secret of [parsed.token, parsed.password]) mask.learn(secret)
      // If a module is loaded again, its old connection has to be closed first.
      remove(name)
      const component: Component = { params: parsed, ready: false }
      state.components.set(name, component)
      if (name === 'api') {
        state.host = paramOf(component, 'host')
        state.token = paramOf(component, 'token')
      }
      if (knobs.loadParams === 'applied') applyParams(state, name, parsed)
      log.emit('component', { name, state: 'loaded' })
      if (knobs.componentLoadLagMs > 0) timers.set(() => start(name, component), knobs.componentLoadLagMs)
      else start(name, component)
      return done()
    },
    unload(name) {
      if (!isModule(name)) return refuse(BAD_ARGUMENTS, 'there is no such component')
      remove(name)
      return done()
    },
    unloadAll() {
      for (const name of [...state.components.keys()].reverse()) remove(name)
    },
    refetch,
  }
}

/** The state callback of the `ws` module. It works like the one of thing (facts B5). */
export function tellWs(context: NativeContext, connected: boolean): void {
  const name = paramOf(context.state.components.get('ws'), 'connectCallback')
  if (name !== '') context.callPage(name, callbackArgument(connected, context.knobs))
}

/** Only a JSON text is accepted: an object arrives as the text "[object Object]" (facts B2). */
function parseObject(text: unknown): Record<string, unknown> | null {
  if (typeof text !== 'string') return null
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
