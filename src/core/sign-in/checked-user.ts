import { z } from 'zod'
import { check } from '../checking/explain.ts'
import { workspaceId } from '../options/pieces.ts'
import type { Workspace } from '../ports/index.ts'
import type { SignedInUser } from './source.ts'

const text = z.string().min(1)
// In many databases, the id of a user is a number.
const id = z.union([text.max(256), z.int().transform(String)])
const workspace = z.object({ id: workspaceId, name: text, description: z.string().default('') })

const user = z.object(
  { id, username: text.max(256), role: z.enum(['pilot', 'web']).nullish(), workspace: workspace.optional() },
  { error: ({ code }) => (code === 'invalid_type' ? 'needs a user or null' : undefined) },
)

const signedIn = z.union([id, z.object({ id, data: z.unknown().optional() })], {
  error: 'needs the id of a user, an object with an id, or null',
})

/** Messages name fields and never hold values, which may be secrets. */
function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = check(schema, value)
  if (result.ok) return result.value
  const faults = result.problems.map(({ path, text }) => `${path || 'it'} ${text}`)
  throw new TypeError(`${what}: ${faults.join('; ')}`)
}

/**
 * Who a source says the browser is; null: nobody.
 * @throws TypeError naming what is wrong with the answer
 */
export function checkedId(
  value: unknown,
  what: string,
): { readonly id: string; readonly data: unknown } | null {
  if (value === null || value === undefined || value === false) return null
  const found = checked(signedIn, value, what)
  return typeof found === 'object' ? { id: found.id, data: found.data } : { id: found, data: undefined }
}

/**
 * What a source knows of a user; null: nothing.
 * @param asked the id that was asked for. The user gets the rights of the answer, so an answer about another user is
 * refused.
 * @throws TypeError naming each wrong field
 */
export function checkedSourceUser(
  value: unknown,
  asked: string,
  fallback: Workspace | undefined,
  what: string,
): SignedInUser | null {
  if (value === null || value === undefined) return null
  const found = checked(user, value, what)
  if (found.id !== asked) throw new TypeError(`${what}: it is another user than the one asked for`)
  const place = found.workspace ?? fallback
  if (place === undefined)
    throw new TypeError(`${what}: workspace is missing; give one, or set the option workspace`)
  return { id: found.id, username: found.username, role: found.role ?? null, workspace: place }
}
