import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { BrokerHost } from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { AedesBroker, AedesClient, AedesParsed } from './aedes.ts'
import { guardPackets, limitBytes } from './armour.ts'
import { createBudgets } from './budget.ts'
import { prepareDelivery } from './delivery.ts'
import { closeByProgress, takenBy } from './drain.ts'
import type { Guest } from './front.ts'
import { closeLink, dropWill } from './kick.ts'
import { createLimiter, type Limiter, type Ticket } from './limiter.ts'
import { firstReport, type Link, ownerOf } from './link.ts'
import type { BrokerLimits } from './options.ts'
import { paceReading } from './pacing.ts'
import { classify } from './refusals.ts'
import { createTally } from './tally.ts'
import { createTurns } from './turns.ts'

const now = (): number => performance.now()

/** Every socket from accept to close, and what is known of it. */
export interface Connections {
  readonly links: ReadonlySet<Link>
  linkOf(client: AedesClient): Link | undefined
  isLive(id: string): boolean
  liveClients(): Iterable<AedesClient>
  /** Peers that are let in. */
  count(): number
  /** A place for a connection of which nothing is known yet. Null: there is none. */
  readonly enter: Limiter['enter']
  accept(arrival: Arrival): void
  /**
   * Whether one more controller may be connected. Reports its own refusals.
   * @param id what it will be known by: one that has it already is taken over from
   */
  hasRoom(host: BrokerHost, link: Link, id: string): boolean
  /** The peer is let in: `link.connection` is set and the client has its final id. */
  admitted(broker: AedesBroker, host: BrokerHost, link: Link): void
  /** Takes filters out of the stored session. */
  forget(broker: AedesBroker, link: Link, filters: readonly string[]): void
  listenForTrouble(broker: AedesBroker, host: BrokerHost): void
  /** Forgets what nobody needs any more. To be called every minute or so. */
  sweep(): void
}

export interface Arrival {
  readonly broker: AedesBroker
  readonly host: BrokerHost
  readonly conn: Duplex
  /** The one that counts bytes, which under WebSocket is not `conn`. */
  readonly socket: Socket
  /** Null on the host's own HTTP server, where nobody has looked at it yet. */
  readonly guest: Guest | null
  readonly certificate: string | null
  readonly request: IncomingMessage | undefined
}

export function createConnections(parts: {
  readonly limits: BrokerLimits
  readonly logger: Logger
  readonly isStopped: () => boolean
  /** Its connection is gone, and no other took its place. */
  readonly gone: (client: AedesClient) => void
  /** A packet goes on to aedes. */
  readonly taken: (packet: AedesParsed) => void
}): Connections {
  const { limits, logger, isStopped } = parts
  const links = new Set<Link>()
  const byClient = new WeakMap<AedesClient, Link>()
  const byId = new Map<string, Link>()
  const byOwner = new Map<string, Set<Link>>()
  const limiter = createLimiter(limits)
  const budgets = createBudgets(limits)
  const newTurn = createTurns({ now, later: setImmediate })
  let accepted = 0

  /** For those that come by the host's own HTTP server. */
  function ticketFor(host: BrokerHost, conn: Duplex, address: string): Ticket | null {
    const told = (): void => host.refused({ reason: 'limit', clientId: null, address })
    const ticket = limiter.enter(address, () => {
      told()
      conn.destroy()
    })
    if (ticket === null) told()
    return ticket
  }

  function accept({ broker, host, conn, socket, guest, certificate, request }: Arrival): void {
    const address = guest?.address ?? socket.remoteAddress ?? ''
    const ticket = isStopped() ? null : (guest?.ticket ?? ticketFor(host, conn, address))
    if (ticket === null) {
      conn.on('error', () => undefined).destroy()
      return
    }
    guest?.arrived()
    const client = broker.handle(conn, request)
    const begun = new Set<number>()
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
      begun,
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
    const tally = createTally(limits, budgets, begun)
    links.add(link)
    byClient.set(client, link)
    const sliceBegan = paceReading(client, conn, newTurn(), now)
    closeByProgress(client, () => takenBy(socket), limits.drainMs)
    guardPackets(client, (packet) => {
      // A socket that was closed still has packets in its buffer.
      if (link.closed || link.isSentAway || conn.destroyed) return false
      const excess = tally(packet, link.owner, sliceBegan())
      if (excess === null) {
        // Reason codes are MQTT 5; any but 0 wants something else than to go in good order.
        if (packet.cmd === 'disconnect') link.isDone = (packet.reasonCode ?? 0) === 0
        for (const filter of packet.unsubscriptions ?? []) link.filters.delete(filter)
        link.window?.heard(packet)
        parts.taken(packet)
        return true
      }
      logger.warn({ clientId: link.clientId, address, excess }, 'connection closed: it sent too much')
      host.refused({ reason: 'limit', clientId: link.clientId, address })
      link.isSentAway = true
      void closeLink(broker, link, excess)
      return false
    })
    conn.once('close', () => left(host, link))
  }

  function admitted(broker: AedesBroker, host: BrokerHost, link: Link): void {
    if (link.connection === null) return
    link.stopCounting()
    link.owner = ownerOf(link.connection.principal, link.connection.clientId)
    budgets.enter(link.owner, now())
    prepareDelivery(broker, link)
    makeRoom(broker, link.owner, link)
    const before = byId.get(link.client.id)
    if (before !== undefined) dropWill(broker, before)
    byId.set(link.client.id, link)
    // Now, not when aedes has replaced an older connection: so a takeover is never a gateway that was gone.
    host.connected(link.connection)
  }

  function hasRoom(host: BrokerHost, link: Link, id: string): boolean {
    if (link.ticket.admit(byId.has(id))) return true
    host.refused({ reason: 'limit', clientId: link.clientId, address: link.address })
    return false
  }

  /** The newest is the one that the controller uses: others may be half open, left behind by a bad network. */
  function makeRoom(broker: AedesBroker, owner: string, link: Link): void {
    const mine = byOwner.get(owner) ?? new Set()
    byOwner.set(owner, mine.add(link))
    if (mine.size <= limits.connectionsPerGateway) return
    const [oldest] = mine
    if (oldest === undefined) return
    logger.warn(
      { clientId: oldest.clientId, address: oldest.address },
      'connection closed: its gateway has opened more than limits.connectionsPerGateway',
    )
    mine.delete(oldest)
    void closeLink(broker, oldest, 'quota')
  }

  function left(host: BrokerHost, link: Link): void {
    if (link.closed) return
    link.closed = true
    links.delete(link)
    link.ticket.leave()
    link.window?.close()
    if (link.owner !== null) {
      budgets.leave(link.owner)
      const mine = byOwner.get(link.owner)
      mine?.delete(link)
      if (mine?.size === 0) byOwner.delete(link.owner)
    }
    if (byId.get(link.client.id) === link) {
      byId.delete(link.client.id)
      parts.gone(link.client)
    }
    if (link.connection !== null) host.disconnected(link.connection, link.isDone)
  }

  function listenForTrouble(broker: AedesBroker, host: BrokerHost): void {
    const trouble = (client: AedesClient, error: Error): void => {
      const link = byClient.get(client)
      const reason = classify(error)
      if (link === undefined || reason === null) return
      // Every message that was still to be written fails with the connection.
      if (!firstReport(link, reason)) return
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

  return {
    links,
    linkOf: (client) => byClient.get(client),
    isLive: (id) => byId.has(id),
    liveClients: () => [...byId.values()].map(({ client }) => client),
    count: () => byId.size,
    enter: limiter.enter,
    accept,
    hasRoom,
    admitted,
    forget,
    listenForTrouble,
    sweep: () => budgets.sweep(now()),
  }
}
