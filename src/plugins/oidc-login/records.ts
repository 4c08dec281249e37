import { isDjiCloudError, type Logger, type PluginStore } from '../../plugin.ts'
import { LoginFailure } from './failures.ts'
import type { Person } from './people.ts'
import type { Told, Word } from './provider.ts'
import type { Seal } from './sealed.ts'
import type { StandingFacts, StandingRules } from './standing.ts'

/** What is kept of one login at the provider. All sessions that were opened with it share it, so that its refresh token is used by one at a time. */
export interface Grant extends StandingFacts, Told {
  readonly person: Person
  readonly refreshToken: string | null
  /**
   * When the provider was sent this refresh token and gave no clear answer: it may have used the token up. ms since the epoch; null: every
   * answer was clear.
   */
  readonly askedAt: number | null
  /** For the logout at the provider. */
  readonly idToken: string | null
}

/** The records of all logins, sealed in the shared store. */
export interface Records {
  read(id: string): Promise<Grant | null>
  /** @throws LoginFailure if it is too long; DjiCloudError STORE_UNAVAILABLE */
  write(id: string, grant: Grant): Promise<void>
  /**
   * Writes what must not be lost: while the store does not take it, this process keeps it, uses it, and tries again.
   * @param replaces the refresh token of the record that it was made from
   * @throws LoginFailure if it is too long
   */
  keep(id: string, grant: Grant, replaces: string | null): Promise<void>
  /**
   * The browser logs out: it is nobody any more. Sessions that are open stay as long as the provider says yes. Kept beside the record, so
   * that a check that runs now does not undo it.
   */
  signOut(id: string): Promise<void>
  /** True also if there is no record any more: a store that has lost one may have lost a logout. */
  isSignedOut(id: string): Promise<boolean>
  /** Tries again to write what this process keeps. Never rejects. */
  save(): Promise<void>
}

export interface RecordParts {
  readonly store: PluginStore
  readonly seal: Seal
  readonly rules: StandingRules
  readonly now: () => number
  readonly logger: Logger
}

const signedOut = (id: string): string => `out ${id}`

interface Unsaved {
  readonly grant: Grant
  readonly replaces: string | null
}

/** A value of the store has 64 KiB. */
const TOO_LONG = 'the claims of this user are too long to be kept: let the provider send fewer of them'

export function createRecords({ store, seal, rules, now, logger }: RecordParts): Records {
  const unsaved = new Map<string, Unsaved>()
  // Longer than any look that could come: after that, the login is too old without a record as well.
  const keptMs = rules.maxAgeMs + rules.checkMs

  // Only `write` seals with this key.
  async function stored(id: string): Promise<Grant | null> {
    const text = await store.get(id)
    return typeof text === 'string' ? (seal.open(text) as Grant | null) : null
  }

  async function write(id: string, grant: Grant): Promise<void> {
    try {
      await store.put(id, seal.close(grant), keptMs)
    } catch (error) {
      if (isDjiCloudError(error) && error.code === 'INVALID_INPUT') throw new LoginFailure('broken', TOO_LONG)
      throw error
    }
    unsaved.delete(id)
  }

  async function save(id: string, { grant, replaces }: Unsaved): Promise<void> {
    try {
      if (isNewer(grant, replaces, await stored(id))) await write(id, grant)
      else unsaved.delete(id)
    } catch (error) {
      logger.debug({ err: error, user: grant.person.id }, 'The record of a login cannot be written yet.')
    }
  }

  return {
    async read(id) {
      const waiting = unsaved.get(id)
      if (waiting === undefined) return stored(id)
      await save(id, waiting)
      return unsaved.get(id)?.grant ?? stored(id)
    },
    write,
    async keep(id, grant, replaces) {
      try {
        await write(id, grant)
      } catch (error) {
        if (error instanceof LoginFailure) throw error
        // The first one tells what the store still has.
        unsaved.set(id, { grant, replaces: unsaved.get(id)?.replaces ?? replaces })
        logger.warn(
          { err: error, user: grant.person.id },
          'The record of a login cannot be written. This process keeps it and tries again. Check the shared store.',
        )
      }
    },
    signOut: (id) => store.put(signedOut(id), true, keptMs),
    async isSignedOut(id) {
      return (await store.get(signedOut(id))) !== undefined || (await stored(id)) === null
    },
    async save() {
      for (const [id, waiting] of [...unsaved])
        if (now() - waiting.grant.confirmedAt > keptMs) unsaved.delete(id)
        else await save(id, waiting)
    },
  }
}

/** False: another node has written since, with a refresh token that works, or that the login is over. */
const isNewer = (grant: Grant, replaces: string | null, other: Grant | null): boolean =>
  other === null ||
  grant.isOver ||
  (!other.isOver && [null, replaces, grant.refreshToken].includes(other.refreshToken))

/** A larger ID token is not kept: the logout sends it in an address, and proxies refuse long ones. */
const LONGEST_ID_TOKEN = 2_000

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
export const ended = (grant: Grant): Grant => ({
  ...grant,
  isOver: true,
  refreshToken: null,
  askedAt: null,
  idToken: null,
  own: { sub: grant.own.sub },
  more: {},
})
