import { randomBytes } from 'node:crypto'
import { isDjiCloudError, type Logger, type PluginContext, type PluginStore } from '../../plugin.ts'
import { failureOf, hasTakenBack, LoginFailure } from './failures.ts'
import type { Login, Person } from './people.ts'
import type { Provider, Word } from './provider.ts'
import type { Seal } from './sealed.ts'
import {
  lastWord,
  nextCheckAt,
  nextTryAt,
  type StandingFacts,
  type StandingRules,
  standingOf,
} from './standing.ts'
import type { OidcClaims } from './types.ts'

/** What is kept of one login at the provider. All sessions that were opened with it share it, so that its refresh token is used by one at a time. */
interface Grant extends StandingFacts {
  readonly claims: OidcClaims
  readonly person: Person
  readonly refreshToken: string | null
  /** For the logout at the provider. */
  readonly idToken: string | null
  /** The browser has logged out: it is nobody any more. Sessions that are open stay as long as the provider says yes. */
  readonly isSignedOut: boolean
}

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

export interface GrantParts {
  readonly store: PluginStore
  readonly once: PluginContext['once']
  readonly seal: Seal
  readonly provider: Pick<Provider, 'refresh'>
  readonly toPerson: (claims: OidcClaims) => Promise<Person | null>
  readonly rules: StandingRules
  /** How long one check may take. */
  readonly checkTakesMs: number
  readonly now: () => number
  readonly logger: Logger
}

/** Longer than any look that could come: after that, the login is too old without a record as well. */
const keptMs = ({ checkMs, maxAgeMs }: StandingRules): number => maxAgeMs + checkMs

/** A value of the store has 64 KiB. */
const TOO_LONG = 'the claims of this user are too long to be kept: let the provider send fewer of them'

/** A larger ID token is not kept: the logout sends it in an address. */
const LONGEST_ID_TOKEN = 4_000

export function createGrants(parts: GrantParts): Grants {
  const { store, once, seal, provider, toPerson, rules, now, logger } = parts
  const checks = new Map<string, Promise<Grant | null>>()

  // Only `write` seals with this key.
  const read = async (id: string): Promise<Grant | null> => {
    const text = await store.get(id)
    return typeof text === 'string' ? (seal.open(text) as Grant | null) : null
  }
  async function write(id: string, grant: Grant): Promise<void> {
    try {
      await store.put(id, seal.close(grant), keptMs(rules))
    } catch (error) {
      if (isDjiCloudError(error) && error.code === 'INVALID_INPUT') throw new LoginFailure('broken', TOO_LONG)
      throw error
    }
  }

  /** What the provider and the host say now. */
  async function ask(grant: Grant): Promise<Grant> {
    const over = (why: string, facts: object = {}): Grant => {
      logger.info({ user: grant.person.id, ...facts }, `a user is logged out: ${why}`)
      return ended(grant)
    }
    let next: Grant = { ...grant, dueAt: nextCheckAt(now(), rules) }
    if (grant.refreshToken !== null) {
      try {
        const word = await provider.refresh(grant.refreshToken, grant.claims)
        next = { ...next, ...kept(word, grant), confirmedAt: now() }
      } catch (error) {
        const { message, facts } = failureOf(error)
        if (hasTakenBack(error)) return over(message, facts)
        logger.warn({ user: grant.person.id, ...facts }, `a user could not be checked: ${message}`)
        next = { ...next, dueAt: nextTryAt(now(), rules) }
      }
    }
    try {
      const person = await toPerson(next.claims)
      if (person === null) return over('toUser() does not let the user in any more')
      // A session is of one user: another id would be somebody else.
      if (person.id !== grant.person.id) return over('toUser() returned another id than before')
      return { ...next, person }
    } catch (error) {
      logger.error({ err: error, user: grant.person.id }, 'toUser() failed; the user stays as before')
      return { ...next, dueAt: nextTryAt(now(), rules) }
    }
  }

  /** One at a time on all nodes: most providers take a refresh token once, and end the login if it comes twice. */
  async function checkOnce(id: string, dueAt: number): Promise<Grant | null> {
    const { ran, ...result } = await once(`check ${id} ${dueAt}`, parts.checkTakesMs, async () => {
      // Another node may have asked since.
      const latest = await read(id)
      if (latest === null || standingOf(latest, now(), rules) !== 'due') return latest
      const next = await ask(latest)
      // Once more: the old refresh token may be worth nothing now.
      await write(id, next).catch(() => write(id, next))
      return next
    })
    return ran ? (result as { readonly value: Grant | null }).value : beingChecked(id)
  }

  async function beingChecked(id: string): Promise<Grant | null> {
    const latest = await read(id)
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
      await write(id, {
        ...kept(word, null),
        person,
        isOver: false,
        isSignedOut: false,
        confirmedAt: now(),
        dueAt: nextCheckAt(now(), rules),
      })
      return id
    },
    async personOf({ grant: id, at, person }) {
      let grant = await read(id)
      if (grant !== null && standingOf(grant, now(), rules) === 'due') grant = await checked(id, grant)
      // The store has lost it, or another node without a shared store has it: what was said at the login is all there is.
      const facts = grant ?? { isOver: false, confirmedAt: at }
      return lastWord(facts, now(), rules) === 'over' ? null : (grant?.person ?? person)
    },
    isSignedOut: async ({ grant }) => (await read(grant))?.isSignedOut === true,
    async signOut({ grant: id }) {
      const grant = await read(id)
      if (grant === null) return null
      await write(id, { ...grant, isSignedOut: true })
      return grant.idToken
    },
  }
}

/** What the next check and the logout need of a word. */
const kept = (word: Word, before: Grant | null): Pick<Grant, 'claims' | 'refreshToken' | 'idToken'> => ({
  claims: word.claims,
  refreshToken: word.refreshToken ?? before?.refreshToken ?? null,
  idToken:
    (word.idToken?.length ?? LONGEST_ID_TOKEN + 1) > LONGEST_ID_TOKEN
      ? (before?.idToken ?? null)
      : word.idToken,
})

/** Only that it is over is kept. */
const ended = (grant: Grant): Grant => ({
  ...grant,
  isOver: true,
  refreshToken: null,
  idToken: null,
  claims: { sub: grant.claims.sub },
})
