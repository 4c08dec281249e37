import type { BrokerConnection, BrokerHost } from '../../../core/ports/broker.ts'
import { isThenable } from '../../../core/promises.ts'

/** A connection in the broker's list. */
export interface ExternalConnection {
  /** The broker's name for this connection. */
  readonly key: string
  readonly username: string
  /** The client id, if the broker lists it. */
  readonly clientId?: string | undefined
  readonly address?: string | undefined
}

/** To be called by the adapter of a broker that reports who connects and disconnects. */
export interface ReportedPresence {
  connected(connection: ExternalConnection): void
  /**
   * @param key as in `connected`
   * @param isDone the client sent DISCONNECT, so it left on purpose. @default false, for a lost connection or when it is not known
   */
  disconnected(key: string, isDone?: boolean): void
}

export interface PresenceBook extends ReportedPresence {
  /** Exactly these connections exist. All others have ended. */
  only(keys: ReadonlySet<string>): void
  has(key: string): boolean
}

/** Reports the connections of a broker to the platform. */
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
    // The new connection is reported first, so that a takeover does not look like a gateway that has disconnected.
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

export interface InOrder {
  /** Runs the task at once if no other runs; otherwise after those before it, whether they failed or not. */
  run(task: () => unknown): void
}

/**
 * Runs tasks in order, although some of them wait for a store: the first message of a gateway must not be handled before the
 * report that it has connected.
 */
export function createInOrder(failed: (error: unknown) => void): InOrder {
  let ahead: Promise<void> | null = null
  return {
    run(task) {
      if (ahead === null) {
        let outcome: unknown
        try {
          outcome = task()
        } catch (error) {
          return failed(error)
        }
        if (!isThenable(outcome)) return
        ahead = Promise.resolve(outcome).then(() => undefined, failed)
      } else {
        ahead = ahead.then(task).then(() => undefined, failed)
      }
      const mine = ahead
      void mine.then(() => {
        if (ahead === mine) ahead = null
      })
    },
  }
}
