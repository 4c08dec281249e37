import { randomBytes } from 'node:crypto'
import type { PluginContext } from '../../plugin.ts'
import { type CheckParts, createCheck, kept } from './checks.ts'
import type { Login, Person } from './people.ts'
import type { Word } from './provider.ts'
import type { Grant } from './records.ts'
import { lastWord, nextCheckAt, standingOf } from './standing.ts'

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
