import type { MqttCredential, MqttCredentials } from '../access/mqtt-credentials.ts'
import type { Learned, Registry } from '../devices/registry.ts'
import type { BrokerAdapter } from '../ports/broker.ts'
import type { Logger } from '../ports/logger.ts'
import type { Session } from '../ports/sessions.ts'
import type { Topology } from './messages.ts'

/** The oldest are forgotten beyond this: a bound on memory, far above any fleet. */
const MAX_REMEMBERED = 100_000

/** Where core and the broker agree on who gets in and how far. */
export interface CredentialDesk {
  /**
   * @param aircraft named beforehand, for brokers that cannot be told later
   * @returns null when this broker gives out nothing without a gateway
   */
  issue(
    session: Session,
    gateway: string | null,
    aircraft?: readonly string[],
  ): Promise<MqttCredential | null>
  /** The session that a gateway's newest credential of this node was issued for. */
  sessionOf(gateway: string): string | null
  /** `registry.learn`, and then the broker knows too: the first OSD follows the answer at once. */
  learn(gateway: string, topology: Topology): Promise<Learned>
  /** An aircraft or gateway was forgotten: the broker forgets it as well. */
  sync(...gateways: (string | null)[]): Promise<void>
}

export function createDesk(parts: {
  readonly broker: Pick<BrokerAdapter, 'capabilities' | 'issue' | 'updateAccess'>
  readonly credentials: MqttCredentials
  readonly registry: Pick<Registry, 'learn' | 'access' | 'gatewayOf'>
  readonly logger: Logger
}): CredentialDesk {
  const { broker, credentials, registry, logger } = parts
  const newest = new Map<string, string>()

  async function sync(...gateways: (string | null)[]): Promise<void> {
    for (const gateway of new Set(gateways)) {
      if (gateway === null || broker.updateAccess === undefined) continue
      await broker.updateAccess(gateway, registry.access(gateway)).catch((error: unknown) => {
        // The adapter makes it good when it is connected again.
        logger.error({ err: error, gateway }, 'access not updated at the broker')
      })
    }
  }

  return {
    async issue(session, gateway, aircraft = []) {
      if (gateway === null && !broker.capabilities.unbound) return null
      if (gateway !== null) {
        newest.delete(gateway)
        newest.set(gateway, session.id)
        if (newest.size > MAX_REMEMBERED) newest.delete(newest.keys().next().value ?? '')
      }
      const own = credentials.issue(session, gateway)
      if (broker.issue === undefined) return own
      const named = gateway === null ? aircraft : [...new Set([...aircraft, ...registry.access(gateway)])]
      const login = await broker.issue(credentials.request(session, gateway, named))
      return { ...own, ...login }
    },
    sessionOf: (gateway) => newest.get(gateway) ?? null,
    async learn(gateway, topology) {
      const before = registry.access(gateway)
      const others = topology.subDevices.map(({ serial }) => registry.gatewayOf(serial))
      const learned = await registry.learn(gateway, topology)
      const changed = others.filter((other) => other !== gateway)
      await sync(...changed, registry.access(gateway) === before ? null : gateway)
      return learned
    },
    sync,
  }
}
