import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { DjiCloudError, isDjiCloudError } from '../../../core/errors.ts'
import { thisProcessAlone } from '../../../core/options/processes.ts'
import type { BrokerAdapter, BrokerHealth, BrokerHost } from '../../../core/ports/broker.ts'
import { within } from '../../deadline.ts'
import { adoptedLogger } from '../adopted-logger.ts'
import { type AedesBroker, type AedesClient, createAedes } from './aedes.ts'
import { guardPackets, limitBytes } from './armour.ts'
import { type Cluster, openCluster } from './cluster.ts'
import { type Doors, describeDoors, openDoors } from './doors.ts'
import { createHooks } from './hooks.ts'
import { closeLink, dropWill } from './kick.ts'
import { createLimiter } from './limiter.ts'
import { type Link, matches } from './link.ts'
import { DEFAULT_LIMITS, DEFAULT_PORT, type EmbeddedBrokerOptions } from './options.ts'
import { classify } from './refusals.ts'
import { storeOnce } from './store-once.ts'
import { createTally } from './tally.ts'
import { certificateName } from './tls.ts'
import { createUpgrader, type Upgrader } from './websocket.ts'

export type { BrokerLimits, EmbeddedBrokerOptions } from './options.ts'
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
}

/**
 * The broker inside the app: MQTT 3.1, 3.1.1 and 5 over TCP, and over WebSocket where the host forwards upgrades.
 * One process with sessions in memory, or several that share a Redis.
 */
export function embeddedBroker(options: EmbeddedBrokerOptions = {}): BrokerAdapter {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const logger = adoptedLogger(options.logger)
  const links = new Set<Link>()
  const byClient = new WeakMap<AedesClient, Link>()
  const byId = new Map<string, Link>()
  const limiter = createLimiter(limits)
  let accepted = 0
  let status: BrokerHealth['status'] = 'stopped'
  let running: Running | null = null
  let doors: Doors | null = null

  function accept(
    host: BrokerHost,
    broker: AedesBroker,
    conn: Duplex,
    socket: Socket,
    certificate: string | null,
    request?: IncomingMessage,
  ): void {
    const address = socket.remoteAddress ?? ''
    if (status === 'stopped' || !limiter.enter(address)) {
      if (status !== 'stopped') host.refused({ reason: 'limit', clientId: null, address })
      conn.on('error', () => undefined).destroy()
      return
    }
    const client = broker.handle(conn, request)
    const link: Link = {
      id: String(++accepted),
      address,
      conn,
      client,
      certificate,
      clientId: null,
      will: undefined,
      connection: null,
      kicked: [],
      closed: false,
      filters: new Set(),
      denied: [],
      reported: null,
      stopCounting: limitBytes(conn, socket, limits.unauthenticatedBytes, () => {
        host.refused({ reason: 'limit', clientId: link.clientId, address })
        conn.destroy()
      }),
    }
    const tally = createTally(limits, performance.now())
    links.add(link)
    byClient.set(client, link)
    guardPackets(client, (packet) => {
      // A socket that was closed still has packets in its buffer.
      if (link.closed || conn.destroyed) return false
      const excess = tally(packet, performance.now())
      if (excess === null) {
        for (const filter of packet.unsubscriptions ?? []) link.filters.delete(filter)
        return true
      }
      logger.warn({ clientId: link.clientId, address, excess }, 'connection closed: it sent too much')
      host.refused({ reason: 'limit', clientId: link.clientId, address })
      dropWill(broker, link)
      conn.destroy()
      return false
    })
    conn.once('close', () => left(host, link))
  }

  function admitted(host: BrokerHost, broker: AedesBroker, link: Link): void {
    if (link.connection === null) return
    link.stopCounting()
    limiter.admitted()
    const before = byId.get(link.client.id)
    if (before !== undefined) dropWill(broker, before)
    byId.set(link.client.id, link)
    // Now, not when aedes has replaced an older connection: so a takeover is never a gateway that was gone.
    host.connected(link.connection)
  }

  function left(host: BrokerHost, link: Link): void {
    if (link.closed) return
    link.closed = true
    links.delete(link)
    limiter.leave(link.address, link.connection !== null)
    if (byId.get(link.client.id) === link) byId.delete(link.client.id)
    if (link.connection !== null) host.disconnected(link.connection)
  }

  function listenForTrouble(host: BrokerHost, broker: AedesBroker): void {
    const trouble = (client: AedesClient, error: Error): void => {
      const link = byClient.get(client)
      const reason = classify(error)
      if (link === undefined || reason === null) return
      logger.debug(
        { address: link.address, clientId: link.clientId, problem: error.message },
        'MQTT client failed',
      )
      host.refused({ reason, clientId: link.clientId, address: link.address })
    }
    broker.on('error', (error) => logger.error({ err: error }, 'MQTT broker failed'))
    broker.on('connectionError', trouble)
    broker.on('clientError', trouble)
    broker.on('subscribe', (_, client) => {
      const link = byClient.get(client)
      if (link !== undefined && link.denied.length > 0) forget(broker, link, link.denied.splice(0))
    })
  }

  function forget(broker: AedesBroker, link: Link, filters: readonly string[]): void {
    broker.persistence.removeSubscriptions(link.client, filters).catch((error: unknown) => {
      logger.warn({ err: error }, 'denied subscription not removed')
    })
  }

  const adapter: BrokerAdapter = {
    name: 'embedded',
    capabilities: {
      credentials: 'gateway',
      unbound: true,
      presence: 'told',
      learns: true,
      kick: true,
      willAfterKick: false,
    },

    async start(host) {
      if (running !== null) return
      status = 'starting'
      logger.adopt(host)
      let cluster: Cluster | null = null
      try {
        cluster = options.redis === undefined ? null : await openCluster(options.redis, logger)
        const broker: AedesBroker = await createAedes({
          ...(cluster === null ? {} : { mq: cluster.mq, persistence: cluster.persistence }),
          ...createHooks({
            host,
            linkOf: (client) => byClient.get(client),
            decisionMs: limits.decisionMs,
            filters: limits.filters,
            admitted: (link) => admitted(host, broker, link),
            forget: (link, filters) => forget(broker, link, filters),
          }),
          // 0: no common limit on deliveries. With one, a hundred messages to one stuck peer hold up everybody.
          concurrency: 0,
          connectTimeout: limits.unauthenticatedMs,
          drainTimeout: limits.drainMs,
          maximumPacketSize: limits.packetBytes,
          maxClientsIdLength: 128,
          maxTopicLevels: 32,
          topicAliasMaximum: 16,
          sessionExpiryIntervalLimit: 7 * 24 * 3600,
          pendingSessionsLimit: limits.connections,
        })
        storeOnce(broker.persistence)
        listenForTrouble(host, broker)
        const take = (
          conn: Duplex,
          socket: Socket,
          certificate: string | null,
          request?: IncomingMessage,
        ): void => accept(host, broker, conn, socket, certificate, request)
        const mutual = options.tls?.clientAuth !== undefined
        const upgrader = createUpgrader(limits.packetBytes + 1024, (conn, socket, request) =>
          take(conn, socket, mutual ? websocketCertificate(socket) : null, request),
        )
        doors = await openDoors({
          options,
          handshakeMs: limits.unauthenticatedMs,
          logger,
          take,
          upgrade: upgrader.upgrade,
        }).catch((error: unknown) => {
          broker.close(() => undefined)
          throw error
        })
        running = { host, broker, doors, cluster, upgrader }
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

    health: () => ({
      status,
      connections: byId.size,
      detail: doors === null ? status : describeDoors(doors),
    }),

    address(hostname) {
      const name = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname
      const encrypted = doors?.tls ?? null
      if (encrypted !== null) return `ssl://${name}:${encrypted}`
      return `tcp://${name}:${doors?.tcp ?? options.port ?? DEFAULT_PORT}`
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
