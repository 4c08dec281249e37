import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { BrokerHost, KickTarget } from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { AedesBroker, AedesClient, AedesPacket } from './aedes.ts'
import { classify } from './answers.ts'
import { prepareDelivery } from './delivery.ts'
import { closeByProgress, takenBy } from './drain.ts'
import type { Guest } from './front.ts'
import { createBudgets, currentPayer, guardPackets, limitBytes } from './incoming.ts'
import type { LateAcks } from './late-ack.ts'
import { createLimiter, type Limiter, type Ticket } from './limiter.ts'
import { closeLink, dropWill, firstReport, type Link, matches, ownerOf } from './link.ts'
import type { BrokerLimits } from './options.ts'
import { createTurns, paceReading } from './pacing.ts'

/** Every connection from accept to close, and what is known about it. */
export interface Connections {
  /** Connections are accepted from now on. */
  open(serving: Serving): void
  /** Accepts no more connections, and closes the open ones. Resolves when they are closed. */
  close(): Promise<void>
  /** @returns how many connections were closed */
  kick(target: KickTarget): Promise<number>
  linkOf(client: AedesClient): Link | undefined
  /** Whether a client with this id is accepted and connected. */
  isLive(id: string): boolean
  liveClients(): Iterable<AedesClient>
  /** The number of accepted clients. */
  count(): number
  /** A place for a new connection. Null: there is none. */
  readonly enter: Limiter['enter']
  accept(arrival: Arrival): void
  /**
   * Whether one more client may be accepted. If not, it reports the refusal itself.
   * @param id of the client. An open connection with the same id is closed, and the new one takes its place
   */
  hasRoom(link: Link, id: string): boolean
  /** Call it when the client is accepted: `link.connection` is set and the client has its final id. */
  admitted(link: Link): void
  /** Call it when a publish is denied. */
  denied(packet: AedesPacket): void
  /** Removes filters from the stored session. */
  forget(link: Link, filters: readonly string[]): void
  /** Forgets what is no longer needed. Call it about once a minute. */
  sweep(): void
}

/** What exists while the broker runs. */
export interface Serving {
  readonly broker: AedesBroker
  readonly host: BrokerHost
  /** With Redis: acknowledges QoS 1 when the message is stored there. */
  readonly acks: LateAcks | null
  /** Called when a connection is closed and no other took its place. */
  readonly gone: (client: AedesClient) => void
}

export interface Arrival {
  readonly conn: Duplex
  /** The socket that counts bytes. With WebSocket it is not `conn`. */
  readonly socket: Socket
  /** Null on the HTTP server of the host, which has no front. */
  readonly guest: Guest | null
  readonly certificate: string | null
  readonly request: IncomingMessage | undefined
}

export function createConnections(limits: BrokerLimits, logger: Logger): Connections {
  const links = new Set<Link>()
  const byClient = new WeakMap<AedesClient, Link>()
  const byId = new Map<string, Link>()
  const byOwner = new Map<string, Set<Link>>()
  const limiter = createLimiter(limits)
  const budgets = createBudgets(limits)
  const newTurn = createTurns({ clock: performance, later: setImmediate })
  let serving: Serving | null = null
  let accepted = 0

  /** A connection through the host's HTTP server has no ticket yet. */
  function ticketFor({ host }: Serving, conn: Duplex, address: string): Ticket | null {
    const report = (): void => host.refused({ reason: 'limit', clientId: null, address })
    const ticket = limiter.enter(address, () => {
      report()
      conn.destroy()
    })
    if (ticket === null) report()
    return ticket
  }

  function accept({ conn, socket, guest, certificate, request }: Arrival): void {
    const current = serving
    const address = guest?.address ?? socket.remoteAddress ?? ''
    const ticket = current === null ? null : (guest?.ticket ?? ticketFor(current, conn, address))
    if (current === null || ticket === null) {
      conn.on('error', () => undefined).destroy()
      return
    }
    const { broker, host, acks } = current
    guest?.arrived()
    const client = broker.handle(conn, request)
    const link: Link = {
      id: String(++accepted),
      address,
      ticket,
      conn,
      client,
      certificate,
      clientId: null,
      will: undefined,
      connection: null,
      owner: null,
      payer: null,
      begun: new Set(),
      window: null,
      isSentAway: false,
      isDone: false,
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
    links.add(link)
    byClient.set(client, link)
    const began = paceReading(client, conn, newTurn(), performance)
    closeByProgress(client, () => takenBy(socket), limits.drainMs)
    guardPackets(link, {
      ...{ limits, budgets, began, acks },
      exceeded(excess) {
        logger.warn(
          { clientId: link.clientId, address, excess },
          'An MQTT connection was closed: its client sent more than the limit in `excess` allows. Look for the cause in the client, or raise the limit (docs/brokers/embedded.md).',
        )
        host.refused({ reason: 'limit', clientId: link.clientId, address })
        void closeLink(broker, link, excess)
      },
    })
    conn.once('close', () => left(current, link))
  }

  function hasRoom(link: Link, id: string): boolean {
    if (link.ticket.admit(byId.has(id))) return true
    serving?.host.refused({ reason: 'limit', clientId: link.clientId, address: link.address })
    return false
  }

  function admitted(link: Link): void {
    if (link.connection === null || serving === null) return
    const { broker, host } = serving
    link.stopCounting()
    link.owner = ownerOf(link.connection.principal, link.connection.clientId)
    currentPayer(link, budgets, performance.now())
    link.window = prepareDelivery(broker, link.client)
    makeRoom(broker, link.owner, link)
    const before = byId.get(link.client.id)
    if (before !== undefined) dropWill(broker, before)
    byId.set(link.client.id, link)
    // This runs before aedes closes an older connection with the same id, so that a takeover never looks like a gateway
    // that has disconnected.
    host.connected(link.connection)
  }

  /**
   * Closes the oldest connection. The controller uses the newest one, and older ones may be half open after a network
   * failure.
   */
  function makeRoom(broker: AedesBroker, owner: string, link: Link): void {
    const mine = byOwner.get(owner) ?? new Set()
    byOwner.set(owner, mine.add(link))
    if (mine.size <= limits.connectionsPerGateway) return
    const [oldest] = mine
    if (oldest === undefined) return
    logger.warn(
      { clientId: oldest.clientId, address: oldest.address },
      'An MQTT connection was closed: its gateway has opened more connections than limits.connectionsPerGateway allows. Look for two programs that use the same credentials.',
    )
    mine.delete(oldest)
    void closeLink(broker, oldest, 'quota')
  }

  function left({ host, gone }: Serving, link: Link): void {
    if (link.closed) return
    link.closed = true
    links.delete(link)
    link.ticket.leave()
    link.window?.close()
    if (link.payer !== null) budgets.leave(link.payer.name)
    if (link.owner !== null) {
      const mine = byOwner.get(link.owner)
      mine?.delete(link)
      if (mine?.size === 0) byOwner.delete(link.owner)
    }
    if (byId.get(link.client.id) === link) {
      byId.delete(link.client.id)
      gone(link.client)
    }
    if (link.connection !== null) host.disconnected(link.connection, link.isDone)
  }

  function reportErrors({ broker, host }: Serving): void {
    const failed = (client: AedesClient, error: Error): void => {
      const link = byClient.get(client)
      const reason = classify(error)
      if (link === undefined || reason === null) return
      // Every message that was not written yet fails together with the connection.
      if (!firstReport(link, reason)) return
      logger.debug(
        { address: link.address, clientId: link.clientId, problem: error.message },
        'An MQTT connection failed. See the error.',
      )
      host.refused({ reason, clientId: link.clientId, address: link.address })
    }
    broker.on('error', (error) =>
      logger.error({ err: error }, 'The MQTT broker reported an error. See the error.'),
    )
    broker.on('connectionError', failed)
    broker.on('clientError', failed)
    broker.on('subscribe', (_, client) => {
      const link = byClient.get(client)
      if (link !== undefined && link.denied.length > 0) forget(link, link.denied.splice(0))
    })
  }

  function forget(link: Link, filters: readonly string[]): void {
    serving?.broker.persistence.removeSubscriptions(link.client, filters).catch((err: unknown) => {
      logger.warn({ err }, 'A denied subscription was not removed from its stored session. See the error.')
    })
  }

  return {
    open(opened) {
      serving = opened
      reportErrors(opened)
    },
    async close() {
      const was = serving
      serving = null
      if (was !== null) await Promise.all([...links].map((link) => closeLink(was.broker, link, 'shutdown')))
    },
    async kick(target) {
      if (serving === null) return 0
      const { broker } = serving
      const hit: Link[] = []
      for (const link of links) {
        if (link.connection === null) link.kicked.push(target)
        else if (matches(link.connection.principal, target)) hit.push(link)
      }
      await Promise.all(hit.map((link) => closeLink(broker, link, 'kicked')))
      return hit.length
    },
    linkOf: byClient.get.bind(byClient),
    isLive: (id) => byId.has(id),
    liveClients: () => [...byId.values()].map(({ client }) => client),
    count: () => byId.size,
    enter: limiter.enter,
    accept,
    hasRoom,
    admitted,
    denied: (packet) => serving?.acks?.refused(packet),
    forget,
    sweep: () => budgets.sweep(performance.now()),
  }
}
