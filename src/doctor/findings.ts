import { ACCESS } from './findings/access.ts'
import { BROKER } from './findings/broker.ts'
import type { Severity } from './findings/entry.ts'
import { INSIDE } from './findings/inside.ts'
import { REACH } from './findings/reach.ts'

export type { Severity } from './findings/entry.ts'

/** One thing that would keep a pilot out, and what to do about it. */
export interface Finding {
  /** Of a plugin's check: `{plugin}/{check}`. */
  readonly id: FindingId | `${string}/${string}`
  readonly severity: Severity
  /** What is wrong. */
  readonly what: string
  /** Why it is a problem for Pilot. */
  readonly why: string
  /** What to change. */
  readonly fix: string
  /** Row of facts F: what pilots report in this case. */
  readonly row: number | null
  /** The address, code or number of this case. Never a secret. */
  readonly detail: string | null
  /** Host and port where it was found. */
  readonly at: string | null
}

/** All findings of the doctor. */
export const FINDINGS = { ...REACH, ...INSIDE, ...ACCESS, ...BROKER } as const

/** The id of a finding, such as `'page-unreachable'`. */
export type FindingId = keyof typeof FINDINGS

export function finding(id: FindingId, detail: string | null = null): Finding {
  const [severity, row, what, why, fix] = FINDINGS[id]
  return { id, severity, what, why, fix, row, detail, at: null }
}
