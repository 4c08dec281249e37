import type { PageFinding } from '../../bridge/diagnosis/diagnose.ts'
import type { DiagnosticFacts } from '../../bridge/diagnosis/facts.ts'
import type { FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { forServer } from './diagnosis.ts'
import { byId, setText, show } from './dom.ts'
import { rawOf } from './steps.ts'

const iso = (at: number | null): string => (at === null ? '-' : new Date(at).toISOString())

/** All that support needs to know, as one text. Steps and findings never contain a token, password or licence. */
export function reportText(
  state: FlowState,
  facts: DiagnosticFacts,
  findings: readonly PageFinding[],
  t: Translate,
): string {
  const { bootstrap, modules } = state
  const { addresses, build } = facts
  const seconds = facts.skewMs === null ? '-' : `${Math.round(facts.skewMs / 1000)} s`
  const lines = [
    `time ${iso(Date.now())}, server ahead ${seconds}`,
    `link ${state.link} since ${iso(state.linkSince)}, ws ${state.ws}, as of ${iso(state.at)}`,
    `bridge ${state.bridge}, verified ${state.verified}`,
    `server reached ${iso(state.server.reachedAt)}, failing since ${iso(state.server.failingSince)}`,
    `controller ${state.gateway || '-'} (server: ${word(facts.seenByServer.gateway)})`,
    `aircraft ${state.aircraft || '-'} (server: ${word(facts.seenByServer.aircraft)})`,
    bootstrap === null ? 'workspace -' : `workspace ${bootstrap.workspace.id} ${bootstrap.workspace.name}`,
    `page ${addresses.page || '-'}`,
    `api ${addresses.api || '-'}`,
    `ws ${addresses.ws || '-'}`,
    `mqtt ${addresses.mqtt || '-'}`,
    `pilot ${facts.appVersion || '-'}, build ${build.page || '-'} page, ${build.server || '-'} server`,
    `agent ${navigator.userAgent}`,
    `modules ${Object.keys(modules)
      .map((name) => `${name} ${modules[name as keyof typeof modules]}`)
      .join(', ')}`,
    '',
    ...findings.map(
      ({ id, row, severity, pilot, server, evidence }) =>
        `${severity} ${id}${row === null ? '' : ` (F${row})`} ${evidence || '-'}: ${[
          t(`finding.${id}`),
          pilot === null ? '' : t(`finding.${id}.pilot`),
          server === null ? '' : forServer(id, t),
        ].join(' ')}`,
    ),
    '',
    ...facts.steps.map((step) =>
      `${iso(step.at)} ${step.id} ${step.status} ${rawOf(step)} ${step.hint || ''}`.trim(),
    ),
  ]
  return lines.join('\n')
}

const word = (seen: boolean | null): string => (seen === null ? 'not known' : seen ? 'online' : 'offline')

/** On a plain http page, only the old copy command reaches the clipboard. If that fails too, the text is shown. */
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
  for (const id of ['copy', 'copy-report']) {
    setText(id, t('home.copied'))
    window.setTimeout(() => setText(id, t('home.copy')), 2_000)
  }
}
