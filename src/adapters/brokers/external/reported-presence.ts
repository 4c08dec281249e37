import type { BrokerConnection, BrokerHost } from '../../../core/ports/broker.ts'
import type { InOrder } from './in-order.ts'
import type { ExternalConnection } from './parts.ts'

/** For a broker that reports who connects and disconnects. */
export interface ReportedPresence {
  connected(connection: ExternalConnection): void
  /**
   * @param key as in `connected`
   * @param isDone the client said DISCONNECT: it has gone on purpose. @default false: not known, or lost
   */
  disconnected(key: string, isDone?: boolean): void
}

export interface PresenceBook extends ReportedPresence {
  /** Exactly these clients are connected; all others have left. */
  only(keys: ReadonlySet<string>): void
  has(key: string): boolean
}

/** Turns a broker's own words about who comes and goes into what core wants to know. */
export function createReportedPresence(parts: {
  readonly host: () => BrokerHost | null
  readonly inOrder: InOrder
}): PresenceBook {
  const { inOrder } = parts
  const connections = new Map<string, BrokerConnection>()
  let count = 0

  async function enter({ key, clientId, username, address = '' }: ExternalConnection): Promise<void> {
    const host = parts.host()
    const principal = await host?.identify(username, clientId)
    if (host === null || principal === null || principal === undefined) return
    count += 1
    const before = connections.get(key)
    const connection = {
      id: `${key}#${count}`,
      clientId: clientId ?? principal.gateway ?? '',
      address,
      principal,
    }
    connections.set(key, connection)
    // The new one first: a takeover is not the gateway going.
    host.connected(connection)
    if (before !== undefined) host.disconnected(before)
  }

  function leave(key: string, isDone = false): void {
    const connection = connections.get(key)
    if (connection === undefined) return
    connections.delete(key)
    parts.host()?.disconnected(connection, isDone)
  }

  return {
    connected: (connection) => inOrder.run(() => enter(connection)),
    disconnected: (key, isDone) => inOrder.run(() => leave(key, isDone)),
    only(keys) {
      inOrder.run(() => {
        for (const key of [...connections.keys()]) if (!keys.has(key)) leave(key)
      })
    },
    has: (key) => connections.has(key),
  }
}
