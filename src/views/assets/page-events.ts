import type { PageFinding } from '../../bridge/diagnosis/diagnose.ts'
import type { Verdict } from '../../bridge/diagnosis/verdict.ts'
import type {
  PageEventDetails,
  PageEventName,
  PageFindingNews,
  PageNow,
  PageState,
} from '../../bridge/page-events.ts'
import type { FlowState, FlowStep } from '../../bridge/types.ts'
import type { Situation } from '../../core/pages/situation.ts'
import type { Translate } from './translate.ts'

/** Sends one event on the document. */
export type Send = <Name extends PageEventName>(name: Name, detail: PageEventDetails[Name]) => void

/** The events of the page, for scripts of the host and of plugins. */
export interface PageEvents extends PageNow {
  stateChanged(state: FlowState, verdict: Verdict, situation: Situation | null): void
  findingsAre(findings: readonly PageFinding[]): void
  stepChanged(step: FlowStep): void
}

export function createPageEvents(t: Translate, send: Send): PageEvents {
  let state: PageState | null = null
  let findings: readonly PageFindingNews[] = []
  let steps: readonly FlowStep[] = []
  let sent = ''

  const news = ({ id, severity, pilot, server, evidence }: PageFinding): PageFindingNews => ({
    id,
    active: true,
    severity,
    title: t(`finding.${id}`),
    pilot: pilot === null ? null : t(`finding.${id}.pilot`),
    server: server === null ? null : t(`finding.${id}.server`),
    evidence,
  })

  return {
    get state() {
      return state
    },
    get findings() {
      return findings
    },
    get steps() {
      return steps
    },
    stateChanged(flow, verdict, situation) {
      const now = copy(pageState(flow, verdict, situation))
      state = now
      // Pilot is asked every second. Mostly, nothing but the time has changed.
      const compared = JSON.stringify({ ...now, at: 0 })
      if (compared === sent) return
      sent = compared
      send('dji-cloud:state', now)
    },
    findingsAre(found) {
      const before = findings
      const present = found.map(news)
      findings = present
      const has = (all: readonly PageFindingNews[], id: string): boolean => all.some((one) => one.id === id)
      for (const one of before)
        if (!has(present, one.id)) send('dji-cloud:finding', { ...one, active: false })
      for (const one of present) if (!has(before, one.id)) send('dji-cloud:finding', one)
    },
    stepChanged(step) {
      const one = copy(step)
      const known = steps.some(({ id }) => id === one.id)
      steps = known ? steps.map((other) => (other.id === one.id ? one : other)) : [...steps, one]
      send('dji-cloud:step', one)
    },
  }
}

/** Named one by one, because the state of the flow also contains the licence and a token (`bootstrap`). */
function pageState(flow: FlowState, verdict: Verdict, situation: Situation | null): PageState {
  const { bootstrap } = flow
  return {
    tone: verdict.tone,
    reason: verdict.finding === null ? null : verdict.finding.id,
    link: flow.link,
    linkSince: flow.linkSince,
    ws: flow.ws,
    bridge: flow.bridge,
    verified: flow.verified,
    modules: flow.modules,
    gateway: flow.gateway,
    aircraft: flow.aircraft,
    user: bootstrap === null ? null : { id: bootstrap.user.id, username: bootstrap.user.username },
    workspace: bootstrap === null ? null : { id: bootstrap.workspace.id, name: bootstrap.workspace.name },
    serverFailingSince: flow.server.failingSince,
    situation,
    at: flow.at,
  }
}

/** A listener may change what it gets; the page must not see that. */
const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value
