import type { Role } from '../ports/index.ts'

/** The number of a role in requests and answers of the demo (facts G, step 4). */
export const FLAG_OF_ROLE: Readonly<Record<Role, 1 | 2>> = { web: 1, pilot: 2 }
