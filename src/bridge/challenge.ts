import { SERVER_CODES } from './codes.ts'
import type { FlowResponse, OpenChallenge } from './types.ts'

/**
 * The second step that a login asks for. Null: the answer asks for none.
 * @param pageKey what the login was begun with
 * @param now ms since the epoch, by this clock: the time that is left does not depend on the clocks being the same
 */
export function challengeIn(
  { code, data }: FlowResponse,
  begun: { readonly username: string; readonly pageKey: string | null },
  now: number,
): OpenChallenge | null {
  if (code !== SERVER_CODES.CHALLENGE) return null
  const { challenge } = recordOf(data)
  const { token, kind, hint, digits, attempts_left, expires_in } = recordOf(challenge)
  if (typeof token !== 'string' || typeof expires_in !== 'number') return null
  return {
    username: begun.username,
    pageKey: begun.pageKey,
    token,
    kind: typeof kind === 'string' ? kind : '',
    hint: typeof hint === 'string' ? hint : null,
    digits: typeof digits === 'number' ? digits : null,
    attemptsLeft: typeof attempts_left === 'number' ? attempts_left : null,
    expiresAt: now + expires_in * 1000,
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
