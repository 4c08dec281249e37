import type { PageFinding } from '../../bridge/diagnosis/diagnose.ts'
import type { DiagnosticFacts } from '../../bridge/diagnosis/facts.ts'
import type { Addresses } from '../../core/findings/addresses.ts'
import type { Translate } from './browser.ts'
import { byId, fill, make, NOTHING } from './dom.ts'

const ROLES: readonly (keyof Addresses)[] = ['page', 'api', 'ws', 'mqtt']

/** Fills the section for support, while it is open. */
export function showDiagnosis(facts: DiagnosticFacts, findings: readonly PageFinding[], t: Translate): void {
  const section = byId('diagnosis') as HTMLDetailsElement | null
  if (section === null || !section.open) return
  fill(
    'findings',
    findings.length === 0
      ? [make('li', 'finding', [t('diagnosis.none')])]
      : findings.map((one) => findingLine(one, t)),
  )
  fill(
    'addresses',
    ROLES.map((role) => row(t(`diagnosis.${role}`), facts.addresses[role] || NOTHING)),
  )
  fill('versions', [
    row(t('diagnosis.pilot'), facts.appVersion || NOTHING),
    row(t('diagnosis.engine'), facts.chromium === null ? NOTHING : `Chromium ${facts.chromium}`),
    row(t('diagnosis.build'), facts.build.server || facts.build.page || NOTHING),
    row(t('diagnosis.clock'), clockWords(facts.skewMs, t)),
  ])
}

/** What is wrong, what each of the two readers does, and what shows it. */
const findingLine = (finding: PageFinding, t: Translate): HTMLElement => {
  const { id, pilot, server, evidence } = finding
  return lineOf(finding, t, [
    ...(pilot === null ? [] : [make('span', 'finding-fix', [t(`finding.${id}.pilot`)])]),
    ...(server === null ? [] : [make('span', 'finding-fix finding-server', [forServer(id, t)])]),
    ...(evidence === null ? [] : [make('code', '', [evidence])]),
  ])
}

/** The same for a pilot alone. What only the administrator can do has a code to tell them; their words are in the diagnostics. */
export const findingForPilot = (finding: PageFinding, t: Translate): HTMLElement => {
  const { id, pilot } = finding
  return lineOf(finding, t, [
    make('span', 'finding-fix', [t(pilot === null ? 'stuck.tell' : `finding.${id}.pilot`, { code: id })]),
  ])
}

/** What is wrong, and then these parts. */
function lineOf({ id, severity }: PageFinding, t: Translate, parts: readonly HTMLElement[]): HTMLElement {
  const item = make('li', 'finding', [make('strong', '', [t(`finding.${id}`)]), ...parts])
  item.setAttribute('data-severity', severity)
  item.setAttribute('data-finding', id)
  return item
}

/** What the administrator does. A pilot can show it to them. */
export const forServer = (id: PageFinding['id'], t: Translate): string =>
  t('diagnosis.for-server', { text: t(`finding.${id}.server`) })

const row = (name: string, value: string): HTMLElement =>
  make('div', '', [make('dt', '', [name]), make('dd', '', [make('code', '', [value])])])

/** The server tells times in whole seconds only. */
function clockWords(skewMs: number | null, t: Translate): string {
  if (skewMs === null) return NOTHING
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  if (seconds < 2) return t('diagnosis.clock.same')
  return t(skewMs > 0 ? 'diagnosis.clock.behind' : 'diagnosis.clock.ahead', { seconds: String(seconds) })
}
