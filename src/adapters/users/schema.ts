import { z } from 'zod'
import type { User } from '../../core/ports/index.ts'

const text = z.string({ message: 'needs a string' }).min(1, 'must not be empty')

const workspace = z.object(
  {
    id: z.uuid({ message: 'needs a UUID: Pilot refuses other workspace ids with code 615000' }),
    name: text,
    description: z.string({ message: 'needs a string' }).default(''),
  },
  { message: 'needs { id, name }' },
)

/** A user as somebody else's database has it: what is not in here, such as a password, is left behind. */
const user = z.object(
  {
    // Many databases count their users.
    id: z.union([text, z.int().transform(String)], { message: 'needs a string or a whole number' }),
    username: text,
    role: z.enum(['pilot', 'web'], { message: "needs 'pilot' or 'web'" }).default('pilot'),
    workspace,
  },
  { message: 'needs a user or null' },
)

/** What to give for a user. */
export interface UserInput {
  readonly id: string | number
  readonly username: string
  /** @default 'pilot' */
  readonly role?: User['role'] | undefined
  readonly workspace: WorkspaceInput
}

export interface WorkspaceInput {
  /** A UUID: Pilot refuses anything else with code 615000 (facts B2). */
  readonly id: string
  readonly name: string
  /** @default '' */
  readonly description?: string | undefined
}

/**
 * @param what where the value comes from, for the message
 * @throws TypeError naming each wrong field; without values, which may be secrets
 */
export function checkedUser(value: unknown, what: string): User {
  const result = user.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${message}`)
  throw new TypeError(`${what}: ${faults.join('; ')}`)
}
