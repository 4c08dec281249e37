import type { Role } from '../ports/index.ts'

/** The number of a role in requests and answers of the demo (facts G, step 4). */
export const FLAG_OF_ROLE: Readonly<Record<Role, 1 | 2>> = { web: 1, pilot: 2 }

/** Where the user logs in: 1 in a browser, 2 at a controller, 3 in a browser that takes accounts of both kinds. */
export type LoginFlag = 1 | 2 | 3

/** The role for an account that may have both roles. */
export const roleOfFlag = (flag: LoginFlag): Role => (flag === FLAG_OF_ROLE.pilot ? 'pilot' : 'web')

/** Whether an account of this role may log in at this place. */
export const takesRole = (flag: LoginFlag, role: Role): boolean => flag === 3 || flag === FLAG_OF_ROLE[role]
