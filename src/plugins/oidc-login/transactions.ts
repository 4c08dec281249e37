import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { HttpRequest, PluginContext } from '../../plugin.ts'
import { createCookie } from './cookies.ts'
import { LoginFailure } from './failures.ts'
import { createSeal } from './sealed.ts'

/** One login on its way: kept in the browser that began it, sealed. No other browser can end it. */
const transaction = z.object({
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
  /** The transaction of this browser; null: it has none. */
  read(request: HttpRequest): Transaction | null
  /**
   * Ends a transaction: of all callers, on all nodes that share a store, exactly one may use it.
   * @throws LoginFailure `untrusted` for every later one
   */
  use(transaction: Transaction): Promise<void>
  /** The cookie that takes it from the browser. */
  clear(request: HttpRequest): string
}

/** Two-factor logins take a while; an old transaction is an attacker's. */
const LIFETIME_MS = 10 * 60_000

const secret = (): string => randomBytes(32).toString('base64url')

/** @param issuer and @param clientId a transaction of another provider is none of these */
export function createTransactions(context: PluginContext, issuer: string, clientId: string): Transactions {
  const keys = context.deriveKeys(`transaction ${issuer} ${clientId}`)
  const seal = createSeal(keys, LIFETIME_MS, context.clock.now)
  const cookie = createCookie(context, 'login', LIFETIME_MS / 1000)
  return {
    begin(request, where) {
      const begun = { state: secret(), nonce: secret(), verifier: secret(), ...where }
      return { transaction: begun, cookie: cookie.write(request, seal.close(begun)) }
    },
    read(request) {
      const parsed = transaction.safeParse(seal.open(cookie.read(request)))
      return parsed.success ? parsed.data : null
    },
    async use({ state }) {
      const { ran } = await context.once(`login ${state}`, LIFETIME_MS, () => undefined)
      if (!ran) throw new LoginFailure('untrusted', 'the answer of the provider was used before')
    },
    clear: cookie.clear,
  }
}
