import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { HttpRequest, OwnCookie, PluginContext } from '../../plugin.ts'
import { LoginFailure } from './failures.ts'
import { createSeal } from './sealed.ts'

/** One login on its way: kept in the browser that began it, sealed. No other browser can end it. */
const transaction = z.object({
  /** ms since the epoch */
  begunAt: z.number(),
  /** Comes back in the address. */
  state: z.string(),
  /** Comes back in the ID token. */
  nonce: z.string(),
  /** The secret of PKCE: only who has it can use the code. */
  verifier: z.string(),
  /** Path of this platform. */
  returnTo: z.string(),
  /** The address that the provider was given. */
  redirectUri: z.string(),
})

export type Transaction = z.output<typeof transaction>

export interface Transactions {
  /** @returns the transaction, and the cookie that keeps it */
  begin(
    request: HttpRequest,
    where: Pick<Transaction, 'returnTo' | 'redirectUri'>,
  ): { readonly transaction: Transaction; readonly cookie: string }
  /** The logins that this browser has begun and not ended: one for each tab that is at the provider. */
  read(request: HttpRequest): readonly Transaction[]
  /**
   * Ends a transaction: of all callers, on all nodes that share a store, exactly one may use it.
   * @throws LoginFailure `used` for every later one
   */
  use(transaction: Transaction): Promise<void>
  /** The cookies that take it from the browser. */
  clear(request: HttpRequest, transaction: Transaction): readonly string[]
}

/** Two-factor logins take a while; an old transaction is an attacker's. */
const LIFETIME_MS = 10 * 60_000

/** So many tabs of one browser can log in at the same time. Each needs a cookie, and a server takes some 16 KiB of headers. */
const PLACES = ['1', '2', '3']

const secret = (): string => randomBytes(32).toString('base64url')

/** @param issuer and @param clientId a transaction of another provider is none of these */
export function createTransactions(context: PluginContext, issuer: string, clientId: string): Transactions {
  const keys = context.deriveKeys(`transaction ${issuer} ${clientId}`)
  const seal = createSeal(keys, LIFETIME_MS, context.clock.now)
  const places = PLACES.map((place) =>
    context.cookie(`login-${place}`, { maxAgeSeconds: LIFETIME_MS / 1000 }),
  )

  function at(request: HttpRequest, place: OwnCookie): Transaction | null {
    const parsed = transaction.safeParse(seal.open(place.read(request)))
    return parsed.success ? parsed.data : null
  }
  /** A free place, or the one of the oldest login. */
  function placeFor(request: HttpRequest): OwnCookie {
    const begunAt = (place: OwnCookie): number => at(request, place)?.begunAt ?? 0
    return places.reduce((best, place) => (begunAt(place) < begunAt(best) ? place : best))
  }

  return {
    begin(request, where) {
      const begunAt = context.clock.now()
      const begun = { begunAt, state: secret(), nonce: secret(), verifier: secret(), ...where }
      return { transaction: begun, cookie: placeFor(request).write(request, seal.close(begun)) }
    },
    read: (request) =>
      places.flatMap((place) => {
        const found = at(request, place)
        return found === null ? [] : [found]
      }),
    async use({ state }) {
      const { ran } = await context.once(`login ${state}`, LIFETIME_MS, () => undefined)
      if (!ran) throw new LoginFailure('used', 'the answer of the provider was used before')
    },
    clear: (request, { state }) =>
      places.filter((place) => at(request, place)?.state === state).map((place) => place.clear(request)),
  }
}
