import type { Loose } from '../../../core/checking/loose.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { BrokerTls } from './tls.ts'

/** What one peer, or all of them, can make the broker hold. Bytes and milliseconds. */
export interface BrokerLimits {
  /** Largest MQTT packet. The Cloud API's are a few KiB. @default 262144 */
  readonly packetBytes: number
  /** What a peer may send before it is let in. CONNECT with our credentials has about 1 KiB. @default 32768 */
  readonly unauthenticatedBytes: number
  /** How long a peer may take before MQTT begins (PROXY header, TLS, WebSocket), and then to send CONNECT. @default 10000 */
  readonly unauthenticatedMs: number
  /** How long a check of ours may take before it counts as a refusal. @default 10000 */
  readonly decisionMs: number
  /**
   * Peers that are not let in yet. When there are more, the address that has most of them loses the one that has waited
   * longest without a word. They use up nothing of `connections`. @default 2000
   */
  readonly unauthenticated: number
  /** All connections that were let in. @default 20000 */
  readonly connections: number
  /** Those from one address (of IPv6: one /56). Behind a reverse proxy or a carrier's NAT many share one. @default 2000 */
  readonly connectionsPerAddress: number
  /** Packets that one connection may send a second, on average. A controller sends a handful. @default 1000 */
  readonly packetsPerSecond: number
  /** Packets that it may send at once before that counts. @default 5000 */
  readonly packetBurst: number
  /** Bytes that one connection may send a second, on average: reading costs by them. @default 262144 */
  readonly bytesPerSecond: number
  /** Bytes that it may send at once before that counts. @default 2097152 */
  readonly byteBurst: number
  /** Filters in one SUBSCRIBE or UNSUBSCRIBE. More closes the connection. @default 64 */
  readonly filtersPerPacket: number
  /** Filters that one session may hold. More are denied in SUBACK. @default 256 */
  readonly filters: number
  /** QoS 2 messages that one client may have begun and not released; announced in MQTT 5. @default 100 */
  readonly inFlight: number
  /** Connections of one gateway. A further one closes the oldest. @default 16 */
  readonly connectionsPerGateway: number
  /** Stored sessions of one gateway. A further one ends the oldest that nobody is connected to. @default 16 */
  readonly sessionsPerGateway: number
  /** Stored sessions of one workspace. @default 20000 */
  readonly sessionsPerWorkspace: number
  /** Bytes that may wait for all sessions of one gateway. What finds no room is not kept. @default 1048576 */
  readonly queuedBytesPerGateway: number
  /** Bytes that may wait for all sessions of one workspace. @default 67108864 */
  readonly queuedBytesPerWorkspace: number
  /** How long a stored session lasts that nobody is connected to, at most. @default 604800 seconds */
  readonly sessionSeconds: number
  /** With `redis`: how long it may take to answer before it counts as away. @default 2000 */
  readonly redisMs: number
  /** A peer with a full receive buffer is closed when it takes nothing for so long, or not everything in five times as long. @default 2000 ms */
  readonly drainMs: number
}

export const DEFAULT_LIMITS: BrokerLimits = {
  packetBytes: 256 * 1024,
  unauthenticatedBytes: 32 * 1024,
  unauthenticatedMs: 10_000,
  decisionMs: 10_000,
  unauthenticated: 2_000,
  connections: 20_000,
  connectionsPerAddress: 2_000,
  packetsPerSecond: 1_000,
  packetBurst: 5_000,
  bytesPerSecond: 256 * 1024,
  byteBurst: 2 * 1024 * 1024,
  filtersPerPacket: 64,
  filters: 256,
  inFlight: 100,
  connectionsPerGateway: 16,
  sessionsPerGateway: 16,
  sessionsPerWorkspace: 20_000,
  queuedBytesPerGateway: 1024 * 1024,
  queuedBytesPerWorkspace: 64 * 1024 * 1024,
  sessionSeconds: 7 * 24 * 3600,
  redisMs: 2_000,
  drainMs: 2_000,
}

export const DEFAULT_PORT = 1883

/** A port of the broker: plain MQTT, MQTT over TLS, MQTT over WebSocket (`websocketPort`). */
export type BrokerPort = 'tcp' | 'tls' | 'websocket'

/** Where the PROXY protocol is expected, and from whom. */
export interface ProxyProtocol {
  /** @default every port of the broker */
  readonly ports?: readonly BrokerPort[] | undefined
  /**
   * Addresses and networks of the balancers, such as `10.0.3.7` or `10.0.0.0/8`. Anybody else is closed: who can write
   * a header can claim any address. @default everybody, so only balancers may be able to reach the port
   */
  readonly from?: readonly string[] | undefined
}

/** What `embeddedBroker` is given. Without anything it listens on port 1883 of every address, unencrypted. */
export interface EmbeddedBrokerOptions {
  /** Address to listen on. @default every address of the machine */
  readonly host?: string | undefined
  /** 0 takes any free one. A port that is named here and taken is BROKER_START. @default 1883 */
  readonly port?: number | undefined
  /** Encrypted MQTT on a port of its own. With it, the plain port is open only where `port` names it. @default none */
  readonly tls?: BrokerTls | undefined
  /**
   * A TCP balancer stands in front and says whom it speaks for, by the PROXY protocol, version 1 or 2: `true` on every port
   * of the broker. Connections that do not begin with its header are then closed. @default false
   */
  readonly proxyProtocol?: boolean | ProxyProtocol | undefined
  /** MQTT over WebSocket on a port of its own, encrypted where `tls` is set. The host's own port serves it anyway. */
  readonly websocketPort?: number | undefined
  /**
   * `redis://...` that several nodes share: messages and stored sessions of one are those of all. Needs `ioredis`,
   * `mqemitter-redis` and `aedes-persistence-redis` 12.0.0. @default one node
   */
  readonly redis?: string | undefined
  /** May the default port, when it is taken, be replaced by a free one? @default outside production, as the platform's option `environment` says */
  readonly portFallback?: boolean | undefined
  /**
   * What one peer, and all of them, can make the broker hold: only the limits that differ. @default those named at
   * each limit
   */
  readonly limits?: Loose<BrokerLimits> | undefined
  /** @default the platform's logger */
  readonly logger?: Logger | undefined
}

/** A port that somebody asked for is that port or none. */
export const mayFallBack = (
  { port, portFallback }: Pick<EmbeddedBrokerOptions, 'port' | 'portFallback'>,
  environment: string | undefined,
): boolean => port === undefined && (portFallback ?? environment !== 'production')
