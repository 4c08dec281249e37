/**
 * `problem`: a controller cannot connect, loses the connection, or is not safe. `warning`: it works today, but can fail
 * later, or something else does not work. `info`: normal, and said so that nobody looks for a fault.
 */
export type Severity = 'problem' | 'warning' | 'info'

/** One row of the table of findings: everything that is said about it, in English. */
export interface FindingRow {
  readonly severity: Severity
  /** The row of facts F that pilots see in this case, or null if it is none of them. */
  readonly row: number | null
  /** What is wrong, in one sentence. */
  readonly what: string
  /** Why it is a problem for Pilot or for whom it puts at risk. */
  readonly why: string
  /** What the pilot does on the controller; null: a pilot cannot do anything about it. */
  readonly pilot: string | null
  /** What is to be changed on the server, by the people who run it; null: nothing. */
  readonly server: string | null
}
