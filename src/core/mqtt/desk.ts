import type { MqttCredential, MqttCredentials } from '../access/mqtt-credentials.ts'
import type { Learned, Registry } from '../devices/registry.ts'
import type { FleetEmitter } from '../fleet-signals.ts'
import { LruMap } from '../lru-map.ts'
import type { BrokerAdapter } from '../ports/broker.ts'
import type { Logger } from '../ports/logger.ts'
import type { Session } from '../ports/sessions.ts'
import { createLanes } from '../promises.ts'
import type { Topology } from './messages.ts'

/** Above this number, the oldest are forgotten. It limits the memory, and is far above any fleet. */
const MAX_REMEMBERED = 100_000

/** Gives out MQTT credentials, and tells the broker what each gateway may publish and receive. */
export interface CredentialDesk {
  /**
   * @param aircraft that the caller names now, for brokers whose rules cannot be changed later
   * @returns null if this broker gives out no credentials without a gateway
   */
  issue(
    session: Session,
    gateway: string | null,
    aircraft?: readonly string[],
  ): Promise<MqttCredential | null>
  /** The session that a gateway's newest credential of this node was issued for. */
  sessionOf(gateway: string): Pick<Session, 'id' | 'userId'> | null
  /**
   * Calls `registry.learn` and then updates the broker. Await it before the topology is answered, because OSD follows
   * the answer at once.
   */
  learn(gateway: string, topology: Topology): Promise<Learned>
  /**
   * Tells the broker that these gateways may speak for other aircraft now. Resolves when the broker has the new rules.
   * Never rejects.
   */
  sync(...gateways: (string | null)[]): Promise<void>
}

export function createDesk(parts: {
  readonly broker: Pick<BrokerAdapter, 'capabilities' | 'issue' | 'updateAccess'>
  readonly credentials: MqttCredentials
  readonly registry: Pick<Registry, 'learn' | 'access' | 'linkedTo'>
  readonly logger: Logger
  /** Gets `issued`. Default: nobody listens. */
  readonly signals?: FleetEmitter
}): CredentialDesk {
  const { broker, credentials, registry, logger, signals } = parts
  const newest = new LruMap<string, Pick<Session, 'id' | 'userId'>>(MAX_REMEMBERED)
  /** The updates of a gateway are made one after the other, so that the newest is the last. */
  const updates = createLanes()
  /** An update that waits and has not begun. It will use the state at the time when it begins. */
  const waiting = new Map<string, Promise<void>>()

  function update(gateway: string): Promise<void> {
    const ahead = waiting.get(gateway)
    if (ahead !== undefined) return ahead
    const work = updates
      .run(gateway, () => {
        waiting.delete(gateway)
        return broker.updateAccess?.(gateway, registry.access(gateway))
      })
      .catch((error: unknown) => {
        logger.error(
          { err: error, gateway },
          'The broker does not know yet what a controller may publish and receive. This is repeated when the broker is connected again. Check the broker.',
        )
      })
    waiting.set(gateway, work)
    return work
  }

  async function sync(...gateways: (string | null)[]): Promise<void> {
    if (broker.updateAccess === undefined) return
    for (const gateway of new Set(gateways)) if (gateway !== null) await update(gateway)
  }

  return {
    async issue(session, gateway, aircraft = []) {
      if (gateway === null && !broker.capabilities.unboundCredentials) return null
      if (gateway !== null) {
        newest.set(gateway, { id: session.id, userId: session.userId })
      }
      const own = credentials.issue(session, gateway)
      if (broker.issue === undefined) {
        signals?.emit('issued', session, gateway)
        return own
      }
      const named = gateway === null ? aircraft : [...new Set([...aircraft, ...registry.access(gateway)])]
      const login = await broker.issue(credentials.request(session, gateway, named))
      signals?.emit('issued', session, gateway)
      return { ...own, ...login }
    },
    sessionOf: (gateway) => newest.peek(gateway) ?? null,
    async learn(gateway, topology) {
      const learned = await registry.learn(gateway, topology)
      // The change of access itself is already being sent to the broker (`sync`, called by the registry's signal
      // `access`).
      const others = topology.subDevices.flatMap(({ serial }) => registry.linkedTo(serial))
      await Promise.all([...new Set([gateway, ...others])].map(updates.pending))
      return learned
    },
    sync,
  }
}
