import { timingSafeEqual } from 'node:crypto'

/**
 * Whether two secrets are the same. The time of the comparison does not show where they differ, so nobody can guess a
 * secret piece by piece. It may show their length. A missing secret is never the same.
 */
export function isSameSecret(expected: string, given: string | null | undefined): boolean {
  if (given === null || given === undefined) return false
  const [one, other] = [Buffer.from(expected), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}
