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

/** What `cloud.health()` says. Plain data, without a secret; the log has the words behind a `detail`. */
export interface CloudHealth {
  /**
   * `down`: the broker or a store is, so nobody can log in or connect; what is connected may fly on. `degraded`: the bus
   * is, so this node does not hear of the others' devices, or the Redis of the embedded broker, so it does not hear of their
   * messages and keeps none. The host app itself lives on in each case.
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
  /** Null: this node is alone. */
  readonly bus: PartHealth | null
  /** By id, how those plugins are that can say it. */
  readonly plugins: Readonly<Record<string, PluginHealth>>
  /** Open sockets of the `ws` module at this node. */
  readonly websockets: number
  /** Controllers that are online at this node. */
  readonly gateways: number
  /** How much each account of `mqtt.legacyAccounts` is still used. Absent: there are none. */
  readonly legacyAccounts?: readonly LegacyUse[]
}

interface Stores {
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly devices: DeviceStore
  readonly rateLimitStore: RateLimitStore
}

export interface Vitals {
  /** To be used in place of the stores: every call shows how they are. */
  readonly stores: Stores
  readonly bus: Bus | undefined
  parts(): Pick<CloudHealth, 'stores' | 'bus'>
  /** To be called about every second. */
  beat(): Promise<void>
}

/** An id that is nobody's: what is asked for costs a look-up and finds nothing. */
const NOBODY = 'HEALTH0000'
const PROBE_LIMIT = { attempts: 1, windowSeconds: 1 }

/**
 * How stores and bus are, seen from their use: health asks nobody when it is called. What was down, or has not been used for
 * half a minute, is asked one cheap question by the platform's own beat.
 */
export function createVitals(
  given: Stores & { readonly bus: Bus | undefined },
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Vitals {
  /** A host's own store may take only ids of a certain shape, so it is asked for a user that it has named itself. */
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
  // No probe: every node says every second that it is there.
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

/** The one word for it all. */
export function statusOf(
  broker: BrokerHealth['status'],
  { stores, bus }: Pick<CloudHealth, 'stores' | 'bus'>,
  plugins: CloudHealth['plugins'] = {},
): CloudHealth['status'] {
  if (broker !== 'up' && broker !== 'degraded') return broker
  if (Object.values(stores).some(({ status }) => status === 'down')) return 'down'
  // A plugin that is down takes its own part away, and nobody's connection.
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
