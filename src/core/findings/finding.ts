import type { FindingRow } from './row.ts'
import type { FindingId } from './table.ts'

/** A fault, what shows it in this case, and what to do about it. It comes from a page, the doctor or a plugin. */
export interface Finding extends FindingRow {
  /** For the check of a plugin: `{plugin}/{check}`. */
  readonly id: FindingId | `${string}/${string}`
  /** What shows it in this case: an address, a code or a number. Never a secret. */
  readonly evidence: string | null
  /** Host and port where it was found. Null: it was seen on a controller. */
  readonly at: string | null
}

/**
 * Makes a function that looks up a finding in a table and adds the evidence to it. An empty evidence counts as none.
 */
export const findingsOf =
  <Id extends FindingId>(table: Readonly<Record<Id, FindingRow>>) =>
  <One extends Id>(id: One, evidence: string | null = null): Finding & { readonly id: One } => ({
    id,
    ...table[id],
    evidence: evidence === '' ? null : evidence,
    at: null,
  })
