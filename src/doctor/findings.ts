import { ACCESS } from './findings/access.ts'
import { BROKER } from './findings/broker.ts'
import type { Severity } from './findings/entry.ts'
import { INSIDE } from './findings/inside.ts'
import { REACH } from './findings/reach.ts'

export type { Severity } from './findings/entry.ts'

export interface Finding {
  readonly id: FindingId
  readonly severity: Severity
  /** What was seen. */
  readonly what: string
  /** Why Pilot minds. */
  readonly why: string
  /** What to change. */
  readonly fix: string
  /** Row of facts F: what pilots report when this is wrong. */
  readonly row: number | null
  /** The address, code or figure of this case; no secret. */
  readonly detail: string | null
  /** Host and port that it was seen at. */
  readonly at: string | null
}

/** Everything that the doctor can say. */
export const FINDINGS = { ...REACH, ...INSIDE, ...ACCESS, ...BROKER } as const

export type FindingId = keyof typeof FINDINGS

export function finding(id: FindingId, detail: string | null = null): Finding {
  const [severity, row, what, why, fix] = FINDINGS[id]
  return { id, severity, what, why, fix, row, detail, at: null }
}
