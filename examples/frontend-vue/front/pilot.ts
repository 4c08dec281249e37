// The whole login flow as a Vue composable: it makes the state of dji-cloud/bridge reactive.

import {
  browserEnvironment,
  createPilotFlow,
  diagnose,
  type Finding,
  type FlowOutcome,
  type FlowState,
  type FlowStep,
  factsOf,
  type ModuleName,
  pageUrls,
  setPilotHandlers,
  windowBridge,
} from 'dji-cloud/bridge'
import { computed, onUnmounted, ref, shallowReactive, shallowRef } from 'vue'

export type View = 'checking' | 'login' | 'home'

/** @param mount path of the platform: '' or '/drones' */
export function usePilot(mount = '') {
  const view = ref<View>('checking')
  const problem = ref('')
  const busy = ref(false)
  const steps = shallowReactive(new Map<string, FlowStep>())
  const flow = createPilotFlow(
    browserEnvironment(pageUrls(mount), {
      onStep: (step) => void steps.set(step.id, step),
      onState: (next) => {
        state.value = next
      },
      onOutcome: outcomeCame,
    }),
  )
  const state = shallowRef<FlowState>(flow.state())
  const findings = computed<readonly Finding[]>(() =>
    diagnose(factsOf(state.value, [...steps.values()], { page: null, build: null, now: Date.now() })),
  )

  function outcomeCame(outcome: FlowOutcome): void {
    if (outcome.kind === 'login') {
      view.value = 'login'
      problem.value = outcome.reason === null ? '' : `Log in again: ${outcome.reason}.`
      return
    }
    problem.value = outcome.kind === 'failed' ? `${outcome.step.id}: ${outcome.step.message ?? ''}` : ''
    const bridge = windowBridge()
    // The arrow leaves the page and keeps the connection; Pilot's own exit ends the session.
    if (bridge !== undefined) setPilotHandlers(bridge, { onBack: () => false, onStop: () => flow.leave() })
  }

  /** Checks the token when the page is opened: none, valid, expired or invalid. */
  async function begin(): Promise<void> {
    const situation = await flow.resolveToken()
    if (situation.kind === 'none' || situation.kind === 'login') {
      outcomeCame({ kind: 'login', reason: situation.kind === 'login' ? situation.reason : null })
      return
    }
    view.value = 'home'
    await flow.run()
  }

  async function logIn(username: string, password: string): Promise<void> {
    busy.value = true
    const answer = await flow.login(username, password)
    busy.value = false
    if (answer.status !== 200 || answer.code !== 0) {
      problem.value = `Not logged in (${answer.code || answer.status}).`
      return
    }
    view.value = 'home'
    await flow.run()
  }

  void begin()
  onUnmounted(() => flow.stop())
  return {
    view,
    state,
    steps,
    findings,
    problem,
    busy,
    logIn,
    logOut: () => flow.logout(),
    reload: (module: ModuleName) => flow.reload(module),
  }
}
