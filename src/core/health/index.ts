import type { LegacyUse } from '../mqtt/legacy.ts'
import type { PluginHealth } from '../plugins/plugin-health.ts'
import type { BrokerHealth } from '../ports/broker.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import type { SessionStore } from '../ports/sessions.ts'
import type { RateLimitStore } from '../ports/throttle.ts'
import type { UserStore } from '../ports/users.ts'
import { observed } from './observe.ts'
import { createPart, type PartHealth } from './part.ts'

/** The result of `cloud.health()`. Plain data without secrets. The log has the error text of each `detail`. */
export interface CloudHealth {
  /**
   * `down`: the broker or a store is down, so nobody can log in or connect; connected devices stay connected. `degraded`:
   * the bus is down, so this node does not learn of devices at other nodes; or the Redis of the embedded broker is down, so
   * it gets no messages of other nodes and stores none. The host app keeps running in each case.
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
  /** Open sockets of the `ws` module at this node. */
  readonly websockets: number
  /** Controllers that are online at this node. */
  readonly gateways: number
  /** Use of each account of `mqtt.legacyAccounts`. Absent if there are none. */
  readonly legacyAccounts?: readonly LegacyUse[]
}

interface Stores {
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly devices: DeviceStore
  readonly rateLimitStore: RateLimitStore
}

export interface Vitals {
  /** Wrapped stores. Use them in place of the stores, so that every call shows their health. */
  readonly stores: Stores
  readonly bus: Bus | undefined
  parts(): Pick<CloudHealth, 'stores' | 'bus'>
  /** Call it about every second. */
  beat(): Promise<void>
}

/** An id that no user has, so that a probe costs one look-up and finds nothing. */
const NOBODY = 'HEALTH0000'
const PROBE_LIMIT = { attempts: 1, windowSeconds: 1 }

/**
 * The health of stores and bus, taken from their use: `health()` itself asks nothing. If a part was down, or was not used
 * for half a minute, the platform's timer sends it one cheap question.
 */
export function createVitals(
  given: Stores & { readonly bus: Bus | undefined },
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Vitals {
  /** A user id from the store itself, for the probe: a host's store may accept only ids of a certain form. */
  let userId: string | null = null
  const counter = lazily(() => given.rateLimitStore.counter('health', PROBE_LIMIT))
  const about = { clock, logger }
  const parts = {
    users: createPart({
      ...about,
      name: 'the store of users',
      probe: () => (userId === null ? null : given.users.findById(userId)),
    }),
    sessions: createPart({
      ...about,
      name: 'the store of sessions',
      probe: () => given.sessions.get(NOBODY),
    }),
    devices: createPart({
      ...about,
      name: 'the store of devices',
      probe: () => given.devices.get(NOBODY),
    }),
    loginRateLimit: createPart({
      ...about,
      name: 'the store of failed logins',
      probe: () => counter().retryAfterMs(NOBODY),
    }),
  }
  // No probe is needed: every node sends a message every second.
  const bus = given.bus === undefined ? null : createPart({ ...about, name: 'the bus' })
  const users = observed(given.users, {
    ...parts.users,
    answered(_args, user) {
      if (typeof user === 'object' && user !== null) userId = String((user as { id?: unknown }).id)
    },
  })

  return {
    stores: {
      users,
      sessions: observed(given.sessions, parts.sessions),
      devices: observed(given.devices, parts.devices),
      rateLimitStore: observed(given.rateLimitStore, parts.loginRateLimit),
    },
    bus: given.bus === undefined || bus === null ? given.bus : observed(given.bus, bus),
    parts: () => ({
      stores: {
        users: parts.users.view(),
        sessions: parts.sessions.view(),
        devices: parts.devices.view(),
        loginRateLimit: parts.loginRateLimit.view(),
      },
      bus: bus?.view() ?? null,
    }),
    async beat() {
      await Promise.all(Object.values(parts).map((part) => part.beat()))
    },
  }
}

/** The overall status. */
export function statusOf(
  broker: BrokerHealth['status'],
  { stores, bus }: Pick<CloudHealth, 'stores' | 'bus'>,
  plugins: CloudHealth['plugins'] = {},
): CloudHealth['status'] {
  if (broker !== 'up' && broker !== 'degraded') return broker
  if (Object.values(stores).some(({ status }) => status === 'down')) return 'down'
  // If a plugin is down, only its own part fails. Connections are not affected.
  if (Object.values(plugins).some(({ status }) => status !== 'up')) return 'degraded'
  return broker === 'degraded' || bus?.status === 'down' ? 'degraded' : 'up'
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
