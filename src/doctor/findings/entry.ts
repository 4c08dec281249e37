/** `problem`: Pilot will not get in, or not stay. `warning`: it will on some day. */
export type Severity = 'problem' | 'warning'

/** What is said of one thing that can be wrong. `row` is the row of facts F. */
export type Entry = readonly [severity: Severity, row: number | null, what: string, why: string, fix: string]
