import type { Logger } from '../../../core/ports/logger.ts'
import { isThenable } from '../../../core/thenable.ts'
import type { AedesClient, AedesPersistence, AedesPublish } from './aedes.ts'
import { holdersOf, type Ledger } from './ledger.ts'
import type { BrokerLimits } from './options.ts'
import { costOf } from './queues.ts'

/** Over which a live session counts as left behind by a process that died. It is kept again every minute. ms */
const LEASE_MS = 5 * 60_000
/** How often a full queue of the same gateway is told, ms. */
const TOLD_EVERY = 60_000

/** Stored sessions, from the first CONNECT to the end that nobody may forget: theirs is the memory that grows. */
export interface Sessions {
  /** Its client is let in. */
  opened(client: AedesClient): Promise<void>
  /** Ids of QoS 2 messages that it began over earlier connections, and did not release. */
  unreleased(id: string): Promise<Iterable<number>>
  /** Its connection is gone, and no other took its place. */
  left(client: AedesClient): Promise<void>
  /** Ends those whose time is up. To be called every minute. Never rejects. */
  sweep(): Promise<void>
}

/** Whatever keeps queues and ids of one process, or those of several in Redis. */
export interface SessionStore {
  readonly ledger: Ledger
  /** Frees what waits in a session. */
  drop(id: string): unknown
  /** Frees the ids of its unreleased QoS 2 messages. */
  dropUnreleased(id: string): unknown
  unreleased(id: string): Promise<Iterable<number>>
  /** The client of a session that goes on is not at this node any more. */
  left?(id: string): void
}

/**
 * Wraps what aedes keeps sessions in: quotas for what waits, an end for every session, MQTT 3.1.1's too, and nothing left of
 * those that ended.
 */
export function boundSessions(parts: {
  readonly persistence: AedesPersistence
  readonly store: SessionStore
  readonly limits: Pick<BrokerLimits, 'sessionSeconds'>
  readonly isLive: (id: string) => boolean
  readonly liveClients: () => Iterable<AedesClient>
  /** ms since the epoch */
  readonly now: () => number
  readonly logger: Logger
}): Sessions {
  const { persistence, store, limits, isLive, now, logger } = parts
  const { ledger } = store
  const told = new Map<string, number>()

  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence)
  const clean = persistence.cleanSubscriptions.bind(persistence)

  function tellFull(id: string): void {
    const { owner } = holdersOf(id)
    const at = now()
    if (at - (told.get(owner) ?? Number.NEGATIVE_INFINITY) < TOLD_EVERY) return
    if (told.size > 1_000) told.clear()
    told.set(owner, at)
    logger.warn(
      { session: id },
      'MQTT messages are not kept for a client that is away: its gateway, or the workspace, has no room left (limits.queuedBytesPerGateway, limits.queuedBytesPerWorkspace)',
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

  // On clean start, and when aedes ends a session of MQTT 5.
  persistence.cleanSubscriptions = async (client) => {
    await clean(client)
    await Promise.all([store.drop(client.id), store.dropUnreleased(client.id)])
    await ledger.forget(client.id)
  }

  const end = (id: string): Promise<unknown> => persistence.cleanSubscriptions({ id })

  /** When it ends, ms since the epoch. */
  function endOf({ version, sessionExpiryInterval = 0 }: AedesClient): number {
    const seconds =
      version === 5 ? Math.min(sessionExpiryInterval, limits.sessionSeconds) : limits.sessionSeconds
    return now() + seconds * 1000
  }

  async function keep(client: AedesClient, endsAt: number): Promise<void> {
    const ending = await ledger.keep(client.id, endsAt, isLive)
    for (const id of ending) {
      logger.warn({ session: id }, 'MQTT session ended: its gateway or workspace has too many of them')
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
          'MQTT sessions whose time is up could not be ended; they are tried again in a minute',
        )
      }
    },
  }
}

/** What of an unreleased QoS 2 message has to be kept is its id. */
export const withoutPayload = (packet: AedesPublish): AedesPublish => ({
  ...packet,
  payload: new Uint8Array(0),
  properties: undefined,
})
