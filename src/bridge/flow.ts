import { createBridge } from './client.ts'
import type { FlowContext } from './context.ts'
import { createLink } from './link.ts'
import { createMemory } from './memory.ts'
import { loadedModules } from './native.ts'
import { createPauses } from './pauses.ts'
import { createRun } from './run.ts'
import { createServer, numberIn, succeeded, textIn } from './server.ts'
import { createTokenKeeper } from './token.ts'
import type { FlowEnvironment, FlowState, PilotFlow } from './types.ts'

/**
 * The whole way of a pilot into the cloud, without a DOM: it runs in the web view and under Node alike. It reads what
 * Pilot's side holds, does what is missing, and goes on watching until `stop`.
 */
export function createPilotFlow(env: FlowEnvironment): PilotFlow {
  const { timers } = env
  const bridge = createBridge(env.bridge)
  const server = createServer(env)
  const memory = createMemory(env.storage)
  const pauses = createPauses(timers)
  const keeper = createTokenKeeper(bridge, server, memory, timers)
  let state: FlowState = {
    link: 'disconnected',
    bridge: 'absent',
    verified: false,
    modules: {},
    gateway: null,
    aircraft: null,
    bootstrap: null,
    at: timers.now(),
  }
  const update = (change: Partial<FlowState>): void => {
    state = { ...state, ...change, at: timers.now() }
    env.onState?.(state)
  }
  const thing = createLink(timers.now, () => {
    update({ link: thing.state })
    run.linkChanged()
  })
  const ws = createLink(timers.now, () => run.linkChanged())
  const context: FlowContext = {
    env,
    bridge,
    server,
    memory,
    keeper,
    pauses,
    thing,
    ws,
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

  return {
    state: () => state,
    stop,
    run: (bootstrap) => run.start(bootstrap ?? null),
    async resolveToken() {
      await run.findBridge()
      return keeper.resolve()
    },
    async login(username, password) {
      const answer = await server.login(username, password)
      const token = textIn(answer, 'access_token')
      if (succeeded(answer) && token !== null) {
        // Pilot's side still belongs to the session before: the plan sees that by its record and sets it up anew.
        keeper.adopt(token, numberIn(answer, 'expires_at'))
        memory.keepUsername(username)
      }
      return answer
    },
    async logout() {
      const token = keeper.token ?? memory.token()
      stop()
      for (const name of loadedModules(context).slice().reverse()) bridge.platformUnloadComponent(name)
      if (token !== null) await server.logout(token)
      memory.forget()
      keeper.drop()
      update({ link: 'disconnected', modules: {} })
      bridge.platformStopSelf()
    },
    leave() {
      const token = keeper.token ?? memory.token()
      stop()
      memory.forget()
      keeper.drop()
      if (token !== null) void server.logout(token, true)
    },
  }
}
