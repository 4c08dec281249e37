import { vi } from 'vitest'
import { createPilotFlow } from '../../src/bridge/flow.ts'
import type { FlowOutcome, FlowState, FlowStep, PilotFlow } from '../../src/bridge/types.ts'
import { createScriptedPilot, type PilotKnobs } from './scripted-pilot.ts'
import { createScriptedServer } from './scripted-server.ts'

const urls = {
  access: '/drones/pilot',
  login: '/drones/pilot/login',
  home: '/drones/pilot/home',
  api: '/drones/manage/api/v1',
  bootstrap: '/drones/pilot/bootstrap',
  situation: '/drones/pilot/situation',
  fleet: '/drones/pilot/fleet',
  fleet_devices: '/drones/pilot/fleet/devices',
}

/** A page, a Pilot and a server, on fake time. `open()` is another page load: Pilot and storage keep their state. */
export function createStage(knobs: PilotKnobs = {}, server = createScriptedServer()) {
  const pilot = createScriptedPilot(knobs)
  const store = new Map<string, string>()
  const steps: FlowStep[] = []
  const outcomes: FlowOutcome[] = []
  const states: FlowState[] = []
  const flows: PilotFlow[] = []
  const world = { bridge: pilot.bridge as Record<string, unknown> | undefined, isDjiPilot: true }

  function open(): PilotFlow {
    for (const flow of flows) flow.stop()
    const flow = createPilotFlow({
      bridge: () => world.bridge,
      isDjiPilot: world.isDjiPilot,
      globals: pilot.globals,
      http: server.http,
      storage: {
        get: (key) => store.get(key) ?? null,
        set: (key, value) => void store.set(key, value),
        remove: (key) => void store.delete(key),
      },
      timers: {
        now: () => Date.now(),
        set: (fn, ms) => setTimeout(fn, ms),
        clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
      },
      urls,
      onStep: (step) => void steps.push(step),
      onState: (state) => void states.push(state),
      onOutcome: (outcome) => void outcomes.push(outcome),
    })
    flows.push(flow)
    return flow
  }

  /** Lets fake time pass until the promise settles. */
  async function settled<Value>(promise: Promise<Value>, withinMs = 120_000): Promise<Value> {
    let done = false
    const watched = promise.finally(() => {
      done = true
    })
    watched.catch(() => {})
    for (let passed = 0; !done && passed < withinMs; passed += 100) await vi.advanceTimersByTimeAsync(100)
    if (!done) throw new Error(`Not settled within ${withinMs} ms.`)
    return watched
  }

  const lastOf = (id: string): FlowStep | undefined => steps.filter((step) => step.id === id).at(-1)
  return {
    pilot,
    server,
    store,
    steps,
    states,
    outcomes,
    world,
    open,
    settled,
    lastOf,
    stop() {
      for (const flow of flows) flow.stop()
    },
  }
}

export const logIn = async (stage: ReturnType<typeof createStage>): Promise<PilotFlow> => {
  const flow = stage.open()
  await stage.settled(flow.login('pilot', 'right'))
  return flow
}
