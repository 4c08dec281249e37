import { LruMap } from '../../../core/lru-map.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { isThenable } from '../../../core/promises.ts'
import type { AedesBroker, AedesClient, AedesPersistence } from './aedes.ts'
import type { Cluster } from './cluster.ts'
import type { Connections } from './connections.ts'
import { holdBackQueues } from './delivery.ts'
import { memoryStore } from './memory-store.ts'
import type { BrokerLimits } from './options.ts'
import { payDebts } from './outage.ts'
import { costOf, holdersOf, type SessionStore } from './session-store.ts'

/**
 * A session with a connection is kept for this long. Every minute this time begins again. So the session of a process
 * that was killed ends.
 */
const LEASE_MS = 5 * 60_000
/** How often the log says that the queue of one gateway is full, ms. */
const TOLD_EVERY_MS = 60_000
/** How many owners are remembered with the time of their last log line. */
const MOST_TOLD = 1_000
const SWEEP_MS = 60_000

export interface KeptSessions {
  /** Call it when a connection is closed and no other took its place. */
  gone(client: AedesClient): void
  /** Nothing is written any more. The sessions of clients that are still connected stay stored. */
  stop(): void
}

/** Connects stored sessions with the connections of a broker that was just created. */
export function keepSessions(parts: {
  readonly broker: AedesBroker
  readonly connections: Connections
  readonly limits: BrokerLimits
  readonly logger: Logger
  readonly cluster: Cluster | null
}): KeptSessions {
  const { broker, connections, limits, logger, cluster } = parts
  const { persistence } = broker
  const sessions = boundSessions({
    persistence,
    store: cluster?.store ?? memoryStore(persistence, limits),
    limits,
    isLive: connections.isLive,
    liveClients: connections.liveClients,
    gatewayOf: (client) => connections.linkOf(client)?.connection?.principal.gateway ?? null,
    now: () => Date.now(),
    logger,
  })
  holdBackQueues(broker, (client) => connections.linkOf(client)?.window)
  const failed = (err: unknown): void =>
    logger.warn({ err }, 'A stored MQTT session was not read or written. See the error.')

  broker.on('client', (client) => {
    sessions.opened(client).catch(failed)
    const link = connections.linkOf(client)
    if (client.clean || link === undefined) return
    sessions
      .unreleased(client.id)
      .then((ids) => {
        for (const id of ids) link.begun.add(id)
      })
      .catch(failed)
  })

  cluster?.lifeline.onBack(() => {
    const clients = [...connections.liveClients()]
    payDebts(broker, clients, cluster.debts)
      .then(() => sessions.sweep())
      .catch(failed)
  })

  const timer = setInterval(() => {
    connections.sweep()
    void sessions.sweep()
  }, SWEEP_MS)
  timer.unref()
  let stopped = false
  return {
    gone(client) {
      if (!stopped) sessions.left(client).catch(failed)
    },
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}

/**
 * Stored sessions from the first CONNECT to their end. Each session has an end, because otherwise the memory would grow
 * without limit.
 */
export interface Sessions {
  /** The client of the session was accepted. */
  opened(client: AedesClient): Promise<void>
  /** Ids of QoS 2 messages that its earlier connections sent and did not release. */
  unreleased(id: string): Promise<Iterable<number>>
  /** The connection is closed, and no other connection took its place. */
  left(client: AedesClient): Promise<void>
  /** Ends expired sessions. Call it every minute. Never rejects. */
  sweep(): Promise<void>
}

/**
 * Adds three things to the persistence of aedes: quotas for waiting messages, an end for every session (of MQTT 3.1.1
 * too), and the deletion of all data of a session that ended.
 */
export function boundSessions(parts: {
  readonly persistence: AedesPersistence
  readonly store: SessionStore
  readonly limits: Pick<BrokerLimits, 'sessionSeconds'>
  readonly isLive: (id: string) => boolean
  readonly liveClients: () => Iterable<AedesClient>
  /** Null: the client is not bound to a gateway, so it holds no filter yet. */
  readonly gatewayOf: (client: AedesClient) => string | null
  /** ms since the epoch */
  readonly now: () => number
  readonly logger: Logger
}): Sessions {
  const { persistence, store, limits, isLive, now, logger } = parts
  const { ledger } = store
  const told = new LruMap<string, number>(MOST_TOLD)

  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence)
  const clean = persistence.cleanSubscriptions.bind(persistence)

  function tellFull(id: string): void {
    const { owner } = holdersOf(id)
    const at = now()
    if (at - (told.get(owner) ?? Number.NEGATIVE_INFINITY) < TOLD_EVERY_MS) return
    told.set(owner, at)
    logger.warn(
      { session: id },
      'MQTT messages for an offline client are not stored: the queue of its gateway or workspace is full. Raise limits.queuedBytesPerGateway or limits.queuedBytesPerWorkspace of the broker, or let the client connect with a clean session.',
    )
  }

  persistence.outgoingEnqueueCombi = (subs, packet) => {
    if (subs.length === 0) return Promise.resolve()
    const bytes = costOf(packet)
    const room = subs.map(({ clientId }) => ledger.reserve(clientId, bytes))
    const go = (answers: readonly boolean[]): Promise<unknown> => {
      const kept = subs.filter((_, index) => answers[index])
      for (const [index, { clientId }] of subs.entries()) if (!answers[index]) tellFull(clientId)
      return kept.length === 0 ? Promise.resolve() : enqueue(kept, packet)
    }
    return room.some((answer) => isThenable(answer))
      ? Promise.all(room).then(go)
      : go(room as readonly boolean[])
  }

  // aedes calls it on a clean start, and when a session of MQTT 5 ends.
  persistence.cleanSubscriptions = async (client) => {
    await clean(client)
    await Promise.all([store.drop(client.id), store.dropUnreleased(client.id)])
    await ledger.forget(client.id)
  }

  const end = (id: string): Promise<unknown> => persistence.cleanSubscriptions({ id })

  /** The end of a session whose client disconnects now, ms since the epoch. */
  function endOf({ version, sessionExpiryInterval = 0 }: AedesClient): number {
    const seconds =
      version === 5 ? Math.min(sessionExpiryInterval, limits.sessionSeconds) : limits.sessionSeconds
    return now() + seconds * 1000
  }

  async function keep(client: AedesClient, endsAt: number): Promise<void> {
    const ending = await ledger.keep(client.id, endsAt, isLive, parts.gatewayOf(client))
    for (const id of ending) {
      logger.warn(
        { session: id },
        'A stored MQTT session was ended: its gateway, workspace or shared account has more than limits.sessionsPerGateway, limits.sessionsPerWorkspace or limits.sessionsPerAccount allow. Raise that limit of the broker, or let the client connect with a clean session.',
      )
      await end(id)
    }
  }

  const lease = (client: AedesClient): Promise<void> =>
    keep(client, Math.max(endOf(client), now() + LEASE_MS))

  return {
    async opened(client) {
      if (!client.clean) await lease(client)
    },
    unreleased: store.unreleased,
    async left(client) {
      if (client.clean) {
        await store.dropUnreleased(client.id)
        return
      }
      store.left?.(client.id)
      if (client.version !== 5 || (client.sessionExpiryInterval ?? 0) > 0) await keep(client, endOf(client))
    },
    async sweep() {
      try {
        for (const client of parts.liveClients()) if (!client.clean) await lease(client)
        for (const id of await ledger.due(now())) if (!isLive(id)) await end(id)
      } catch (err) {
        logger.warn(
          { err },
          'Expired MQTT sessions were not ended. The broker tries again in a minute. See the error.',
        )
      }
    },
  }
}
