import { findingsOf } from './finding.ts'
import { FINDINGS } from './table.ts'

export type { Finding } from './finding.ts'
export { FINDINGS, type FindingId } from './table.ts'

/**
 * A finding of the table, with what shows it in this case.
 *
 * @example
 * finding('mqtt-unreachable', 'tcp://mqtt.example.com:1883 (ECONNREFUSED)')
 */
export const finding = findingsOf(FINDINGS)
