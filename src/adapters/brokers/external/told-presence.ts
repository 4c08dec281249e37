import type { BrokerConnection, BrokerHost } from '../../../core/ports/broker.ts'
import type { InOrder } from './in-order.ts'

export interface ToldPresence {
  /** @param key what the broker calls this connection */
  connected(key: string, clientId: string, username: string, address: string): void
  /** @param isDone the client said DISCONNECT */
  disconnected(key: string, isDone?: boolean): void
  /** Exactly these are connected: the others have left. */
  only(keys: ReadonlySet<string>): void
  has(key: string): boolean
}

/** Turns a broker's own words about who comes and goes into what core wants to know. */
export function createToldPresence(parts: {
  readonly host: () => BrokerHost | null
  readonly inOrder: InOrder
  /** The broker names the client id of a connection, and not only its user. @default true */
  readonly namesClientId?: boolean
}): ToldPresence {
  const { inOrder, namesClientId = true } = parts
  const connections = new Map<string, BrokerConnection>()
  let count = 0

  async function enter(key: string, clientId: string, username: string, address: string): Promise<void> {
    const host = parts.host()
    const principal = await host?.identify(username, namesClientId ? clientId : undefined)
    if (host === null || principal === null || principal === undefined) return
    count += 1
    const before = connections.get(key)
    const connection = { id: `${key}#${count}`, clientId, address, principal }
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
    connected: (key, clientId, username, address) =>
      inOrder.run(() => enter(key, clientId, username, address)),
    disconnected: (key, isDone) => inOrder.run(() => leave(key, isDone)),
    only(keys) {
      inOrder.run(() => {
        for (const key of [...connections.keys()]) if (!keys.has(key)) leave(key)
      })
    },
    has: (key) => connections.has(key),
  }
}
