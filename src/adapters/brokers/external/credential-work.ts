import { LruMap } from '../../../core/lru-map.ts'
import type {
  AccessList,
  BrokerAdapter,
  BrokerHost,
  BrokerLogin,
  KickTarget,
} from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { AccountCredentials, AccountRequest, ExternalBrokerParts } from './parts.ts'
import { belongs, kickedClients } from './usernames.ts'

/** The highest number of user names that are kept. It limits memory, and is far above the size of any fleet. */
const MOST_ISSUED = 100_000

/** The methods of `BrokerAdapter` about credentials. They are the same for all brokers with one kind of credentials. */
export interface CredentialWork
  extends Pick<BrokerAdapter, 'issue' | 'kick' | 'revoke' | 'updateAccess' | 'credentialsOf'> {
  /** Removes accounts whose session has ended or that have expired. */
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
    /** Called with the time when an account expires. The broker itself would keep it for ever. */
    readonly endsAt: (at: number) => void
  },
): CredentialWork {
  const { credentials } = parts
  const { issued, logger, access } = given
  /** With hooks: the aircraft of each gateway, to notice when a gateway loses one. */
  const aircraftOf = new Map<string, ReadonlySet<string>>()

  const isStatic = (username: string): boolean =>
    given.host()?.legacyAccounts?.some((account) => account.username === username) === true

  /** The user names of the target that are known here or at the broker. */
  async function find(target: KickTarget): Promise<string[]> {
    const names = new Set(await known(target))
    // Many controllers use a static account, so it stays when one of its gateways ends.
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
    // Any node may accept them again. That node then knows them.
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
    if (gateway === null)
      throw new TypeError(
        `The broker ${given.name} cannot issue credentials without the serial number of the gateway.`,
      )
    const whole: AccountRequest = { ...request, gateway, access: access(gateway, request.aircraft) }
    issued.add(username, expiresAt)
    if (credentials.kind === 'tokens')
      return { username, password: request.password(credentials.claims?.(whole)) }
    if (credentials.kind === 'hooks') return { username, password: request.password() }
    const login = await credentials.put(whole)
    given.endsAt(expiresAt)
    return login
  }

  /** A broker asks once per subscription. So a gateway that lost an aircraft would get its messages until it subscribes again. */
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
    // With hooks each new connection is checked here, so closing is enough. A shared account cannot be revoked for one.
    ...(credentials.kind === 'accounts' || credentials.kind === 'tokens' ? { revoke } : {}),
    // A broker with accounts accepts their owners without asking.
    ...(credentials.kind === 'accounts' && credentials.remove !== undefined
      ? { credentialsOf: (gateway: string) => find({ gateway }) }
      : {}),
    ...updating(),
    async forgetEnded(host) {
      if (credentials.kind !== 'accounts' || credentials.remove === undefined) return
      const ended = await endedOf(credentials, issued, host)
      if (ended.length === 0) return
      logger.info({ count: ended.length }, `Ended credentials are removed from the broker ${given.name}.`)
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
    // When the store cannot be reached, no session counts as ended.
    const isGone = isOver || !(await host.isKnown(username).catch(() => true))
    if (isGone) ended.push(username)
  }
  return [...new Set([...ended, ...(credentials.list === undefined ? issued.ended() : [])])]
}

/** User names that this process has issued or accepted, each with the time when it expires. */
export interface Issued {
  /** @param expiresAt milliseconds since the epoch; Infinity if it is not known */
  add(username: string, expiresAt: number): void
  forget(usernames: Iterable<string>): void
  /** User names that have not expired. */
  live(): ReadonlyMap<string, number>
  /** User names that have expired. They are kept until they are forgotten. */
  ended(): string[]
}

export function createIssued(now: () => number = Date.now): Issued {
  const known = new LruMap<string, number>(MOST_ISSUED)
  const ended = (): string[] => [...known].filter(([, until]) => until <= now()).map(([name]) => name)
  return {
    add(username, expiresAt) {
      // If the expiry is known, keep it when the owner connects.
      const until = Number.isFinite(expiresAt) ? expiresAt : (known.peek(username) ?? expiresAt)
      known.set(username, until)
    },
    forget(usernames) {
      for (const username of usernames) known.delete(username)
    },
    live: () => new Map([...known].filter(([, until]) => until > now())),
    ended,
  }
}
