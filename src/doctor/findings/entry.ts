/** `problem`: Pilot cannot connect, or loses the connection. `warning`: works today, but can fail later. */
export type Severity = 'problem' | 'warning'

/** The texts of one finding. `row` is the row of facts F. */
export type Entry = readonly [severity: Severity, row: number | null, what: string, why: string, fix: string]
