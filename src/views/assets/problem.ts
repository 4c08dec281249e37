import type { FlowOutcome, FlowStep } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { byId, setText, show } from './dom.ts'
import { nameOf, rawOf } from './steps.ts'

/**
 * Shows at which step the flow stopped, or what it waits for.
 * @returns the id of the step that is shown; null if none
 */
export function showProblem(outcome: FlowOutcome, steps: readonly FlowStep[], t: Translate): string | null {
  const step = outcome.kind === 'failed' ? outcome.step : outcome.kind === 'waiting' ? waitedFor(steps) : null
  // A missing licence and an unreachable server have their own notices.
  const told = step !== null && step.hint !== 'hint.license_missing' && step.id !== 'session'
  show('problem', told)
  if (step === null || !told) return step === null ? null : step.id
  const notice = byId('problem')
  if (notice !== null) notice.className = `notice notice-${step.status === 'failed' ? 'bad' : 'warn'}`
  setText('problem-title', `${nameOf(step, t)}: ${t(`status.${step.status}`)}`)
  setText('problem-hint', step.hint === null ? '' : t(step.hint))
  setText('problem-raw', rawOf(subjectOf(step, steps)))
  return step.id
}

const waitedFor = (steps: readonly FlowStep[]): FlowStep | null =>
  steps.filter(({ status, hint }) => status === 'waiting' && hint !== null)[0] || null

/** For a link, show its address, because that is the first thing to check (facts F3). */
function subjectOf(step: FlowStep, steps: readonly FlowStep[]): FlowStep {
  if (step.id !== 'connect:thing') return step
  return steps.filter(({ id }) => id === 'credentials')[0] || step
}
