import { z } from 'zod'
import { check } from '../checking/explain.ts'
import type { AuthenticatedUser, LoginChallenge } from '../ports/index.ts'
import { hostDataOf } from './host-data.ts'

/** A challenge of a user store, checked. */
export interface CheckedChallenge {
  readonly kind: string
  readonly userId: string
  /** JSON; null: none. */
  readonly data: string | null
  readonly hint: string | null
  readonly digits: number | null
  readonly expiresInMs: number | null
}

const schema = z.object({
  challenge: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'needs small letters, digits and hyphens, such as otp'),
  id: z.string().min(1).max(256),
  data: z.unknown().optional(),
  hint: z.string().max(256).nullish(),
  digits: z.int().min(3).max(12).nullish(),
  expiresInSeconds: z.number().positive().nullish(),
})

/**
 * Whether `authenticate` has answered with a challenge. Any value in the field means one: if its form is wrong, the login fails. It
 * must not go on as a login without a code.
 */
export const isChallenge = (answer: AuthenticatedUser | LoginChallenge): answer is LoginChallenge =>
  ((answer as Partial<LoginChallenge>).challenge ?? null) !== null

/** @throws TypeError that names each wrong field and holds no value, DjiCloudError INVALID_INPUT for data that is too large */
export function checkedChallenge(answer: LoginChallenge): CheckedChallenge {
  const checked = check(schema, answer)
  if (!checked.ok) {
    const faults = checked.problems.map(({ path, text }) => `${path || 'it'} ${text}`)
    const otherwise = 'A user who needs no code must not have the field challenge'
    throw new TypeError(`the challenge that authenticate() returned: ${faults.join('; ')}. ${otherwise}`)
  }
  const { challenge, id, data, hint, digits, expiresInSeconds } = checked.value
  return {
    kind: challenge,
    userId: id,
    data: hostDataOf(data),
    hint: hint ?? null,
    digits: digits ?? null,
    expiresInMs: expiresInSeconds == null ? null : expiresInSeconds * 1000,
  }
}

/**
 * A code as the user meant it. With `digits`, a keyboard may have put blanks between them, or typed them in full width
 * (`１２`). Null: no code can look like this, so it is wrong, and no user store has to be able to handle it.
 * @param digits those of the challenge; null: the code is any text
 */
export function readCode(typed: string, digits: number | null): string | null {
  if (digits === null) return typed.trim() || null
  const code = typed.normalize('NFKC').replace(/[\s-]/g, '')
  return code.length === digits && /^[0-9]+$/.test(code) ? code : null
}
