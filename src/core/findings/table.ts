import { PAGE_FINDINGS } from './page-table.ts'
import { ACCESS } from './rows-access.ts'
import { BROKER } from './rows-broker.ts'
import { INSIDE } from './rows-page-inside.ts'
import { REACH } from './rows-reach.ts'

/** All findings. The page, the doctor or both can make one. */
export const FINDINGS = { ...PAGE_FINDINGS, ...REACH, ...INSIDE, ...ACCESS, ...BROKER } as const

/** The id of a finding, such as `'link-down'`. */
export type FindingId = keyof typeof FINDINGS
