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

/** Whether `authenticate` has answered with a challenge. */
export const isChallenge = (answer: AuthenticatedUser | LoginChallenge): answer is LoginChallenge =>
  typeof (answer as Partial<LoginChallenge>).challenge === 'string'

/** @throws TypeError that names each wrong field and holds no value, DjiCloudError INVALID_INPUT for data that is too large */
export function checkedChallenge(answer: LoginChallenge): CheckedChallenge {
  const checked = check(schema, answer)
  if (!checked.ok) {
    const faults = checked.problems.map(({ path, text }) => `${path || 'it'} ${text}`)
    throw new TypeError(`the challenge that authenticate() returned: ${faults.join('; ')}`)
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
 * (`１２`).
 * @param digits those of the challenge; null: the code is any text
 */
export const plainCode = (code: string, digits: number | null): string =>
  digits === null ? code.trim() : code.normalize('NFKC').replace(/[\s-]/g, '')
