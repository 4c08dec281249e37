import type { EventEmitter } from 'node:events'
import type { MqttCredentials } from '../access/mqtt-credentials.ts'
import { throttleWrongPasswords } from '../access/mqtt-throttle.ts'
import type { SessionService } from '../access/sessions.ts'
import type { Liveness } from '../devices/live.ts'
import type { Notebook } from '../devices/notebook.ts'
import type { Registry } from '../devices/registry.ts'
import type { CloudEmitter } from '../events.ts'
import type { FleetSignals } from '../fleet-signals.ts'
import type { Lateness } from '../health/lateness.ts'
import type { ParsedOptions } from '../options/schema.ts'
import type {
  BrokerAdapter,
  BrokerHost,
  Clock,
  InboundMessage,
  Logger,
  SessionStore,
} from '../ports/index.ts'
import type { Everywhere } from '../realtime/mirror.ts'
import type { Nodes } from '../realtime/nodes.ts'
import { createOwnership } from '../realtime/ownership.ts'
import { createBrokerHost } from './broker-host.ts'
import type { CredentialDesk } from './desk.ts'
import type { Kicks } from './kicks.ts'
import { type LegacyAccounts, withLegacy } from './legacy.ts'
import { createPublisher } from './publisher.ts'
import type { TopicTable } from './topic-table.ts'
import { createUnclaimed } from './unclaimed.ts'

/** The part of the platform that the broker talks to: it answers the broker's questions and takes its messages. */
export interface BrokerSide {
  /** The argument for `broker.start`. */
  readonly host: BrokerHost
  /** The sessions of the connections that the broker has reported. */
  sessionIds(): ReadonlySet<string>
  /** Call it every few seconds. */
  beat(): unknown
  stop(): void
}

export function createBrokerSide(parts: {
  readonly options: ParsedOptions
  readonly broker: BrokerAdapter
  readonly credentials: MqttCredentials
  readonly legacy: LegacyAccounts
  /** The workspace of clients without a user name, if `mqtt.anonymous` allows them. */
  readonly anonymousWorkspace: string
  readonly sessions: SessionService
  readonly sessionStore: SessionStore
  readonly registry: Registry
  /** The gateways of all nodes: the hook of a broker may ask any node. */
  readonly all: Everywhere
  readonly notebook: Notebook
  readonly desk: CredentialDesk
  readonly live: Liveness
  readonly kicks: Kicks
  /** Null: there are no other nodes. */
  readonly nodes: Pick<Nodes, 'id' | 'alive'> | null
  /** False: the broker runs in this process, and other nodes get nothing from it. */
  readonly isShared: boolean
  readonly signals: EventEmitter<FleetSignals>
  readonly topics: TopicTable
  readonly onMessage: (message: InboundMessage) => unknown
  readonly emitter: CloudEmitter
  readonly clock: Clock
  readonly lateness: Pick<Lateness, 'missedSince'>
  readonly logger: Logger
}): BrokerSide {
  const { options, broker, credentials, legacy, sessions, registry, all, notebook, kicks, nodes } = parts
  const { signals, clock, logger } = parts
  const { emit, on } = parts.emitter
  const unclaimed =
    broker.capabilities?.credentials !== 'shared'
      ? undefined
      : createUnclaimed({
          ...{ emit, clock, logger, on, devices: notebook },
          sessions: () => sessions.list(),
          redeliver: (message) => signals.emit('redelivered', message),
        })
  const verifyThrottled = throttleWrongPasswords({
    verify: withLegacy(legacy, credentials.verify),
    isSigned: credentials.isSigned,
    clock,
  })
  const host = createBrokerHost({
    ...{ unclaimed, legacy, emit, clock, logger },
    topics: parts.topics,
    onMessage: parts.onMessage,
    inUse: parts.live.inUse,
    isAircraft: notebook.isAircraft,
    sendAway: ({ principal: { credentialId } }) => kicks.close({ credentialId }),
    expel: kicks.expel,
    // If `mqtt.anonymous` lets everybody in, wrong passwords are not limited, except those for static accounts.
    async verifyCredential(attempt) {
      await credentials.ready()
      return options.mqtt.anonymous && !legacy.has(attempt.username ?? '')
        ? credentials.verify(attempt)
        : verifyThrottled(attempt)
    },
    identify: credentials.identify,
    sessionOf: parts.desk.sessionOf,
    reintroduce: (gateway) => kicks.close({ gateway }),
    isAlive: async (sessionId) => (await sessions.alive(sessionId)) !== null,
    registry: { ...registry, ...all },
    missedSince: parts.lateness.missedSince,
    devices: notebook,
    sessions: parts.sessionStore,
    listen: { host: options.mqtt.host, port: options.mqtt.port },
    anonymous: options.mqtt.anonymous ? { workspaceId: parts.anonymousWorkspace } : null,
    environment: options.environment,
  })
  const ownership =
    nodes === null || !parts.isShared
      ? null
      : createOwnership({
          ...{ host, self: nodes.id, others: nodes.alive },
          publisherOf: createPublisher(all).of,
          recall: notebook.claim,
          handOver: registry.handOver,
        })
  if (ownership !== null) signals.on('members', ownership.rebalance)
  const told: BrokerHost = ownership === null ? host : { ...host, ...ownership.host }
  signals.on('redelivered', told.received)
  return { host: told, sessionIds: host.sessionIds, beat: () => unclaimed?.beat(), stop: host.stop }
}
