import type { Case } from './case.ts'
import { accessCases } from './cases-access.ts'
import { doorCases } from './cases-door.ts'
import { lifeCases } from './cases-life.ts'
import { topicCases } from './cases-topics.ts'

export const CASES: Readonly<Record<string, Case>> = {
  ...doorCases,
  ...accessCases,
  ...topicCases,
  ...lifeCases,
}
