import { createHash } from 'node:crypto'
import type { BrokerConnection, BrokerHost, InboundMessage } from '../ports/broker.ts'

export interface Ownership {
  /**
   * Receives every message of the broker. All nodes get every message, but only one node handles the messages of a
   * gateway.
   */
  readonly host: Pick<BrokerHost, 'connected' | 'disconnected' | 'received'>
  /** Call it when a node has started or has stopped. */
  rebalance(): void
}

export interface OwnershipParts {
  readonly host: Pick<BrokerHost, 'connected' | 'disconnected' | 'received'>
  readonly self: string
  /** The other nodes. */
  readonly others: () => Iterable<string>
  /** The gateway of any node that has sent a message. */
  readonly publisherOf: (message: InboundMessage) => string | null
  /** Reads from the store what is known about a gateway that another node had. */
  readonly recall: (gateway: string, workspaceId: string) => Promise<unknown>
  /** Another node has the gateway now. Emits nothing. */
  readonly handOver: (gateway: string) => void
}

/**
 * An external broker sends every message to every node. All nodes choose the same owner for a gateway without asking
 * each other. Each node's name is hashed together with the gateway's, and the node with the highest value owns the
 * gateway. So when a node starts or stops, only that node's share of the gateways moves.
 */
export function createOwnership(parts: OwnershipParts): Ownership {
  const { host, self, others, publisherOf } = parts
  const mine = new Map<string, boolean>()
  const connections = new Map<string, BrokerConnection>()

  function isMine(gateway: string): boolean {
    let known = mine.get(gateway)
    if (known === undefined) {
      known = ownerOf(gateway, [self, ...others()]) === self
      mine.set(gateway, known)
    }
    return known
  }

  async function adopt(connection: BrokerConnection): Promise<void> {
    const { gateway, workspaceId } = connection.principal
    if (gateway !== null) await parts.recall(gateway, workspaceId).catch(() => undefined)
    if (connections.get(connection.id) === connection) host.connected(connection)
  }

  return {
    host: {
      connected(connection) {
        connections.set(connection.id, connection)
        const { gateway } = connection.principal
        if (gateway === null || isMine(gateway)) host.connected(connection)
      },
      disconnected(connection, isDone) {
        const standing = connections.get(connection.id)
        connections.delete(connection.id)
        const { gateway } = connection.principal
        if (gateway === null || isMine(gateway)) host.disconnected(standing ?? connection, isDone)
      },
      received(message: InboundMessage) {
        const gateway = message.principal?.gateway ?? publisherOf(message)
        if (gateway === null || isMine(gateway)) host.received(message)
      },
    },
    rebalance() {
      const before = new Map(mine)
      mine.clear()
      for (const [gateway, was] of before) if (was && !isMine(gateway)) parts.handOver(gateway)
      for (const connection of connections.values()) {
        const { gateway } = connection.principal
        if (gateway !== null && before.get(gateway) !== true && isMine(gateway)) void adopt(connection)
      }
    },
  }
}

/** @param nodes in any order */
export function ownerOf(gateway: string, nodes: readonly string[]): string | undefined {
  const weight = (node: string) => createHash('sha1').update(`${node} ${gateway}`).digest('hex')
  return nodes
    .map((node) => ({ node, weight: weight(node) }))
    .sort((a, b) => (a.weight < b.weight ? 1 : -1))[0]?.node
}
