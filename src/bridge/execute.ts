import type { Bootstrap, ModuleName } from '../core/pages/page-data.ts'
import type { PlanStep } from '../core/pages/plan.ts'
import type { FlowContext } from './context.ts'
import { perform } from './steps.ts'
import type { FlowStep } from './types.ts'

export interface Executed {
  /** The first step that failed. */
  readonly failed: FlowStep | null
  /** True: a link is not up yet, so the modules that need it were not loaded. */
  readonly waiting: boolean
}

/**
 * Executes the plan. If a step of the platform (licence, workspace) fails, nothing after it runs. If a module fails or
 * does not connect, only the modules that need it are left out, so that one broken module does not stop the others.
 */
export async function execute(
  plan: readonly PlanStep[],
  bootstrap: Bootstrap,
  context: FlowContext,
): Promise<Executed> {
  let failed: FlowStep | null = null
  let waiting = false
  const missing: ModuleName[] = []
  for (const step of plan) {
    if (context.pauses.stopped) return { failed, waiting: true }
    if (step.action !== 'unload' && isBlocked(step, bootstrap, missing)) {
      if (failed === null) context.report(step.id, 'waiting')
      if (step.module !== null) missing.push(step.module)
      continue
    }
    const done = await perform(step, bootstrap, context)
    if (done.status === 'ok' || done.status === 'skipped' || step.action === 'unload') continue
    if (done.status === 'failed') failed = failed ?? done
    else waiting = true
    if (step.module === null) return { failed, waiting }
    missing.push(step.module)
  }
  return { failed, waiting }
}

function isBlocked({ module }: PlanStep, bootstrap: Bootstrap, missing: readonly ModuleName[]): boolean {
  if (module === null) return false
  if (missing.indexOf(module) >= 0) return true
  const row = bootstrap.modules.filter(({ name }) => name === module)[0]
  return row?.needs.some((needed) => missing.indexOf(needed) >= 0) === true
}
