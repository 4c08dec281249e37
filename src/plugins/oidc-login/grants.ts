import { randomBytes } from 'node:crypto'
import type { Logger, PluginContext } from '../../plugin.ts'
import { failureOf, hasAnswered, hasTakenBack, isTokenRefused, LoginFailure } from './failures.ts'
import { type Login, type Person, TO_USER_MS } from './people.ts'
import { claimsOf, type Provider, type Word } from './provider.ts'
import { ended, type Grant, kept, type Records } from './records.ts'
import { lastWord, nextCheckAt, nextTryAt, type StandingRules, standingOf } from './standing.ts'
import type { OidcClaims } from './types.ts'

export interface Grants {
  /** @returns the id under which it is kept */
  begin(person: Person, word: Word): Promise<string>
  /**
   * The user of a login as of now. Asks provider and host again when it is time.
   * @returns null: the provider or the host has said no, or has not said yes for too long
   */
  personOf(login: Login): Promise<Person | null>
  /** Whether the browser of this login has logged out. */
  isSignedOut(login: Login): Promise<boolean>
  /** Ends the login of the browser. @returns the ID token, for the logout at the provider; null: it is not kept */
  signOut(login: Login): Promise<string | null>
}

export interface GrantParts extends CheckParts {
  readonly once: PluginContext['once']
  /** How long one check may take. */
  readonly checkTakesMs: number
}

export function createGrants(parts: GrantParts): Grants {
  const { records, once, rules, now } = parts
  const check = createCheck(parts)
  const checks = new Map<string, Promise<Grant | null>>()

  /** One at a time on all nodes: most providers take a refresh token once, and end the login if it comes twice. */
  async function checkOnce(id: string, dueAt: number): Promise<Grant | null> {
    const { ran, ...result } = await once(`check ${id} ${dueAt}`, parts.checkTakesMs, async () => {
      // Another node may have asked since.
      const latest = await records.read(id)
      return latest === null || standingOf(latest, now(), rules) !== 'due' ? latest : check(id, latest)
    })
    return ran ? (result as { readonly value: Grant | null }).value : beingChecked(id)
  }

  async function beingChecked(id: string): Promise<Grant | null> {
    const latest = await records.read(id)
    if (latest !== null && !latest.isOver && lastWord(latest, now(), rules) === 'over')
      throw new Error('another node asks the provider about this user now')
    return latest
  }

  function checked(id: string, { dueAt }: Grant): Promise<Grant | null> {
    const running = checks.get(id) ?? checkOnce(id, dueAt).finally(() => checks.delete(id))
    checks.set(id, running)
    return running
  }

  return {
    async begin(person, word) {
      const id = randomBytes(16).toString('base64url')
      await records.write(id, {
        ...kept(word, null),
        person,
        askedAt: null,
        isOver: false,
        confirmedAt: now(),
        dueAt: nextCheckAt(now(), rules),
      })
      return id
    },
    async personOf({ grant: id, at, person }) {
      let grant = await records.read(id)
      if (grant !== null && standingOf(grant, now(), rules) === 'due') grant = await checked(id, grant)
      // The store has lost it, or another node without a shared store has it: what was said at the login is all there is.
      const facts = grant ?? { isOver: false, confirmedAt: at }
      return lastWord(facts, now(), rules) === 'over' ? null : (grant?.person ?? person)
    },
    isSignedOut: ({ grant }) => records.isSignedOut(grant),
    async signOut({ grant: id }) {
      await records.signOut(id)
      return (await records.read(id))?.idToken ?? null
    },
  }
}

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
  const loggedOut = (grant: Grant, why: string, facts: object = {}): Grant => {
    logger.info({ user: grant.person.id, ...facts }, `A user is logged out: ${why}`)
    return ended(grant)
  }

  function notChecked(grant: Grant, error: unknown): Grant {
    const { message, facts } = failureOf(error)
    logger.warn({ user: grant.person.id, ...facts }, `A user could not be checked: ${message}`)
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
    const over = (why: string, facts: object): Grant => loggedOut(held, why, facts)
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
          'The provider does not accept a refresh token any more. Its answer to an earlier request was lost, so this may say nothing about the user. The last known answer counts until maxAgeSeconds are over.',
        )
        return { ...held, refreshToken: null, askedAt: null, dueAt: nextCheckAt(now(), rules) }
      }
      if (hasTakenBack(error)) return over(message, facts)
      return notChecked(hasAnswered(error) ? { ...held, askedAt: null } : held, error)
    }
  }

  async function askHost(grant: Grant): Promise<Grant> {
    try {
      const person = await toPerson(claimsOf(grant))
      if (person === null) return loggedOut(grant, 'toUser() does not let the user in any more')
      // A session is of one user: another id would be somebody else.
      if (person.id !== grant.person.id) return loggedOut(grant, 'toUser() returned another id than before')
      return { ...grant, person }
    } catch (error) {
      logger.error(
        { err: error, user: grant.person.id },
        'The function toUser() failed, so the user keeps the rights from before. See the error.',
      )
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
      logger.warn({ user: grant.person.id }, `A user could not be checked: ${error.message}`)
      const { own, more, confirmedAt } = grant
      const short = { ...next, own, more, confirmedAt, dueAt: nextTryAt(now(), rules) }
      await records.keep(id, short, refreshToken)
      return short
    }
  }
}

/** Another node may ask when this time is over, and would send a refresh token twice: discovery, token, keys, userinfo; `toUser`; the store. */
export const longestCheckMs = (timeoutMs: number): number => 4 * timeoutMs + TO_USER_MS + 5 * STORE_MS
/** What the platform gives a shared store for one call, and a little more. */
const STORE_MS = 2_500
