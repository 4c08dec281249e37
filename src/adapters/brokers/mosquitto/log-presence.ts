import type { BrokerConnection, BrokerHost } from '../../../core/ports/broker.ts'
import type { InOrder } from '../external/in-order.ts'
import { readLogLine } from './log-lines.ts'

/** Who comes and goes, from the lines that Mosquitto logs to a topic. Without `log_dest topic` there are none. */
export function createLogPresence(parts: {
  readonly host: () => BrokerHost | null
  readonly inOrder: InOrder
}) {
  const connections = new Map<string, BrokerConnection>()
  let count = 0

  async function connected(clientId: string, username: string, address: string): Promise<void> {
    const host = parts.host()
    const principal = await host?.identify(username)
    if (host === null || principal === null || principal === undefined) return
    count += 1
    const before = connections.get(clientId)
    const connection = { id: `${clientId}#${count}`, clientId, address, principal }
    connections.set(clientId, connection)
    host.connected(connection)
    if (before !== undefined) host.disconnected(before)
  }

  function disconnected(clientId: string): void {
    const connection = connections.get(clientId)
    if (connection === undefined) return
    connections.delete(clientId)
    parts.host()?.disconnected(connection)
  }

  return {
    take(line: string): void {
      const read = readLogLine(line)
      if (read === null) return
      if (read.kind === 'disconnected') parts.inOrder.run(() => disconnected(read.clientId))
      else parts.inOrder.run(() => connected(read.clientId, read.username, read.address))
    },
    /** The broker went away: it tells nobody's leaving any more. */
    lost(): void {
      for (const clientId of [...connections.keys()]) disconnected(clientId)
    },
  }
}
