import { z } from 'zod'
import { check } from '../../core/checking/explain.ts'
import { workspaceId } from '../../core/options/pieces.ts'
import type { User } from '../../core/ports/index.ts'

const text = z.string().min(1)

const workspace = z.object({ id: workspaceId, name: text, description: z.string().default('') })

/** A user from the host's database. Fields that are not listed here, such as a password, are removed. */
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

/** A user, as the functions of `customUsers` return it. */
export interface UserInput {
  /** The id in tokens and events; a number is converted to text. */
  readonly id: string | number
  /** The name that pilots see. */
  readonly username: string
  /** @default 'pilot' */
  readonly role?: User['role'] | undefined
  /** The workspace whose devices the account sees. */
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
 * @param what source of the value, for the message
 * @throws TypeError naming each wrong field, without its value: it may be a secret
 */
export function checkedUser(value: unknown, what: string): User {
  const checked = check(user, value)
  if (checked.ok) return checked.value
  const faults = checked.problems.map(({ path, text }) => `${path || 'it'} ${text}`)
  throw new TypeError(`${what}: ${faults.join('; ')}`)
}
