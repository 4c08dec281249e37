import { addressWarnings, asFinding } from '../../core/findings/addresses.ts'
import { clocksDiffer } from '../../core/findings/clock.ts'
import { type Finding, findingsOf } from '../../core/findings/finding.ts'
import { worstFirst } from '../../core/findings/order.ts'
import { PAGE_FINDINGS, type PageFindingId } from '../../core/findings/page-table.ts'
import type { FlowStep } from '../types.ts'
import type { DiagnosticFacts } from './facts.ts'
import { findingOfStep } from './step-findings.ts'
import { REACH, raw, SYMPTOMS } from './symptoms.ts'

/**
 * A finding of a page. Its words are English; the pages of this package show their texts `finding.{id}` (what is wrong),
 * `finding.{id}.pilot` and `finding.{id}.server` (what to do) instead, which a host can change and translate.
 */
export type PageFinding = Finding & { readonly id: PageFindingId }

const finding = findingsOf(PAGE_FINDINGS)

/** All findings that follow from these facts, the most severe first. A pure function. */
export function diagnose(facts: DiagnosticFacts): readonly PageFinding[] {
  const found: PageFinding[] = []
  for (const { id, shownBy } of [...REACH, ...SYMPTOMS]) {
    const evidence = shownBy(facts)
    if (evidence !== null) found.push(finding(id, evidence))
  }
  for (const step of facts.steps) {
    const id = findingOfStep(step)
    if (id === 'server-unreachable' && isOver(step, facts)) continue
    if (id !== null && !found.some((one) => one.id === id)) found.push(finding(id, raw(step)))
  }
  for (const warning of addressWarnings(facts.addresses, facts.opened))
    found.push(finding(...asFinding(warning)))
  if (facts.skewMs !== null && clocksDiffer(facts.skewMs))
    found.push(finding('clock-skew', `${Math.round(facts.skewMs / 1000)} s`))
  return worstFirst(found)
}

/**
 * A step that did not reach the server, although the server answers now and Pilot is connected. Such a step may not be done
 * again, so its last result stays.
 */
const isOver = ({ code }: FlowStep, { link, serverFailingForMs }: DiagnosticFacts): boolean =>
  (code === null || code === 0) && link === 'connected' && serverFailingForMs === 0
