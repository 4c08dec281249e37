import type {
  AccessList,
  BrokerAdapter,
  BrokerHost,
  BrokerLogin,
  KickTarget,
} from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { Issued } from './issued.ts'
import type { AccountCredentials, AccountRequest, ExternalBrokerParts } from './parts.ts'
import { belongs, kickedClients } from './usernames.ts'

/** What is done with credentials at a broker, in the words of `BrokerAdapter`: the same for every broker of one kind of credentials. */
export interface CredentialWork
  extends Pick<BrokerAdapter, 'issue' | 'kick' | 'revoke' | 'updateAccess' | 'credentialsOf'> {
  /** Removes accounts whose session has ended or whose time is up. */
  forgetEnded(host: BrokerHost): Promise<void>
}

export function createCredentialWork(
  parts: ExternalBrokerParts,
  given: {
    readonly name: string
    readonly issued: Issued
    readonly logger: Logger
    readonly host: () => BrokerHost | null
    readonly access: (gateway: string, aircraft: Iterable<string>) => AccessList
    /** An account that the broker itself would keep for ever ends at this time. */
    readonly endsAt: (at: number) => void
  },
): CredentialWork {
  const { credentials } = parts
  const { issued, logger, access } = given
  /** With hooks: what gateways may speak for, to see what one has lost. */
  const aircraftOf = new Map<string, ReadonlySet<string>>()

  const isStatic = (username: string): boolean =>
    given.host()?.legacyAccounts?.some((account) => account.username === username) === true

  /** User names under the target, as far as anybody knows. */
  async function find(target: KickTarget): Promise<string[]> {
    const names = new Set(await known(target))
    // A static account is used by many: the end of one gateway is not its end.
    return [...names].filter(
      (name) => belongs(name, target) && !(credentials.kind === 'accounts' && isStatic(name)),
    )
  }

  async function known(target: KickTarget): Promise<string[]> {
    if (credentials.kind === 'accounts' && credentials.list !== undefined)
      return (await credentials.list()).map(({ username }) => username)
    const own = [...issued.live().keys()]
    if (parts.connections !== undefined)
      return [...own, ...(await parts.connections.list()).map(({ username }) => username)]
    return 'credentialId' in target ? [...own, target.credentialId] : own
  }

  async function close(target: KickTarget, usernames: readonly string[]): Promise<number> {
    const count = (await parts.kick?.(kickedClients(target, usernames), target)) ?? 0
    // They are let in again by a question to any node, and are known then.
    if (credentials.kind === 'hooks') issued.forget(usernames)
    return count
  }

  async function revoke(target: KickTarget): Promise<void> {
    const usernames = await find(target)
    if (credentials.kind === 'accounts') {
      if (usernames.length > 0) await credentials.remove?.(usernames)
      if (credentials.removeCloses !== true) await close(target, usernames)
      if (credentials.remove !== undefined) issued.forget(usernames)
    } else if (credentials.kind === 'tokens') {
      const own = [...issued.live()].filter(([username]) => belongs(username, target))
      await credentials.revoke?.(target, new Map(own))
      await close(target, usernames)
      if (credentials.revoke !== undefined) issued.forget(own.map(([username]) => username))
    }
  }

  async function issue(request: Parameters<NonNullable<BrokerAdapter['issue']>>[0]): Promise<BrokerLogin> {
    if (credentials.kind === 'shared') return credentials.login
    const { gateway, credentialId: username, expiresAt } = request
    if (gateway === null) throw new TypeError(`the broker ${given.name} needs to know the gateway`)
    const whole: AccountRequest = { ...request, gateway, access: access(gateway, request.aircraft) }
    issued.add(username, expiresAt)
    if (credentials.kind === 'tokens')
      return { username, password: request.password(credentials.claims?.(whole)) }
    if (credentials.kind === 'hooks') return { username, password: request.password() }
    const login = await credentials.put(whole)
    given.endsAt(expiresAt)
    return login
  }

  /** Brokers ask when a subscription is made, and never again: what was lost would be heard until it is made anew. */
  async function closeIfLost(gateway: string, aircraft: ReadonlySet<string>): Promise<void> {
    const before = aircraftOf.get(gateway) ?? new Set<string>()
    if (aircraft.size === 0) aircraftOf.delete(gateway)
    else aircraftOf.set(gateway, aircraft)
    const target = { gateway }
    if ([...before].some((serial) => !aircraft.has(serial))) await close(target, await find(target))
  }

  function updating(): Pick<BrokerAdapter, 'updateAccess'> {
    if (credentials.kind === 'hooks') return { updateAccess: closeIfLost }
    const setAccess = credentials.kind === 'accounts' ? credentials.setAccess : undefined
    if (setAccess === undefined) return {}
    return { updateAccess: (gateway, aircraft) => setAccess(gateway, access(gateway, aircraft)) }
  }

  return {
    issue,
    kick: async (target) => (parts.kick === undefined ? 0 : close(target, await find(target))),
    // With hooks the platform is asked at each connection: closing is enough, and a shared account is nobody's own.
    ...(credentials.kind === 'accounts' || credentials.kind === 'tokens' ? { revoke } : {}),
    // A broker that keeps accounts lets in whoever has one, without asking.
    ...(credentials.kind === 'accounts' && credentials.remove !== undefined
      ? { credentialsOf: (gateway: string) => find({ gateway }) }
      : {}),
    ...updating(),
    async forgetEnded(host) {
      if (credentials.kind !== 'accounts' || credentials.remove === undefined) return
      const ended = await endedOf(credentials, issued, host)
      if (ended.length === 0) return
      logger.info({ count: ended.length }, `removing ended credentials from the broker ${given.name}`)
      await credentials.remove(ended)
      issued.forget(ended)
    },
  }
}

async function endedOf(credentials: AccountCredentials, issued: Issued, host: BrokerHost): Promise<string[]> {
  const known = [...issued.live()].map(([username, expiresAt]) => ({ username, expiresAt }))
  const ended: string[] = []
  for (const { username, expiresAt } of (await credentials.list?.()) ?? known) {
    const isOver = typeof expiresAt === 'number' && expiresAt <= Date.now()
    // A store that cannot be reached ends nobody's session.
    const isGone = isOver || !(await host.isKnown(username).catch(() => true))
    if (isGone) ended.push(username)
  }
  return [...new Set([...ended, ...(credentials.list === undefined ? issued.ended() : [])])]
}
