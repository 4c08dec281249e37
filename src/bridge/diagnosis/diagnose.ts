import { type AddressWarning, addressWarnings } from './addresses.ts'
import type { DiagnosticFacts } from './facts.ts'
import { type Severity, SYMPTOMS, type SymptomId } from './symptoms.ts'

/** One thing that is wrong, as far as the page can tell. */
export interface Finding {
  /** Names two texts of the page: `finding.{id}` says what is wrong, `finding.{id}.fix` what to do. */
  readonly id: SymptomId | `address_${AddressWarning['kind']}` | 'clock'
  readonly severity: Severity
  /** Row of facts F, or null if the finding is none of them. */
  readonly row: number | null
  /** Evidence: an address, a code or a number. Never a secret. */
  readonly evidence: string
}

/** With a larger difference between the clocks, tokens look expired or not yet valid. */
const SKEW_MS = 60_000
const ORDER: readonly Severity[] = ['bad', 'warn', 'info']
const ADDRESS_SEVERITY: Readonly<Record<AddressWarning['kind'], Severity>> = {
  scheme: 'bad',
  localhost: 'bad',
  container: 'bad',
  private: 'warn',
  plain: 'warn',
}

/** All findings that follow from these facts, the most severe first. A pure function. */
export function diagnose(facts: DiagnosticFacts): readonly Finding[] {
  const found: Finding[] = []
  for (const { id, row, severity, shownBy } of SYMPTOMS) {
    const evidence = shownBy(facts)
    if (evidence !== null) found.push({ id, row, severity, evidence })
  }
  for (const { role, kind, address } of addressWarnings(facts.addresses, facts.opened))
    found.push({
      id: `address_${kind}` as const,
      row: 3,
      severity: ADDRESS_SEVERITY[kind],
      evidence: `${role}: ${address}`,
    })
  if (facts.skewMs !== null && Math.abs(facts.skewMs) >= SKEW_MS)
    found.push({ id: 'clock', row: null, severity: 'warn', evidence: `${Math.round(facts.skewMs / 1000)} s` })
  // Not with sort(): before Chromium 70 it does not keep the order of equal items.
  return ORDER.reduce<Finding[]>(
    (all, severity) => all.concat(found.filter((finding) => finding.severity === severity)),
    [],
  )
}
