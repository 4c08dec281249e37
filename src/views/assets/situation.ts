import { browserHttp } from '../../bridge/browser.ts'
import { SERVER_MS } from '../../bridge/diagnosis/symptoms.ts'
import type { FlowState } from '../../bridge/types.ts'
import { OLD_MS } from '../../core/pages/fleet-view.ts'
import type { DeviceSummary, Situation } from '../../core/pages/situation.ts'

const EVERY_MS = 5_000
/** Pause before the first questions: the controller's topology needs a moment to reach the server. */
const EARLY_MS = 1_500
const EARLY_FOR_MS = 30_000
/** The server needs this time to see a new controller. Until then, it does not count as "not seen". */
const NEW_MS = 8_000

/** What the server sees, as the page heard it last. */
export interface Seen {
  readonly situation: Situation | null
  readonly controller: DeviceSummary | null
  /** The aircraft that Pilot names; null: there is none, or the server does not know it. */
  readonly aircraft: DeviceSummary | null
  /** Whether the server sees them online; null: not known, or too early to tell. Only while Pilot says that it is connected. */
  readonly online: { readonly gateway: boolean | null; readonly aircraft: boolean | null }
  /** False: the server is away. Then nobody knows what is online, and what is shown is from before. */
  readonly answers: boolean
  /** Online for the server, but without a report for a while. */
  readonly old: boolean
  /** How long ago the newest message of a device reached the server, in ms; null: never, or not known. */
  ageOf(device: DeviceSummary | null): number | null
}

export interface SituationView {
  /** Since when the server does not answer; null: it answered last time. Absent: it was not asked yet. */
  readonly failingSince: () => number | null | undefined
  seen(state: FlowState): Seen
  /** Asks the server at once after a change, otherwise every five seconds. @param then called with each answer */
  ask(state: FlowState, then: () => void): void
  /** The next `ask` does not wait for its time. */
  hurry(): void
}

/** Asks the server what it sees of this controller, its aircraft and the workspace. */
export function createSituation(url: string, token: () => string | null): SituationView {
  let last: { readonly situation: Situation; readonly at: number } | null = null
  let askedFor = ''
  let askedAt = 0
  let asking = false
  let failingSince: number | null | undefined

  async function request({ gateway }: FlowState): Promise<void> {
    const query = gateway === null ? '' : `?gateway_sn=${encodeURIComponent(gateway)}`
    const { status, code, data } = await browserHttp({ method: 'GET', url: url + query, token: token() })
    failingSince = status !== 0 ? null : failingSince || Date.now()
    if (status === 200 && code === 0) last = { situation: data as Situation, at: Date.now() }
  }

  function ageOf(device: DeviceSummary | null): number | null {
    if (last === null || device === null || device.last_report_at === null) return null
    return last.situation.now - device.last_report_at + Date.now() - last.at
  }

  function seen(state: FlowState): Seen {
    const situation = last === null ? null : last.situation
    const controller = situation === null ? null : situation.controller
    const all = situation === null ? [] : situation.aircraft.concat(situation.others)
    const aircraft = all.filter(({ sn }) => sn === state.aircraft)[0] || null
    const answers = navigator.onLine && (!failingSince || Date.now() - failingSince < SERVER_MS)
    const early = Date.now() - state.linkSince < NEW_MS
    const online = (device: DeviceSummary | null): boolean | null => {
      const is = device !== null && device.online === true
      return !answers || situation === null || state.link !== 'connected' || (early && !is) ? null : is
    }
    const isOnline = {
      gateway: state.gateway === null ? null : online(controller),
      aircraft: state.aircraft === null ? null : online(aircraft),
    }
    const isOld = (device: DeviceSummary | null): boolean => (ageOf(device) || 0) > OLD_MS
    return {
      situation,
      controller,
      aircraft,
      online: isOnline,
      answers,
      old:
        (isOnline.gateway === true && isOld(controller)) || (isOnline.aircraft === true && isOld(aircraft)),
      ageOf,
    }
  }

  function patience(state: FlowState): number {
    const { gateway, aircraft } = seen(state).online
    const settled = gateway === true && aircraft !== false
    return !settled && Date.now() - state.linkSince < EARLY_FOR_MS ? EARLY_MS : EVERY_MS
  }

  return {
    seen,
    failingSince: () => failingSince,
    hurry() {
      askedAt = 0
    },
    ask(state, then) {
      if (state.bootstrap === null || asking || document.visibilityState === 'hidden') return
      const wanted = `${state.link} ${state.gateway} ${state.aircraft}`
      if (wanted === askedFor && Date.now() - askedAt < patience(state)) return
      asking = true
      askedFor = wanted
      askedAt = Date.now()
      void request(state).then(() => {
        asking = false
        then()
      })
    },
  }
}
