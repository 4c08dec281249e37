import { createAuthClient } from './access.ts'
import type { FlowContext } from './context.ts'
import { createHere } from './here.ts'
import { createLink } from './link.ts'
import { loadedModules } from './native.ts'
import { createPauses } from './pauses.ts'
import { createRun } from './run.ts'
import type { FlowEnvironment, FlowState, PilotFlow } from './types.ts'

/**
 * The whole login flow without a DOM, so that it runs in the web view and under Node. It reads the state of Pilot, does
 * the missing steps, and then watches the links until `stop`.
 */
export function createPilotFlow(given: FlowEnvironment): PilotFlow {
  const { timers } = given
  const pauses = createPauses(timers)
  let state: FlowState = {
    link: 'disconnected',
    linkSince: timers.now(),
    ws: 'disconnected',
    bridge: 'absent',
    verified: false,
    modules: {},
    gateway: null,
    aircraft: null,
    bootstrap: null,
    mqttHost: null,
    skewMs: null,
    server: { reachedAt: null, failingSince: null },
    at: timers.now(),
  }
  const update = (change: Partial<FlowState>): void => {
    state = { ...state, ...change, at: timers.now() }
    given.onState?.(state)
  }

  const env: FlowEnvironment = {
    ...given,
    async http(request) {
      const answer = await given.http(request)
      const { failingSince, reachedAt } = state.server
      const now = timers.now()
      if (!pauses.stopped)
        update({
          server:
            answer.status === 0
              ? { reachedAt, failingSince: failingSince ?? now }
              : { reachedAt: now, failingSince: null },
        })
      return answer
    },
  }
  const {
    bridge,
    server,
    memory,
    keeper,
    findBridge,
    resolveToken,
    login,
    answerChallenge,
    cancelChallenge,
  } = createAuthClient(env, pauses)
  const thing = createLink(timers.now, () => {
    update({ link: thing.state, linkSince: timers.now() - thing.downFor() })
    run.linkChanged()
  })
  const ws = createLink(timers.now, () => {
    update({ ws: ws.state })
    run.linkChanged()
  })
  const context: FlowContext = {
    env,
    here: createHere(env.base ?? null),
    bridge,
    server,
    memory,
    keeper,
    pauses,
    thing,
    ws,
    async findBridge() {
      const present = await findBridge()
      update({ bridge: present ? 'present' : 'absent' })
      return present
    },
    state: () => state,
    update,
    report(id, status, { code = null, message = null, hint = null } = {}) {
      const step = { id, status, code, message, hint, at: timers.now() }
      env.onStep?.(step)
      return step
    },
  }
  const run = createRun(context)

  const stop = (): void => {
    run.stop()
    pauses.stop()
  }
  const token = (): string | null => keeper.token ?? memory.token()
  const unloadAll = (): void => {
    for (const name of loadedModules(context).slice().reverse()) bridge.platformUnloadComponent(name)
  }

  return {
    state: () => state,
    token,
    onToken: keeper.onToken,
    stop,
    run: (bootstrap) => run.start(bootstrap ?? null),
    reload: run.reload,
    wake: run.wake,
    async resolveToken() {
      await context.findBridge()
      return resolveToken()
    },
    login,
    answerChallenge,
    cancelChallenge,
    async logout() {
      const held = token()
      stop()
      unloadAll()
      if (held !== null) await server.logout(held)
      keeper.drop()
      memory.forget()
      update({ link: 'disconnected', ws: 'disconnected', modules: {} })
      bridge.platformStopSelf()
    },
    quit() {
      stop()
      unloadAll()
      memory.forgetNative()
      update({ link: 'disconnected', ws: 'disconnected', modules: {} })
      bridge.platformStopSelf()
    },
    leave() {
      const held = token()
      stop()
      keeper.drop()
      memory.forget()
      if (held !== null) void server.logout(held, true)
    },
  }
}
