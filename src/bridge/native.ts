import { MODULE_NAMES } from '../core/pages/module-table.ts'
import type { Bootstrap, ModuleName } from '../core/pages/page-data.ts'
import type { NativeState } from '../core/pages/plan.ts'
import type { FlowContext } from './context.ts'
import { fingerprint } from './memory.ts'
import type { FlowState } from './types.ts'

export const loadedModules = ({ bridge }: Pick<FlowContext, 'bridge'>): readonly ModuleName[] =>
  MODULE_NAMES.filter((name) => bridge.platformIsComponentLoaded(name).data)

/** Reads the present state of Pilot. */
export function readNative(context: FlowContext, bootstrap: Bootstrap): NativeState {
  const { bridge, memory, keeper, thing, ws } = context
  const loaded = watchStanding(context)
  const { token } = keeper
  const apiTokenCurrent = loaded.indexOf('api') >= 0 && token !== null && bridge.apiGetToken().data === token
  const record = memory.native()
  context.update({ verified: bridge.platformIsVerified().data, modules: moduleStates(bootstrap, loaded) })
  return {
    verified: context.state().verified,
    loaded,
    connected: [
      ...(thing.state === 'connected' ? ['thing' as const] : []),
      ...(ws.state === 'connected' ? ['ws' as const] : []),
    ],
    // Storage may be lost while Pilot's modules stay loaded: then our token in Pilot shows that the modules belong to this session.
    boundTo: record ?? (apiTokenCurrent ? ofThis(bootstrap) : null),
    apiTokenCurrent,
    wsTokenCurrent: token !== null && record?.wsToken === fingerprint(token),
  }
}

export const ofThis = (bootstrap: Bootstrap) => ({
  workspaceId: bootstrap.workspace.id,
  userId: bootstrap.user.id,
  sessionId: bootstrap.session.id,
})

/** Starts to watch the links of modules that are already loaded. */
export function watchStanding(context: FlowContext): readonly ModuleName[] {
  const { bridge, thing, ws } = context
  const loaded = loadedModules(context)
  watchLoaded(thing, loaded.indexOf('thing') >= 0, bridge.thingGetConnectState().data)
  watchLoaded(ws, loaded.indexOf('ws') >= 0, bridge.wsGetConnectState().data)
  return loaded
}

function watchLoaded(link: FlowContext['thing'], loaded: boolean, up: boolean): void {
  if (!loaded) link.end()
  else {
    link.begin()
    if (up) link.said(true)
  }
}

function moduleStates(bootstrap: Bootstrap, loaded: readonly ModuleName[]): FlowState['modules'] {
  const states: Partial<Record<ModuleName, 'loaded' | 'off'>> = {}
  for (const { name } of bootstrap.modules) states[name] = 'off'
  for (const name of loaded) states[name] = 'loaded'
  return states
}
