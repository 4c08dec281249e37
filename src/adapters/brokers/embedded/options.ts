import { isUint8Array } from 'node:util/types'
import { z } from 'zod'
import type { Loose } from '../../../core/checking/loose.ts'
import { duration, logger, url } from '../../../core/options/pieces.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { type ProxyProtocol, proxyProtocol } from './proxy-protocol.ts'

/** Options of `embeddedBroker`. Without options it listens on port 1883 of every address, without encryption. */
export interface EmbeddedBrokerOptions {
  /** Address to listen on. @default every address of the machine */
  readonly host?: string | undefined
  /** 0: any free port. When a port that is named here is taken, the start fails with BROKER_START. @default 1883 */
  readonly port?: number | undefined
  /** Encrypted MQTT on a port of its own. With it, the plain port is open only if `port` names it. @default none */
  readonly tls?: BrokerTls | undefined
  /**
   * A TCP balancer in front of the broker sends the client's address by the PROXY protocol, version 1 or 2. `true`: on every port
   * of the broker. Connections that do not begin with its header are closed. @default false
   */
  readonly proxyProtocol?: boolean | ProxyProtocol | undefined
  /** MQTT over WebSocket on a port of its own, encrypted if `tls` is set. The HTTP port of the host serves it in any case. */
  readonly websocketPort?: number | undefined
  /**
   * `redis://...` through which several nodes share messages and stored sessions. Needs `ioredis`, `mqemitter-redis` and
   * `aedes-persistence-redis` 12.0.0. @default one node
   */
  readonly redis?: string | undefined
  /** Whether a free port is used when the default port is taken. @default outside production, as the platform's option `environment` says */
  readonly portFallback?: boolean | undefined
  /**
   * Limits for the work and memory that one client, or all clients together, can cause. Give only the limits that you
   * want to change.
   * @default see each limit
   */
  readonly limits?: Loose<BrokerLimits> | undefined
  /** @default the platform's logger */
  readonly logger?: Logger | undefined
}

/** Encrypted MQTT of the embedded broker: its certificate, and optionally the authority of certificates that clients need. */
export interface BrokerTls {
  /** PEM with the whole chain. Pilot only accepts certificates of a public authority (facts A2). */
  readonly cert: string | Uint8Array
  /** Its private key, PEM. */
  readonly key: string | Uint8Array
  /** 0: any free port. @default 8883 */
  readonly port?: number | undefined
  /**
   * Mutual TLS: only clients with a certificate of this authority (PEM) are accepted. The common name of the
   * certificate has to be the serial number of the gateway that the credential is for. Whether Pilot can use such a
   * certificate is not verified.
   */
  readonly clientAuth?:
    | {
        /** PEM of the authority that signs the client certificates. */
        readonly ca: string | Uint8Array
      }
    | undefined
}

/** Limits for the work and memory that one client, or all clients together, can cause. In bytes and milliseconds. */
export interface BrokerLimits {
  /** Largest MQTT packet. Those of the Cloud API have a few KiB. @default 262144 */
  readonly packetBytes: number
  /**
   * Bytes that a client may send before it is accepted. CONNECT with our credentials has about 1 KiB.
   * @default 32768
   */
  readonly unauthenticatedBytes: number
  /** How long a client may take before MQTT begins (PROXY header, TLS, WebSocket), and again until it has sent CONNECT. @default 10000 */
  readonly unauthenticatedMs: number
  /** How long a check of access may take. After that the answer is no. @default 10000 */
  readonly decisionMs: number
  /**
   * Connections whose client is not accepted yet. If there are more, the address with most of them loses the one that
   * has been silent longest. They do not count for `connections`.
   * @default 2000
   */
  readonly unauthenticated: number
  /** Connections whose client was accepted. @default 20000 */
  readonly connections: number
  /** Those from one address (of IPv6: one /56). Behind a reverse proxy or the NAT of a mobile network many clients share one address. @default 2000 */
  readonly connectionsPerAddress: number
  /** Packets per second that the connections of one gateway may send on average. A controller sends about five. @default 1000 */
  readonly packetsPerSecond: number
  /** Packets that they may send at once before `packetsPerSecond` counts. @default 5000 */
  readonly packetBurst: number
  /** Bytes per second that the connections of one gateway may send on average. @default 262144 */
  readonly bytesPerSecond: number
  /** Bytes that they may send at once before `bytesPerSecond` counts. @default 2097152 */
  readonly byteBurst: number
  /** Filters in one SUBSCRIBE or UNSUBSCRIBE. A client that sends more is disconnected. @default 64 */
  readonly filtersPerPacket: number
  /** Filters that one session may hold. More are denied in SUBACK. @default 256 */
  readonly filters: number
  /** QoS 2 messages that one client may have sent and not released (PUBREL). CONNACK of MQTT 5 announces it as Receive Maximum. @default 100 */
  readonly inFlight: number
  /** Connections of one gateway. One more connection closes the oldest. @default 16 */
  readonly connectionsPerGateway: number
  /**
   * Stored sessions of one gateway. For one more session, a session without a connection is ended: the one that would
   * expire first.
   * @default 16
   */
  readonly sessionsPerGateway: number
  /** Stored sessions of one workspace. @default 20000 */
  readonly sessionsPerWorkspace: number
  /** Stored sessions of one static account (`mqtt.legacyAccounts`), or of all anonymous clients together. @default 1000 */
  readonly sessionsPerAccount: number
  /** Bytes of messages that may wait in all sessions of one gateway. A message beyond that is not kept. @default 1048576 */
  readonly queuedBytesPerGateway: number
  /** Bytes of messages that may wait in all sessions of one workspace. @default 67108864 */
  readonly queuedBytesPerWorkspace: number
  /** How long a stored session without a connection lasts at most, seconds. @default 604800 */
  readonly sessionSeconds: number
  /** How long the Redis of the option `redis` may take to answer. After that it counts as down. @default 2000 */
  readonly redisMs: number
  /**
   * A client with a full receive buffer is disconnected if it takes nothing for this time, or not everything within
   * five times this time.
   * @default 2000
   */
  readonly drainMs: number
}

export const DEFAULT_PORT = 1883
export const DEFAULT_TLS_PORT = 8883

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
  sessionsPerAccount: 1_000,
  queuedBytesPerGateway: 1024 * 1024,
  queuedBytesPerWorkspace: 64 * 1024 * 1024,
  sessionSeconds: 7 * 24 * 3600,
  redisMs: 2_000,
  drainMs: 2_000,
}

/** A port that the options name is never replaced. */
export const mayFallBack = (
  { port, portFallback }: Pick<EmbeddedBrokerOptions, 'port' | 'portFallback'>,
  environment: string | undefined,
): boolean => port === undefined && (portFallback ?? environment !== 'production')

const port = z.int().min(0).max(65_535)

/** Checks the content, because a path to the file is a common mistake. */
const pem = z.custom<string | Uint8Array>(
  (value) =>
    (typeof value === 'string' || isUint8Array(value)) &&
    Buffer.from(value as Uint8Array).includes('-----BEGIN'),
  { message: 'needs PEM, as text or bytes; read a file with readFileSync' },
)

const tls = z.strictObject({
  cert: pem,
  key: pem,
  port: port.exactOptional(),
  clientAuth: z.strictObject({ ca: pem }).exactOptional(),
})

/** The longest timer of Node, and the longest packet of MQTT. */
const MOST = { ms: 2 ** 31 - 1, packet: 268_435_455, other: Number.MAX_SAFE_INTEGER }

const mostOf = (name: string): number =>
  name.endsWith('Ms') ? MOST.ms : name === 'packetBytes' ? MOST.packet : MOST.other

const limits = z.strictObject(
  Object.fromEntries(
    Object.keys(DEFAULT_LIMITS).map((name) => [name, duration(mostOf(name)).exactOptional()]),
  ),
)

/** Checks `EmbeddedBrokerOptions`. */
export const embeddedOptions = z.strictObject({
  host: z.string().min(1).exactOptional(),
  port: port.exactOptional(),
  tls: tls.exactOptional(),
  websocketPort: port.exactOptional(),
  proxyProtocol: proxyProtocol.exactOptional(),
  redis: url(['redis', 'rediss'], 'redis://redis.internal:6379').exactOptional(),
  portFallback: z.boolean().exactOptional(),
  limits: limits.exactOptional(),
  logger: logger.exactOptional(),
})
