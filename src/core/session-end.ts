import type { Registry } from './devices/registry.ts'
import type { BrokerAdapter, EndedSession } from './ports/index.ts'
import type { Hub } from './realtime/hub.ts'
import type { Nodes } from './realtime/nodes.ts'
import type { Sequence } from './sequence.ts'

/** Closes what belongs to a session when it ends, in this order. Steps of plugins and of the host come after these. */
export function closeOnSessionEnd(
  sessionEnd: Sequence<EndedSession>,
  parts: {
    readonly registry: Pick<Registry, 'takeOffline'>
    readonly hub: Pick<Hub, 'closeSession'>
    readonly broker: Pick<BrokerAdapter, 'kick' | 'revoke'>
    /** Null: there are no other nodes. */
    readonly nodes: Pick<Nodes, 'sessionEnded'> | null
  },
): void {
  const { registry, hub, broker, nodes } = parts
  sessionEnd.add('devices', ({ sessionId, reason }) =>
    registry.takeOffline({ sessionId }, reason === 'logout' || reason === 'expired' ? reason : 'forced'),
  )
  // After the devices: over its socket, Pilot learns that the controller is offline. It requests the topologies, gets a
  // 401 and leaves the cloud (facts C3).
  sessionEnd.add('sockets', ({ sessionId }) => hub.closeSession(sessionId))
  // If the broker fails, the session has ended anyway: a connection that stays open is refused when it connects again.
  sessionEnd.add('broker', ({ sessionId }) => broker.revoke?.({ sessionId }) ?? broker.kick({ sessionId }))
  sessionEnd.add('nodes', ({ sessionId, reason, endedHere }) => {
    if (endedHere) nodes?.sessionEnded(sessionId, reason)
  })
}
