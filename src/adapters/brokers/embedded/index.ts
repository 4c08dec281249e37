import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { DjiCloudError, isDjiCloudError } from '../../../core/errors.ts'
import { madeWith } from '../../../core/options/made-with.ts'
import { thisProcessAlone } from '../../../core/options/processes.ts'
import type { BrokerAdapter, BrokerHealth, BrokerHost } from '../../../core/ports/broker.ts'
import { within } from '../../deadline.ts'
import { adoptedLogger } from '../adopted-logger.ts'
import { type AedesBroker, createAedes } from './aedes.ts'
import { type Cluster, openCluster } from './cluster.ts'
import { createConnections } from './connections.ts'
import { type Doors, describeDoors, openDoors } from './doors.ts'
import type { Guest } from './front.ts'
import { createHooks } from './hooks.ts'
import { type KeptSessions, keepSessions } from './keep-sessions.ts'
import { closeLink } from './kick.ts'
import { acknowledgeLate, type LateAcks } from './late-ack.ts'
import { type Link, matches } from './link.ts'
import { type BrokerLimits, DEFAULT_LIMITS, DEFAULT_PORT, type EmbeddedBrokerOptions } from './options.ts'
import { placeOf } from './place.ts'
import { proxyRules } from './proxy-options.ts'
import { embeddedOptions } from './schema.ts'
import { storeOnce } from './store-once.ts'
import { certificateName } from './tls.ts'
import { createUpgrader, type Upgrader } from './websocket.ts'

export type { BrokerLimits, BrokerPort, EmbeddedBrokerOptions, ProxyProtocol } from './options.ts'
export type { BrokerTls } from './tls.ts'

/** How long the goodbyes of `stop` may take, ms. */
const STOP_MS = 3_000

/** What exists only between start and stop. */
interface Running {
  readonly host: BrokerHost
  readonly broker: AedesBroker
  readonly upgrader: Upgrader
  readonly doors: Doors
  readonly cluster: Cluster | null
  readonly kept: KeptSessions
}

/**
 * The broker inside the app: MQTT 3.1, 3.1.1 and 5 over TCP, and over WebSocket where the host forwards upgrades.
 * One process with sessions in memory, or several that share a Redis.
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
  /** With Redis: QoS 1 is acknowledged when it is stored there. */
  let acks: LateAcks | null = null
  const connections = createConnections({
    limits,
    logger,
    isStopped: () => status === 'stopped',
    gone: (client) => running?.kept.gone(client),
    taken: (packet) => acks?.begin(packet),
  })
  const { links } = connections

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
        const broker: AedesBroker = await createAedes({
          ...(cluster === null ? {} : { mq: cluster.mq, persistence: cluster.persistence }),
          ...createHooks({
            host,
            linkOf: connections.linkOf,
            decisionMs: limits.decisionMs,
            filters: limits.filters,
            hasRoom: (link, id) => connections.hasRoom(host, link, id),
            admitted: (link) => connections.admitted(broker, host, link),
            denied: (packet) => acks?.refused(packet),
            forget: (link, filters) => connections.forget(broker, link, filters),
          }),
          // 0: no common limit on deliveries. With one, a hundred messages to one stuck peer hold up everybody.
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
        acks = cluster === null ? null : acknowledgeLate(broker)
        storeOnce(broker.persistence)
        const kept = keepSessions({ broker, connections, limits, logger, cluster })
        connections.listenForTrouble(broker, host)
        const take = (
          conn: Duplex,
          socket: Socket,
          guest: Guest | null,
          certificate: string | null,
          request?: IncomingMessage,
        ): void => connections.accept({ broker, host, conn, socket, guest, certificate, request })
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
          broker.close(() => undefined)
          throw error
        })
        running = { host, broker, doors, cluster, upgrader, kept }
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
      await Promise.all([...links].map((link) => closeLink(broker, link, 'shutdown')))
      was.doors.drop()
      // aedes waits for its persistence, which with a Redis that is away would be for ever.
      await within(new Promise<void>((resolve) => broker.close(resolve)), STOP_MS, 'the broker').catch(
        (err: unknown) => logger.warn({ err }, 'the MQTT broker was stopped without its goodbyes'),
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

    async kick(target) {
      if (running === null) return 0
      const { broker } = running
      const hit: Link[] = []
      for (const link of links) {
        if (link.connection === null) link.kicked.push(target)
        else if (matches(link.connection.principal, target)) hit.push(link)
      }
      await Promise.all(hit.map((link) => closeLink(broker, link, 'kicked')))
      return hit.length
    },

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
            : `Redis does not answer (${outage.cause}): this node goes on alone`,
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

/** The host's own port asks for no certificate: with mutual TLS nobody gets in there. */
const websocketCertificate = (socket: Socket): string =>
  socket instanceof TLSSocket ? certificateName(socket) : ''
