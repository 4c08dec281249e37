import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { DjiCloudError, isDjiCloudError } from '../../../core/errors.ts'
import { madeWith } from '../../../core/options/made-with.ts'
import { thisProcessAlone } from '../../../core/options/processes.ts'
import type { BrokerAdapter, BrokerHealth } from '../../../core/ports/broker.ts'
import { within } from '../../deadline.ts'
import { adoptedLogger } from '../adopted-logger.ts'
import { type AedesBroker, createAedes } from './aedes.ts'
import { type Cluster, openCluster } from './cluster.ts'
import { createConnections } from './connections.ts'
import { certificateName, type Doors, describeDoors, openDoors, placeOf } from './doors.ts'
import type { Guest } from './front.ts'
import { createHooks } from './hooks.ts'
import { acknowledgeLate } from './late-ack.ts'
import {
  type BrokerLimits,
  DEFAULT_LIMITS,
  DEFAULT_PORT,
  type EmbeddedBrokerOptions,
  embeddedOptions,
} from './options.ts'
import { proxyRules } from './proxy-protocol.ts'
import { type KeptSessions, keepSessions } from './sessions.ts'
import { createUpgrader, type Upgrader } from './websocket.ts'

export type { BrokerLimits, BrokerTls, EmbeddedBrokerOptions } from './options.ts'
export type { BrokerPort, ProxyProtocol } from './proxy-protocol.ts'

/** How long aedes may take to stop, ms. */
const STOP_MS = 3_000

/** What exists between start and stop. */
interface Running {
  readonly broker: AedesBroker
  readonly upgrader: Upgrader
  readonly doors: Doors
  readonly cluster: Cluster | null
  readonly kept: KeptSessions
}

/**
 * The broker inside the app: MQTT 3.1, 3.1.1 and 5 over TCP, and over WebSocket where the host forwards upgrade requests. For
 * one process with sessions in memory, or for several that share a Redis.
 */
export function embeddedBroker(given: EmbeddedBrokerOptions = {}): BrokerAdapter {
  const options = madeWith('embeddedBroker', embeddedOptions, given)
  const limits: BrokerLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const logger = adoptedLogger(options.logger)
  const proxyRule = proxyRules(options.proxyProtocol)
  let status: BrokerHealth['status'] = 'stopped'
  let running: Running | null = null
  let doors: Doors | null = null
  let plainPort: number | null = null
  const connections = createConnections(limits, logger)

  const adapter: BrokerAdapter = {
    name: 'embedded',
    listens: true,
    capabilities: {
      credentials: 'gateway',
      unboundCredentials: true,
      presence: 'reported',
      dynamicAcl: true,
      kick: true,
      willAfterKick: false,
      revocation: 'immediate',
      legacyAccounts: 'connection',
    },

    async start(host) {
      if (running !== null) return
      status = 'starting'
      logger.adopt(host)
      const place = placeOf(options, host.listen)
      for (const text of place.ignored) logger.warn({}, text)
      plainPort = place.port
      let cluster: Cluster | null = null
      try {
        cluster =
          options.redis === undefined
            ? null
            : await openCluster(options.redis, limits, logger, connections.isLive)
        const broker = await createAedes({
          ...(cluster === null ? {} : { mq: cluster.mq, persistence: cluster.persistence }),
          ...createHooks({ host, connections, limits }),
          // 0: no common limit on deliveries. With a common limit, a hundred messages to one client that does not read
          // would delay all other clients.
          concurrency: 0,
          connectTimeout: limits.unauthenticatedMs,
          drainTimeout: limits.drainMs,
          maximumPacketSize: limits.packetBytes,
          maxClientsIdLength: 128,
          maxTopicLevels: 32,
          topicAliasMaximum: 16,
          receiveMaximum: limits.inFlight,
          sessionExpiryIntervalLimit: limits.sessionSeconds,
          pendingSessionsLimit: limits.connections,
        })
        cluster?.made(broker)
        const acks = cluster === null ? null : acknowledgeLate(broker)
        const kept = keepSessions({ broker, connections, limits, logger, cluster })
        connections.open({ broker, host, acks, gone: kept.gone })
        const take = (
          conn: Duplex,
          socket: Socket,
          guest: Guest | null,
          certificate: string | null,
          request?: IncomingMessage,
        ): void => connections.accept({ conn, socket, guest, certificate, request })
        const mutual = options.tls?.clientAuth !== undefined
        const upgrader = await createUpgrader(limits.packetBytes + 1024, (conn, socket, request, guest) =>
          take(conn, socket, guest ?? null, mutual ? websocketCertificate(socket) : null, request),
        )
        doors = await openDoors({
          options,
          place,
          environment: host.environment,
          handshakeMs: limits.unauthenticatedMs,
          logger,
          proxyRule,
          enter: connections.enter,
          refused: (reason, address) => host.refused({ reason, clientId: null, address }),
          take,
          upgrade: upgrader.upgrade,
        }).catch((error: unknown) => {
          kept.stop()
          void connections.close()
          broker.close(() => undefined)
          throw error
        })
        running = { broker, doors, cluster, upgrader, kept }
        status = 'up'
      } catch (cause) {
        status = 'down'
        await cluster?.close()
        throw isDjiCloudError(cause) ? cause : new DjiCloudError('BROKER_START', { cause })
      }
    },

    async stop() {
      const was = running
      running = null
      status = 'stopped'
      if (was === null) return
      const { broker, cluster, upgrader } = was
      was.kept.stop()
      upgrader.close()
      const closed = was.doors.close()
      await connections.close()
      was.doors.drop()
      // aedes waits for its persistence. If Redis is down, it would wait for ever.
      await within(new Promise<void>((resolve) => broker.close(resolve)), STOP_MS, 'The broker').catch(
        (err: unknown) =>
          logger.warn(
            { err },
            'The MQTT broker did not stop in time. The platform continues to close without waiting for it.',
          ),
      )
      await closed
      await cluster?.close()
    },

    publish({ topic, payload, qos }) {
      return new Promise((resolve, reject) => {
        if (running === null) return reject(new DjiCloudError('BROKER_UNAVAILABLE'))
        const packet = {
          cmd: 'publish',
          topic,
          payload: Buffer.from(payload),
          qos,
          retain: false,
          dup: false,
        } as const
        running.broker.publish(packet, (error) => {
          if (error) reject(new DjiCloudError('BROKER_UNAVAILABLE', { cause: error }))
          else resolve()
        })
      })
    },

    kick: connections.kick,

    health() {
      const outage = status === 'up' ? (running?.cluster?.lifeline.outage() ?? null) : null
      return {
        status: outage === null ? status : 'degraded',
        connections: connections.count(),
        detail:
          outage === null
            ? doors === null
              ? status
              : describeDoors(doors)
            : `Redis does not answer (${outage.cause}): this node works alone`,
      }
    },

    address(hostname) {
      const name = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname
      const encrypted = doors?.tls ?? null
      if (encrypted !== null) return `ssl://${name}:${encrypted}`
      return `tcp://${name}:${doors?.tcp ?? plainPort ?? options.port ?? DEFAULT_PORT}`
    },

    handleUpgrade(request, socket, head) {
      if (running === null) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n')
        return
      }
      running.upgrader.upgrade(request, socket, head)
    },
  }
  return options.redis === undefined ? thisProcessAlone(adapter) : adapter
}

/** The HTTP server of the host asks for no certificate, so with mutual TLS its clients have none and are not let in. */
const websocketCertificate = (socket: Socket): string =>
  socket instanceof TLSSocket ? certificateName(socket) : ''
