import type { Bootstrap, ModuleName } from './page-data.ts'

/** Pilot's state when the page opens. Pilot keeps it across page loads (facts A3). */
export interface NativeState {
  readonly verified: boolean
  readonly loaded: readonly ModuleName[]
  /** The loaded modules whose link is up. */
  readonly connected: readonly ('thing' | 'ws')[]
  /** The session that the loaded modules belong to; null if unknown. */
  readonly boundTo: Binding | null
  /** True: `api` has the page's present token. */
  readonly apiTokenCurrent: boolean
  /** True: `ws` was loaded with the page's present token. */
  readonly wsTokenCurrent: boolean
}

export interface Binding {
  readonly workspaceId: string
  readonly userId: string
  readonly sessionId: string
}

export type StepAction =
  | 'unload'
  | 'verify'
  | 'check'
  | 'workspace'
  | 'information'
  | 'load'
  | 'token'
  | 'connect'

export interface PlanStep {
  /** `verify`, or an action with its module: `load:thing` */
  readonly id: string
  readonly action: StepAction
  readonly module: ModuleName | null
  /** True: the step is already done and must not be repeated. */
  readonly stands: boolean
}

/**
 * Plans the calls to the bridge, in this order (design "The flow", facts J), from Pilot's present state. Steps that are
 * already done are not repeated: setting the workspace again would reset Pilot's registration (facts A3).
 */
export function planBootstrap(bootstrap: Bootstrap, native: NativeState): readonly PlanStep[] {
  const gone = unloads(bootstrap, native)
  const stays = (module: ModuleName): boolean =>
    native.loaded.indexOf(module) >= 0 && gone.indexOf(module) < 0
  const registered = stays('thing')
  return [
    ...gone.map((module) => step('unload', module, false)),
    step('verify', null, native.verified),
    step('check', null, native.verified),
    step('workspace', null, registered),
    step('information', null, registered),
    ...bootstrap.modules.reduce<PlanStep[]>((steps, { name }) => {
      const stands = stays(name)
      steps.push(step('load', name, stands))
      if (name === 'api') steps.push(step('token', name, stands && native.apiTokenCurrent))
      if (name === 'thing' || name === 'ws')
        steps.push(step('connect', name, stands && native.connected.indexOf(name) >= 0))
      return steps
    }, []),
  ]
}

const step = (action: StepAction, module: ModuleName | null, stands: boolean): PlanStep => ({
  id: module === null ? action : `${action}:${module}`,
  action,
  module,
  stands,
})

/** Modules to unload, in reverse order of loading. */
function unloads(bootstrap: Bootstrap, native: NativeState): readonly ModuleName[] {
  const known = bootstrap.modules.map(({ name }) => name)
  const strangers = native.loaded.filter((name) => known.indexOf(name) < 0)
  const backwards = known.filter((name) => native.loaded.indexOf(name) >= 0).reverse()
  if (!boundToThis(bootstrap, native.boundTo)) return [...strangers.reverse(), ...backwards]

  const fresh = known.filter((name) => native.loaded.indexOf(name) < 0)
  // A module that reads the token only when it is loaded must be loaded again for a new token.
  if (!native.wsTokenCurrent)
    for (const { name, reload_with_token } of bootstrap.modules) if (reload_with_token) fresh.push(name)
  const renewed = dependants(bootstrap, fresh)
  return [...strangers.reverse(), ...backwards.filter((name) => renewed.indexOf(name) >= 0)]
}

function boundToThis(bootstrap: Bootstrap, boundTo: Binding | null): boolean {
  return (
    boundTo !== null &&
    boundTo.workspaceId === bootstrap.workspace.id &&
    boundTo.userId === bootstrap.user.id &&
    // MQTT credentials end with their session.
    boundTo.sessionId === bootstrap.session.id
  )
}

/** The given modules and all modules that need them, directly or not. They are reloaded together (facts B7). */
export function dependants(bootstrap: Bootstrap, roots: readonly ModuleName[]): readonly ModuleName[] {
  const found = [...roots]
  // The rows are in the order of loading, so the modules that a module needs come before it.
  for (const { name, needs } of bootstrap.modules) {
    if (found.indexOf(name) < 0 && needs.some((needed) => found.indexOf(needed) >= 0)) found.push(name)
  }
  return found
}
