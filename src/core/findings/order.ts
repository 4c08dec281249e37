import type { Severity } from './row.ts'

const ORDER: readonly Severity[] = ['problem', 'warning', 'info']

/** Sorts the most severe findings first. Findings of the same severity keep their order. */
export function worstFirst<Item extends { readonly severity: Severity }>(
  findings: readonly Item[],
): readonly Item[] {
  // Not with sort(): before Chromium 70 it does not keep the order of equal items.
  return ORDER.reduce<Item[]>(
    (all, severity) => all.concat(findings.filter((finding) => finding.severity === severity)),
    [],
  )
}
