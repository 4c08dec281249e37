import { type AddressWarning, addressWarnings } from './addresses.ts'
import type { DiagnosticFacts } from './facts.ts'
import { type Severity, SYMPTOMS, type SymptomId } from './symptoms.ts'

export interface Finding {
  /** Texts of a page: `finding.{id}` says what it is, `finding.{id}.fix` what to do. */
  readonly id: SymptomId | `address_${AddressWarning['kind']}` | 'clock'
  readonly severity: Severity
  /** Row of facts F; null: not one of them. */
  readonly row: number | null
  /** What shows it: an address, a code, a figure. No secret. */
  readonly evidence: string
}

/** Beyond this, tokens look expired, or not valid yet. */
const SKEW_MS = 60_000
const ORDER: readonly Severity[] = ['bad', 'warn', 'info']
const ADDRESS_SEVERITY: Readonly<Record<AddressWarning['kind'], Severity>> = {
  scheme: 'bad',
  localhost: 'bad',
  container: 'bad',
  private: 'warn',
  plain: 'warn',
}

/** Every symptom that these facts show, the worst first. Pure: the same facts, the same findings. */
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
  // Not by sort(): engines before Chromium 70 do not keep the order of equals.
  return ORDER.reduce<Finding[]>(
    (all, severity) => all.concat(found.filter((finding) => finding.severity === severity)),
    [],
  )
}
