import { z } from 'zod'
import { checkOptions } from '../../plugin.ts'
import type { OidcClaims, OidcLoginOptions } from './types.ts'

/** A user whom `toUser` has let in, complete. */
const person = z.object({
  id: z.union([z.string().min(1).max(256), z.int().transform(String)]),
  username: z.string().min(1).max(256),
  role: z.enum(['pilot', 'web']).nullish(),
  workspace: z
    .object({ id: z.guid(), name: z.string().min(1), description: z.string().default('') })
    .exactOptional(),
})

export type Person = z.output<typeof person>

/** What a browser brings along: who has logged in at the provider, and when. Also the data of a session (at most 4 KiB). */
const login = z.object({
  /** Where the record of the login is kept. */
  grant: z.string().min(1).max(64),
  /** ms since the epoch */
  at: z.number(),
  person,
})

export type Login = z.output<typeof login>

/** @param value a cookie that was opened, or the data of a session; null: neither of this plugin */
export function readLogin(value: unknown): Login | null {
  const parsed = login.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** A cookie has 4 KiB, sealed and with its name. */
const MOST_BYTES = 2_700

/** A check of a user must end: while it runs, no other node checks them. ms */
export const TO_USER_MS = 10_000

function inTime<Value>(work: Promise<Value>, limitMs: number, what: string): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`${what} took longer than ${limitMs / 1000} seconds`))
    const timer = setTimeout(late, limitMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/**
 * Asks the host who these claims are.
 * @returns null: this user may not come in
 * @throws TypeError naming each wrong field of the answer; Error if it took too long; any error of `toUser`
 */
export async function personOf(
  toUser: OidcLoginOptions['toUser'],
  claims: OidcClaims,
  pluginId: string,
  limitMs = TO_USER_MS,
): Promise<Person | null> {
  const given = await inTime((async () => toUser(claims))(), limitMs, `toUser() of ${pluginId}`)
  if (given === null || given === undefined) return null
  const { id = `${pluginId}:${claims.sub}`, ...rest } = given
  const checked = checkOptions(person, { id, ...rest })
  if (!checked.ok) {
    const faults = checked.problems.map(({ path, text }) => `${path || 'it'} ${text}`)
    throw new TypeError(`The answer of toUser() of ${pluginId}: ${faults.join('; ')}`)
  }
  if (Buffer.byteLength(JSON.stringify(checked.value)) > MOST_BYTES)
    throw new TypeError(
      `The answer of toUser() of ${pluginId} is longer than ${MOST_BYTES} bytes: shorten workspace.description.`,
    )
  return checked.value
}
