import type { Logger } from '../../plugin.ts'
import { failureOf, hasAnswered, hasTakenBack, isTokenRefused, LoginFailure } from './failures.ts'
import { type Person, TO_USER_MS } from './people.ts'
import { claimsOf, type Provider, type Word } from './provider.ts'
import type { Grant, Records } from './records.ts'
import { nextCheckAt, nextTryAt, type StandingRules } from './standing.ts'
import type { OidcClaims } from './types.ts'

export interface CheckParts {
  readonly records: Records
  readonly provider: Pick<Provider, 'prepare' | 'refresh'>
  readonly toPerson: (claims: OidcClaims) => Promise<Person | null>
  readonly rules: StandingRules
  readonly now: () => number
  readonly logger: Logger
}

/**
 * Asks the provider and the host about a user, and writes the answer. Never twice at the same time for one login.
 * @returns the record as of now
 * @throws what `Records.write` throws, before anybody was asked
 */
export type Check = (id: string, grant: Grant) => Promise<Grant>

export function createCheck({ records, provider, toPerson, rules, now, logger }: CheckParts): Check {
  const over = (grant: Grant, why: string, facts: object = {}): Grant => {
    logger.info({ user: grant.person.id, ...facts }, `a user is logged out: ${why}`)
    return ended(grant)
  }

  function notChecked(grant: Grant, error: unknown): Grant {
    const { message, facts } = failureOf(error)
    logger.warn({ user: grant.person.id, ...facts }, `a user could not be checked: ${message}`)
    return { ...grant, dueAt: nextTryAt(now(), rules) }
  }

  /** Most providers take a refresh token once: the new one must not be lost in a later failure, and the old one not be sent again. */
  async function askProvider(id: string, grant: Grant, refreshToken: string): Promise<Grant> {
    try {
      await provider.prepare()
    } catch (error) {
      return notChecked(grant, error)
    }
    let held: Grant = { ...grant, askedAt: now() }
    await records.write(id, held)
    try {
      const word = await provider.refresh(refreshToken, grant, async (next) => {
        held = { ...held, refreshToken: next ?? refreshToken, askedAt: null }
        await records.keep(id, held, refreshToken)
      })
      return { ...held, ...kept(word, grant), confirmedAt: now(), dueAt: nextCheckAt(now(), rules) }
    } catch (error) {
      const { message, facts } = failureOf(error)
      if (isTokenRefused(error) && grant.askedAt !== null) {
        logger.warn(
          { user: grant.person.id, ...facts },
          'the provider does not take a refresh token any more: its answer to an earlier request was lost, so this may be no word about the user. What it said last counts until maxAgeSeconds are over',
        )
        return { ...held, refreshToken: null, askedAt: null, dueAt: nextCheckAt(now(), rules) }
      }
      if (hasTakenBack(error)) return over(held, message, facts)
      return notChecked(hasAnswered(error) ? { ...held, askedAt: null } : held, error)
    }
  }

  async function askHost(grant: Grant): Promise<Grant> {
    try {
      const person = await toPerson(claimsOf(grant))
      if (person === null) return over(grant, 'toUser() does not let the user in any more')
      // A session is of one user: another id would be somebody else.
      if (person.id !== grant.person.id) return over(grant, 'toUser() returned another id than before')
      return { ...grant, person }
    } catch (error) {
      logger.error({ err: error, user: grant.person.id }, 'toUser() failed; the user stays as before')
      return { ...grant, dueAt: nextTryAt(now(), rules) }
    }
  }

  return async (id, grant) => {
    const { refreshToken } = grant
    const told =
      refreshToken === null
        ? { ...grant, dueAt: nextCheckAt(now(), rules) }
        : await askProvider(id, grant, refreshToken)
    const next = told.isOver ? told : await askHost(told)
    try {
      await records.keep(id, next, refreshToken)
      return next
    } catch (error) {
      if (!(error instanceof LoginFailure)) throw error
      logger.warn({ user: grant.person.id }, `a user could not be checked: ${error.message}`)
      const { own, more, confirmedAt } = grant
      const short = { ...next, own, more, confirmedAt, dueAt: nextTryAt(now(), rules) }
      await records.keep(id, short, refreshToken)
      return short
    }
  }
}

/** A larger ID token is not kept: the logout sends it in an address, and proxies refuse long ones. */
const LONGEST_ID_TOKEN = 2_000

/** Another node may ask when this time is over, and would send a refresh token twice: discovery, token, keys, userinfo; `toUser`; the store. */
export const longestCheckMs = (timeoutMs: number): number => 4 * timeoutMs + TO_USER_MS + 5 * STORE_MS
/** What the platform gives a shared store for one call, and a little more. */
const STORE_MS = 2_500

/** What the next check and the logout need of an answer. */
export const kept = (
  { own, more, refreshToken, idToken }: Word,
  before: Grant | null,
): Pick<Grant, 'own' | 'more' | 'refreshToken' | 'idToken'> => ({
  own,
  more,
  refreshToken: refreshToken ?? before?.refreshToken ?? null,
  idToken: idToken === null || idToken.length > LONGEST_ID_TOKEN ? (before?.idToken ?? null) : idToken,
})

/** Only that it is over is kept. */
const ended = (grant: Grant): Grant => ({
  ...grant,
  isOver: true,
  refreshToken: null,
  askedAt: null,
  idToken: null,
  own: { sub: grant.own.sub },
  more: {},
})
