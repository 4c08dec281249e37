import type { FlowState, FlowStep } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { byId, setText, show } from './dom.ts'
import { nameOf, rawOf } from './steps.ts'

/** What an operator needs on the phone: states, steps, codes. No token, password or licence is ever in a step. */
export function reportText(state: FlowState, steps: readonly FlowStep[], t: Translate): string {
  const { bootstrap, modules } = state
  const lines = [
    `time ${new Date().toISOString()}`,
    `page ${location.origin}${location.pathname}`,
    `agent ${navigator.userAgent}`,
    `link ${state.link}, bridge ${state.bridge}, verified ${state.verified}`,
    `controller ${state.gateway || '-'}, aircraft ${state.aircraft || '-'}`,
    bootstrap === null ? 'workspace -' : `workspace ${bootstrap.workspace.id} ${bootstrap.workspace.name}`,
    bootstrap === null ? 'api -' : `api ${bootstrap.api_host} ws ${bootstrap.ws_host}`,
    `modules ${Object.keys(modules)
      .map((name) => `${name} ${modules[name as keyof typeof modules]}`)
      .join(', ')}`,
  ]
  for (const step of steps) {
    lines.push(
      `${new Date(step.at).toISOString()} ${step.id} ${step.status} ${rawOf(step)}`.trim() +
        (step.hint === null ? '' : ` (${t(step.hint)})`),
    )
    if (step.status === 'failed') lines.push(`  ${nameOf(step, t)}`)
  }
  return lines.join('\n')
}

/** The clipboard of a plain http page is only reached by the old command; where that fails the text is shown. */
export function copyReport(text: string, t: Translate): void {
  const area = byId('report') as HTMLTextAreaElement | null
  if (area === null) return
  area.value = text
  show('report', true)
  area.select()
  let copied = false
  try {
    copied = document.execCommand('copy')
  } catch {
    copied = false
  }
  show('report', !copied)
  if (!copied) {
    area.select()
    return
  }
  setText('copy', t('home.copied'))
  window.setTimeout(() => setText('copy', t('home.copy')), 2_000)
}
