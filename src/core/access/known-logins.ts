import { createHash } from 'node:crypto'
import { LruMap } from '../lru-map.ts'
import type { Role } from '../ports/index.ts'

/** A short hash: names and ids are personal data and can be long, and neither a store nor this memory needs them. */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 22)

/** What was typed at a login, without the password. */
export interface Typed {
  /** A user store may have one account of this name for each role. */
  readonly role: Role
  readonly username: string
  /** The values of the store's own `fields`. */
  readonly fields: Readonly<Record<string, string | undefined>>
}

/** A hash of everything that may decide which account is meant. Upper and lower case, for example, stay different: two accounts never have the same hash. */
export function typedHash({ role, username, fields }: Typed): string {
  const values = Object.entries(fields).filter(([, value]) => value !== undefined)
  return shortHash(JSON.stringify([role, username, values.sort(([a], [b]) => (a < b ? -1 : 1))]))
}

/** Places that are remembered; about 2 MiB. */
const MOST_PLACES = 10_000
/** Logins of one place that are remembered. So one account that types many values of a free field does not push out the logins of other places. */
const MOST_OF_ONE_PLACE = 4

/**
 * Which account has logged in at which address. This gives privileges, so two accounts must never count as one here. In
 * a counter of failures they may.
 */
export interface KnownLogins {
  has(place: string, who: string): boolean
  add(place: string, who: string): void
}

/** The place whose last login is the oldest is forgotten first, and at one place the oldest login. */
export function createKnownLogins(): KnownLogins {
  const places = new LruMap<string, readonly string[]>(MOST_PLACES)
  return {
    has: (place, who) => places.peek(place)?.includes(who) ?? false,
    add(place, who) {
      const others = (places.peek(place) ?? []).filter((other) => other !== who)
      places.set(place, [who, ...others].slice(0, MOST_OF_ONE_PLACE))
    },
  }
}
