import { z } from 'zod'
import { check } from '../../core/checking/explain.ts'
import { workspaceId } from '../../core/options/pieces.ts'
import type { User } from '../../core/ports/index.ts'

const text = z.string().min(1)

const workspace = z.object({ id: workspaceId, name: text, description: z.string().default('') })

/** A user as somebody else's database has it: what is not in here, such as a password, is left behind. */
const user = z.object(
  {
    // In many databases, the id of a user is a number.
    id: z.union([text, z.int().transform(String)]),
    username: text,
    role: z.enum(['pilot', 'web']).default('pilot'),
    workspace,
  },
  { error: ({ code }) => (code === 'invalid_type' ? 'needs a user or null' : undefined) },
)

/** What to give for a user. */
export interface UserInput {
  /** What tokens and events name; a number becomes its text. */
  readonly id: string | number
  /** As it is shown to pilots. */
  readonly username: string
  /** @default 'pilot' */
  readonly role?: User['role'] | undefined
  /** Whose devices the account sees. */
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
  const checked = check(user, value)
  if (checked.ok) return checked.value
  const faults = checked.problems.map(({ path, text }) => `${path || 'it'} ${text}`)
  throw new TypeError(`${what}: ${faults.join('; ')}`)
}
