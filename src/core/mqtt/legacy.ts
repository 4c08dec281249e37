import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ConnectAttempt, ConnectDecision, LegacyLogin, Principal } from '../ports/broker.ts'
import { isSerial } from './topics.ts'

/** One static account, from the time before each controller had its own credentials. */
export interface LegacyAccount {
  readonly username: string
  readonly password: string
  /** Id of the workspace that its controllers belong to. */
  readonly workspace: string
  /** The only controllers that may use it; undefined: any. */
  readonly gateways?: readonly string[] | undefined
}

/** How much one account is still used, as this process has seen since its start. */
export interface LegacyUse {
  readonly username: string
  /** Controllers that connected with the account, and have not connected with their own credentials since then. */
  readonly gateways: number
  /** When one of these controllers last connected, ms since the epoch; null: none has. */
  readonly lastUsedAt: number | null
}

export interface LegacyAccounts {
  /** For brokers that keep their own list of accounts. */
  readonly logins: readonly LegacyLogin[]
  has(username: string): boolean
  /**
   * The principal of this user name and password, not yet bound to a controller; null: they are not of a static
   * account.
   */
  verify(attempt: Pick<ConnectAttempt, 'username' | 'password'>): Principal | null
  /**
   * For brokers that have checked the password and allow each client id once: the principal of the controller that the
   * client id names.
   * @returns null if the controller may not use this account
   */
  named(username: string, clientId: string | undefined): Principal | null
  /**
   * A controller has connected, with a static account or with its own credentials.
   * @returns true: it was not counted before
   */
  came(principal: Principal, at: number): boolean
  uses(): readonly LegacyUse[]
}

/** How many controllers are counted for each account. It limits the memory. */
const MAX_COUNTED = 10_000

const principalOf = (
  { username, workspace, gateways }: LegacyAccount,
  gateway: string | null,
): Principal => ({
  kind: 'legacy',
  sessionId: '',
  userId: '',
  workspaceId: workspace,
  credentialId: username,
  ...(gateways === undefined ? {} : { allowedGateways: new Set(gateways) }),
  gateway,
})

/** @param keepsPasswords the broker needs the passwords, because it keeps its own list of accounts */
export function createLegacyAccounts(
  accounts: readonly LegacyAccount[],
  keepsPasswords = false,
): LegacyAccounts {
  // Only a digest is kept, made with a random key that is never stored. So the password cannot be read from a heap
  // dump.
  const key = randomBytes(32)
  const digest = (password: string): Buffer => createHmac('sha256', key).update(password).digest()
  const known = new Map(
    accounts.map((account) => {
      const { password, ...rest } = account
      const entry = { account: { ...rest, password: '' }, secret: digest(password) }
      return [account.username, { ...entry, gateways: new Set<string>(), lastUsedAt: null as number | null }]
    }),
  )

  return {
    logins: keepsPasswords
      ? accounts.map(({ username, password, gateways = [] }) => ({
          username,
          password: () => password,
          gateways,
        }))
      : [],
    has: (username) => known.has(username),
    verify({ username = '', password = '' }) {
      const entry = known.get(username)
      const given = digest(password)
      return entry !== undefined && timingSafeEqual(entry.secret, given)
        ? principalOf(entry.account, null)
        : null
    },
    named(username, clientId) {
      const account = known.get(username)?.account
      if (account === undefined || clientId === undefined || !isSerial(clientId)) return null
      return account.gateways?.includes(clientId) === false ? null : principalOf(account, clientId)
    },
    came({ kind, credentialId, gateway }, at) {
      if (gateway === null) return false
      const own = kind === 'legacy' ? known.get(credentialId) : undefined
      for (const entry of known.values()) if (entry !== own) entry.gateways.delete(gateway)
      if (own === undefined) return false
      own.lastUsedAt = at
      if (own.gateways.has(gateway) || own.gateways.size >= MAX_COUNTED) return false
      own.gateways.add(gateway)
      return true
    },
    uses: () =>
      [...known].map(([username, { gateways, lastUsedAt }]) => ({
        username,
        gateways: gateways.size,
        lastUsedAt,
      })),
  }
}

type Verify = (attempt: ConnectAttempt) => Promise<ConnectDecision>

/** Static accounts are tried first, then the credentials that are issued here. */
export function withLegacy(legacy: Pick<LegacyAccounts, 'verify'>, verify: Verify): Verify {
  return async (attempt) => {
    const principal = legacy.verify(attempt)
    return principal === null ? verify(attempt) : { allow: true, principal }
  }
}
