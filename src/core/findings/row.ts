/**
 * `problem`: a controller cannot connect, loses the connection, or is not safe. `warning`: it works today, but can fail
 * later, or something else does not work. `info`: normal; it is shown so that nobody searches for a fault.
 */
export type Severity = 'problem' | 'warning' | 'info'

/**
 * One row of the table of findings, with all its English texts. It has two readers: the pilot at the controller, and
 * the administrator of the platform.
 */
export interface FindingRow {
  readonly severity: Severity
  /** The row of facts F with the symptom that pilots see. Null: there is none. */
  readonly row: number | null
  /** What is wrong, in one sentence. */
  readonly what: string
  /** What it does to Pilot, or whom it puts at risk. */
  readonly why: string
  /** What the pilot does on the controller. Null: the pilot can do nothing about it. */
  readonly pilot: string | null
  /** What the administrator changes on the server. Null: nothing. */
  readonly server: string | null
}
