import type { GatewayView } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'
import type { Reservations } from '../devices/reservations.ts'
import type { Telemetry } from '../devices/telemetry.ts'
import type { CloudEmitter } from '../events.ts'
import type { FleetEmitter } from '../fleet-signals.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { EndedSession, EndReason } from '../ports/sessions.ts'
import type { Sequence } from '../sequence.ts'
import type { TopologyNews } from './announcer.ts'
import type { Push } from './hub.ts'
import type { Mirror } from './mirror.ts'
import type { Questions } from './questions.ts'
import type { Question } from './wire.ts'

export interface Nodes {
  readonly id: string
  /** The names of the other nodes. */
  alive(): Iterable<string>
  start(): Promise<void>
  /**
   * These devices were online when the platform stopped. They are shown as online until the grace time is over, unless
   * a node reports otherwise.
   * @returns starts the grace time
   */
  expect(views: readonly GatewayView[]): () => void
  /** A gateway of this node names other aircraft, or may speak for others. */
  changed(gateway: string): void
  /** These devices are no longer kept for a user. */
  freed(serials: readonly string[]): void
  /** To be called about every second. */
  beat(): void
  sessionEnded(sessionId: string, reason: EndReason): void
  /** Pushes to the sockets of this workspace at the other nodes. */
  push(workspaceId: string, push: Push): void
  /** A device has another nickname. Tells the node that shows it. */
  renamed(serial: string, nickname: string | null): void
  /** The workspace of this device has released it. */
  unbound(serial: string, workspaceId: string): void
  ask: Questions['ask']
  /**
   * This node stops. If there are other nodes, they get its gateways, and this node emits nothing more about them.
   * @returns whether there are others
   */
  leave(): boolean
  stop(): Promise<void>
}

export interface NodesParts {
  readonly bus: Bus
  /** Keeps the views of the other nodes. */
  readonly mirror: Mirror
  readonly registry: Pick<Registry, 'get' | 'list' | 'handOver' | 'gatewayOf' | 'takeUp' | 'review'>
  readonly reservations: Pick<Reservations, 'keep' | 'free'>
  readonly telemetry: Telemetry
  /** Pushes to the sockets of this node. */
  readonly push: (news: TopologyNews) => void
  readonly emitter: CloudEmitter
  readonly clock: Clock
  /** ms since then in which this process could not listen. Default: none. */
  readonly missedSince?: (at: number) => number
  readonly logger: Logger
  /** Answers a question of another node about a gateway of this node. */
  readonly answer: (question: Question) => Promise<unknown>
  /** A device was unbound on another node. */
  readonly onUnbound: (serial: string, workspaceId: string) => void
  /** A device got another nickname at another node. */
  readonly onRenamed: (serial: string, nickname: string | null) => void
  /** A plugin at another node pushes a message to the sockets of a workspace. */
  readonly onPush: (workspaceId: string, push: Push) => void
  /** Closes the connections that a session has here, after it ended on another node. */
  readonly sessionEnd: Pick<Sequence<EndedSession>, 'run'>
  /** A gateway has moved to another node: its connection here is dead. */
  readonly onMoved: (gateway: string) => void
  /** The time that a gateway of a stopped node has to come back. Milliseconds. Default: 0. */
  readonly graceMs?: number
  /** Gets `members`. */
  readonly signals: FleetEmitter
}
