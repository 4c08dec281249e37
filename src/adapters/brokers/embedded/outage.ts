import { Readable } from 'node:stream'
import type { AedesBroker, AedesClient, AedesPersistence } from './aedes.ts'
import { isOutage, type Lifeline } from './lifeline.ts'
import type { Ledger, SessionStore } from './session-store.ts'

/** A message for a client that is not connected to this node could not be stored. */
export class NotStored extends Error {
  constructor() {
    super(
      'the message could not be stored for a client that is away: the Redis of the MQTT broker does not answer',
    )
  }
}

/** What has to be written when Redis answers again. */
export interface Debts {
  /** Sessions that should have ended meanwhile. */
  readonly owed: Set<string>
  /** Starts the persistence if Redis did not answer when the broker started. */
  start(): Promise<void>
  /**
   * Forgets the ids of unreleased messages of a client that has disconnected from this node, or does not need them any
   * more.
   */
  left(id: string): void
}

const nothing = (): undefined => undefined

/**
 * Answers the calls of aedes while Redis is down, because aedes closes a connection for each call that fails. When
 * Redis answers again, `payDebts` writes what is missing.
 * @param isLive whether a client is connected to this node. Such a client gets its messages without a store
 */
export function outliveRedis(
  persistence: AedesPersistence,
  lifeline: Lifeline,
  isLive: (id: string) => boolean,
): Debts {
  const inner = persistence as AedesPersistence & Record<string, (...args: never[]) => unknown>
  const owed = new Set<string>()
  /** Ids of unreleased QoS 2 messages of this node's connections, so that none is delivered twice meanwhile. */
  const begun = new Map<string, Set<number>>()

  function without<Name extends keyof AedesPersistence>(
    name: Name,
    instead: (...args: Parameters<NonNullable<AedesPersistence[Name]>>) => unknown,
  ): void {
    const run = (inner[name] as (...args: unknown[]) => unknown).bind(inner)
    Object.assign(inner, {
      [name]: (...args: Parameters<NonNullable<AedesPersistence[Name]>>) =>
        lifeline.attempt(
          () => run(...args),
          () => instead(...args),
        ),
    })
  }

  const setup = inner.setup.bind(inner)
  let unstarted: AedesBroker | null = null
  inner.setup = async (broker) => {
    await lifeline.attempt(
      () => setup(broker),
      () => {
        unstarted = broker
      },
    )
  }
  // We take no retained messages. The stream of the persistence has no error listener, so an error would end the process.
  inner.createRetainedStreamCombi = () => Readable.from([])
  const wills = inner.streamWill.bind(inner)
  inner.streamWill = (brokers) => (lifeline.isUp() ? wills(brokers) : Readable.from([]))

  without('addSubscriptions', nothing)
  without('removeSubscriptions', nothing)
  without('subscriptionsByClient', () => [])
  without('putWill', nothing)
  without('delWill', nothing)
  without('outgoingClearMessageId', nothing)
  without('cleanSubscriptions', ({ id }) => void owed.add(id))
  without('outgoingEnqueueCombi', (subs) => {
    if (!subs.every(({ clientId }) => isLive(clientId))) throw new NotStored()
  })

  const update = inner.outgoingUpdate.bind(inner)
  inner.outgoingUpdate = (client, packet) =>
    lifeline.attempt(
      // It fails for a PUBREC of a message that was never stored.
      () =>
        update(client, packet).catch((error: unknown) => {
          if (isOutage(error) || packet.cmd !== 'pubrel') throw error
        }),
      nothing,
    )

  const stream = inner.outgoingStream.bind(inner)
  inner.outgoingStream = (client) => {
    async function* messages() {
      if (!lifeline.isUp()) return
      try {
        yield* stream(client)
      } catch (error) {
        if (!isOutage(error)) throw error
        lifeline.failed(error)
      }
    }
    return Readable.from(messages())
  }

  const idsOf = (id: string): Set<number> => {
    const found = begun.get(id) ?? new Set()
    begun.set(id, found)
    return found
  }
  const get = inner.incomingGetPacket.bind(inner)
  const store = inner.incomingStorePacket.bind(inner)
  const remove = inner.incomingDelPacket.bind(inner)
  inner.incomingGetPacket = async (client, packet) => {
    if (begun.get(client.id)?.has(Number(packet.messageId)) === true) return packet
    return lifeline.attempt(
      () => get(client, packet),
      () => Promise.reject(new Error('no such packet')),
    )
  }
  inner.incomingStorePacket = async (client, packet) => {
    await lifeline.attempt(() => store(client, packet), nothing)
    idsOf(client.id).add(Number(packet.messageId))
  }
  inner.incomingDelPacket = async (client, packet) => {
    begun.get(client.id)?.delete(Number(packet.messageId))
    await lifeline.attempt(() => remove(client, packet), nothing)
  }

  return {
    owed,
    async start() {
      const broker = unstarted
      unstarted = null
      if (broker !== null) await inner.setup(broker)
    },
    left: (id) => void begun.delete(id),
  }
}

/** A store that gives answers of its own while Redis is away. */
export function storeWithout(store: SessionStore, lifeline: Lifeline, debts: Debts): SessionStore {
  const { ledger } = store
  const safe: Ledger = {
    keep: (...args) =>
      lifeline.attempt(
        () => ledger.keep(...args),
        () => [],
      ),
    forget: (id) => lifeline.attempt(() => ledger.forget(id), nothing),
    due: (now) =>
      lifeline.attempt(
        () => ledger.due(now),
        () => [],
      ),
    // Storing the message will fail if it cannot be stored.
    reserve: (...args) =>
      lifeline.attempt(
        () => ledger.reserve(...args),
        () => true,
      ),
    release: (...args) => lifeline.attempt(() => ledger.release(...args), nothing),
  }
  return {
    ledger: safe,
    drop: (id) => lifeline.attempt(() => store.drop(id), nothing),
    dropUnreleased(id) {
      debts.left(id)
      return lifeline.attempt(() => store.dropUnreleased(id), nothing)
    },
    left: debts.left,
    unreleased: (id) =>
      lifeline.attempt(
        () => store.unreleased(id),
        () => [],
      ),
  }
}

/** How many sessions are written at a time. */
const AT_ONCE = 32

/** Writes what changed while Redis was away: sessions that ended, then the subscriptions of all clients that are connected here. */
export async function payDebts(
  broker: AedesBroker,
  clients: readonly AedesClient[],
  debts: Debts,
): Promise<void> {
  const { persistence } = broker
  await debts.start()
  for (const id of [...debts.owed]) {
    debts.owed.delete(id)
    await persistence.cleanSubscriptions({ id })
  }
  const stored = clients.filter(({ clean }) => !clean)
  for (let from = 0; from < stored.length; from += AT_ONCE)
    await Promise.all(stored.slice(from, from + AT_ONCE).map((client) => restore(persistence, client)))
}

async function restore(persistence: AedesPersistence, client: AedesClient): Promise<void> {
  const now = Object.entries(client.subscriptions).map(([topic, { qos, rh, rap, nl, si }]) => ({
    topic,
    qos,
    rh,
    rap,
    nl,
    ...(si === undefined ? {} : { subscriptionIdentifier: si }),
  }))
  const before = await persistence.subscriptionsByClient(client)
  const gone = before.map(({ topic }) => topic).filter((topic) => !(topic in client.subscriptions))
  if (gone.length > 0) await persistence.removeSubscriptions(client, gone)
  // All subscriptions are written, not only the missing ones, so that the other nodes learn about them too.
  if (now.length > 0) await persistence.addSubscriptions(client, now)
}
