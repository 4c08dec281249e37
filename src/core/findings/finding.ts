import type { FindingRow } from './row.ts'
import type { FindingId } from './table.ts'

/** One thing that is wrong, what shows it, and what to do about it: of a page, of the doctor, or of a plugin. */
export interface Finding extends FindingRow {
  /** Of a plugin's check: `{plugin}/{check}`. */
  readonly id: FindingId | `${string}/${string}`
  /** What shows it in this case: an address, a code or a number. Never a secret. */
  readonly evidence: string | null
  /** Host and port where it was found. Null: it was seen on a controller. */
  readonly at: string | null
}

/** Makes a function that looks up a finding in a table and adds its evidence. An empty evidence is none. */
export const findingsOf =
  <Id extends FindingId>(table: Readonly<Record<Id, FindingRow>>) =>
  <One extends Id>(id: One, evidence: string | null = null): Finding & { readonly id: One } => ({
    id,
    ...table[id],
    evidence: evidence === '' ? null : evidence,
    at: null,
  })
