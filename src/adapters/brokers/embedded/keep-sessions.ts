import type { Logger } from '../../../core/ports/logger.ts'
import type { AedesBroker, AedesClient } from './aedes.ts'
import type { Cluster } from './cluster.ts'
import type { Connections } from './connections.ts'
import { holdBackQueues } from './delivery.ts'
import { memoryStore } from './memory-store.ts'
import type { BrokerLimits } from './options.ts'
import { settle } from './outage.ts'
import { boundSessions } from './sessions.ts'

const SWEEP_MS = 60_000

export interface KeptSessions {
  /** Its connection is gone, and no other took its place. */
  gone(client: AedesClient): void
  stop(): void
}

/** Binds stored sessions to the connections of a broker that has just been made. */
export function keepSessions(parts: {
  readonly broker: AedesBroker
  readonly connections: Connections
  readonly limits: BrokerLimits
  readonly logger: Logger
  readonly cluster: Cluster | null
}): KeptSessions {
  const { broker, connections, limits, logger, cluster } = parts
  const { persistence } = broker
  const store = cluster?.store ?? memoryStore(persistence, limits)
  const sessions = boundSessions({
    persistence,
    store,
    limits,
    isLive: connections.isLive,
    liveClients: connections.liveClients,
    now: () => Date.now(),
    logger,
  })
  holdBackQueues(broker, connections.linkOf)
  const failed = (err: unknown): void => logger.warn({ err }, 'MQTT session not kept as it should be')

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
    settle(broker, clients, cluster.debts)
      .then(() => sessions.sweep())
      .catch(failed)
  })

  const timer = setInterval(() => {
    connections.sweep()
    void sessions.sweep()
  }, SWEEP_MS)
  timer.unref()
  return {
    gone: (client) => void sessions.left(client).catch(failed),
    stop: () => clearInterval(timer),
  }
}
