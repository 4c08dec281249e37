import type { LegacyUse } from '../mqtt/legacy.ts'
import type { PluginHealth } from '../plugins/plugin-health.ts'
import type { BrokerHealth } from '../ports/broker.ts'
import type { LoadHealth } from './overload.ts'

/** The result of `cloud.health()`. Plain data without secrets. The log has the error text of each `detail`. */
export interface CloudHealth {
  /**
   * `down`: the broker or a store is down, so nobody can log in or connect; connected devices stay connected. `degraded`:
   * the bus is down, so this node does not learn of devices at other nodes; or the Redis of the embedded broker is down, so
   * it gets no messages of other nodes and stores none; or this process has more to do than it can (`load`). The host app keeps
   * running in each case.
   */
  readonly status: 'starting' | 'up' | 'degraded' | 'down' | 'stopped'
  readonly broker: BrokerHealth
  readonly stores: {
    readonly users: PartHealth
    readonly sessions: PartHealth
    readonly devices: PartHealth
    /** The counters of failed logins. */
    readonly loginRateLimit: PartHealth
  }
  /** Null if this is the only node. */
  readonly bus: PartHealth | null
  /** The health of plugins that report it, by id. */
  readonly plugins: Readonly<Record<string, PluginHealth>>
  /** Whether this process keeps up with what comes in. */
  readonly load: LoadHealth
  /** Open sockets of the `ws` module at this node. */
  readonly websockets: number
  /** Controllers that are online at this node. */
  readonly gateways: number
  /** Use of each account of `mqtt.legacyAccounts`. Absent if there are none. */
  readonly legacyAccounts?: readonly LegacyUse[]
}

/** The state of one part that the platform needs, at its last use. */
export interface PartHealth {
  /** `unknown`: not used yet, or not used since it was down and without a probe. */
  readonly status: 'up' | 'down' | 'unknown'
  /** When it got this status, in ms since the epoch. */
  readonly since: number
  /** When it last answered or failed, in ms since the epoch; null if never. */
  readonly checkedAt: number | null
  /** The last failure as an error code such as `ECONNREFUSED`, or as an error class. The log has its text. */
  readonly detail?: string
}

/** The overall status. */
export function statusOf(
  broker: BrokerHealth['status'],
  { stores, bus, load }: Pick<CloudHealth, 'stores' | 'bus' | 'load'>,
  plugins: CloudHealth['plugins'] = {},
): CloudHealth['status'] {
  if (broker !== 'up' && broker !== 'degraded') return broker
  if (Object.values(stores).some(({ status }) => status === 'down')) return 'down'
  // If a plugin is down, only its own part fails. Connections are not affected.
  if (Object.values(plugins).some(({ status }) => status !== 'up')) return 'degraded'
  if (load.status !== 'up') return 'degraded'
  return broker === 'degraded' || bus?.status === 'down' ? 'degraded' : 'up'
}
