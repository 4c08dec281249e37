import type { Case } from './case.ts'
import { accessCases } from './cases-access.ts'
import { doorCases } from './cases-door.ts'
import { lifeCases } from './cases-life.ts'

export const CASES: Readonly<Record<string, Case>> = { ...doorCases, ...accessCases, ...lifeCases }
